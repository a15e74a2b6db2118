//! What arrives at the venue: orders, cancels, replacements; and orders whose time is over.

use manyworlds_components::book::OrderBook;
use manyworlds_components::ids::OrderId;
use manyworlds_components::order::{OrderKind, OrderStatus, RejectReason, TimeInForce, VenueMessage};
use manyworlds_components::price::Ticks;
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;

use super::super::bar_matching::effective;
use super::super::intervention::Trading;
use super::super::orders::{PendingMessage, WorkingOrder};
use super::Matcher;
use super::desk::Parcel;
use super::news::What;
use super::queue::QueueEstimate;
use super::resting::{Resting, key};
use super::settings::SelfTradePrevention;

impl Matcher<'_, '_> {
    /// Lets take place what was due at the venue before `t`. While it cannot be reached, all of it waits.
    #[inline(never)]
    pub(super) fn arrive_before(&mut self, t: Timestamp, book: &OrderBook) {
        if self.floor.terms.dealing(self.symbol).trading == Trading::Down {
            return;
        }
        while let Some((ts, parcel)) = self.desk.next_before(t) {
            match parcel {
                Parcel::Enter(id) => self.enter(id, ts, book),
                Parcel::Message(pending) => self.message(&pending, book),
                Parcel::Expire(id) => {
                    if let Some(i) = self.find(id) {
                        self.end(i, OrderStatus::Expired, ts);
                    }
                }
            }
        }
        self.sweep(t);
    }

    pub(super) fn orders(&mut self) -> &mut Vec<WorkingOrder> {
        &mut self.floor.book.symbols[self.symbol].orders
    }

    /// The place of an order that is not done.
    pub(super) fn find(&mut self, id: OrderId) -> Option<usize> {
        let at = self.orders().binary_search_by_key(&id, |w| w.order.id).ok()?;
        (!self.orders()[at].is_done()).then_some(at)
    }

    pub(super) fn end(&mut self, i: usize, status: OrderStatus, ts: Timestamp) {
        self.floor.set_status(self.symbol, i, status, ts);
    }

    pub(super) fn refuse(&mut self, i: usize, reason: RejectReason, ts: Timestamp) {
        self.floor.refuse(self.symbol, i, reason, ts);
    }

    fn accept(&mut self, i: usize, ts: Timestamp) {
        if self.orders()[i].order.status == OrderStatus::Requested {
            self.floor.set_status(self.symbol, i, OrderStatus::Accepted, ts);
        }
    }

    /// Whether orders are matched now.
    pub(super) fn matches(&self, book: &OrderBook) -> bool {
        self.floor.terms.dealing(self.symbol).trading == Trading::Open
            && !book.is_halted()
            && !book.is_gapped()
    }

    /// An order takes its place: it takes what it can, and rests with what is left.
    pub(super) fn enter(&mut self, id: OrderId, ts: Timestamp, book: &OrderBook) {
        let Some(i) = self.find(id) else { return };
        let working = &self.floor.book.symbols[self.symbol].orders[i];
        let (side, time_in_force) = (working.order.request.side, working.order.request.time_in_force);
        let (kind, status) = (effective(working), working.order.status);
        if let TimeInForce::Gtd(until) = time_in_force
            && status == OrderStatus::Requested
        {
            if until < ts {
                return self.end(i, OrderStatus::Expired, ts);
            }
            self.desk.expect(until, Parcel::Expire(id));
        }
        if !matches!(kind, OrderKind::Market | OrderKind::Limit { .. }) {
            self.accept(i, ts);
            self.desk.stops = true;
            return self.watch_stops();
        }
        if !self.matches(book) {
            self.accept(i, ts);
            self.desk.blocked = true;
            return self.desk.waiting.push(id);
        }
        let OrderKind::Limit { price } = kind else {
            self.accept(i, ts);
            return self.take(i, None, ts, book);
        };
        let crosses = book.best(Self::facing(side)).is_some_and(|best| reaches(side, price, best.price));
        if let Some(reason) = self.objection(i, side, price, crosses, book) {
            return self.refuse(i, reason, ts);
        }
        if !self.prevent_self_trade(i, side, price, ts) {
            return;
        }
        self.accept(i, ts);
        if crosses {
            self.take(i, Some(price), ts, book);
        }
        let Some(i) = self.find(id) else { return };
        match time_in_force {
            TimeInForce::Ioc => self.end(i, OrderStatus::Canceled, ts),
            TimeInForce::Fok => self.refuse(i, RejectReason::CannotFill, ts),
            TimeInForce::Gtc | TimeInForce::Gtd(_) | TimeInForce::Gtx => self.rest(i, price, ts, book),
        }
    }

    fn objection(
        &self,
        i: usize,
        side: Side,
        price: Ticks,
        crosses: bool,
        book: &OrderBook,
    ) -> Option<RejectReason> {
        let request = &self.floor.book.symbols[self.symbol].orders[i].order.request;
        if crosses && request.time_in_force.is_post_only() {
            return Some(RejectReason::WouldCross);
        }
        let (low, high) = self.band(book)?;
        let outside = match side {
            Side::Buy => price.0 as f64 > high,
            Side::Sell => (price.0 as f64) < low,
        };
        outside.then_some(RejectReason::PriceBand)
    }

    /// The lowest price at which may be sold and the highest at which may be bought, in ticks.
    pub(super) fn band(&self, book: &OrderBook) -> Option<(f64, f64)> {
        let band = self.floor.terms.venue(self.symbol).book.price_band?;
        let mid = book.mid_ticks()?;
        Some((mid * (1.0 - band), mid * (1.0 + band)))
    }

