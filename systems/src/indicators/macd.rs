//! Moving average convergence/divergence.

use serde::{Deserialize, Serialize};

use super::ema::Ema;

/// What [`Macd`] says of a bar, in units of the price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MacdValue {
    /// Fast minus slow average.
    pub line: f64,
    /// Average of the line.
    pub signal: f64,
    /// Line minus signal.
    pub histogram: f64,
}

/// Fast minus slow exponential average and its own average (Appel). As in TA-Lib both averages begin at the same bar:
/// the fast one is seeded with the last `fast` of the first `slow` closes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Macd {
    periods: [usize; 3],
    seen: usize,
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

impl Macd {
    /// With `fast < slow` and `signal` bars; 12, 26 and 9 are customary.
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        let (seen, empty) = (0, Ema::default());
        Self { periods: [fast, slow.max(fast), signal], seen, fast: empty, slow: empty, signal: empty }
    }

    /// Takes in a close; returns the three values from close `slow + signal - 1` on.
    #[inline]
    pub fn update(&mut self, close: f64) -> Option<MacdValue> {
        let [fast, slow, signal] = self.periods;
        self.seen = self.seen.saturating_add(1);
        let slow_value = self.slow.update(close, slow);
        let fast_value = if self.seen + fast > slow { self.fast.update(close, fast) } else { None };
        let line = fast_value? - slow_value?;
        let signal = self.signal.update(line, signal)?;
        Some(MacdValue { line, signal, histogram: line - signal })
    }
}
