//! Crossover of two simple moving averages.

use manyworlds_components::forecast::Action;
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::double_double::DoubleDouble;
use super::rolling_sum::RollingSum;
use super::rule;

/// BUY while the mean of the last `fast` closes is above that of the last `slow`, SELL while it is below, HOLD while
/// they are equal. Score: fast / slow - 1. Speaks from bar `slow` on. O(1) per bar.
///
/// Averages are equal if they differ by no more than the rounding of the closes: 80.77 is not a binary fraction, and sums
/// that are equal in cents need not be equal in bits.
#[derive(Debug, Clone, PartialEq)]
pub struct SmaCross {
    /// Bars of the fast average.
    pub fast: usize,
    /// Bars of the slow average.
    pub slow: usize,
}

/// The two sums.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SmaState {
    fast: RollingSum,
    slow: RollingSum,
}

impl Forecaster for SmaCross {
    type State = SmaState;

    fn name(&self) -> String {
        format!("sma_cross_{}_{}", self.fast, self.slow)
    }

    fn bars_needed(&self) -> usize {
        RollingSum::bars_needed(self.slow.max(self.fast))
    }

    fn warmup(&self) -> u64 {
        self.slow.max(self.fast) as u64
    }

    #[inline]
    fn forecast(&self, symbol: &SymbolView<'_>, state: &mut SmaState) -> Option<Outlook> {
        let fast = state.fast.update(symbol.bars, self.fast, DoubleDouble::new);
        let slow = state.slow.update(symbol.bars, self.slow, DoubleDouble::new);
        // Cross-multiplied, so that equal averages are equal: fast / n > slow / m as fast m > slow n.
        let (fast, slow) = (fast?.times(self.slow as f64), slow?.times(self.fast as f64));
        let slow_sum = slow.to_f64();
        let exact = fast.add(slow.negated()).to_f64();
        // A close is off by half an epsilon at most, either sum by as much, the difference by twice that.
        let difference = if exact.abs() <= 2.0 * f64::EPSILON * slow_sum.abs() { 0.0 } else { exact };
        let action = match () {
            () if difference > 0.0 => Action::Buy,
            () if difference < 0.0 => Action::Sell,
            () => Action::Hold,
        };
        Some(rule(action, difference / slow_sum))
    }
}
