//! What an account can pay for: cash on spot venues, initial margin on those that lend.

use manyworlds_components::order::RejectReason;

use super::floor::Floor;

/// Rounding that is forgiven when money is compared, relative to the amount.
pub(super) const MONEY_TOLERANCE: f64 = 1e-12;

impl Floor<'_> {
    /// (sum of position values, sum of |value| x initial margin) of an account over all symbols but one, at the
    /// current marks.
    pub fn others(&self, account: usize, but: usize) -> (f64, f64) {
        let own = u32::from(self.positions[but * self.terms.accounts + account].lots != 0);
        if self.marks.open_positions == own {
            return (0.0, 0.0);
        }
        let (mut value, mut required) = (0.0, 0.0);
        for (s, price) in self.marks.prices.iter().enumerate() {
            if s == but || self.marks.holders[s] == 0 {
                continue;
            }
            let v = self.positions[s * self.terms.accounts + account].quantity * price;
            value += v;
            required += v.abs() * self.terms.initial_margin(s);
        }
        (value, required)
    }

    /// Equity of an account with the position in `symbol` valued at `price`.
    pub fn equity_at(&self, account: usize, symbol: usize, price: f64) -> f64 {
        let own = self.positions[symbol * self.terms.accounts + account].quantity * price;
        self.accounts[account].cash + own + self.others(account, symbol).0
    }

    /// Why an execution of signed `lots` at `price` with `fee` cannot be paid for; `None` if it can. What reduces a
    /// position needs no margin.
    pub fn refuses(
        &self,
        symbol: usize,
        account: usize,
        lots: i64,
        price: f64,
        fee: f64,
    ) -> Option<RejectReason> {
        let before = self.positions[symbol * self.terms.accounts + account].lots;
        let after = before + lots;
        let reduces = before.signum() * lots.signum() < 0 && after.signum() * before.signum() >= 0;
        let value = self.terms.quantity(symbol, lots) * price;
        let cash = self.accounts[account].cash;
        if self.terms.venue(symbol).margin.is_none() {
            if after < 0 && !reduces {
                return Some(RejectReason::ShortNotAllowed);
            }
            let left = cash - value - fee;
            if left < -MONEY_TOLERANCE * (cash.abs() + value.abs()) && (cash >= 0.0 || lots > 0) {
                return Some(RejectReason::InsufficientFunds);
            }
            if !self.terms.any_margin {
                return None;
            }
        }
        if reduces {
            return None;
        }
        let (others, required) = self.others(account, symbol);
        let own = self.terms.quantity(symbol, before) * price;
        let equity = cash + own + others - fee;
        let needed =
            required + self.terms.quantity(symbol, after).abs() * price * self.terms.initial_margin(symbol);
        (equity < needed * (1.0 - MONEY_TOLERANCE)).then_some(RejectReason::InsufficientMargin)
    }
}
