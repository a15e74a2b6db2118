//! Matching along the assumed path of a bar (`FillRule::OhlcPath`).

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use manyworlds_components::ids::OrderId;
use manyworlds_components::order::OrderKind;

use super::bar_matching::{Touch, path, touch_leg};
use super::execute::Moment;
use super::floor::Floor;
use super::orders::{Eligible, WorkingOrder};
use super::price_bar::{Level, PriceBar};

/// An order that a leg will touch. The nearest comes first, then the oldest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    distance: f64,
    id: OrderId,
    row: usize,
    at: Level,
    touch: Touch,
}

/// Orders along a leg, nearest first.
pub type LegHeap = BinaryHeap<Waiting>;

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        other.distance.total_cmp(&self.distance).then(other.id.cmp(&self.id))
    }
}

fn may_fill(order: &WorkingOrder) -> bool {
    order.eligible == Eligible::Whole && !order.touched && !order.is_done() && !is_immediate(order)
}

/// An immediate order whose moment was the open.
fn is_immediate(order: &WorkingOrder) -> bool {
    use manyworlds_components::order::TimeInForce::{Fok, Ioc};
    let request = &order.order.request;
    matches!(request.time_in_force, Ioc | Fok) && matches!(request.kind, OrderKind::Limit { .. })
}

impl Floor<'_> {
    /// Follows the path of a bar after its open.
    pub fn follow_path(&mut self, symbol: usize, bar: &PriceBar, market: (f64, f64), heap: &mut LegHeap) {
        let corners = path(bar);
        for leg in corners.windows(2) {
            let (from, to) = (leg[0], leg[1]);
            let length = (to.price - from.price).abs();
            heap.clear();
            let rows = self.book.symbols[symbol].orders.len();
            for row in 0..rows {
                self.queue_touch(symbol, row, bar, (from, to), 0.0, heap);
            }
            let mut known = rows;
            while let Some(next) = heap.pop() {
                let order = &self.book.symbols[symbol].orders[next.row];
                // It may have been canceled by a sibling in the meantime.
                if !may_fill(order) || next.distance > length {
                    continue;
                }
                match next.touch {
                    Touch::Wake => {
                        self.book.symbols[symbol].orders[next.row].order.triggered = true;
                        self.queue_touch(symbol, next.row, bar, (next.at, to), next.distance, heap);
                    }
                    Touch::Fill { price, liquidity } => {
                        let moment = Moment { price, liquidity, at_open: false, at_close: false, market };
                        self.execute(symbol, next.row, bar, moment);
                    }
                }
                let rows = self.book.symbols[symbol].orders.len();
                for row in known..rows {
                    self.queue_touch(symbol, row, bar, (next.at, to), next.distance, heap);
                }
                known = rows;
            }
            self.trail_orders(symbol, |_, _| to);
        }
    }

    fn queue_touch(
        &self,
        symbol: usize,
        row: usize,
        bar: &PriceBar,
        (from, to): (Level, Level),
        before: f64,
        heap: &mut LegHeap,
    ) {
        let order = &self.book.symbols[symbol].orders[row];
        if !may_fill(order) {
            return;
        }
        if let Some((distance, at, touch)) = touch_leg(order, bar, from, to) {
            heap.push(Waiting { distance: before + distance, id: order.order.id, row, at, touch });
        }
    }
}
