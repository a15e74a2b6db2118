//! A book as it is written into digests and read back: its levels and orders, best first, however they are stored.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BookCounts, BookOrder, CrossRule, Level, OrderBook, key};
use crate::book_event::{OrderAction, OrderUpdate};
use crate::side::BookSide;
use crate::time::Timestamp;

use super::ladder::Ladder;

#[derive(Serialize, Deserialize)]
struct Encoded {
    sides: [Vec<Level>; 2],
    orders: Option<Vec<BookOrder>>,
    rule: CrossRule,
    times: [Timestamp; 2],
    counts: BookCounts,
    flags: [bool; 3],
}

const SIDES: [BookSide; 2] = [BookSide::Bid, BookSide::Ask];

impl Serialize for OrderBook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Encoded {
            sides: SIDES.map(|side| self.levels(side).collect()),
            orders: self.orders.as_ref().map(|orders| orders.all()),
            rule: self.rule,
            times: [self.ts_recv, self.ts_event],
            counts: self.counts,
            flags: [self.deep, self.gapped, self.halted],
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OrderBook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let encoded = Encoded::deserialize(deserializer)?;
        let ladder = |side: BookSide| {
            let levels = &encoded.sides[side as usize];
            Ladder::from_levels(levels.iter().map(|level| (key(side, level.price.0), level.size.0)))
        };
        let [deep, gapped, halted] = encoded.flags;
        let [ts_recv, ts_event] = encoded.times;
        let (bids, asks) = (ladder(BookSide::Bid), ladder(BookSide::Ask));
        let mut orders = encoded.orders.as_ref().map(|_| Box::default());
        if let Some(orders) = &mut orders {
            rebuild(orders, encoded.orders.as_deref().unwrap_or_default());
        }
        let (rule, counts) = (encoded.rule, encoded.counts);
        Ok(Self { bids, asks, orders, rule, ts_recv, ts_event, counts, deep, gapped, halted })
    }
}

/// The orders alone; their levels are known already.
fn rebuild(orders: &mut super::Orders, list: &[BookOrder]) {
    let (mut bids, mut asks) = (Ladder::default(), Ladder::default());
    for BookOrder { order, side, price, size } in list.iter().copied() {
        let update = OrderUpdate { order, action: OrderAction::Add, side, price, size };
        orders.update(&update, &mut bids, &mut asks);
    }
}
