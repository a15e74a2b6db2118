//! What the parameters of a plan do to the ranking metric, as data for plots.

use serde::{Deserialize, Serialize};

/// What the parameters do to the ranking metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ParameterEffects {
    /// One for each numeric parameter with two values or more.
    pub single: Vec<Effect>,
    /// One for each pair of them that branches set together; at most 15.
    pub heatmaps: Vec<Heatmap>,
    /// A line per branch through all parameters; `None` without a parameter that varies.
    pub parallel: Option<ParallelCoordinates>,
}

/// A parameter's values, in order: as they are, or in bins of about equally many branches where there are more than 16.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The parameter's path, as in `--set`.
    pub path: String,
    /// From low to high.
    pub bins: Vec<Bin>,
}

/// Values `low <= x <= high`; one value where both are the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Smallest value in it.
    pub low: f64,
    /// Largest value in it.
    pub high: f64,
}

/// The ranking metric over one parameter; all lists are as long as the axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The parameter.
    pub axis: Axis,
    /// Branches with a defined metric.
    pub branches: Vec<usize>,
    /// Median.
    pub median: Vec<Option<f64>>,
    /// Lower quartile.
    pub low: Vec<Option<f64>>,
    /// Upper quartile.
    pub high: Vec<Option<f64>>,
    /// Spearman's rank correlation of parameter and metric.
    pub correlation: Option<f64>,
}

/// The ranking metric over two parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heatmap {
    /// Columns.
    pub x: Axis,
    /// Rows.
    pub y: Axis,
    /// Median of the metric, `[row][column]`; `None` where no branch is.
    pub median: Vec<Vec<Option<f64>>>,
    /// Branches in the cell.
    pub branches: Vec<Vec<usize>>,
}

/// A line per branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParallelCoordinates {
    /// The parameters that vary, in the order of the plan.
    pub paths: Vec<String>,
    /// For each parameter: null for a numeric one, else its values; [`ParallelRow::values`] then hold places in this list.
    pub labels: Vec<Option<Vec<String>>>,
    /// At most 1,000 branches, evenly over the ranking, the best first.
    pub rows: Vec<ParallelRow>,
}

/// One branch's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParallelRow {
    /// [`crate::plan::Branch::id`].
    pub id: usize,
    /// By parameter; `None` where the branch does not set it.
    pub values: Vec<Option<f64>>,
    /// The ranking metric.
    pub metric: f64,
}
