//! The plan of a simulation: everything that is fixed before the first step, shared by a world and all its forks.

use std::sync::Arc;

use manyworlds_components::time::Timestamp;

use crate::clock::ClockMode;
use crate::error::BuildError;
use crate::feed::EventSource;
use crate::module::Module;
use crate::roster::Roster;
use crate::simulation::Simulation;

/// How the systems of a step are run. Both give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Executor {
    /// [`crate::LeanExecutor`].
    #[default]
    Lean,
    /// bevy's own single-threaded executor.
    Stock,
}

/// Finds a module that was not named before the run, for [`Simulation::enable`].
pub type ModuleLookup = Arc<dyn Fn(&str) -> Option<Arc<dyn Module>> + Send + Sync>;

/// The fixed part of a simulation.
#[derive(Clone)]
pub struct Blueprint {
    /// Seed of all random streams.
    pub seed: u64,
    /// Decision times.
    pub clock: ClockMode,
    /// The span that is replayed, ends included.
    pub span: (Timestamp, Timestamp),
    /// Market events.
    pub sources: Vec<Arc<dyn EventSource>>,
    /// Bound on the events of one step.
    pub max_events_per_step: usize,
    /// Names of all entities.
    pub roster: Roster,
    /// What is always there, in order: it cannot be switched off.
    pub core: Vec<Arc<dyn Module>>,
    /// The modules of the scenario, with whether they are enabled at the start.
    pub modules: Vec<(Arc<dyn Module>, bool)>,
    /// Where [`Simulation::enable`] finds modules that the scenario does not name.
    pub lookup: Option<ModuleLookup>,
    /// Which executor.
    pub executor: Executor,
}

impl Blueprint {
    /// An empty plan: a clock, a seed and nothing else.
    pub fn new(clock: ClockMode, seed: u64, roster: Roster) -> Self {
        Self {
            seed,
            clock,
            span: (Timestamp::MIN, Timestamp::MAX),
            sources: Vec::new(),
            max_events_per_step: 1 << 22,
            roster,
            core: Vec::new(),
            modules: Vec::new(),
            lookup: None,
            executor: Executor::default(),
        }
    }

    /// Builds a world.
    ///
    /// # Errors
    /// A missing requirement, an ambiguous schedule, or state that is not registered.
    pub fn build(self) -> Result<Simulation, BuildError> {
        Simulation::build(Arc::new(self))
    }
}
