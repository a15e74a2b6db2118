//! The orders that rest on one side of a symbol, best price first. Orders that have come to a price at one time - those of many
//! accounts that decide by one clock - share a place in its queue: what happens to the queue is worked out once for all of them.

use std::ops::Range;

use manyworlds_components::ids::{AccountId, OrderId};
use manyworlds_components::price::Ticks;
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::queue::QueueEstimate;

/// The sort key of a price on a side: the lower, the better.
#[inline]
pub(super) fn key(side: Side, price: Ticks) -> i64 {
    match side {
        Side::Buy => -price.0,
        Side::Sell => price.0,
    }
}

/// An order that rests. As such orders are written to snapshots and seen by digests, whoever they share their place with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Resting {
    pub key: i64,
    pub id: OrderId,
    pub account: AccountId,
    /// Since when: nothing that happened at the venue before concerns it.
    pub since: Timestamp,
    pub queue: QueueEstimate,
    /// Where the feed has single orders: the venue's numbers of those ahead, in ascending order.
    pub ahead: Option<Vec<u64>>,
}

/// A place in the queue of a price, with all that [`Resting`] says of the orders that stand there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub key: i64,
    pub since: Timestamp,
    pub queue: QueueEstimate,
    pub ahead: Option<Vec<u64>>,
    /// By number; at least one.
    pub orders: Vec<(OrderId, AccountId)>,
}

impl Place {
    /// As things to be filled: (key, number, at most so many lots).
    pub fn hits(&self, most: i64) -> impl Iterator<Item = (i64, OrderId, i64)> {
        self.orders.iter().map(move |(id, _)| (self.key, *id, most))
    }
}

/// One side.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Resting>", into = "Vec<Resting>")]
pub(super) struct RestingSide {
    /// By key.
    pub places: Vec<Place>,
}

impl RestingSide {
    pub fn insert(&mut self, row: Resting) {
        let Resting { key, id, account, since, queue, ahead } = row;
        let at = self.at(key);
        let shares = |place: &&mut Place| {
            place.since == since
                && place.queue == queue
                && place.ahead == ahead
                && place.orders.last().is_some_and(|(last, _)| *last < id)
        };
        match self.places[at.clone()].iter_mut().rev().find(shares) {
            Some(place) => place.orders.push((id, account)),
            None => {
                let orders = vec![(id, account)];
                self.places.insert(at.end, Place { key, since, queue, ahead, orders });
            }
        }
    }

    /// Takes an order out; false if it does not rest at that price.
    pub fn remove(&mut self, key: i64, id: OrderId) -> bool {
        for i in self.at(key) {
            let orders = &mut self.places[i].orders;
            if let Ok(at) = orders.binary_search_by_key(&id, |order| order.0) {
                orders.remove(at);
                if orders.is_empty() {
                    self.places.remove(i);
                }
                return true;
            }
        }
        false
    }

    /// Keeps the orders that live.
    pub fn retain(&mut self, lives: impl Fn(OrderId) -> bool) {
        self.places.retain_mut(|place| {
            place.orders.retain(|(id, _)| lives(*id));
            !place.orders.is_empty()
        });
    }

    /// How many places are at this price or better.
    #[inline]
    pub fn through(&self, key: i64) -> usize {
        // Mostly none, or the first few.
        self.places.iter().take_while(|place| place.key <= key).count()
    }

    /// The places at a price.
    pub fn at(&self, key: i64) -> Range<usize> {
        let first = self.places.partition_point(|place| place.key < key);
        first..first + self.places[first..].iter().take_while(|place| place.key == key).count()
    }

    /// From now on, orders of accounts that have several at a price stand each for itself, in the order of their numbers.
    pub fn part(&mut self, key: i64) {
        let at = self.at(key);
        let level = &mut self.places[at.clone()];
        let mut accounts: Vec<AccountId> =
            level.iter().flat_map(|p| &p.orders).map(|order| order.1).collect();
        accounts.sort_unstable();
        let several: Vec<AccountId> =
            accounts.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        if several.is_empty() {
            return;
        }
        let mut parted = Vec::new();
        for place in level {
            let (leave, stay): (Vec<_>, Vec<_>) =
                place.orders.iter().partition(|order| several.binary_search(&order.1).is_ok());
            parted.extend(leave.into_iter().map(|order| Place { orders: vec![order], ..place.clone() }));
            place.orders = stay;
        }
        self.places.splice(at.end..at.end, parted);
        self.places.retain(|place| !place.orders.is_empty());
        let at = self.at(key);
        self.places[at].sort_by_key(|place| place.orders[0].0);
    }
}

impl From<RestingSide> for Vec<Resting> {
    /// By key, then number.
    fn from(side: RestingSide) -> Self {
        let rows = side.places.iter().flat_map(|place| {
            let Place { key, since, queue, ref ahead, ref orders } = *place;
            orders.iter().map(move |(id, account)| Resting {
                key,
                id: *id,
                account: *account,
                since,
                queue,
                ahead: ahead.clone(),
            })
        });
        let mut rows: Self = rows.collect();
        rows.sort_unstable_by_key(|row| (row.key, row.id));
        rows
    }
}

impl From<Vec<Resting>> for RestingSide {
    fn from(rows: Vec<Resting>) -> Self {
        let mut side = Self::default();
        rows.into_iter().for_each(|row| side.insert(row));
        side
    }
}
