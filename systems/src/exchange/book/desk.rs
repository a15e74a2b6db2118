//! What a venue holds of the orders in one symbol: who rests where, what is on its way, and which prices matter.

use std::collections::VecDeque;

use manyworlds_components::book::OrderBook;
use manyworlds_components::ids::{AccountId, OrderId};
use manyworlds_components::price::Ticks;
use manyworlds_components::side::{BookSide, Side};
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::orders::PendingMessage;
use super::news::News;
use super::resting::RestingSide;

/// What reaches the venue at a time, or happens there to an order by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Parcel {
    /// A cancel or a replacement; there are fewer of them than of orders, and they are larger.
    Message(Box<PendingMessage>),
    /// An order arrives, or a stop that has been triggered is an order now.
    Enter(OrderId),
    /// A day order's time is over.
    Expire(OrderId),
}

impl Parcel {
    /// Order at equal times: what frees comes first.
    fn rank(&self) -> u8 {
        match self {
            Self::Message(_) => 0,
            Self::Enter(_) => 1,
            Self::Expire(_) => 2,
        }
    }
}

/// Liquidity that an account has taken from a level that has not been refreshed since.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Taken {
    pub account: AccountId,
    pub side: BookSide,
    pub price: Ticks,
    /// The size of the level when it was taken.
    pub seen: i64,
    /// What was taken of it, in lots.
    pub lots: i64,
}

/// The orders of one symbol at its venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookDesk {
    /// On its way, by time.
    inbox: VecDeque<(Timestamp, Parcel)>,
    /// The time of the first parcel; the end of time if there is none.
    pub(super) due: Timestamp,
    pub(super) buys: RestingSide,
    pub(super) sells: RestingSide,
    /// Prices that matter.
    pub(super) watch: Watch,
    /// Whether there are stops that sleep.
    pub(super) stops: bool,
    /// Market orders that have found too little, and orders that came while nothing was matched.
    pub(super) waiting: Vec<OrderId>,
    /// Whether something could not be matched when it should have been.
    pub(super) blocked: bool,
    pub(super) taken: Vec<Taken>,
    /// On its way to accounts, by time.
    pub(super) news: VecDeque<News>,
    /// How long the feed took with its last event, in nanoseconds.
    pub(super) lag: i64,
    /// Halfway between the best prices before what is being matched, in ticks.
    pub(super) mid: Option<f64>,
    /// The last mid with which a step ended, in ticks.
    last_mid: Option<f64>,
}

impl Default for BookDesk {
    fn default() -> Self {
        Self {
            inbox: VecDeque::new(),
            due: Timestamp::MAX,
            buys: RestingSide::default(),
            sells: RestingSide::default(),
            watch: Watch::NOTHING,
            stops: false,
            waiting: Vec::new(),
            blocked: false,
            taken: Vec::new(),
            news: VecDeque::new(),
            lag: 0,
            mid: None,
            last_mid: None,
        }
    }
}

impl BookDesk {
    /// Notes the mid of a book before it changes. A crossed one, halfway through a message, has none: then it is that of the
    /// last step's end, which does not depend on whose orders rest.
    pub(super) fn note_mid(&mut self, book: &OrderBook) {
        self.mid = mid_ticks(book).or(self.last_mid);
    }

    /// A step ends.
    pub(super) fn keep_mid(&mut self, book: &OrderBook) {
        self.last_mid = mid_ticks(book).or(self.last_mid);
    }

    pub(super) fn side(&mut self, side: Side) -> &mut RestingSide {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }

    /// Whether any order rests.
    #[inline]
    pub(super) fn rests(&self) -> bool {
        !(self.buys.places.is_empty() && self.sells.places.is_empty())
    }

    pub(super) fn expect(&mut self, at: Timestamp, parcel: Parcel) {
        let key = (at, parcel.rank());
        let before = |(at, parcel): &(Timestamp, Parcel)| (*at, parcel.rank()) <= key;
        if self.inbox.back().is_none_or(before) {
            // As ever with a constant latency.
            self.inbox.push_back((at, parcel));
        } else {
            let place = self.inbox.partition_point(before);
            self.inbox.insert(place, (at, parcel));
        }
        self.due = self.inbox[0].0;
    }

    /// The next parcel, if it is due before `t`.
    pub(super) fn next_before(&mut self, t: Timestamp) -> Option<(Timestamp, Parcel)> {
        if self.due >= t {
            return None;
        }
        let next = self.inbox.pop_front();
        self.due = self.inbox.front().map_or(Timestamp::MAX, |(at, _)| *at);
        next
    }

    /// Looks up which prices matter; those of stops are left.
    pub(super) fn watch_resting(&mut self) {
        let ends =
            |side: &RestingSide| side.places.first().zip(side.places.last()).map(|(a, b)| (a.key, b.key));
        // The key of a buy is its price with the sign turned.
        (self.watch.buy_high, self.watch.buy_low) =
            ends(&self.buys).map_or((i64::MIN, i64::MAX), |(best, worst)| (-best, -worst));
        (self.watch.sell_low, self.watch.sell_high) = ends(&self.sells).unwrap_or((i64::MAX, i64::MIN));
    }
}

/// The prices, in ticks, at which events have to do with our orders: everything else passes by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Watch {
    buy_low: i64,
    buy_high: i64,
    sell_low: i64,
    sell_high: i64,
    /// The lowest trigger of a stop to buy.
    pub stop_buy: i64,
    /// The highest trigger of a stop to sell.
    pub stop_sell: i64,
}

impl Watch {
    pub const NOTHING: Self = Self {
        buy_low: i64::MAX,
        buy_high: i64::MIN,
        sell_low: i64::MAX,
        sell_high: i64::MIN,
        stop_buy: i64::MAX,
        stop_sell: i64::MIN,
    };

    /// Whether a level may be one at which we rest, or one that reaches our orders of the other side.
    #[inline(always)]
    pub fn sees_level(&self, side: BookSide, price: i64) -> bool {
        match side {
            BookSide::Bid => (price >= self.buy_low && price <= self.buy_high) || price >= self.sell_low,
            BookSide::Ask => (price <= self.sell_high && price >= self.sell_low) || price <= self.buy_high,
        }
    }

    /// Whether a trade at a price may fill or wake an order.
    #[inline(always)]
    pub fn sees_trade(&self, price: i64) -> bool {
        price >= self.sell_low || price <= self.buy_high || price >= self.stop_buy || price <= self.stop_sell
    }
}

/// Halfway between the best prices, in ticks; none of a crossed book or one without a side.
fn mid_ticks(book: &OrderBook) -> Option<f64> {
    book.top().filter(|(bid, ask)| bid < ask).map(|(bid, ask)| 0.5 * (bid.0 as f64 + ask.0 as f64))
}
