//! Marking: values accounts, charges what they borrow, and stops those that lost too much.

use manyworlds_components::account::{Account, AccountStatus};
use manyworlds_components::fill::FillReason;
use manyworlds_components::order::OrderStatus;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Clock, EquityRow};

use super::floor::{Buffers, Floor, Tools};
use super::latency::LatencyStreams;

/// Marks every account: equity, exposure, peak and drawdown; then liquidations, kill switches and the
/// recording of equity.
#[inline]
pub(super) fn mark_accounts(floor: &mut Floor<'_>, tools: &mut Tools<'_>, clock: &Clock) {
    let Tools { streams, buffers, .. } = tools;
    let terms = floor.terms;
    if clock.now < terms.trade_from {
        return;
    }
    floor.mark_all(buffers);
    if terms.any_margin {
        floor.liquidate(clock.now, buffers);
    }
    if terms.any_kill_switch {
        floor.kill(clock.now, streams);
    }
    let starts_frame = |frame: Frame| {
        clock.previous == Timestamp::MIN
            || clock.previous < terms.trade_from
            || clock.now >= frame_end(frame, clock.previous, &mut buffers.frame_end)
    };
    if terms.record_equity.is_none_or(starts_frame) {
        floor.record_equity(clock.now);
    }
}

/// The end of the frame that holds `t`. If that is the `known` one, no division is needed to tell.
#[inline]
fn frame_end(frame: Frame, t: Timestamp, known: &mut Option<Timestamp>) -> Timestamp {
    match *known {
        Some(end) if t < end && end - t <= frame.nanos() => end,
        _ => *known.insert(frame.floor(t) + frame.nanos()),
    }
}

impl Floor<'_> {
    #[inline(never)]
    fn record_equity(&mut self, now: Timestamp) {
        let row = |(i, a): (usize, &Account)| EquityRow {
            ts: now,
            account: i.into(),
            equity: a.equity,
            cash: a.cash,
            drawdown: a.drawdown(),
            exposure: a.leverage(),
        };
        self.journal.equity.extend(self.accounts.iter().enumerate().map(row));
    }

    #[inline]
    fn mark_all(&mut self, buffers: &mut Buffers) {
        let accounts = self.accounts.iter_mut().zip(self.totals.iter_mut());
        if self.marks.open_positions == 0 {
            for (account, totals) in accounts {
                // An account that stays flat keeps its marks.
                if account.equity != account.cash || account.gross_exposure != 0.0 {
                    account.mark(0.0, 0.0);
                }
                totals.steps += 1;
            }
            return;
        }
        if let [price] = self.marks.prices[..] {
            for ((account, totals), position) in accounts.zip(self.positions.iter()) {
                let value = position.quantity * price;
                account.mark(value, value.abs());
                totals.steps += 1;
                totals.exposed_steps += u64::from(position.lots != 0);
            }
            return;
        }
        self.mark_symbol_by_symbol(buffers);
    }

    /// Apart from the rest, which is all that runs of one symbol need.
    #[inline(never)]
    fn mark_symbol_by_symbol(&mut self, buffers: &mut Buffers) {
        let n = self.terms.accounts;
        let accounts = self.accounts.iter_mut().zip(self.totals.iter_mut());
        let Buffers { value, gross, .. } = buffers;
        for column in [&mut *value, &mut *gross] {
            column.clear();
            column.resize(n, 0.0);
        }
        for (s, price) in self.marks.prices.iter().enumerate() {
            if self.marks.holders[s] == 0 {
                continue;
            }
            let positions = &self.positions[s * n..(s + 1) * n];
            for ((value, gross), position) in value.iter_mut().zip(gross.iter_mut()).zip(positions) {
                let own = position.quantity * price;
                *value += own;
                *gross += own.abs();
            }
        }
        for ((account, totals), (value, gross)) in accounts.zip(value.iter().zip(gross.iter())) {
            account.mark(*value, *gross);
            totals.steps += 1;
            totals.exposed_steps += u64::from(*gross != 0.0);
        }
    }

    /// Liquidates accounts whose equity is below their maintenance margin: orders are canceled, positions closed by
    /// market orders of the venue, which need no way to it.
    fn liquidate(&mut self, now: Timestamp, buffers: &mut Buffers) {
        if self.marks.open_positions == 0 {
            return;
        }
        let n = self.terms.accounts;
        buffers.maintenance.clear();
        buffers.maintenance.resize(n, 0.0);
        for (s, price) in self.marks.prices.iter().enumerate() {
            let Some(margin) = self.terms.venue(s).margin.filter(|_| self.marks.holders[s] > 0) else {
                continue;
            };
            let positions = &self.positions[s * n..(s + 1) * n];
            for (needed, position) in buffers.maintenance.iter_mut().zip(positions) {
                *needed += (position.quantity * price).abs() * margin.maintenance;
            }
        }
        for a in 0..n {
            let account = &mut self.accounts[a];
            if account.equity < buffers.maintenance[a] && account.status != AccountStatus::Liquidated {
                account.status = AccountStatus::Liquidated;
                self.close_everything(a, FillReason::Liquidation, now, |_| now);
            }
        }
    }

    /// Closes the positions of accounts whose drawdown has reached their limit. Their closing orders are their own
    /// and take the way to the venue; their fills are called stop losses.
    fn kill(&mut self, now: Timestamp, streams: &mut LatencyStreams) {
        for a in 0..self.terms.accounts {
            let Some(limit) = self.terms.risk[a].max_drawdown else { continue };
            let account = &mut self.accounts[a];
            if account.status == AccountStatus::Active && account.drawdown() <= -limit {
                account.status = AccountStatus::Killed;
                let terms = self.terms;
                self.close_everything(a, FillReason::StopLoss, now, |symbol| {
                    streams.arrival(&terms.venue(symbol).latency, (symbol, a), now).unwrap_or(now)
                });
            }
        }
    }

    /// Cancels the orders of an account and closes its positions; `arrival` says when the order for a symbol arrives.
    pub(super) fn close_everything(
        &mut self,
        account: usize,
        reason: FillReason,
        now: Timestamp,
        mut arrival: impl FnMut(usize) -> Timestamp,
    ) {
        for symbol in 0..self.book.symbols.len() {
            for i in 0..self.book.symbols[symbol].orders.len() {
                let order = &self.book.symbols[symbol].orders[i];
                if order.order.request.account.index() == account && !order.is_done() {
                    self.set_status(symbol, i, OrderStatus::Canceled, now);
                }
            }
            self.book.symbols[symbol].orders.retain(|o| !o.is_done());
            if self.positions[symbol * self.terms.accounts + account].lots != 0 {
                let arrives_at = arrival(symbol);
                self.close_by_force(symbol, account, reason, now, arrives_at);
            }
        }
    }
}
