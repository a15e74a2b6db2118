//! `summary.json` of a plan.

use std::collections::BTreeMap;

use serde::Serialize;

use super::actions::{PlanAction, actions};
use super::metrics::{Metrics, rank};
use crate::comparison::ComparisonSummary;
use crate::output::Status;
use crate::plan::expand::Expansion;
use crate::plan::result::{BranchResult, BranchStatus};
use crate::plan::walk::WalkForwardSummary;

/// Failed branches that are named; all are in `branches.parquet`.
const NAMED: usize = 100;

/// A plan in one record.
#[derive(Debug, Clone, Serialize)]
pub struct PlanSummary {
    /// Its name.
    pub name: String,
    /// `complete` once every branch has a result.
    pub status: Status,
    /// Why results could not be stored; null if they could.
    pub error: Option<String>,
    /// Digest of the plan: what a run that is resumed must agree with.
    pub plan_digest: String,
    /// Digest of all branches' digests in order of ids; null until all are there.
    pub digest: Option<String>,
    /// Version of the program.
    pub version: &'static str,
    /// The branch that the others are compared with.
    pub baseline: String,
    /// Branches.
    pub branches: Counts,
    /// By which metric branches are ranked.
    pub sort: String,
    /// The best by that metric.
    pub best: Vec<Best>,
    /// The branches side by side; null until all have ended.
    pub comparison: Option<ComparisonSummary>,
    /// The first that failed.
    pub failed: Vec<FailedBranch>,
    /// What happens in branches at a time, in time order; the first 200.
    pub actions: Vec<PlanAction>,
    /// What came of choosing on one window and testing on the next; null where the plan does not want it, or until it has
    /// ended.
    pub walk_forward: Option<WalkForwardSummary>,
    /// What is odd about the plan.
    pub warnings: Vec<String>,
    /// What it took.
    pub timing: PlanTiming,
}

/// Numbers of branches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them.
    pub total: usize,
    /// That ran to their end.
    pub complete: usize,
    /// That failed.
    pub failed: usize,
    /// That an earlier run had finished.
    pub resumed: usize,
}

/// A branch among the best.
#[derive(Debug, Clone, Serialize)]
pub struct Best {
    /// Its number.
    pub id: usize,
    /// Its name.
    pub name: String,
    /// Its value of the metric.
    pub value: Option<f64>,
    /// Total return of its first account.
    pub total_return: Option<f64>,
    /// Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Deepest fall from a peak.
    pub max_drawdown: Option<f64>,
    /// Round trips.
    pub trades: Option<f64>,
}

/// A branch that failed.
#[derive(Debug, Clone, Serialize)]
pub struct FailedBranch {
    /// Its number.
    pub id: usize,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// What a plan took. It is all of a summary that differs from run to run.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct PlanTiming {
    /// Until the first world began, in milliseconds.
    pub setup_ms: f64,
    /// All worlds, in milliseconds.
    pub run_ms: f64,
    /// The comparison of the branches, in milliseconds.
    pub comparison_ms: f64,
    /// Worlds and forks.
    pub worlds: u64,
    /// Market events that were worked through.
    pub events: u64,
    /// Market events that one run after the other would have taken.
    pub alone_events: u64,
    /// Highest resident memory of the process; null where the system does not say.
    pub peak_memory_bytes: Option<u64>,
}

impl PlanSummary {
    /// Of a plan's results; `top` of the branches are named as the best by `sort`.
    pub fn of(
        plan: &Expansion,
        plan_digest: &str,
        results: &BTreeMap<usize, BranchResult>,
        (sort, top): (&str, usize),
        resumed: usize,
        timing: PlanTiming,
        error: Option<String>,
    ) -> Self {
        let name = |id: usize| plan.branches[id].name.clone();
        let done: Vec<&BranchResult> =
            results.values().filter(|r| r.status == BranchStatus::Complete).collect();
        let failed: Vec<FailedBranch> = results
            .values()
            .filter_map(|r| match &r.status {
                BranchStatus::Failed(reason) => {
                    Some(FailedBranch { id: r.id, name: name(r.id), reason: reason.clone() })
                }
                BranchStatus::Complete => None,
            })
            .collect();
        let metrics: Vec<Metrics> = done.iter().map(|r| Metrics::of(r.accounts.first())).collect();
        let values: Vec<Option<f64>> = metrics.iter().map(|m| m.get(sort)).collect();
        let best = |i: usize| Best {
            id: done[i].id,
            name: name(done[i].id),
            value: values[i],
            total_return: metrics[i].get("total_return"),
            sharpe: metrics[i].get("sharpe"),
            max_drawdown: metrics[i].get("max_drawdown"),
            trades: metrics[i].get("trades"),
        };
        let whole = results.len() == plan.branches.len();
        let digest = || {
            let all: Vec<u8> = results.values().flat_map(|r| r.digest.unwrap_or(0).to_le_bytes()).collect();
            format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&all))
        };
        let counts =
            Counts { total: plan.branches.len(), complete: done.len(), failed: failed.len(), resumed };
        Self {
            name: plan.name.clone(),
            status: match (&error, whole) {
                (Some(_), _) => Status::Failed,
                (None, true) => Status::Complete,
                (None, false) => Status::Interrupted,
            },
            error,
            plan_digest: plan_digest.to_owned(),
            digest: whole.then(digest),
            version: env!("CARGO_PKG_VERSION"),
            baseline: name(plan.baseline),
            branches: counts,
            sort: sort.to_owned(),
            best: rank(&values, sort).into_iter().take(top).map(best).collect(),
            comparison: None,
            failed: failed.into_iter().take(NAMED).collect(),
            actions: actions(plan),
            walk_forward: None,
            warnings: plan.warnings.clone(),
            timing,
        }
    }

    /// As JSON with two-space indents and a final newline.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_else(|e| format!("{{\"error\": \"{e}\"}}"));
        text + "\n"
    }
}
