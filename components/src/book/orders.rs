//! The single orders of a book (L3): each by its number, and each level's in order of time.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

use super::key;
use super::ladder::Ladder;
use crate::book_event::{OrderAction, OrderUpdate};
use crate::price::{Lots, Ticks};
use crate::side::BookSide;

/// An order in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookOrder {
    /// The venue's number.
    pub order: u64,
    /// Its side.
    pub side: BookSide,
    /// Its price.
    pub price: Ticks,
    /// What is left of it.
    pub size: Lots,
}

/// What stands before an order at its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueuePosition {
    /// The size before it.
    pub ahead: Lots,
    /// How many orders that is.
    pub orders_ahead: u64,
}

/// End of a chain.
const NIL: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Node {
    order: BookOrder,
    previous: u32,
    next: u32,
}

/// Two ends of a level's chain.
#[derive(Debug, Clone, Copy)]
struct Queue {
    first: u32,
    last: u32,
}

/// Spreads numbers that mostly count up. What is read off the maps as a whole is sorted, so
/// that their order reaches no result.
#[derive(Debug, Clone, Copy, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, n: u64) {
        let product = u128::from(self.0 ^ n) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    #[inline]
    fn write_i64(&mut self, n: i64) {
        self.write_u64(n as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Spread>>;

/// Orders in slots, chained per level in order of time.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    nodes: Vec<Node>,
    free: Vec<u32>,
    by_number: Map<u64, u32>,
    bids: Map<i64, Queue>,
    asks: Map<i64, Queue>,
}

impl Orders {
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    pub fn clear(&mut self) {
        self.nodes.clear();
        self.free.clear();
        self.by_number.clear();
        self.bids.clear();
        self.asks.clear();
    }

    fn queues(&mut self, side: BookSide) -> &mut Map<i64, Queue> {
        match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        }
    }

    /// Carries out an update on the orders and on the levels; returns whether it fits what is known.
    pub fn update(&mut self, update: &OrderUpdate, bids: &mut Ladder, asks: &mut Ladder) -> bool {
        let mut levels = |side, price: Ticks, change: i64| {
            let ladder = match side {
                BookSide::Bid => &mut *bids,
                BookSide::Ask => &mut *asks,
            };
            let key = key(side, price.0);
            ladder.set(key, ladder.get(key).saturating_add(change));
        };
        let slot = self.by_number.get(&update.order).copied();
        let wanted = BookOrder {
            order: update.order,
            side: update.side,
            price: update.price,
            size: Lots(update.size.0.max(0)),
        };
        match (update.action, slot) {
            (OrderAction::Fill, slot) => slot.is_some(),
            (OrderAction::Add, None) => self.add(wanted, &mut levels),
            (OrderAction::Modify, None) => {
                self.add(wanted, &mut levels);
                false
            }
            (OrderAction::Add, Some(slot)) => {
                self.remove(slot, &mut levels);
                self.add(wanted, &mut levels);
                false
            }
            (OrderAction::Modify, Some(slot)) => {
                let now = self.nodes[slot as usize].order;
                let stays = (now.side, now.price) == (wanted.side, wanted.price);
                if stays && wanted.size <= now.size {
                    self.shrink(slot, now.size.0 - wanted.size.0, &mut levels);
                } else {
                    self.remove(slot, &mut levels);
                    self.add(wanted, &mut levels);
                }
                true
            }
            (OrderAction::Reduce | OrderAction::Execute, Some(slot)) => {
                self.shrink(slot, wanted.size.0, &mut levels);
                true
            }
            (OrderAction::Delete, Some(slot)) => {
                self.remove(slot, &mut levels);
                true
            }
            (OrderAction::Reduce | OrderAction::Execute | OrderAction::Delete, None) => false,
        }
    }

    fn add(&mut self, order: BookOrder, levels: &mut impl FnMut(BookSide, Ticks, i64)) -> bool {
        if order.size.0 == 0 {
            return false;
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let Ok(slot) = u32::try_from(self.nodes.len()) else { return false };
                if slot == NIL {
                    return false;
                }
                self.nodes.push(Node { order, previous: NIL, next: NIL });
                slot
            }
        };
        let ends = Queue { first: slot, last: slot };
        let mut previous = NIL;
        self.queues(order.side)
            .entry(order.price.0)
            .and_modify(|queue| previous = std::mem::replace(&mut queue.last, slot))
            .or_insert(ends);
        self.nodes[slot as usize] = Node { order, previous, next: NIL };
        if previous != NIL {
            self.nodes[previous as usize].next = slot;
        }
        self.by_number.insert(order.order, slot);
        levels(order.side, order.price, order.size.0);
        true
    }

    fn remove(&mut self, slot: u32, levels: &mut impl FnMut(BookSide, Ticks, i64)) {
        let Node { order, previous, next } = self.nodes[slot as usize];
        if previous != NIL {
            self.nodes[previous as usize].next = next;
        }
        if next != NIL {
            self.nodes[next as usize].previous = previous;
        }
        let queues = self.queues(order.side);
        if previous == NIL && next == NIL {
            queues.remove(&order.price.0);
        } else if let Some(queue) = queues.get_mut(&order.price.0) {
            if previous == NIL {
                queue.first = next;
            }
            if next == NIL {
                queue.last = previous;
            }
        }
        self.by_number.remove(&order.order);
        self.free.push(slot);
        levels(order.side, order.price, -order.size.0);
    }

    fn shrink(&mut self, slot: u32, by: i64, levels: &mut impl FnMut(BookSide, Ticks, i64)) {
        let order = &mut self.nodes[slot as usize].order;
        if by >= order.size.0 {
            return self.remove(slot, levels);
        }
        order.size.0 -= by;
        levels(order.side, order.price, -by);
    }

    pub fn get(&self, order: u64) -> Option<BookOrder> {
        self.by_number.get(&order).map(|slot| self.nodes[*slot as usize].order)
    }

    pub fn position(&self, order: u64) -> Option<QueuePosition> {
        let mut slot = self.nodes[*self.by_number.get(&order)? as usize].previous;
        let mut position = QueuePosition::default();
        while slot != NIL {
            let node = &self.nodes[slot as usize];
            position.ahead.0 = position.ahead.0.saturating_add(node.order.size.0);
            position.orders_ahead += 1;
            slot = node.previous;
        }
        Some(position)
    }

    /// Every order: bids, then asks, by price, first in the queue first.
    pub fn all(&self) -> Vec<BookOrder> {
        let mut all = Vec::with_capacity(self.len());
        for (side, queues) in [(BookSide::Bid, &self.bids), (BookSide::Ask, &self.asks)] {
            let mut prices: Vec<i64> = queues.keys().copied().collect();
            prices.sort_unstable();
            all.extend(prices.into_iter().flat_map(|price| self.queue(side, Ticks(price))));
        }
        all
    }

    pub fn queue(&self, side: BookSide, price: Ticks) -> impl Iterator<Item = BookOrder> + '_ {
        let queues = match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        };
        let first = queues.get(&price.0).map(|queue| self.nodes[queue.first as usize]);
        let next = |node: &Node| (node.next != NIL).then(|| self.nodes[node.next as usize]);
        std::iter::successors(first, next).map(|node| node.order)
    }
}
