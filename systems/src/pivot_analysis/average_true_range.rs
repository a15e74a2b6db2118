//! Average true range, by which distances to pivot points are measured.

use manyworlds_components::bar::Bar;
use serde::{Deserialize, Serialize};

/// Wilder's ATR (1978), warmed as TA-Lib does: the true range of the first bar is not used, the first value is the
/// mean of the next `period`. Each later step forgets a share of the past, so rounding does not add up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AverageTrueRange {
    period: u32,
    /// True ranges so far, at most `period`.
    ranges: u32,
    /// Their sum while there are fewer than `period`, then the average.
    value: f64,
    previous_close: Option<f64>,
}

impl AverageTrueRange {
    /// No bar yet.
    pub fn new(period: u32) -> Self {
        Self { period: period.max(1), ranges: 0, value: 0.0, previous_close: None }
    }

    /// Takes in a bar.
    #[inline]
    pub fn push(&mut self, bar: &Bar) {
        let Some(close) = self.previous_close.replace(bar.close) else { return };
        let range = bar.high.max(close) - bar.low.min(close);
        let period = f64::from(self.period);
        if self.ranges == self.period {
            self.value += (range - self.value) / period;
            return;
        }
        self.value += range;
        self.ranges += 1;
        if self.ranges == self.period {
            self.value /= period;
        }
    }

    /// The average; `None` before `period + 1` bars.
    #[inline]
    pub fn value(&self) -> Option<f64> {
        (self.ranges == self.period).then_some(self.value)
    }

    /// The close of the newest bar.
    #[inline]
    pub fn close(&self) -> Option<f64> {
        self.previous_close
    }
}
