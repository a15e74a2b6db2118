//! What happens in the branches of a plan, and in which.

use serde::Serialize;

use crate::plan::expand::Expansion;
use crate::plan::share::timeline;

/// Actions that are listed.
const LISTED: usize = 200;

/// Branches that are named beside each.
const NAMED: usize = 5;

/// Something that happens to branches at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanAction {
    /// When, ISO 8601 UTC.
    pub at: String,
    /// What, in words.
    pub what: String,
    /// To how many branches.
    pub count: usize,
    /// The first of them, by name.
    pub branches: Vec<String>,
}

/// The first actions of all branches in time order, each once.
pub(super) fn actions(plan: &Expansion) -> Vec<PlanAction> {
    let mut found: Vec<(manyworlds_components::time::Timestamp, PlanAction)> = Vec::new();
    let mut known: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for branch in &plan.branches {
        let Ok(scenario) = &branch.scenario else { continue };
        for action in timeline(scenario) {
            let (at, what) = (action.at(), action.to_string());
            let place = *known.entry(format!("{at} {what}")).or_insert_with(|| {
                let action = PlanAction { at: at.to_string(), what, count: 0, branches: Vec::new() };
                found.push((at, action));
                found.len() - 1
            });
            let action = &mut found[place].1;
            action.count += 1;
            if action.branches.len() < NAMED {
                action.branches.push(branch.name.clone());
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, action)| action).take(LISTED).collect()
}
