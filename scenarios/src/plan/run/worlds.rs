//! Worlds from their beginning, or from a fork, to their end.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::RunError;
use rayon::Scope;

use super::failure::Failed;
use super::permits::Permit;
use super::{Job, results};
use crate::intervention::{Intervention, What};
use crate::output::{EquityCurve, Sink};
use crate::plan::share::{Action, Node};
use crate::run::{Ahead, MarketInput, PrepareError, RunPlan, Simulation};
use crate::scenario::Scenario;
use crate::scenario::schema::record::RecordSettings;

/// Steps between looks at the progress and at the wish to stop.
const STEPS_PER_LOOK: u64 = 2_048;

/// What all worlds of a tree have in common.
#[derive(Clone)]
pub(super) struct Tree {
    pub sources: MarketInput,
    /// A toggle of each module that is switched anywhere in it, and every policy that is changed to.
    pub ahead: Arc<Ahead>,
}

impl Tree {
    fn of(node: &Node, sources: MarketInput) -> Self {
        let mut modules = BTreeMap::new();
        let mut policies = Vec::new();
        for action in node.actions() {
            match action {
                Action::Toggle(toggle) => {
                    modules.entry(toggle.module.clone()).or_insert(toggle);
                }
                Action::Intervene(Intervention { what: What::Policy(policy), .. })
                    if !policies.contains(&policy) =>
                {
                    policies.push(policy);
                }
                Action::Intervene(_) => {}
            }
        }
        Self { sources, ahead: Arc::new(Ahead { toggles: modules.into_values().collect(), policies }) }
    }
}

/// The scenario without what is recorded for tables only; results do not depend on it.
fn unrecorded(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.record = RecordSettings {
        features: Vec::new(),
        prices: None,
        annotations: false,
        feature_samples: 0,
        ..scenario.record
    };
    scenario
}

impl Job<'_> {
    /// Runs a world from its beginning. `sources` are given where the world is a part of one that was run before.
    pub(super) fn begin<'s>(&'s self, scope: &Scope<'s>, node: Node, sources: Option<MarketInput>) {
        if self.stopped() {
            return;
        }
        let sources = sources.map_or_else(|| self.data.take(&node.scenario, self.setup), Ok);
        let sources = match sources {
            Ok(sources) => sources,
            Err(reason) => return self.record_failure(&node.branches(), &reason),
        };
        let tree = Tree::of(&node, sources);
        self.worlds.fetch_add(1, Ordering::Relaxed);
        match self.build(&node, &tree.sources, &tree.ahead) {
            Ok(simulation) => self.go_on(scope, &tree, simulation, node, None),
            Err(failed) => self.take_apart(scope, &tree, node, &failed),
        }
    }

    /// The world of a node, before its first step.
    pub(super) fn build(
        &self,
        node: &Node,
        sources: &MarketInput,
        ahead: &Ahead,
    ) -> Result<Simulation, Failed> {
        let built = catch_unwind(AssertUnwindSafe(|| {
            let plan =
                Arc::new(RunPlan::over_with(unrecorded(&node.scenario), self.setup, sources.clone(), ahead)?);
            Simulation::new(plan, |_| Ok::<_, PrepareError>(Sink::Nowhere), Instant::now())
        }));
        let simulation =
            built.map_err(|p| Failed::panicked(&*p))?.map_err(|e| Failed::early(e.to_string()))?;
        if self.options.sample != Frame::DAY {
            let accounts = node.scenario.accounts.len();
            simulation.recording().curves = vec![EquityCurve::new(self.options.sample); accounts];
        }
        Ok(simulation)
    }

    /// Runs a world on from where it is: to each of its forks, and to its end.
    fn go_on<'s>(
        &'s self,
        scope: &Scope<'s>,
        tree: &Tree,
        mut simulation: Simulation,
        mut node: Node,
        permit: Option<Permit<'s>>,
    ) {
        let forks = std::mem::take(&mut node.forks);
        let mut forks = forks.into_iter().peekable();
        while let Some(fork) = forks.next() {
            if let Err(failed) = self.advance(&mut simulation, Some(fork.at)) {
                // What has left before goes on; what would have left from here on is lost with this world.
                node.forks = std::iter::once(fork).chain(forks).collect();
                return self.take_apart(scope, tree, node, &failed);
            }
            if self.stopped() {
                return;
            }
            let child = self.leave(&simulation, &fork.node, tree);
            let child = match child {
                Ok(child) => child,
                Err(failed) => {
                    self.take_apart(scope, tree, fork.node, &failed);
                    continue;
                }
            };
            if node.lanes.is_empty() && forks.peek().is_none() {
                // The last to leave; nothing stays.
                drop(simulation);
                return self.go_on(scope, tree, child, fork.node, permit);
            }
            match self.permits.take() {
                Some(own) => {
                    let tree = tree.clone();
                    scope.spawn(move |scope| self.go_on(scope, &tree, child, fork.node, Some(own)));
                }
                None => self.go_on(scope, tree, child, fork.node, None),
            }
        }
        match self.advance(&mut simulation, None) {
            Err(failed) => self.take_apart(scope, tree, node, &failed),
            Ok(()) if self.stopped() => {}
            Ok(()) => match catch_unwind(AssertUnwindSafe(|| results::of(&mut simulation, &node.lanes))) {
                Ok(Ok(results)) => {
                    let alone = simulation.world().clock().events * results.len() as u64;
                    self.alone_events.fetch_add(alone, Ordering::Relaxed);
                    drop(simulation);
                    self.store(results);
                }
                Ok(Err(error)) => self.take_apart(scope, tree, node, &Failed::of(&error)),
                Err(panic) => self.take_apart(scope, tree, node, &Failed::panicked(&*panic)),
            },
        }
        drop(permit);
    }

    /// The world that leaves for a node.
    fn leave(&self, parent: &Simulation, node: &Node, tree: &Tree) -> Result<Simulation, Failed> {
        self.worlds.fetch_add(1, Ordering::Relaxed);
        let left = catch_unwind(AssertUnwindSafe(|| {
            let plan =
                RunPlan::over_with(unrecorded(&node.scenario), self.setup, tree.sources.clone(), &tree.ahead);
            let plan = plan.map_err(|e| Failed::early(e.to_string()))?;
            parent.fork_into(Arc::new(plan)).map_err(|e| Failed::of(&e))
        }));
        left.map_err(|p| Failed::panicked(&*p))?
    }

    /// Steps up to the last boundary before `until`, or to the end of the data.
    pub(super) fn advance(
        &self,
        simulation: &mut Simulation,
        until: Option<Timestamp>,
    ) -> Result<(), Failed> {
        let accounts = simulation.plan().scenario.accounts.len();
        let mut told = simulation.world().clock().events;
        let ran: Result<Result<(), RunError>, _> = catch_unwind(AssertUnwindSafe(|| {
            let last = until.map_or(Timestamp::MAX, |until| until + -1);
            simulation.run_watched(last, STEPS_PER_LOOK, |simulation| {
                let events = simulation.world().clock().events;
                self.worked(events - told, accounts);
                told = events;
                !self.stopped()
            })
        }));
        self.worked(simulation.world().clock().events.saturating_sub(told), accounts);
        ran.map_err(|p| Failed::panicked(&*p))?.map_err(|e| Failed::of(&e))
    }
}
