//! Rows of order-book tapes as events: prices become ticks, and sizes lots.

use manyworlds_components::book_event::{DepthUpdate, OrderUpdate, Quote};
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::time::Timestamp;

use super::{EventColumns, Target};
use crate::data::tape::{
    DepthColumns, OrderColumns, QuoteColumns, Tape, TapeKind, book_side, book_signal, order_action,
};

/// The nearest count of steps to a value. As [`Step::round`] for values of fewer than 2^51 steps, which tapes are checked
/// for, but for the sum with a large number in place of a call.
#[inline]
fn steps(step: Step, value: f64) -> i64 {
    const BIG: f64 = (3_u64 << 51) as f64;
    (step.count(value) + BIG).to_bits() as i64 - BIG.to_bits() as i64
}

impl EventColumns for DepthColumns {
    const KIND: TapeKind = TapeKind::Depth;

    #[inline]
    fn batches(tape: &Tape) -> &[Self] {
        tape.depth().unwrap_or_default()
    }

    #[inline]
    fn ts_recv(&self) -> &[i64] {
        &self.ts_recv
    }

    #[inline]
    fn append(&self, start: usize, count: usize, target: &Target, out: &mut Vec<MarketEvent>) {
        let Target { symbol, listing, tick_size, lot_size } = *target;
        let rows = start..start + count;
        let (ts_event, ts_recv) = (&self.ts_event[rows.clone()], &self.ts_recv[rows.clone()]);
        let (signal, side) = (&self.signal[rows.clone()], &self.side[rows.clone()]);
        let (price, size) = (&self.price[rows.clone()], &self.size[rows]);
        out.extend((0..count).map(|i| {
            let price = Ticks(steps(tick_size, price[i]));
            let data = if signal[i] == 0 {
                let (side, size) = (book_side(side[i]), Lots(steps(lot_size, size[i])));
                MarketData::Depth(DepthUpdate { side, price, size })
            } else {
                MarketData::Signal(book_signal(signal[i], side[i], price))
            };
            let (ts_recv, ts_event) = (Timestamp(ts_recv[i]), Timestamp(ts_event[i]));
            MarketEvent { ts_recv, ts_event, symbol, listing, data }
        }));
    }
}

impl EventColumns for QuoteColumns {
    const KIND: TapeKind = TapeKind::Quotes;

    #[inline]
    fn batches(tape: &Tape) -> &[Self] {
        tape.quotes().unwrap_or_default()
    }

    #[inline]
    fn ts_recv(&self) -> &[i64] {
        &self.ts_recv
    }

    #[inline]
    fn append(&self, start: usize, count: usize, target: &Target, out: &mut Vec<MarketEvent>) {
        let Target { symbol, listing, tick_size, lot_size } = *target;
        let rows = start..start + count;
        let (ts_event, ts_recv) = (&self.ts_event[rows.clone()], &self.ts_recv[rows.clone()]);
        let (bid, bid_size) = (&self.bid_price[rows.clone()], &self.bid_size[rows.clone()]);
        let (ask, ask_size) = (&self.ask_price[rows.clone()], &self.ask_size[rows]);
        out.extend((0..count).map(|i| {
            let data = MarketData::Quote(Quote {
                bid: Ticks(steps(tick_size, bid[i])),
                bid_size: Lots(steps(lot_size, bid_size[i])),
                ask: Ticks(steps(tick_size, ask[i])),
                ask_size: Lots(steps(lot_size, ask_size[i])),
            });
            let (ts_recv, ts_event) = (Timestamp(ts_recv[i]), Timestamp(ts_event[i]));
            MarketEvent { ts_recv, ts_event, symbol, listing, data }
        }));
    }
}

impl EventColumns for OrderColumns {
    const KIND: TapeKind = TapeKind::Orders;

    #[inline]
    fn batches(tape: &Tape) -> &[Self] {
        tape.orders().unwrap_or_default()
    }

    #[inline]
    fn ts_recv(&self) -> &[i64] {
        &self.ts_recv
    }

    #[inline]
    fn append(&self, start: usize, count: usize, target: &Target, out: &mut Vec<MarketEvent>) {
        let Target { symbol, listing, tick_size, lot_size } = *target;
        let rows = start..start + count;
        let (ts_event, ts_recv) = (&self.ts_event[rows.clone()], &self.ts_recv[rows.clone()]);
        let (signal, action) = (&self.signal[rows.clone()], &self.action[rows.clone()]);
        let (side, order) = (&self.side[rows.clone()], &self.order_id[rows.clone()]);
        let (price, size) = (&self.price[rows.clone()], &self.size[rows]);
        out.extend((0..count).map(|i| {
            let price = Ticks(steps(tick_size, price[i]));
            let data = if signal[i] == 0 {
                let (side, action) = (book_side(side[i]), order_action(action[i]));
                let size = Lots(steps(lot_size, size[i]));
                MarketData::Order(OrderUpdate { order: order[i], action, side, price, size })
            } else {
                MarketData::Signal(book_signal(signal[i], side[i], price))
            };
            let (ts_recv, ts_event) = (Timestamp(ts_recv[i]), Timestamp(ts_event[i]));
            MarketEvent { ts_recv, ts_event, symbol, listing, data }
        }));
    }
}
