//! The relative strength index.

use serde::{Deserialize, Serialize};

/// Relative strength index (Wilder 1978, *New Concepts in Technical Trading Systems*): 100 x mean gain / (mean gain +
/// mean loss), each a Wilder average (weight 1/n) seeded with the plain average of the first n changes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rsi {
    period: usize,
    changes: usize,
    previous: f64,
    gain: f64,
    loss: f64,
}

impl Rsi {
    /// An index over `period` changes (at least 1).
    pub fn new(period: usize) -> Self {
        Self { period: period.max(1), changes: 0, previous: f64::NAN, gain: 0.0, loss: 0.0 }
    }

    /// Takes in a close; returns the index, 0 to 100, from close `period + 1` on. `None` where no close has changed.
    #[inline]
    pub fn update(&mut self, close: f64) -> Option<f64> {
        let change = close - self.previous;
        self.previous = close;
        if change.is_nan() {
            return None;
        }
        let (n, gain, loss) = (self.period as f64, change.max(0.0), (-change).max(0.0));
        if self.changes < self.period {
            self.changes += 1;
            (self.gain, self.loss) = (self.gain + gain / n, self.loss + loss / n);
        } else {
            self.gain += (gain - self.gain) / n;
            self.loss += (loss - self.loss) / n;
        }
        let sum = self.gain + self.loss;
        (self.changes == self.period && sum > 0.0).then(|| 100.0 * self.gain / sum)
    }
}
