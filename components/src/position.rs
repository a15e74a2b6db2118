//! What an account holds of a symbol.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::side::Side;
use crate::time::Timestamp;

/// A signed position with average-cost accounting. On holding entities.
#[derive(Debug, Clone, Copy, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct Position {
    /// Signed lots: long above 0, short below.
    pub lots: i64,
    /// The same in base units.
    pub quantity: f64,
    /// Mean entry price of what is open; 0 when flat.
    pub average_entry_price: f64,
}

impl Position {
    /// Whether nothing is held.
    #[inline]
    pub fn is_flat(&self) -> bool {
        self.lots == 0
    }

    /// Profit of what is open at `price`, in quote units, before fees.
    #[inline]
    pub fn unrealized_pnl(&self, price: f64) -> f64 {
        self.quantity * (price - self.average_entry_price)
    }

    /// Books an execution of `lots` (signed) at `price` and returns the gross profit that it realized.
    /// `quantity_of` converts signed lots to base units.
    pub fn apply(&mut self, lots: i64, price: f64, quantity_of: impl Fn(i64) -> f64) -> f64 {
        let before = *self;
        self.lots += lots;
        self.quantity = quantity_of(self.lots);
        if before.lots == 0 || before.lots.signum() == lots.signum() {
            let value = before.quantity.abs() * before.average_entry_price + quantity_of(lots.abs()) * price;
            self.average_entry_price = value / self.quantity.abs();
            return 0.0;
        }
        let closed = lots.abs().min(before.lots.abs()) * before.lots.signum();
        if self.lots == 0 {
            self.average_entry_price = 0.0;
        } else if self.lots.signum() != before.lots.signum() {
            self.average_entry_price = price;
        }
        quantity_of(closed) * (price - before.average_entry_price)
    }
}

/// The round trip that is under way on a holding. Meaningless while the position is flat.
#[derive(Debug, Clone, Copy, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct OpenTrade {
    /// First entry.
    pub entry_ts: Timestamp,
    /// Entered so far, in base units.
    pub entry_quantity: f64,
    /// Sum of entry price x quantity.
    pub entry_value: f64,
    /// Left so far, in base units.
    pub exit_quantity: f64,
    /// Sum of exit price x quantity.
    pub exit_value: f64,
    /// Fees, funding and borrow cost so far.
    pub fees: f64,
    /// Highest price seen since entry.
    pub highest: f64,
    /// Lowest price seen since entry.
    pub lowest: f64,
    /// The symbol's market events since entry.
    pub bars: u64,
}

impl OpenTrade {
    /// Worst and best mark since entry as returns on `entry_price`: (mae <= 0, mfe >= 0).
    pub fn excursions(&self, side: Side, entry_price: f64) -> (f64, f64) {
        if entry_price <= 0.0 {
            return (0.0, 0.0);
        }
        let (low, high) = (self.lowest / entry_price - 1.0, self.highest / entry_price - 1.0);
        let (worst, best) = match side {
            Side::Buy => (low, high),
            Side::Sell => (-high, -low),
        };
        (worst.min(0.0), best.max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Cash plus position value is conserved through any sequence of executions, and realized plus unrealized
        /// profit is the change of both.
        #[test]
        fn average_cost_conserves_value(trades in prop::collection::vec((-40i64..40, 1.0f64..500.0), 1..60), mark in 1.0f64..500.0) {
            let quantity_of = |lots: i64| lots as f64 * 0.001;
            let (mut position, mut cash, mut realized) = (Position::default(), 0.0, 0.0);
            for (lots, price) in trades.into_iter().filter(|t| t.0 != 0) {
                realized += position.apply(lots, price, quantity_of);
                cash -= quantity_of(lots) * price;
                prop_assert_eq!(position.is_flat(), position.average_entry_price == 0.0);
            }
            let equity = cash + position.quantity * mark;
            prop_assert!((realized + position.unrealized_pnl(mark) - equity).abs() < 1e-9 * (1.0 + equity.abs()) * 100.0);
        }
    }

    #[test]
    fn a_flip_reopens_at_the_fill_price() {
        let mut p = Position::default();
        p.apply(10, 100.0, |l| l as f64);
        assert_eq!(p.apply(-15, 110.0, |l| l as f64), 100.0);
        assert_eq!((p.lots, p.average_entry_price), (-5, 110.0));
    }

    #[test]
    fn excursions_are_mirrored_for_shorts() {
        let trade = OpenTrade { highest: 110.0, lowest: 95.0, ..OpenTrade::default() };
        let (mae, mfe) = trade.excursions(Side::Buy, 100.0);
        assert!((mae + 0.05).abs() < 1e-12 && (mfe - 0.10).abs() < 1e-12);
        let (mae, mfe) = trade.excursions(Side::Sell, 100.0);
        assert!((mae + 0.10).abs() < 1e-12 && (mfe - 0.05).abs() < 1e-12);
    }
}
