//! The average true range.

use serde::{Deserialize, Serialize};

/// Wilder's true range: the range of the bar, extended to the close before it.
#[inline]
pub fn true_range(high: f64, low: f64, previous_close: f64) -> f64 {
    high.max(previous_close) - low.min(previous_close)
}

/// Average true range (Wilder 1978): the plain average of the first n true ranges, then a Wilder average with weight
/// 1/n. The first bar has no close before it and counts for nothing, as in TA-Lib.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Atr {
    period: usize,
    ranges: usize,
    previous_close: f64,
    value: f64,
}

impl Atr {
    /// An average over `period` bars (at least 1).
    pub fn new(period: usize) -> Self {
        Self { period: period.max(1), ranges: 0, previous_close: f64::NAN, value: 0.0 }
    }

    /// Takes in a bar; returns the average from bar `period + 1` on.
    #[inline]
    pub fn update(&mut self, high: f64, low: f64, close: f64) -> Option<f64> {
        let previous = std::mem::replace(&mut self.previous_close, close);
        if previous.is_nan() {
            return None;
        }
        let range = true_range(high, low, previous);
        if self.ranges < self.period {
            self.ranges += 1;
            self.value += range;
            if self.ranges < self.period {
                return None;
            }
            self.value /= self.period as f64;
        } else {
            self.value += (range - self.value) / self.period as f64;
        }
        Some(self.value)
    }
}
