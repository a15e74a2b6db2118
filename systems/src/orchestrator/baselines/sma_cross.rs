//! Crossover of two simple moving averages.

use manyworlds_components::forecast::Action;
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::double_double::DoubleDouble;
use super::rolling_sum::RollingSum;
use super::rule;

/// BUY while the mean of the last `fast` closes is above that of the last `slow`, SELL while it is below, HOLD while
/// they are equal. Score: fast / slow - 1. Speaks from bar `slow` on. O(1) per bar.
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
        let difference = fast.add(slow.negated()).to_f64();
        let action = match () {
            () if difference > 0.0 => Action::Buy,
            () if difference < 0.0 => Action::Sell,
            () => Action::Hold,
        };
        Some(rule(action, difference / slow.to_f64()))
    }
}
