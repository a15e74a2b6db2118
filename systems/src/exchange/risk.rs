//! Checks of an order request before it is sent.

use manyworlds_components::account::AccountStatus;
use manyworlds_components::order::{OrderKind, OrderQuantity, OrderRequest, RejectReason};
use manyworlds_components::side::{LiquiditySide, Side};
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::floor::Floor;
use super::intervention::Trading;
use super::settings::RiskLimits;

/// Rounding that is forgiven when exposures are compared with limits, relative to equity.
const LIMIT_TOLERANCE: f64 = 1e-9;

/// When each account with an order rate limit sent its last orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderRates(Vec<Sent>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sent {
    /// A ring of as many times as orders are allowed; empty without a limit.
    times: Vec<Timestamp>,
    next: usize,
}

impl OrderRates {
    pub(super) fn new(limits: &[RiskLimits]) -> Self {
        let ring = |limit: &RiskLimits| Sent {
            times: vec![Timestamp::MIN; limit.max_orders.unwrap_or(0) as usize],
            next: 0,
        };
        Self(limits.iter().map(ring).collect())
    }

    /// Whether one more order at `now` keeps to the limit: the oldest of the last `max_orders` has left the window.
    fn allows(&self, account: usize, limits: &RiskLimits, now: Timestamp) -> bool {
        let sent = &self.0[account];
        sent.times
            .get(sent.next)
            .is_none_or(|oldest| *oldest == Timestamp::MIN || now - *oldest >= limits.order_window.nanos())
    }

    /// Counts an order that was sent at `now`.
    pub fn count(&mut self, account: usize, now: Timestamp) {
        let sent = &mut self.0[account];
        if let Some(oldest) = sent.times.get_mut(sent.next) {
            *oldest = now;
            sent.next = (sent.next + 1) % sent.times.len();
        }
    }
}

