//! Crossover of two exponential moving averages.

use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::Action;
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::{missed_bars, rule};
use crate::indicators::Ema;

/// BUY while the fast average is above the slow one, SELL while it is below. Score: fast / slow - 1. O(1) per bar.
/// After a gap of more bars than are kept it starts afresh from those that are.
#[derive(Debug, Clone, PartialEq)]
pub struct EmaCross {
    /// Bars of the fast average.
    pub fast: usize,
    /// Bars of the slow average.
    pub slow: usize,
}

/// The two averages.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EmaState {
    seen: u64,
    fast: Ema,
    slow: Ema,
}

impl EmaState {
    fn update(&mut self, bars: &BarSeries, model: &EmaCross) -> Option<(f64, f64)> {
        let (missed, lost) = missed_bars(bars, bars.capacity(), &mut self.seen);
        if lost {
            (self.fast, self.slow) = Default::default();
        }
        let mut averages = (None, None);
        for close in bars.closes(missed) {
            averages = (self.fast.update(*close, model.fast), self.slow.update(*close, model.slow));
        }
        averages.0.zip(averages.1)
    }
}

impl Forecaster for EmaCross {
    type State = EmaState;

    fn name(&self) -> String {
        format!("ema_cross_{}_{}", self.fast, self.slow)
    }

    fn bars_needed(&self) -> usize {
        self.slow.max(self.fast)
    }

    fn reads_closes_only(&self) -> bool {
        true
    }

    fn warmup(&self) -> u64 {
        self.slow.max(self.fast) as u64
    }

    #[inline]
    fn forecast(&self, symbol: &SymbolView<'_>, state: &mut EmaState) -> Option<Outlook> {
        let (fast, slow) = state.update(symbol.bars, self)?;
        let action = match () {
            () if fast > slow => Action::Buy,
            () if fast < slow => Action::Sell,
            () => Action::Hold,
        };
        Some(rule(action, fast / slow - 1.0))
    }
}
