//! The orders that rest on one side of a symbol, best price first and oldest first.

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

/// An order that rests.
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

/// One side.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct RestingSide {
    /// By key, then number.
    pub rows: Vec<Resting>,
}

impl RestingSide {
    pub fn insert(&mut self, row: Resting) {
        let place = self.rows.partition_point(|r| (r.key, r.id) < (row.key, row.id));
        self.rows.insert(place, row);
    }

    /// Takes an order out; false if it does not rest at that price.
    pub fn remove(&mut self, key: i64, id: OrderId) -> bool {
        let found = self.rows.binary_search_by_key(&(key, id), |r| (r.key, r.id));
        if let Ok(at) = found {
            self.rows.remove(at);
        }
        found.is_ok()
    }

    /// How many orders are at this price or better.
    #[inline]
    pub fn through(&self, key: i64) -> usize {
        // Mostly none, or the first few.
        self.rows.iter().take_while(|r| r.key <= key).count()
    }

    /// The orders at a price.
    pub fn at(&self, key: i64) -> Range<usize> {
        let first = self.rows.partition_point(|r| r.key < key);
        first..first + self.rows[first..].iter().take_while(|r| r.key == key).count()
    }
}
