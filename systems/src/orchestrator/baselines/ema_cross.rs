//! Crossover of two exponential moving averages.

use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::Action;
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::{missed_bars, rule};

/// An exponential moving average with alpha = 2 / (n + 1), seeded with the simple average of its first n values (the
/// convention of TA-Lib).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Ema {
    value: f64,
    seen: usize,
}

impl Ema {
    /// Takes in a value; returns the average from the n-th value on.
    #[inline]
    pub fn update(&mut self, x: f64, n: usize) -> Option<f64> {
        if self.seen < n {
            self.seen += 1;
            self.value += x;
            if self.seen < n {
                return None;
            }
            self.value /= n as f64;
        } else {
            self.value += 2.0 / (n as f64 + 1.0) * (x - self.value);
        }
        Some(self.value)
    }
}

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
        let (missed, lost) = missed_bars(bars, &mut self.seen);
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
