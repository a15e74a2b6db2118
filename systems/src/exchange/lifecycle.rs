//! The life of orders around the matching of an event: arrival, messages, expiry, removal.

use manyworlds_components::ids::{AccountId, OrderId};
use manyworlds_components::order::{
    OrderEvent, OrderKind, OrderStatus, RejectReason, TimeInForce, VenueMessage,
};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::time::Timestamp;

use super::bar_matching::trail;
use super::floor::Floor;
use super::orders::{Eligible, PendingMessage};
use super::price_bar::PriceBar;
use super::settings::FillRule;

impl Floor<'_> {
    /// Sets and journals the status of an order, and counts it out when it is done.
    pub fn set_status(&mut self, symbol: usize, i: usize, status: OrderStatus, ts: Timestamp) {
        let working = &mut self.book.symbols[symbol].orders[i];
        let order = &mut working.order;
        let event = OrderEvent {
            ts,
            order: order.id,
            account: order.request.account,
            symbol: order.request.symbol,
            status,
        };
        let was_done = order.status.is_done();
        if status != OrderStatus::Replaced {
            order.status = status;
        }
        if status.is_done() {
            let row = symbol * self.terms.accounts + event.account.index();
            let holding = &mut self.working[row];
            self.stirred.note(row);
            match working.parent {
                None => holding.count = holding.count.saturating_sub(1),
                Some(_) if was_done => {}
                Some(_) => holding.exits = holding.exits.saturating_sub(1),
            }
        }
        self.journal.orders.push(event);
    }

    /// Lets arrive what has arrived by the time the event began.
    pub fn begin_event(&mut self, symbol: usize, bar: &PriceBar) {
        self.apply_messages(symbol, bar.open_time);
        let at_close = self.terms.venue(symbol).fills == FillRule::Close && !bar.print;
        for i in 0..self.book.symbols[symbol].orders.len() {
            let working = &mut self.book.symbols[symbol].orders[i];
            if working.is_done() {
                continue;
            }
            let order = &working.order;
            let (requested, arrives) = (order.requested_at, order.arrives_at);
            let mut eligible = if arrives <= bar.open_time {
                Eligible::Whole
            } else if at_close && arrives <= bar.close_time && requested < bar.close_time {
                Eligible::Close
            } else {
                Eligible::Not
            };
            let (requested_now, mut expired) = (order.status == OrderStatus::Requested, false);
            if let TimeInForce::Gtd(until) = order.request.time_in_force {
                expired = until < bar.open_time;
                if until < bar.close_time {
                    eligible = if eligible == Eligible::Whole { Eligible::Open } else { Eligible::Not };
                }
            }
            working.eligible = eligible;
            if expired {
                self.set_status(symbol, i, OrderStatus::Expired, bar.open_time);
            } else if eligible != Eligible::Not && requested_now {
                self.set_status(symbol, i, OrderStatus::Accepted, arrives);
            }
        }
    }

    /// An event of a symbol of which trading is halted: its orders can only be canceled or replaced.
    pub fn wait_out(&mut self, symbol: usize, bar: &PriceBar) {
        self.apply_messages(symbol, bar.close_time);
        self.book.symbols[symbol].orders.retain(|o| !o.is_done());
    }

    /// Moves trailing stops by the prices that `level_of` finds in the bar, given whether an order is fresh.
    pub fn trail_orders(
        &mut self,
        symbol: usize,
        level_of: impl Fn(manyworlds_components::side::Side, bool) -> super::price_bar::Level,
    ) {
        for working in &mut self.book.symbols[symbol].orders {
            let is_trailing = matches!(working.order.request.kind, OrderKind::TrailingStop { .. });
            if is_trailing && working.eligible == Eligible::Whole && !working.is_done() {
                trail(working, level_of(working.order.request.side, working.fresh));
            }
        }
    }

    /// Ends what had only this event to fill, applies messages that arrived during it, and forgets done orders.
    pub fn end_event(&mut self, symbol: usize, bar: &PriceBar) {
        for i in 0..self.book.symbols[symbol].orders.len() {
            let working = &mut self.book.symbols[symbol].orders[i];
            let seen = working.eligible != Eligible::Not;
            working.exposed |= seen;
            working.fresh = false;
            working.touched = false;
            working.eligible = Eligible::Not;
            if working.is_done() || !seen {
                continue;
            }
            let sleeps = !working.order.triggered
                && matches!(
                    working.order.request.kind,
                    OrderKind::Stop { .. } | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. }
                );
            match working.order.request.time_in_force {
                TimeInForce::Ioc if !sleeps => {
                    self.set_status(symbol, i, OrderStatus::Canceled, bar.close_time)
                }
                TimeInForce::Fok if !sleeps => {
                    self.refuse(symbol, i, RejectReason::CannotFill, bar.close_time)
                }
                TimeInForce::Gtd(until) if until < bar.close_time => {
                    self.set_status(symbol, i, OrderStatus::Expired, until);
                }
                _ => {}
            }
        }
        self.apply_messages(symbol, bar.close_time);
        self.book.symbols[symbol].orders.retain(|o| !o.is_done());
    }

    /// Applies the cancels and replacements that have arrived by `until`.
    fn apply_messages(&mut self, symbol: usize, until: Timestamp) {
        if self.book.symbols[symbol].messages.is_empty() {
            return;
        }
        let mut messages = std::mem::take(&mut self.book.symbols[symbol].messages);
        for message in messages.iter().filter(|m| m.arrives_at <= until) {
            self.apply_message(symbol, message);
        }
        messages.retain(|m| m.arrives_at > until);
        self.book.symbols[symbol].messages = messages;
    }

    pub(super) fn apply_message(&mut self, symbol: usize, pending: &PendingMessage) {
        let id = match pending.message {
            VenueMessage::Cancel(order) | VenueMessage::Replace { order, .. } => order,
            VenueMessage::Submit(_) => return,
        };
        let (ts, account) = (pending.arrives_at, pending.account);
        let orders = &self.book.symbols[symbol].orders;
        let found = orders.binary_search_by_key(&id, |o| o.order.id).ok();
        let found = found.filter(|i| orders[*i].order.request.account == account && !orders[*i].is_done());
        let Some(i) = found else {
            // It filled or ended while the message was on its way, or never was its own.
            let foreign = orders
                .binary_search_by_key(&id, |o| o.order.id)
                .is_ok_and(|i| orders[i].order.request.account != account);
            let known = !foreign && id < self.book.next_number();
            let reason = if known { RejectReason::TooLateToCancel } else { RejectReason::UnknownOrder };
            return self.refuse_message(symbol, (account, id), reason, ts);
        };
        match pending.message {
            VenueMessage::Replace { price, lots, .. } => self.replace(symbol, i, price, lots, ts),
            _ => self.set_status(symbol, i, OrderStatus::Canceled, ts),
        }
    }

    /// Refuses a cancel or a replacement (FIX `OrderCancelReject`); nothing happens to the order.
    pub(super) fn refuse_message(
        &mut self,
        symbol: usize,
        (account, order): (AccountId, OrderId),
        reason: RejectReason,
        ts: Timestamp,
    ) {
        self.totals[account.index()].cancel_rejects += 1;
        let status = OrderStatus::CancelRejected(reason);
        self.journal.orders.push(OrderEvent { ts, order, account, symbol: symbol.into(), status });
    }

    /// Changes price or trigger and total quantity. A replacement down to what has been filled ends the order.
    fn replace(&mut self, symbol: usize, i: usize, price: Option<Ticks>, lots: Option<Lots>, ts: Timestamp) {
        let working = &mut self.book.symbols[symbol].orders[i];
        let order = &mut working.order;
        let account = order.request.account;
        let mut kind = order.request.kind;
        let fits = match (&mut kind, price) {
            (_, None) => true,
            (_, Some(price)) if price.0 <= 0 => false,
            (OrderKind::Limit { price: now } | OrderKind::Stop { trigger: now }, Some(price)) => {
                *now = price;
                true
            }
            (OrderKind::StopLimit { price: now, .. }, Some(price)) => {
                *now = price;
                true
            }
            (OrderKind::Market | OrderKind::TrailingStop { .. }, Some(_)) => false,
        };
        if !fits || lots.is_some_and(|l| l.0 <= 0) {
            let reason = if fits { RejectReason::BelowLotSize } else { RejectReason::InvalidPrice };
            let order = order.id;
            return self.refuse_message(symbol, (account, order), reason, ts);
        }
        order.request.kind = kind;
        // At a new price it may cross the market.
        working.exposed &= price.is_none();
        let order = &mut working.order;
        if let Some(lots) = lots {
            order.lots = Lots(lots.0.max(order.filled.0));
        }
        let ended = order.lots.0 > 0 && order.remaining().0 <= 0;
        self.set_status(symbol, i, OrderStatus::Replaced, ts);
        if ended {
            self.set_status(symbol, i, OrderStatus::Canceled, ts);
        }
    }
}
