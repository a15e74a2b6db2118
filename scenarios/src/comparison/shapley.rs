//! What modules are worth: Shapley values from the permutations of an ablation.

use serde::{Deserialize, Serialize};

/// The worth of all modules of a game, in one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShapleyValues {
    /// The metric that is shared out.
    pub metric: String,
    /// By module, in the order of the base scenario.
    pub modules: Vec<ShapleyValue>,
    /// The metric with no module, mean over the permutations used.
    pub empty: f64,
    /// The metric with all; the values add up to `full - empty`.
    pub full: f64,
    /// Permutations that were used.
    pub permutations: usize,
    /// Permutations left out, as the metric is undefined somewhere along them or a branch failed.
    pub left_out: usize,
}

/// What a module is worth: what it adds, on average over the orders in which modules may be added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShapleyValue {
    /// Its name.
    pub module: String,
    /// Mean of what it adds.
    pub value: f64,
    /// Standard error over the sampled permutations; `None` with one.
    pub standard_error: Option<f64>,
}
