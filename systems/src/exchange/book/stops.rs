//! Stops: orders that sleep until the market trades at their trigger.

use manyworlds_components::order::{OrderKind, OrderStatus};
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;

use super::super::bar_matching::{effective, trail};
use super::super::price_bar::Level;
use super::Matcher;
use super::desk::Parcel;

impl Matcher<'_, '_> {
    /// Looks up at which prices stops wake.
    pub(super) fn watch_stops(&mut self) {
        let (mut buy, mut sell, mut any) = (i64::MAX, i64::MIN, false);
        for order in &self.floor.book.symbols[self.symbol].orders {
            let trigger = match effective(order) {
                _ if order.is_done() || order.order.status == OrderStatus::Requested => continue,
                OrderKind::Stop { trigger } | OrderKind::StopLimit { trigger, .. } => trigger.0,
                // Every trade may move its trigger.
                OrderKind::TrailingStop { .. } if order.order.request.side == Side::Buy => i64::MIN,
                OrderKind::TrailingStop { .. } => i64::MAX,
                OrderKind::Market | OrderKind::Limit { .. } => continue,
            };
            any = true;
            match order.order.request.side {
                Side::Buy => buy = buy.min(trigger),
                Side::Sell => sell = sell.max(trigger),
            }
        }
        self.desk.stops = any;
        (self.desk.watch.stop_buy, self.desk.watch.stop_sell) = (buy, sell);
    }

    /// Wakes the stops that a price reaches - that at which can be bought for buys, that at which can be sold for sells - and
    /// lets trailing ones follow it. What wakes takes its place once the instant is over.
    pub(super) fn wake_stops(&mut self, to_buy: f64, to_sell: f64, ts: Timestamp) {
        let tick = self.floor.terms.instruments[self.symbol].tick_size;
        let mut woken = false;
        for i in 0..self.orders().len() {
            let order = &mut self.floor.book.symbols[self.symbol].orders[i];
            let late = order.order.status == OrderStatus::Requested || order.order.arrives_at > ts;
            if late || order.is_done() {
                continue;
            }
            let side = order.order.request.side;
            let level = Level::new(if side == Side::Buy { to_buy } else { to_sell }, tick);
            let reached = match effective(order) {
                OrderKind::Stop { trigger } | OrderKind::StopLimit { trigger, .. } => {
                    level.reaches_stop(side, trigger.0)
                }
                OrderKind::TrailingStop { trigger, .. } => {
                    trigger.is_some_and(|trigger| level.reaches_stop(side, trigger.0))
                }
                OrderKind::Market | OrderKind::Limit { .. } => continue,
            };
            if reached {
                order.order.triggered = true;
                let id = order.order.id;
                self.desk.expect(ts, Parcel::Enter(id));
                woken = true;
            } else {
                trail(order, level);
            }
        }
        if woken {
            self.watch_stops();
        }
    }
}
