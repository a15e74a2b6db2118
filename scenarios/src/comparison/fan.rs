//! The spread of equity over time.

use serde::{Deserialize, Serialize};

/// Quantiles of equity over all branches at recorded times, as growth: 1 is what each began with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EquityFan {
    /// At most 500 times, rising, in nanoseconds since the epoch, UTC.
    pub ts: Vec<i64>,
    /// From the lowest quantile to the highest: 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.
    pub quantiles: Vec<FanCurve>,
    /// The baseline.
    pub baseline: Vec<f64>,
    /// The best branch by the ranking metric.
    pub best: Vec<f64>,
    /// Its id.
    pub best_id: usize,
    /// Branches that it is made of.
    pub branches: usize,
}

/// One quantile at every time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FanCurve {
    /// Which, in `[0, 1]`.
    pub q: f64,
    /// Growth, as many as there are times.
    pub growth: Vec<f64>,
}