    /// Looks for orders of the same account that a limit order would trade with; whether it may go on.
    fn prevent_self_trade(&mut self, i: usize, side: Side, price: Ticks, ts: Timestamp) -> bool {
        let rule = self.floor.terms.venue(self.symbol).book.self_trade;
        if rule == SelfTradePrevention::Off {
            return true;
        }
        let account = self.orders()[i].order.request.account;
        let facing = self.desk.side(side.opposite());
        let met = facing.through(key(side.opposite(), price));
        let met = facing.places[..met].iter().flat_map(|place| place.orders.iter().map(|o| (place.key, *o)));
        let mut met: Vec<(i64, OrderId)> =
            met.filter(|(_, order)| order.1 == account).map(|(key, order)| (key, order.0)).collect();
        if met.is_empty() {
            return true;
        }
        met.sort_unstable();
        if rule != SelfTradePrevention::CancelTaker {
            for (_, id) in met {
                if let Some(at) = self.find(id) {
                    self.end(at, OrderStatus::Canceled, ts);
                }
            }
        }
        if rule == SelfTradePrevention::CancelMaker {
            return true;
        }
        self.refuse(i, RejectReason::SelfTrade, ts);
        false
    }

    /// An order joins the end of the queue at its price.
    fn rest(&mut self, i: usize, price: Ticks, since: Timestamp, book: &OrderBook) {
        let order = &self.floor.book.symbols[self.symbol].orders[i].order;
        let (id, account, side) = (order.id, order.request.account, order.request.side);
        let level = side.into();
        let queue = match book.best(level) {
            // A feed of best prices does not say what lies behind them.
            Some(best) if !book.is_deep() && key(side, best.price) < key(side, price) => {
                QueueEstimate::unknown()
            }
            _ => QueueEstimate::join(book.size_at(level, price)),
        };
        let ahead = (book.order_count() > 0).then(|| {
            let mut ahead: Vec<u64> = book.queue(level, price).map(|o| o.order).collect();
            ahead.sort_unstable();
            ahead
        });
        let key = key(side, price);
        let row = Resting { key, id, account, since, queue, ahead };
        self.desk.side(side).insert(row);
        self.desk.watch_resting();
    }

    /// A cancel or a replacement. What is replaced keeps its place if its price is the same and its quantity not larger.
    fn message(&mut self, pending: &PendingMessage, book: &OrderBook) {
        let (VenueMessage::Cancel(id) | VenueMessage::Replace { order: id, .. }) = pending.message else {
            return;
        };
        let before = self.find(id).map(|i| self.orders()[i]);
        if before.is_some_and(|w| w.order.status == OrderStatus::Requested) {
            // It was faster than the order itself.
            let whose = (pending.account, id);
            let reason = RejectReason::UnknownOrder;
            return self.floor.refuse_message(self.symbol, whose, reason, pending.arrives_at);
        }
        self.floor.apply_message(self.symbol, pending);
        let (Some(before), Some(i)) = (before, self.find(id)) else { return };
        let after = self.orders()[i];
        let limit = |w: &WorkingOrder| match effective(w) {
            OrderKind::Limit { price } => Some(price),
            _ => None,
        };
        let more = after.order.lots.0 - before.order.lots.0;
        if before.order.request.account == pending.account {
            let what = What::Replaced { price: limit(&after), more };
            self.tell(pending.arrives_at, id, pending.account, what);
        }
        if self.desk.stops && limit(&after).is_none() {
            return self.watch_stops();
        }
        let Some(price) = limit(&before) else { return };
        if limit(&after) == Some(price) && more <= 0 {
            return;
        }
        let side = before.order.request.side;
        if self.desk.side(side).remove(key(side, price), id) {
            self.desk.watch_resting();
            self.enter(id, pending.arrives_at, book);
        }
    }

    /// Forgets what is done, sends in the exits that have been armed, and looks up which prices matter.
    pub(super) fn sweep(&mut self, ts: Timestamp) {
        // An exit that has just been armed bears the mark of bars that it could fill at once.
        let is_armed = |order: &WorkingOrder| order.parent.is_some() && order.exposed;
        let (mut done, mut armed) = (false, false);
        for order in self.orders().iter() {
            done |= order.is_done();
            armed |= is_armed(order);
        }
        if done {
            self.orders().retain(|o| !o.is_done());
            let orders = &self.floor.book.symbols[self.symbol].orders;
            let lives = |id: OrderId| orders.binary_search_by_key(&id, |w| w.order.id).is_ok();
            self.desk.buys.retain(lives);
            self.desk.sells.retain(lives);
            self.desk.waiting.retain(|id| lives(*id));
        }
        if armed {
            for order in &mut self.floor.book.symbols[self.symbol].orders {
                if is_armed(order) {
                    order.exposed = false;
                    self.desk.expect(ts, Parcel::Enter(order.order.id));
                }
            }
        }
        self.desk.watch_resting();
        if self.desk.stops {
            self.watch_stops();
        }
    }

    /// Matches what had to wait: for liquidity, or for the market to trade.
    pub(super) fn catch_up(&mut self, ts: Timestamp, book: &OrderBook) {
        if !self.matches(book) {
            return;
        }
        if std::mem::take(&mut self.desk.blocked) {
            self.cross(Side::Buy, book, ts);
            self.cross(Side::Sell, book, ts);
        }
        for id in std::mem::take(&mut self.desk.waiting) {
            self.enter(id, ts, book);
        }
        self.sweep(ts);
    }

    /// The side of the book that an order takes from.
    pub(super) fn facing(side: Side) -> manyworlds_components::side::BookSide {
        side.opposite().into()
    }
}

/// Whether a limit at `limit` may trade at `price`.
pub(super) fn reaches(side: Side, limit: Ticks, price: Ticks) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}
