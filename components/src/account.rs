//! Money: what an account has, and the totals of what happened to it.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

/// Whether an account may trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum AccountStatus {
    /// It may.
    #[default]
    Active,
    /// Its drawdown passed the limit; positions may only be closed.
    Killed,
    /// Its maintenance margin was gone and its positions were closed by force.
    Liquidated,
}

/// Cash, equity and drawdown of one account, in quote units. Marked at the end of every Ingest.
#[derive(Debug, Clone, Copy, PartialEq, Component, Serialize, Deserialize)]
pub struct Account {
    /// What it began with, and what was paid in since: what its return is measured by.
    pub initial_cash: f64,
    /// Cash now; below 0 when money is borrowed.
    pub cash: f64,
    /// Cash plus the value of all positions at the last prices.
    pub equity: f64,
    /// Highest equity so far.
    pub peak_equity: f64,
    /// Deepest fall from the peak so far, as a fraction, at most 0.
    pub max_drawdown: f64,
    /// Sum of absolute position values.
    pub gross_exposure: f64,
    /// Whether it may trade.
    pub status: AccountStatus,
}

impl Account {
    /// A fresh account.
    pub fn new(cash: f64) -> Self {
        Self {
            initial_cash: cash,
            cash,
            equity: cash,
            peak_equity: cash,
            max_drawdown: 0.0,
            gross_exposure: 0.0,
            status: AccountStatus::Active,
        }
    }

    /// Pays capital in, or out below 0: neither profit nor loss. The peak moves in proportion, so that the drawdown stays what
    /// it was; where there is no equity that it could be a fraction of, by the amount.
    pub fn pay_in(&mut self, amount: f64) {
        if self.equity > 0.0 {
            self.peak_equity *= (self.equity + amount) / self.equity;
        } else {
            self.peak_equity += amount;
        }
        self.cash += amount;
        self.initial_cash += amount;
        self.equity += amount;
    }

    /// Takes in new marks: equity, exposure, peak and drawdown.
    #[inline]
    pub fn mark(&mut self, position_value: f64, gross_exposure: f64) {
        self.equity = self.cash + position_value;
        self.gross_exposure = gross_exposure;
        if self.equity > self.peak_equity {
            self.peak_equity = self.equity;
        }
        let drawdown = self.drawdown();
        if drawdown < self.max_drawdown {
            self.max_drawdown = drawdown;
        }
    }

    /// The fall from the peak now, as a fraction, at most 0.
    #[inline]
    pub fn drawdown(&self) -> f64 {
        if self.peak_equity > 0.0 { self.equity / self.peak_equity - 1.0 } else { 0.0 }
    }

    /// Gross exposure over equity; 0 when equity is gone.
    #[inline]
    pub fn leverage(&self) -> f64 {
        if self.equity > 0.0 { self.gross_exposure / self.equity } else { 0.0 }
    }
}

/// Sums over the life of an account, in quote units unless they are counts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct AccountTotals {
    /// Fees paid less rebates received.
    pub fees: f64,
    /// Borrow cost and interest paid.
    pub borrow: f64,
    /// Funding of perpetuals paid, less received: a part of `borrow`.
    pub funding: f64,
    /// Sum of traded value.
    pub traded_value: f64,
    /// Number of executions.
    pub fills: u64,
    /// Number of order requests that risk or the venue refused.
    pub rejections: u64,
    /// Number of cancels and replacements that were refused (FIX `OrderCancelReject`), most of them for coming too late.
    pub cancel_rejects: u64,
    /// Steps with a position open.
    pub exposed_steps: u64,
    /// Steps so far.
    pub steps: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawdown_is_from_the_peak() {
        let mut account = Account::new(100.0);
        for equity in [110.0, 105.0, 125.0, 115.0] {
            account.mark(equity - account.cash, equity);
        }
        assert!((account.max_drawdown - (115.0 / 125.0 - 1.0)).abs() < 1e-15);
        assert!((account.leverage() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn capital_leaves_the_drawdown_as_it_was() {
        let mut account = Account::new(100.0);
        account.mark(-20.0, 80.0);
        for amount in [300.0, -270.0] {
            account.pay_in(amount);
            assert!((account.drawdown() + 0.2).abs() < 1e-15, "{}", account.drawdown());
        }
        assert_eq!((account.cash, account.initial_cash, account.equity), (130.0, 130.0, 110.0));
    }
}
