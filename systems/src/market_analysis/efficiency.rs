//! How straight prices went: efficiency ratio, and variance ratio.

use serde::{Deserialize, Serialize};

use crate::indicators::{Moments, Ring, SlidingWindow};

/// Kaufman's efficiency ratio: |P(t) - P(t-n)| / sum |P(i) - P(i-1)| over n changes. 1 on a ramp, near 1/sqrt(n) on a
/// random walk, 0 where prices came back; `None` where they did not move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EfficiencyRatio {
    closes: Ring<f64>,
    path: SlidingWindow<f64>,
}

impl EfficiencyRatio {
    /// Over `length` changes (at least 1).
    pub fn new(length: usize) -> Self {
        Self { closes: Ring::new(length), path: SlidingWindow::new(length) }
    }

    /// Takes in a close, and the one before it; returns the ratio from close `length + 1` on.
    #[inline]
    pub fn update(&mut self, close: f64, previous: Option<f64>) -> Option<f64> {
        let start = self.closes.push(close);
        let path = self.path.push((close - previous?).abs());
        let (start, path) = (start?, path?);
        // On a ramp of fractions the sum of steps may round to less than the whole.
        (path > 0.0).then(|| ((close - start).abs() / path).min(1.0))
    }
}

/// Variance ratio VR(q) of Lo & MacKinlay (1988, overlapping, unbiased) over n log returns: the variance of returns of q
/// bars over q times that of one bar. 1 on a random walk, above in trends, below in ranges; `None` without variance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VarianceRatio {
    length: usize,
    closes: Ring<f64>,
    single: SlidingWindow<Moments>,
    multiple: SlidingWindow<Moments>,
}

impl VarianceRatio {
    /// Over `length` returns with horizon `q`, `2 <= q < length`.
    pub fn new(length: usize, q: usize) -> Self {
        let q = q.max(2);
        let length = length.max(q + 1);
        Self {
            length,
            closes: Ring::new(q),
            single: SlidingWindow::new(length),
            multiple: SlidingWindow::new(length - q + 1),
        }
    }

    /// Takes in a close and its log return; returns the ratio from close `length + 1` on.
    #[inline]
    pub fn update(&mut self, close: f64, r: Option<f64>) -> Option<f64> {
        let start = self.closes.push(close);
        let single = self.single.push(Moments::of(r?));
        let multiple = start.and_then(|start| self.multiple.push(Moments::of((close / start).ln())));
        let (single, multiple) = (single?, multiple?);
        let (n, q) = (self.length as f64, (self.length - multiple.count as usize + 1) as f64);
        let variance = single.variance().filter(|v| *v > 0.0)?;
        let offset = multiple.mean - q * single.mean;
        let squares = multiple.squares + multiple.count * offset * offset;
        Some(squares / (q * multiple.count * (1.0 - q / n) * variance))
    }
}
