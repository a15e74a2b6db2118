//! Bollinger bands.

use serde::{Deserialize, Serialize};

use super::ring::Ring;

/// The bands at a bar, in units of the price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bands {
    /// Middle plus `width` standard deviations.
    pub upper: f64,
    /// Plain average.
    pub middle: f64,
    /// Middle minus `width` standard deviations.
    pub lower: f64,
}

impl Bands {
    /// Where a price stands: 0 at the lower band, 1 at the upper; `None` where they coincide.
    #[inline]
    pub fn position(&self, price: f64) -> Option<f64> {
        let width = self.upper - self.lower;
        (width > 0.0).then(|| (price - self.lower) / width)
    }
}

/// Plain average of n closes plus and minus some population standard deviations (Bollinger). Both are computed
/// afresh from the n closes, so that nothing drifts: O(n) per bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bollinger {
    closes: Ring<f64>,
    width: f64,
}

impl Bollinger {
    /// Bands of `period` closes, `width` standard deviations wide; 20 and 2 are customary.
    pub fn new(period: usize, width: f64) -> Self {
        Self { closes: Ring::new(period), width }
    }

    /// Takes in a close; returns the bands from close `period` on.
    #[inline]
    pub fn update(&mut self, close: f64) -> Option<Bands> {
        self.closes.push(close);
        if !self.closes.is_full() {
            return None;
        }
        let (old, new) = self.closes.slices();
        let n = (old.len() + new.len()) as f64;
        let values = || old.iter().chain(new);
        let middle = values().sum::<f64>() / n;
        let sigma = (values().map(|c| (c - middle) * (c - middle)).sum::<f64>() / n).sqrt();
        let reach = self.width * sigma;
        Some(Bands { upper: middle + reach, middle, lower: middle - reach })
    }
}
