//! Crossover of two simple moving averages.

use manyworlds_components::forecast::Action;
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::rolling_sum::RollingSum;
use super::rule;

/// Averages of equal values may differ by their last bits: closer than this they are equal.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

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

    fn reads_closes_only(&self) -> bool {
        true
    }

    fn warmup(&self) -> u64 {
        self.slow.max(self.fast) as u64
    }

    #[inline]
    fn forecast(&self, symbol: &SymbolView<'_>, state: &mut SmaState) -> Option<Outlook> {
        let fast = state.fast.closes(symbol.bars, self.fast);
        let slow = state.slow.closes(symbol.bars, self.slow);
        let (fast, slow) = (fast?.to_f64() / self.fast as f64, slow?.to_f64() / self.slow as f64);
        let score = fast / slow - 1.0;
        let action = match () {
            () if score > ROUNDING => Action::Buy,
            () if score < -ROUNDING => Action::Sell,
            () => return Some(rule(Action::Hold, 0.0)),
        };
        Some(rule(action, score))
    }
}