impl Floor<'_> {
    /// The position that a request would lead to, as a value at the last price, and the present one.
    fn projected(&self, request: &OrderRequest) -> (f64, f64) {
        let (s, a) = (request.symbol.index(), request.account.index());
        let held = self.positions[s * self.terms.accounts + a].quantity * self.marks.prices[s];
        let sign = request.side.sign() as f64;
        let after = match request.quantity {
            OrderQuantity::Lots(lots) => held + sign * self.terms.quantity(s, lots.0) * self.marks.prices[s],
            OrderQuantity::EquityFraction(f) if request.reduce_only => -sign * f * self.accounts[a].equity,
            OrderQuantity::EquityFraction(f) => sign * f * self.accounts[a].equity,
        };
        if !request.reduce_only {
            return (after, held);
        }
        // At best it closes the position, and it never adds to it.
        let after = if after * held <= 0.0 { 0.0 } else { after.abs().min(held.abs()).copysign(held) };
        (if held * sign < 0.0 { after } else { held }, held)
    }

    /// By how much a request would raise the account's gross exposure, in quote units.
    pub fn growth(&self, request: &OrderRequest) -> f64 {
        let (after, held) = self.projected(request);
        after.abs() - held.abs()
    }

    /// Why a request is refused before it is sent; `None` if it may go. `pending` is the growth of exposure that the
    /// account's other orders may bring.
    pub fn cut(
        &self,
        request: &OrderRequest,
        rates: &OrderRates,
        now: Timestamp,
        pending: f64,
    ) -> Option<RejectReason> {
        let (s, a) = (request.symbol.index(), request.account.index());
        let (account, limits) = (&self.accounts[a], &self.terms.risk[a]);
        match account.status {
            AccountStatus::Liquidated => return Some(RejectReason::Liquidated),
            AccountStatus::Killed if !request.reduce_only => return Some(RejectReason::KillSwitch),
            _ => {}
        }
        if self.terms.dealing(s).trading == Trading::Down {
            return Some(RejectReason::VenueOutage);
        }
        let price = self.marks.prices[s];
        if price <= 0.0 {
            return Some(RejectReason::NoPrice);
        }
        if !has_valid_prices(request.kind) {
            return Some(RejectReason::InvalidPrice);
        }
        let lots = match request.quantity {
            OrderQuantity::Lots(lots) if lots.0 <= 0 => return Some(RejectReason::BelowLotSize),
            OrderQuantity::EquityFraction(f) if !(f >= 0.0 && f.is_finite()) => {
                return Some(RejectReason::BelowLotSize);
            }
            OrderQuantity::Lots(lots) => lots.0,
            OrderQuantity::EquityFraction(_) => 0,
        };
        let position = self.positions[s * self.terms.accounts + a].lots;
        if request.reduce_only && position.signum() * request.side.sign() >= 0 {
            return Some(RejectReason::ReduceOnly);
        }
        if let Some(reason) = self.cannot_pay(request, lots, position, price) {
            return Some(reason);
        }
        let (after, held) = self.projected(request);
        let working = self.working_value(request, price);
        let equity = account.equity.max(0.0) * (1.0 + LIMIT_TOLERANCE);
        let wanted = (after + working).abs();
        if limits.max_position.is_some_and(|m| wanted > held.abs() && wanted > m * equity) {
            return Some(RejectReason::PositionLimit);
        }
        let growth = after.abs() - held.abs();
        if limits
            .max_exposure
            .is_some_and(|m| growth > 0.0 && account.gross_exposure + pending + growth > m * equity)
        {
            return Some(RejectReason::ExposureLimit);
        }
        (!rates.allows(a, limits, now)).then_some(RejectReason::OrderRate)
    }

    /// Value of the lots that the account's other orders in the symbol may still add, if a position limit asks.
    fn working_value(&self, request: &OrderRequest, price: f64) -> f64 {
        let (s, a) = (request.symbol.index(), request.account.index());
        let fixed = matches!(request.quantity, OrderQuantity::Lots(_));
        if !fixed
            || self.terms.risk[a].max_position.is_none()
            || self.working[s * self.terms.accounts + a].count == 0
        {
            return 0.0;
        }
        let of_account = self.book.symbols[s]
            .orders
            .iter()
            .filter(|o| o.parent.is_none() && !o.is_done() && o.order.request.account == request.account);
        let lots: i64 = of_account.map(|o| o.order.request.side.sign() * o.order.remaining().0).sum();
        self.terms.quantity(s, lots) * price
    }

    /// What can be said of money before the fill: cash may still come from other sales, equity may not.
    fn cannot_pay(
        &self,
        request: &OrderRequest,
        lots: i64,
        position: i64,
        last: f64,
    ) -> Option<RejectReason> {
        if request.reduce_only {
            return None;
        }
        let (s, a) = (request.symbol.index(), request.account.index());
        let venue = self.terms.venue(s);
        let price = match request.kind {
            OrderKind::Limit { price } | OrderKind::StopLimit { price, .. } => {
                self.terms.instruments[s].price(price)
            }
            _ => last,
        };
        let quantity = self.terms.quantity(s, lots);
        let rate = venue.fees.rate(LiquiditySide::Maker, self.totals[a].traded_value);
        let rate = rate.min(venue.fees.rate(LiquiditySide::Taker, self.totals[a].traded_value));
        let fee = venue.fees.fee(quantity, quantity * price, rate);
        match (venue.margin, request.quantity, request.side) {
            (None, OrderQuantity::Lots(_), Side::Sell) if lots > position => {
                Some(RejectReason::ShortNotAllowed)
            }
            (None, OrderQuantity::EquityFraction(f), Side::Sell) if f > 0.0 => {
                Some(RejectReason::ShortNotAllowed)
            }
            (None, OrderQuantity::Lots(_), Side::Buy)
                if quantity * price + fee > self.accounts[a].equity * (1.0 + LIMIT_TOLERANCE) =>
            {
                Some(RejectReason::InsufficientFunds)
            }
            (Some(_), OrderQuantity::Lots(_), _) => {
                self.refuses(s, a, request.side.sign() * lots, price, fee)
            }
            _ => None,
        }
    }
}

fn has_valid_prices(kind: OrderKind) -> bool {
    match kind {
        OrderKind::Market => true,
        OrderKind::Limit { price } => price.0 > 0,
        OrderKind::Stop { trigger } => trigger.0 > 0,
        OrderKind::StopLimit { trigger, price } => trigger.0 > 0 && price.0 > 0,
        OrderKind::TrailingStop { offset, trigger } => offset.0 > 0 && trigger.is_none_or(|t| t.0 > 0),
    }
}
