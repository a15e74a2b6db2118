//! One branch beside the baseline.

use serde::{Deserialize, Serialize};

/// One branch beside the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BranchComparison {
    /// [`crate::plan::Branch::id`].
    pub id: usize,
    /// Its name.
    pub name: String,
    /// What its account came to: `active`, `killed`, `liquidated` or `overdrawn` ([`crate::output::AccountSummary::status`]).
    #[serde(default)]
    pub account_status: String,
    /// Its place by the ranking metric, from 1; ties have the places of their order in the plan.
    pub rank: usize,
    /// By metric, in the order of [`super::Comparison::metrics`].
    pub metrics: Vec<MetricComparison>,
    /// Share of resamples in which it is the best by the ranking metric; `None` where the metric or the branch is not
    /// resampled. Ties share it.
    pub p_best: Option<f64>,
    /// Share of resamples in which it is among the best [`super::RankStability::top`].
    pub p_top: Option<f64>,
}

/// A metric of a branch beside the baseline's; undefined is `None`.
///
/// `mean_return`, `sharpe`, `cagr`, `total_return` and, where branches are ranked by it, `max_drawdown` are of the returns between
/// the recorded times of the plan, which are resampled: for daily ones they are those of `branches.parquet`. Other metrics are of
/// the run: statistics of daily closes, drawdowns seen at every step. `point`, `low`, `high`, `p_better` and the bounds of the rank
/// come from the paired bootstrap of those returns, of the five only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricComparison {
    /// The branch's.
    pub value: Option<f64>,
    /// The baseline's.
    pub baseline: Option<f64>,
    /// `value - baseline`.
    pub delta: Option<f64>,
    /// The difference on the returns that are resampled, which the interval is around and holds: `delta`, but for a drawdown that
    /// is of the run.
    pub point: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Share of resamples in which the branch is better than the baseline, ties half; "better" is more, or less for metrics
    /// such as volatility. `None` for the baseline itself.
    pub p_better: Option<f64>,
    /// Place by this metric, from 1.
    pub rank: Option<usize>,
    /// Lower (better) end of the interval of the place over resamples.
    pub rank_low: Option<usize>,
    /// Upper end.
    pub rank_high: Option<usize>,
}
