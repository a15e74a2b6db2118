//! Runs the windows.

use std::collections::BTreeMap;

use super::choose::choose;
use super::outcome::{WalkForwardSummary, summarize};
use super::stitch::Stitched;
use super::windows::WalkPlan;
use crate::plan::branch::Branch;
use crate::plan::expand::Expansion;
use crate::plan::result::BranchResult;
use crate::plan::run::{Observer, RunOptions};
use crate::run::Setup;

/// Runs of training windows that are planned at a time: each holds a scenario.
const AT_A_TIME: usize = 8_192;

/// What came of the windows.
#[derive(Debug, Clone, Default)]
pub struct WalkOutcome {
    /// The record, the stitched equity of what was chosen, and that of the baseline; `None` until every window has ended.
    pub whole: Option<(WalkForwardSummary, Stitched, Stitched)>,
    /// Why results could not be stored, if they could not.
    pub error: Option<String>,
    /// Worlds and forks that were begun.
    pub worlds: u64,
    /// Market events that were worked through.
    pub events: u64,
    /// Market events that one run after the other would have taken.
    pub alone_events: u64,
}

/// Hands results on; of training windows without their equity, of which nothing is read.
struct Slim<'a> {
    observer: &'a dyn Observer,
    training: usize,
}

impl Observer for Slim<'_> {
    fn finished(&self, results: &[BranchResult]) -> Result<(), String> {
        let slim: Vec<BranchResult> = results.iter().cloned().map(|r| slim(r, self.training)).collect();
        self.observer.finished(&slim)
    }

    fn progress(&self, done: u64, total: u64) {
        self.observer.progress(done, total);
    }

    fn interrupted(&self) -> bool {
        self.observer.interrupted()
    }
}

fn slim(mut result: BranchResult, training: usize) -> BranchResult {
    if result.id < training {
        result.series = Vec::new();
    }
    result
}

/// Runs every window: all branches on the training windows, then what was chosen, and the baseline, on the test windows. `known`
/// are the results of an earlier run that was stopped, by number.
pub fn run(
    plan: &Expansion,
    walk: &WalkPlan,
    setup: &Setup,
    options: RunOptions,
    known: BTreeMap<usize, BranchResult>,
    observer: &dyn Observer,
) -> WalkOutcome {
    let (n, windows) = (plan.branches.len(), walk.windows.len());
    let observer = Slim { observer, training: windows * n };
    let mut results = known;
    let mut outcome = WalkOutcome::default();
    // Whether all of them have ended.
    let mut run = |branches: Vec<Branch>, results: &mut BTreeMap<usize, BranchResult>| {
        let spans = branches.iter().filter_map(|b| Some(b.scenario.as_ref().ok()?.span()));
        outcome.alone_events += spans.map(|(from, to)| walk.events_between(from, to)).sum::<u64>();
        let left: Vec<Branch> = branches.into_iter().filter(|b| !results.contains_key(&b.id)).collect();
        if left.is_empty() {
            return !observer.interrupted();
        }
        let done = crate::plan::run::run(&left, setup, options, &observer);
        outcome.worlds += done.worlds;
        outcome.events += done.events;
        outcome.error = done.error;
        results.extend(done.results.into_iter().map(|r| (r.id, slim(r, observer.training))));
        done.complete
    };
    let all: Vec<usize> = (0..windows).collect();
    for some in all.chunks((AT_A_TIME / n.max(1)).max(1)) {
        if !run(some.iter().flat_map(|k| walk.training(plan, *k)).collect(), &mut results) {
            return outcome;
        }
    }
    let metric = &walk.settings.choose;
    let choices: Vec<Option<(usize, f64)>> = all.iter().map(|k| choose(&results, k * n, n, metric)).collect();
    let chosen = |k: usize| choices[k].map(|(id, _)| id);
    if !run(all.iter().flat_map(|k| walk.testing(plan, *k, chosen(*k))).collect(), &mut results) {
        return outcome;
    }
    outcome.whole = Some(summarize(plan, walk, &results, &choices));
    outcome
}
