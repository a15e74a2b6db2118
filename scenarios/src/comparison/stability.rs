//! How stable a ranking is.

use serde::{Deserialize, Serialize};

/// How stable the ranking is: over parts of the time, and over resamples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankStability {
    /// What is ranked by: the ranking metric where it is one that can be computed of returns, else `sharpe`.
    pub metric: String,
    /// Spearman's rank correlation between the first half of the time and the second: 1 the same order, 0 none.
    pub halves: Option<f64>,
    /// Mean rank correlation of all pairs of [`RankStability::parts`] equal parts of the time.
    pub across_parts: Option<f64>,
    /// How many.
    pub parts: usize,
    /// Mean rank correlation of a resample's order with the order of the whole.
    pub resampled: Option<f64>,
    /// The `k` of [`super::BranchComparison::p_top`]: a tenth of the branches, at least one and at most ten.
    pub top: usize,
}
