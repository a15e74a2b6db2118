//! Time-series momentum.

use manyworlds_components::forecast::Action;

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::rule;

/// BUY if the return from `lookback` bars ago to `skip` bars ago is above `threshold`, SELL if it is below
/// `-threshold` (Jegadeesh & Titman 1993; Moskowitz, Ooi & Pedersen 2012). Score: that return. O(1) per bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Momentum {
    /// Bars.
    pub lookback: usize,
    /// A fraction, at least 0.
    pub threshold: f64,
    /// Newest bars left out, fewer than `lookback`.
    pub skip: usize,
}

impl Forecaster for Momentum {
    type State = ();

    fn name(&self) -> String {
        match self.skip {
            0 => format!("momentum_{}", self.lookback),
            skip => format!("momentum_{}_{skip}", self.lookback),
        }
    }

    fn bars_needed(&self) -> usize {
        self.lookback + 1
    }

    fn reads_closes_only(&self) -> bool {
        true
    }

    fn warmup(&self) -> u64 {
        self.lookback as u64 + 1
    }

    #[inline]
    fn forecast(&self, symbol: &SymbolView<'_>, _: &mut ()) -> Option<Outlook> {
        let change = symbol.bars.close(self.skip)? / symbol.bars.close(self.lookback)? - 1.0;
        let action = match () {
            () if change > self.threshold => Action::Buy,
            () if change < -self.threshold => Action::Sell,
            () => Action::Hold,
        };
        Some(rule(action, change))
    }
}
