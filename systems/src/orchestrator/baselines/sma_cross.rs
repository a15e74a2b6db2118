//! Crossover of two simple moving averages.

use manyworlds_components::forecast::Action;

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::rolling_sum::RollingSum;
use super::rule;

/// Averages of equal values may differ by their last bits: closer than this they are equal.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// BUY while the mean of the last `fast` closes is above that of the last `slow`, SELL while it is below, HOLD while
/// they are equal. Score: fast / slow - 1. Speaks from bar `slow` on. O(1) per bar; averages are shared with all models
/// that read the same ones.
#[derive(Debug, Clone, PartialEq)]
pub struct SmaCross {
    /// Bars of the fast average.
    pub fast: usize,
    /// Bars of the slow average.
    pub slow: usize,
}

impl Forecaster for SmaCross {
    type State = ();

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

    fn averages(&self) -> Vec<usize> {
        vec![self.fast, self.slow]
    }

    #[inline]
    fn forecast(&self, symbol: &SymbolView<'_>, _: &mut ()) -> Option<Outlook> {
        let (fast, slow) = (symbol.averages.get(0)?, symbol.averages.get(1)?);
        let score = fast / slow - 1.0;
        // Which of them is above changes from model to model: no branch can guess it.
        let action = Action::ALL[1 + usize::from(score > ROUNDING) - usize::from(score < -ROUNDING)];
        Some(rule(action, if action == Action::Hold { 0.0 } else { score }))
    }
}
