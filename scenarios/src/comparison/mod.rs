//! Comparison of the branches of a plan: what differs from the baseline, how sure that is, and how much of the best is luck.
//!
//! Pure functions over finished results. A branch is represented by its first account, as in `branches.parquet`; what is
//! resampled are its returns between the recorded times of the plan ([`crate::plan::Series`]), and every branch is resampled by
//! the same blocks, so that what branches have in common cancels out of their differences.

mod branch;
mod compare;
pub mod divergence;
mod effects;
mod fan;
mod order;
pub mod overfitting;
mod panel;
mod ranking;
mod resampling;
mod shapley;
mod stability;
mod statistics;
mod summary;
mod table;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::stats::{Bootstrap, Conventions};
pub use branch::{BranchComparison, MetricComparison};
pub use compare::{ComparisonOptions, compare};
pub use effects::{Axis, Bin, Effect, Heatmap, ParallelCoordinates, ParallelRow, ParameterEffects};
pub use fan::{EquityFan, FanCurve};
pub use overfitting::{Cscv, DeflatedSharpe, Overfitting, Superiority};
pub use shapley::{ShapleyValue, ShapleyValues};
pub use stability::RankStability;
pub use summary::{ComparisonSummary, Ranked};
pub use table::comparison_parquet;

/// The branches of a plan side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The metric by which branches are ranked.
    pub metric: String,
    /// Names of the metrics of every branch, in the order of [`BranchComparison::metrics`].
    pub metrics: Vec<String>,
    /// Id of the branch that the others are compared with.
    pub baseline: usize,
    /// What was resampled.
    pub sample: Sample,
    /// Every branch that ran to its end, in the order of ids.
    pub branches: Vec<BranchComparison>,
    /// How stable the ranking is; `None` with fewer than three branches that can be resampled.
    pub stability: Option<RankStability>,
    /// What the numeric parameters do to the metric.
    pub effects: ParameterEffects,
    /// The spread of equity over time; `None` without two recorded times.
    pub fan: Option<EquityFan>,
    /// Worth of the modules, one record for each Shapley ablation of the plan and metric.
    pub shapley: Vec<ShapleyValues>,
    /// How much of the best branch is luck.
    pub overfitting: Overfitting,
    /// What has to be said beside the numbers, in plain words: branches left out, resamples spared.
    pub notes: Vec<String>,
}

/// What was resampled, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Annualization, beside every Sharpe ratio and CAGR of the comparison.
    pub conventions: Conventions,
    /// Returns per branch.
    pub periods: usize,
    /// Begin of the first and end of the last return, in nanoseconds since the epoch, UTC; 0 without returns.
    pub from: i64,
    /// See `from`.
    pub to: i64,
    /// What one return spans, as a frame: `1h`.
    #[serde(default)]
    pub every: String,
    /// Recorded periods that one return spans: 1, or more where the record is longer than is resampled.
    pub thinned: usize,
    /// Branches whose returns cover that span, the baseline included.
    pub branches: usize,
    /// Scheme, (mean) block length, number of resamples, coverage.
    pub bootstrap: Bootstrap,
}
