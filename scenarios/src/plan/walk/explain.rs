//! What a walk forward will run, in words and as data.

use std::fmt;

use manyworlds_components::time::Timestamp;
use serde::Serialize;

use super::windows::WalkPlan;
use crate::plan::expand::Expansion;
use crate::plan::run::{RunOptions, span};
use crate::plan::share::{Cost, share};
use crate::run::MarketInput;

/// What the windows come to, before any is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WalkExplanation {
    /// Windows.
    pub windows: usize,
    /// Beginning of the first test window.
    pub from: String,
    /// End of the last one.
    pub to: String,
    /// Length of the training windows.
    pub train: String,
    /// Whether they grow.
    pub anchored: bool,
    /// Length of the test windows.
    pub test: String,
    /// The metric by which branches are chosen.
    pub choose: String,
    /// What is watched before each window.
    pub warm_up: String,
    /// Runs of all training windows; two more follow in each test window.
    pub training_runs: usize,
    /// Worlds and forks that these take.
    pub worlds: usize,
    /// What these cost.
    pub cost: Cost,
}

/// What will be run, and what is shared: nothing runs.
pub fn explain(
    plan: &Expansion,
    walk: &WalkPlan,
    input: &MarketInput,
    options: RunOptions,
) -> WalkExplanation {
    let (mut worlds, mut cost) = (0, Cost::default());
    for k in 0..walk.windows.len() {
        for world in share(&walk.training(plan, k), options.share()) {
            let span = span(&world);
            let events =
                |from: Timestamp, to: Timestamp| input.events_between(from.max(span.0), to.min(span.1));
            worlds += world.nodes();
            cost += Cost::of(&world, &events);
        }
    }
    let (first, last) = (&walk.windows[0], &walk.windows[walk.windows.len() - 1]);
    WalkExplanation {
        windows: walk.windows.len(),
        from: first.test.0.to_string(),
        to: last.test.1.to_string(),
        train: walk.settings.train.to_string(),
        anchored: walk.settings.anchored,
        test: walk.settings.test.to_string(),
        choose: walk.settings.choose.clone(),
        warm_up: walk.warm_up.to_string(),
        training_runs: walk.windows.len() * plan.branches.iter().filter(|b| b.scenario.is_ok()).count(),
        worlds,
        cost,
    }
}

impl fmt::Display for WalkExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { windows, from, to, train, test, choose, warm_up, training_runs, worlds, cost, .. } = self;
        let growing = if self.anchored { " and growing" } else { "" };
        writeln!(
            f,
            "walk-forward: {windows} windows, tested from {from} to {to}; train {train}{growing}, test {test}, by {choose}; \
             {warm_up} to warm up"
        )?;
        writeln!(
            f,
            "  {training_runs} training runs as {worlds} worlds and forks: {} market events instead of {} one by one; then the \
             best of each window",
            cost.events, cost.alone_events
        )
    }
}
