//! The exponential moving average.

use serde::{Deserialize, Serialize};

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
