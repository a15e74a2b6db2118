//! The orders that rest on a synthetic venue: queues by price.

use std::collections::{BTreeMap, VecDeque};

use manyworlds_components::side::BookSide;

/// An order book of orders of one size.
#[derive(Debug, Clone, Default)]
pub struct Queues {
    bids: BTreeMap<i64, VecDeque<u64>>,
    asks: BTreeMap<i64, VecDeque<u64>>,
    /// The last best prices: where a side without orders is taken to be.
    last: [i64; 2],
    orders: u64,
}

impl Queues {
    /// An empty book around the gap above `bid`.
    pub fn new(bid: i64) -> Self {
        Self { last: [bid, bid + 1], ..Self::default() }
    }

    /// Prices and queues of a side, lowest price first.
    pub fn side(&self, side: BookSide) -> &BTreeMap<i64, VecDeque<u64>> {
        match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        }
    }

    fn side_mut(&mut self, side: BookSide) -> &mut BTreeMap<i64, VecDeque<u64>> {
        match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        }
    }

    /// The best price of a side, if it has orders.
    pub fn best(&self, side: BookSide) -> Option<i64> {
        match side {
            BookSide::Bid => self.bids.last_key_value(),
            BookSide::Ask => self.asks.first_key_value(),
        }
        .map(|(price, _)| *price)
    }

    /// The best price of a side, or its last one.
    pub fn reference(&self, side: BookSide) -> i64 {
        self.best(side).unwrap_or(self.last[side as usize])
    }

    /// Ticks from the other side's best price.
    pub fn distance(&self, side: BookSide, price: i64) -> i64 {
        match side {
            BookSide::Bid => self.reference(BookSide::Ask) - price,
            BookSide::Ask => price - self.reference(BookSide::Bid),
        }
    }

    /// How many orders rest at a price.
    pub fn count(&self, side: BookSide, price: i64) -> usize {
        self.side(side).get(&price).map_or(0, VecDeque::len)
    }

    /// Adds an order at the end of its queue; returns its number.
    pub fn add(&mut self, side: BookSide, price: i64) -> u64 {
        self.orders += 1;
        let order = self.orders;
        self.side_mut(side).entry(price).or_default().push_back(order);
        self.note();
        order
    }

    /// Takes out the order at a place of a queue.
    pub fn remove(&mut self, side: BookSide, price: i64, place: usize) -> Option<u64> {
        let queue = self.side_mut(side).get_mut(&price)?;
        let order = queue.remove(place);
        if queue.is_empty() {
            self.side_mut(side).remove(&price);
        }
        self.note();
        order
    }

    fn note(&mut self) {
        let now = [BookSide::Bid, BookSide::Ask].map(|side| self.reference(side));
        // An empty side steps back if the other comes its way.
        self.last = match (self.bids.is_empty(), self.asks.is_empty()) {
            (true, false) => [now[0].min(now[1] - 1), now[1]],
            (false, true) => [now[0], now[1].max(now[0] + 1)],
            _ => now,
        };
    }
}
