//! What became of a branch.

use serde::{Deserialize, Serialize};

use crate::output::AccountSummary;

/// What became of a branch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BranchResult {
    /// [`super::Branch::id`].
    pub id: usize,
    /// How it ended.
    pub status: BranchStatus,
    /// Digest of the accounts' digests, in order; the same branch run alone has the same. `None` if it failed before the
    /// end of its data.
    pub digest: Option<u64>,
    /// Its accounts, in the order and under the names of its scenario.
    pub accounts: Vec<AccountSummary>,
    /// Their equity over time.
    pub series: Vec<Series>,
}

/// How a branch ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BranchStatus {
    /// It ran to the end of its data.
    Complete,
    /// Its parameters were wrong, a system failed, or all of its accounts were liquidated: why.
    Failed(String),
}

/// An account's equity at the recording times of the plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Times, rising, in nanoseconds since the epoch, UTC.
    pub ts: Vec<i64>,
    /// Equity, in quote units.
    pub equity: Vec<f64>,
}
