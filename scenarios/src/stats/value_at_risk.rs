//! Value at risk and expected shortfall, historical.

use super::finite;
use super::quantile::{of_sorted, sorted};

/// Historical value at risk: the `cutoff` quantile (e.g. 0.05) of the returns, negative for a loss
/// (`empyrical.value_at_risk`); `None` without returns.
pub fn value_at_risk(returns: &[f64], cutoff: f64) -> Option<f64> {
    of_sorted(&sorted(returns), cutoff)
}

/// Conditional value at risk (expected shortfall): mean of the returns at or below [`value_at_risk`]. Rockafellar &
/// Uryasev, "Optimization of conditional value-at-risk", Journal of Risk 2 (2000). `None` without returns.
pub fn conditional_value_at_risk(returns: &[f64], cutoff: f64) -> Option<f64> {
    let sorted = sorted(returns);
    let limit = of_sorted(&sorted, cutoff)?;
    // The lowest return is never above an interpolated quantile but for rounding.
    let tail = &sorted[..sorted.partition_point(|r| *r <= limit).max(1)];
    finite(tail.iter().sum::<f64>() / tail.len() as f64)
}
