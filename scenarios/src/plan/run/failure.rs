//! Worlds that fail: whose fault it is.

use std::any::Any;

use manyworlds_engine::RunError;
use rayon::Scope;

use super::Job;
use super::worlds::Tree;
use crate::plan::branch::Branch;
use crate::plan::result::{BranchResult, BranchStatus};
use crate::plan::share::{Node, ShareOptions, share, timeline, with_timeline};

/// Why a world ended before its data.
#[derive(Debug, Clone)]
pub(super) struct Failed {
    pub reason: String,
    /// In which step; 0 before the first.
    pub step: u64,
}

impl Failed {
    pub(super) fn early(reason: String) -> Self {
        Self { reason, step: 0 }
    }

    pub(super) fn of(error: &RunError) -> Self {
        let step = match error {
            RunError::System { step, .. } => *step,
            _ => u64::MAX,
        };
        Self { reason: error.to_string(), step }
    }

    /// From a panic outside of the systems.
    pub(super) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Self { reason: format!("panicked: {}", text.as_deref().unwrap_or("no message")), step: u64::MAX }
    }
}

impl Job<'_> {
    /// These branches have failed.
    pub(super) fn record_failure(&self, branches: &[usize], reason: &str) {
        let result = |id: &usize| BranchResult {
            id: *id,
            status: BranchStatus::Failed(reason.to_owned()),
            digest: None,
            accounts: Vec::new(),
            series: Vec::new(),
        };
        self.store(branches.iter().map(result).collect());
    }

    /// Finds out which lanes of a failed world are to blame. `node` holds what has no result yet.
    pub(super) fn take_apart<'s>(&'s self, scope: &Scope<'s>, tree: &Tree, node: Node, failed: &Failed) {
        let lanes = node.by_lane();
        if lanes.len() < 2 {
            return self.record_failure(&node.branches(), &failed.reason);
        }
        if let Some(reason) = self.fails_without_lanes(tree, &node, failed) {
            return self.record_failure(&node.branches(), &reason);
        }
        let half = lanes.len().div_ceil(2);
        for part in lanes.chunks(half) {
            let ids: Vec<usize> = part.concat();
            let members: Vec<&Branch> = self.branches.iter().filter(|b| ids.contains(&b.id)).collect();
            let options = ShareOptions { max_lanes: usize::MAX, threads: 1 };
            for world in share(members, options) {
                let sources = tree.sources.clone();
                scope.spawn(move |scope| self.begin(scope, world, Some(sources)));
            }
        }
    }

    /// Whether the world fails as early without any lane, and with what: then no lane is to blame, and all fail alone.
    fn fails_without_lanes(&self, tree: &Tree, node: &Node, failed: &Failed) -> Option<String> {
        let mut scenario = with_timeline(node.scenario.clone(), &timeline(&node.scenario));
        scenario.accounts.clear();
        scenario.models.clear();
        let empty = Node { scenario, lanes: Vec::new(), forks: Vec::new() };
        let mut simulation = match self.build(&empty, &tree.sources, &tree.ahead) {
            Ok(simulation) => simulation,
            Err(own) => return Some(own.reason),
        };
        let mut outcome = Ok(());
        while outcome.is_ok() && simulation.world().clock().step < failed.step {
            if self.stopped() {
                return None;
            }
            match simulation.step() {
                Ok(manyworlds_engine::StepOutcome::Advanced(_)) => {}
                Ok(manyworlds_engine::StepOutcome::Finished) => break,
                Err(error) => outcome = Err(error.to_string()),
            }
        }
        outcome.err()
    }
}
