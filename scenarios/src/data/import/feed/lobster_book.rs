//! The orders of a LOBSTER book, as far as its messages tell of them.
//!
//! Orders that rested before the first message were never submitted in it, and a file of N levels lists only what touches
//! the best N: orders below come into sight unannounced when a level above them goes. Where the order book file is at
//! hand, its levels say how much there is; it stands for itself as one order per level, numbered from 2^63.

use std::collections::BTreeMap;

use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use super::lobster::{Message, change};
use super::row::Change;

/// Numbers of orders that stand for what was never submitted.
const UNSEEN: u64 = 1 << 63;

/// Levels of an order book file: (price, size) of bids and asks, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Levels {
    pub sides: [Vec<(i64, i64)>; 2],
    /// Levels that the file has columns for.
    pub shown: usize,
}

#[derive(Default)]
struct Level {
    size: i64,
    /// In the order of their arrival.
    orders: Vec<u64>,
}

/// See the module's description.
#[derive(Default)]
pub(super) struct LobsterBook {
    orders: BTreeMap<u64, (BookSide, i64, i64)>,
    /// By key: the lower, the better.
    levels: [BTreeMap<i64, Level>; 2],
    unseen: u64,
}

fn key(side: BookSide, price: i64) -> i64 {
    match side {
        BookSide::Bid => -price,
        BookSide::Ask => price,
    }
}

impl LobsterBook {
    fn add(&mut self, order: u64, side: BookSide, price: i64, size: i64, changes: &mut Vec<Change>) {
        self.orders.insert(order, (side, price, size));
        let level = self.levels[side as usize].entry(key(side, price)).or_default();
        level.size += size;
        level.orders.push(order);
        changes.push(change(order, OrderAction::Add, side, price, size));
    }

    /// Takes off up to `size` of an order, and says how much it was.
    fn take(&mut self, order: u64, action: OrderAction, size: i64, changes: &mut Vec<Change>) -> i64 {
        let Some((side, price, left)) = self.orders.get_mut(&order) else { return 0 };
        let (side, price) = (*side, *price);
        let taken = if action == OrderAction::Delete { *left } else { size.min(*left) };
        *left -= taken;
        let is_gone = *left == 0;
        let levels = &mut self.levels[side as usize];
        if let Some(level) = levels.get_mut(&key(side, price)) {
            level.size -= taken;
            if is_gone {
                level.orders.retain(|o| *o != order);
            }
            if level.orders.is_empty() {
                levels.remove(&key(side, price));
            }
        }
        if is_gone {
            self.orders.remove(&order);
        }
        changes.push(change(order, action, side, price, taken));
        taken
    }

    /// Applies a message. True: its order is not known, nor anything unseen at its price that could be it.
    pub(super) fn apply(&mut self, message: &Message, changes: &mut Vec<Change>) -> bool {
        let Message { kind, order, size, price, side, .. } = *message;
        let action = match kind {
            1 => {
                let known = self.orders.contains_key(&order);
                if known {
                    self.take(order, OrderAction::Delete, size, changes);
                }
                self.add(order, side, price, size, changes);
                return known;
            }
            2 => OrderAction::Reduce,
            3 => OrderAction::Delete,
            4 => OrderAction::Execute,
            _ => return false,
        };
        if self.orders.contains_key(&order) {
            self.take(order, action, size, changes);
            return false;
        }
        let level = self.levels[side as usize].get(&key(side, price));
        let unseen = level.and_then(|level| level.orders.iter().copied().find(|o| *o >= UNSEEN));
        let Some(unseen) = unseen else { return true };
        // What is deleted is one of the orders that it stands for.
        let action = if action == OrderAction::Delete { OrderAction::Reduce } else { action };
        self.take(unseen, action, size, changes) < size
    }

    /// Makes the best levels those of the file. Returns how many were different.
    pub(super) fn reconcile(&mut self, levels: &Levels, changes: &mut Vec<Change>) -> u64 {
        let mut different = 0;
        for side in [BookSide::Bid, BookSide::Ask] {
            let file = &levels.sides[side as usize];
            // Beyond the last level that the file shows, nothing is known - unless it has room for more.
            let last = match file.last() {
                Some((price, _)) if file.len() >= levels.shown => key(side, *price),
                _ => i64::MAX,
            };
            let own: Vec<(i64, i64)> =
                self.levels[side as usize].range(..=last).map(|(k, level)| (*k, level.size)).collect();
            let mut own = own.into_iter().peekable();
            for (price, size) in file {
                let wanted = key(side, *price);
                while let Some((k, _)) = own.next_if(|(k, _)| *k < wanted) {
                    self.empty(side, k, changes);
                    different += 1;
                }
                let has = own.next_if(|(k, _)| *k == wanted).map_or(0, |(_, size)| size);
                if has < *size {
                    self.unseen += 1;
                    self.add(UNSEEN + self.unseen, side, *price, size - has, changes);
                } else if has > *size {
                    self.shrink(side, wanted, has - size, changes);
                }
                different += u64::from(has != *size);
            }
            for (k, _) in own {
                self.empty(side, k, changes);
                different += 1;
            }
        }
        different
    }

    fn empty(&mut self, side: BookSide, key: i64, changes: &mut Vec<Change>) {
        let orders = self.levels[side as usize].get(&key).map(|level| level.orders.clone());
        for order in orders.unwrap_or_default() {
            self.take(order, OrderAction::Delete, 0, changes);
        }
    }

    /// Takes off what left without a message: of the unseen first, then of the latest.
    fn shrink(&mut self, side: BookSide, key: i64, mut size: i64, changes: &mut Vec<Change>) {
        let Some(level) = self.levels[side as usize].get(&key) else { return };
        let mut orders = level.orders.clone();
        orders.sort_by_key(|order| *order < UNSEEN);
        let unseen = orders.partition_point(|order| *order >= UNSEEN);
        orders[unseen..].reverse();
        for order in orders {
            if size > 0 {
                size -= self.take(order, OrderAction::Reduce, size, changes);
            }
        }
    }
}
