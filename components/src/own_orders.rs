//! What an account knows of its own orders in a symbol, at its side of the wire.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::ids::OrderId;
use crate::price::{Lots, Ticks};
use crate::side::Side;

/// Where an order stands as far as its owner has heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnStatus {
    /// Sent; the venue has not answered.
    Requested,
    /// Working (maybe partly filled), by the last that was heard.
    Accepted,
    /// A cancel or a replacement was sent, and the venue has not answered. It may fill until then.
    CancelPending,
}

/// An order that is not known to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnOrder {
    /// Its number, to be used in cancels and replacements.
    pub id: OrderId,
    /// Buy or sell.
    pub side: Side,
    /// The limit price; `None` for orders without one (market orders, stops).
    pub price: Option<Ticks>,
    /// Lots that are left of it, by the last fill that was heard of.
    pub remaining: Lots,
    /// Where it stands.
    pub status: OwnStatus,
}

/// The orders of a holding as its account knows them. Component of Holding entities of symbols whose primary listing has an order
/// book; the exchange writes it, policies in Decide read it.
///
/// An order is here from the end of the step in which it was sent (`Requested`), and leaves when its owner hears that it is
/// filled, canceled, rejected or expired: after the response latency, where the venue's latency model has one. A policy keeps no
/// list of its own: it compares what it wants with `orders`, sends what is missing and cancels what is too much, leaving alone
/// what is `CancelPending`. Armed exits of brackets are not here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Component, Serialize, Deserialize)]
pub struct OwnOrders {
    /// In the order of their numbers.
    pub orders: Vec<OwnOrder>,
    /// Signed lots held, by the fills that were heard of. [`crate::position::Position`] is what the venue knows, and accounts
    /// are valued by; with response latency it is ahead of this one.
    pub lots: i64,
}

impl OwnOrders {
    /// Orders that may still fill and that nobody has begun to cancel.
    pub fn quotes(&self, side: Side) -> impl Iterator<Item = &OwnOrder> {
        self.orders.iter().filter(move |o| o.side == side && o.status != OwnStatus::CancelPending)
    }

    /// Lots that a side's orders may still fill, those on their way out included.
    pub fn exposed(&self, side: Side) -> i64 {
        self.orders.iter().filter(|o| o.side == side).map(|o| o.remaining.0).sum()
    }

    /// An order by its number.
    pub fn get(&self, id: OrderId) -> Option<&OwnOrder> {
        self.orders.binary_search_by_key(&id, |o| o.id).ok().map(|at| &self.orders[at])
    }

    /// As [`OwnOrders::get`], to be changed.
    pub fn get_mut(&mut self, id: OrderId) -> Option<&mut OwnOrder> {
        self.orders.binary_search_by_key(&id, |o| o.id).ok().map(|at| &mut self.orders[at])
    }

    /// Forgets an order.
    pub fn remove(&mut self, id: OrderId) {
        if let Ok(at) = self.orders.binary_search_by_key(&id, |o| o.id) {
            self.orders.remove(at);
        }
    }
}
