//! The choice of a window.

use std::collections::BTreeMap;

use crate::plan::result::{BranchResult, BranchStatus};
use crate::plan::store::{Metrics, rank};

/// The best branch by a metric of its first account among those that ran to their end, with its value; of equals the first.
/// `None` where no branch has a value. `results` are by number, that of a plan's branch `i` being `first + i`.
pub fn choose(
    results: &BTreeMap<usize, BranchResult>,
    first: usize,
    branches: usize,
    metric: &str,
) -> Option<(usize, f64)> {
    let done: Vec<&BranchResult> = results
        .range(first..first + branches)
        .map(|(_, result)| result)
        .filter(|result| result.status == BranchStatus::Complete)
        .collect();
    let value = |r: &&BranchResult| Metrics::of(r.accounts.first()).get(metric).filter(|v| v.is_finite());
    let values: Vec<Option<f64>> = done.iter().map(value).collect();
    let best = *rank(&values, metric).first()?;
    Some((done[best].id - first, values[best]?))
}
