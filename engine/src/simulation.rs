//! One world and its schedule: step, read, snapshot, fork.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bevy_ecs::error::FallbackErrorHandler;
use bevy_ecs::prelude::World;
use bevy_ecs::system::BoxedSystem;
use manyworlds_components::decision::DecisionView;
use manyworlds_components::feature::{FeatureSchema, FeatureVector};
use manyworlds_components::forecast::{Forecast, Forecasts};
use manyworlds_components::time::Timestamp;

use crate::blame;
use crate::blueprint::{Blueprint, Executor};
use crate::clock::Clock;
use crate::error::{BuildError, RunError};
use crate::executor::{Timings, Untracked, untracked};
use crate::features::FeatureSource;
use crate::feed::{EventQueue, FeedCursors, Feeds, fetch_events};
use crate::journal::{Journal, Recorder};
use crate::layout::Scope;
use crate::nearest;
use crate::pace::{DRAIN_ROWS, Halt, Pace, end_step};
use crate::random::Streams;
use crate::roster::{Kind, Roster};
use crate::stage::{Slot, Stage, StageSlot, StepSchedule};
use crate::state::{Registry, Snapshot, Staged, StateDigest};
use crate::toggle::ModuleSlot;

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
    /// Time moved to this decision time.
    Advanced(Timestamp),
    /// The feeds are exhausted.
    Finished,
}

/// Status of a module, for people and tables.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ModuleStatus {
    /// Its name.
    pub name: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Whether it is one of those that are always there.
    pub core: bool,
    /// Its stages.
    pub stages: Vec<&'static str>,
    /// Approximate bytes of its registered state.
    pub memory_bytes: u64,
    /// Features that are valid now, and all that it declares, per symbol summed.
    pub valid_features: usize,
    /// Features that it declares times symbols.
    pub features: usize,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;
type Subscriber = Box<dyn FnMut(&DecisionView<'_>) -> Result<(), Failed> + Send>;

/// A running world.
pub struct Simulation {
    pub(crate) world: World,
    pub(crate) schedule: StepSchedule,
    pub(crate) registry: Registry,
    pub(crate) roster: Roster,
    pub(crate) blueprint: Arc<Blueprint>,
    pub(crate) slots: Vec<ModuleSlot>,
    /// Ends a step where the executor does not do so itself.
    end_step: Option<BoxedSystem<(), bool>>,
    subscribers: Vec<Subscriber>,
    subscriber_errors: Vec<String>,
    recorder: Option<Box<dyn Recorder>>,
    stopped: Option<String>,
    /// While nothing was moved in the world since the last step.
    pub(crate) scope: Option<u64>,
}

impl Simulation {
    pub(crate) fn build(blueprint: Arc<Blueprint>) -> Result<Self, BuildError> {
        Self::build_from(blueprint, None)
    }

    /// As [`Simulation::build`], with the modules and the state of `parent`, if there is one.
    pub(crate) fn build_from(blueprint: Arc<Blueprint>, parent: Option<&Self>) -> Result<Self, BuildError> {
        let mut world = World::new();
        world.insert_resource(FallbackErrorHandler(blame::record_failure));
        let mut roster = blueprint.roster.clone();
        roster.spawn(&mut world);
        let lean = blueprint.executor == Executor::Lean;
        let end_step = (!lean).then(|| Box::new(Untracked::new(end_step)) as BoxedSystem<(), bool>);
        let slot = |module: &Arc<dyn crate::Module>, enabled, core| ModuleSlot {
            module: module.clone(),
            info: module.info(),
            enabled,
            core,
        };
        let core = blueprint.core.iter().map(|m| slot(m, true, true));
        let optional = blueprint.modules.iter().map(|(m, enabled)| slot(m, *enabled, false));
        let mut simulation = Self {
            slots: core.chain(optional).collect(),
            schedule: StepSchedule::new(blueprint.executor),
            registry: Registry::default(),
            world,
            roster,
            end_step,
            blueprint,
            subscribers: Vec::new(),
            subscriber_errors: Vec::new(),
            recorder: None,
            stopped: None,
            scope: None,
        };
        if let Some(parent) = parent {
            simulation.switched_as(parent);
        }
        simulation.check_modules()?;
        simulation.build_kernel(parent);
        if let Some(end_step) = &mut simulation.end_step {
            end_step.initialize(&mut simulation.world);
        }
        // The schema is whole before anybody reads it, whatever is switched on when.
        for at in 0..simulation.slots.len() {
            simulation.declare_features(at)?;
        }
        let mut staged = Staged::default();
        for at in 0..simulation.slots.len() {
            if simulation.slots[at].enabled {
                simulation.build_module(at, &mut staged, parent)?;
            }
        }
        staged.flush(&mut simulation.world, &simulation.roster);
        simulation.finish_schedule()?;
        Ok(simulation)
    }

    fn check_modules(&self) -> Result<(), BuildError> {
        for (i, slot) in self.slots.iter().enumerate() {
            if self.slots[..i].iter().any(|s| s.info.name == slot.info.name) {
                return Err(BuildError::DuplicateModule(slot.info.name.clone()));
            }
            if let Some(requires) = slot.info.requires.iter().find(|r| slot.enabled && !self.is_enabled(r)) {
                let (module, requires) = (slot.info.name.clone(), requires.clone());
                return Err(BuildError::MissingRequirement { module, requires });
            }
        }
        Ok(())
    }

    /// What the kernel itself brings: ids, time, events, journal.
    fn build_kernel(&mut self, parent: Option<&Self>) {
        let (world, registry, blueprint) = (&mut self.world, &mut self.registry, &self.blueprint);
        Roster::register_ids(registry, world);
        let feeds = Feeds {
            sources: blueprint.sources.clone().into(),
            from: blueprint.span.0,
            to: blueprint.span.1,
            max_events_per_step: blueprint.max_events_per_step,
            mode: blueprint.clock,
        };
        let (cursors, clock) = match parent {
            Some(parent) => (parent.world.resource::<FeedCursors>().clone(), parent.clock().clone()),
            None => {
                let cursors = feeds.start();
                let next = feeds.next_step(Timestamp::MIN, &cursors);
                (cursors, Clock { next, ..Clock::default() })
            }
        };
        registry.add_state::<Clock>("engine", world, None);
        registry.add_state::<FeedCursors>("engine", world, None);
        registry.add_constant::<Feeds>("engine", world, None);
        registry.add_constant::<EventQueue>("engine", world, None);
        registry.add_constant::<Journal>("engine", world, None);
        registry.add_constant::<Roster>("engine", world, None);
        registry.add_constant::<Streams>("engine", world, None);
        registry.add_constant::<FeatureSource>("engine", world, None);
        registry.add_constant::<Timings>("engine", world, None);
        registry.add_constant::<Pace>("engine", world, None);
        world.insert_resource(Pace { halt: Halt::default(), delivers: false });
        world.insert_resource(clock);
        world.insert_resource(cursors);
        world.insert_resource(feeds);
        world.insert_resource(EventQueue::default());
        // Modules of one slot may all annotate: it is output, and its order within a step means nothing.
        world.allow_ambiguous_resource::<Journal>();
        world.insert_resource(Journal::default());
        world.insert_resource(self.roster.clone());
        world.insert_resource(Streams::new(blueprint.seed));
        world.insert_resource(FeatureSource::default());
        self.schedule.add_systems_in(StageSlot(Stage::Ingest, Slot::First), untracked(fetch_events));
    }

    /// Builds the executable schedule and checks what must hold of it.
    pub(crate) fn finish_schedule(&mut self) -> Result<(), BuildError> {
        self.scope = None;
        let systems = &self.schedule.graph().systems;
        if let Some((_, system, _)) = systems.iter().find(|(_, _, conditions)| !conditions.is_empty()) {
            let message =
                "a run condition, which the step does not evaluate: test the condition inside the system";
            return Err(BuildError::Schedule(format!("system `{}` has {message}", system.name())));
        }
        if let Err(error) = self.schedule.initialize(&mut self.world) {
            return Err(BuildError::Schedule(error.to_string(self.schedule.graph(), &self.world)));
        }
        let unregistered = self.registry.unregistered(&self.world);
        if !unregistered.is_empty() {
            return Err(BuildError::UnregisteredState(unregistered));
        }
        Ok(())
    }

    /// Advances to the next decision time.
    ///
    /// # Errors
    /// When a system failed (the world has then stopped for good) or rows could not be stored.
    pub fn step(&mut self) -> Result<StepOutcome, RunError> {
        if self.clock().next.is_none() && self.stopped.is_none() {
            return Ok(StepOutcome::Finished);
        }
        self.run_to(Halt { steps: 1, ..Halt::default() })?;
        Ok(StepOutcome::Advanced(self.clock().now))
    }

    /// At least one step, which there must be, and as many as may follow at once.
    pub(crate) fn advance(&mut self) -> Result<(), RunError> {
        blame::reset();
        let span = tracing::debug_span!("step").entered();
        self.schedule.run(&mut self.world);
        drop(span);
        if let Some(failure) = blame::take_failure() {
            return Err(self.fail(failure));
        }
        if let Some(end_step) = &mut self.end_step {
            let _ = end_step.run_without_applying_deferred((), &mut self.world);
        }
        let journal = self.world.resource::<Journal>();
        let (pending, undelivered) = (journal.len(), journal.decisions.len() - journal.delivered);
        if undelivered > 0 && !self.subscribers.is_empty() {
            self.deliver();
        }
        if pending >= DRAIN_ROWS {
            self.drain()?;
        }
        Ok(())
    }

    /// Steps until a halt or until the feeds are exhausted. Steps that nothing has to come between follow one another
    /// at once, which is faster than [`Simulation::step`] by step.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    pub fn run_to(&mut self, halt: Halt) -> Result<(), RunError> {
        if let Some(message) = &self.stopped {
            return Err(RunError::Stopped(message.clone()));
        }
        // The lean executor keeps account of systems that move things; bevy's does not.
        let lean = self.blueprint.executor == Executor::Lean;
        let scope = lean.then(|| Scope::enter(self.scope.take(), self.world.id()));
        let delivers = !self.subscribers.is_empty();
        *self.world.resource_mut::<Pace>() = Pace { halt, delivers };
        while self.world.resource::<Pace>().goes_on(self.clock()) {
            self.advance()?;
        }
        self.scope = scope.and_then(Scope::leave);
        Ok(())
    }

    fn fail(&mut self, failure: blame::Failure) -> RunError {
        let clock = self.clock();
        let error = RunError::System {
            step: clock.step,
            ts: clock.now,
            system: failure.system,
            symbol: failure.symbol.and_then(|s| self.roster.symbols.get(s.index()).cloned()),
            message: failure.message,
        };
        self.stopped = Some(error.to_string());
        error
    }

    /// Steps until `ts` (steps at `ts` included) or until the feeds are exhausted.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    pub fn run_until(&mut self, ts: Timestamp) -> Result<StepOutcome, RunError> {
        self.run_to(Halt { until: ts, ..Halt::default() })?;
        Ok(self.clock().next.map_or(StepOutcome::Finished, |_| StepOutcome::Advanced(self.clock().now)))
    }

    /// Steps until the feeds are exhausted, then drains the journal.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    pub fn run(&mut self) -> Result<(), RunError> {
        self.run_to(Halt::default())?;
        self.drain()
    }

    /// Hands all waiting journal rows to the recorder. Without a recorder they are dropped.
    ///
    /// # Errors
    /// What the recorder says.
    pub fn drain(&mut self) -> Result<(), RunError> {
        let mut journal = self.world.resource_mut::<Journal>();
        let recorded = match &mut self.recorder {
            Some(recorder) => recorder.record(&journal, &self.roster).map_err(RunError::Record),
            None => Ok(()),
        };
        // Also after a failure: rows that were stored in part are not stored again.
        journal.clear();
        recorded
    }

    /// Where journal rows go from now on.
    pub fn set_recorder(&mut self, recorder: impl Recorder + 'static) {
        self.recorder = Some(Box::new(recorder));
    }

    /// Calls `subscriber` with every accepted decision, once, after the step that made it. Subscribers are called in
    /// the order of their registration; one that fails or panics is reported ([`Simulation::subscriber_errors`])
    /// and disturbs neither the others nor the run.
    pub fn on_decision(&mut self, mut subscriber: impl FnMut(&DecisionView<'_>) + Send + 'static) {
        self.try_on_decision(move |view| {
            subscriber(view);
            Ok(())
        });
    }

    /// As [`Simulation::on_decision`], for subscribers that may fail.
    pub fn try_on_decision(
        &mut self,
        subscriber: impl FnMut(&DecisionView<'_>) -> Result<(), Failed> + Send + 'static,
    ) {
        // Decisions that were made before are not news.
        let mut journal = self.world.resource_mut::<Journal>();
        journal.delivered = journal.decisions.len();
        self.subscribers.push(Box::new(subscriber));
    }

    /// What subscribers failed with so far.
    pub fn subscriber_errors(&self) -> &[String] {
        &self.subscriber_errors
    }

    fn deliver(&mut self) {
        let mut journal = self.world.resource_mut::<Journal>();
        let new = journal.decision_views(&self.roster).skip(journal.delivered);
        for view in new.filter(|view| view.decision.reasons.cut.is_none()) {
            for (i, subscriber) in self.subscribers.iter_mut().enumerate() {
                let failure = match catch_unwind(AssertUnwindSafe(|| subscriber(&view))) {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => error.to_string(),
                    Err(payload) => format!("panicked: {}", blame::panic_message(&*payload)),
                };
                let (account, symbol, step) = (view.account, view.symbol, view.decision.step);
                tracing::warn!(
                    subscriber = i,
                    step,
                    account,
                    symbol,
                    failure,
                    "a decision subscriber failed"
                );
                self.subscriber_errors
                    .push(format!("subscriber {i}, step {step}, {account} {symbol}: {failure}"));
            }
        }
        journal.delivered = journal.decisions.len();
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        self.world.resource::<Clock>()
    }

    /// The world, for reading.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world, for interventions between steps. Change values; leave components and entities as they are.
    pub fn world_mut(&mut self) -> &mut World {
        self.scope = None;
        &mut self.world
    }

    /// Names and entities.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The ordered features of the run.
    pub fn schema(&self) -> &FeatureSchema {
        self.world.resource::<FeatureSource>().schema()
    }

    /// A symbol's features now, in schema order.
    ///
    /// # Errors
    /// An unknown symbol.
    pub fn features(&self, symbol: &str) -> Result<FeatureVector, RunError> {
        let entity = self.roster.entities(Kind::Symbol)[self.symbol_index(symbol)?];
        Ok(self.world.resource::<FeatureSource>().read(&self.world, entity))
    }

    /// Every model's newest forecast of a symbol, by model name.
    ///
    /// # Errors
    /// An unknown symbol.
    pub fn predictions(&self, symbol: &str) -> Result<BTreeMap<String, Forecast>, RunError> {
        let index = self.symbol_index(symbol)?;
        let forecasts = self.world.get::<Forecasts>(self.roster.entities(Kind::Symbol)[index]);
        let said = forecasts.into_iter().flat_map(|forecasts| &forecasts.0);
        Ok(self.roster.models.iter().cloned().zip(said.copied()).collect())
    }

    fn symbol_index(&self, name: &str) -> Result<usize, RunError> {
        self.roster.symbol_id(name).map(|s| s.index()).ok_or_else(|| RunError::UnknownSymbol {
            name: name.to_owned(),
            nearest: nearest(name, self.roster.symbols.iter().map(String::as_str)).map(str::to_owned),
        })
    }

    /// Status of every module, core first.
    pub fn modules(&self) -> Vec<ModuleStatus> {
        let source = self.world.resource::<FeatureSource>();
        let vectors: Vec<_> =
            self.roster.entities(Kind::Symbol).iter().map(|s| source.read(&self.world, *s)).collect();
        let status = |slot: &ModuleSlot| {
            let offsets: Vec<_> =
                slot.info.features.iter().filter_map(|f| source.schema().offset(&f.name)).collect();
            let valid = |v: &FeatureVector| offsets.iter().filter(|o| v.get(**o).is_some()).count();
            ModuleStatus {
                name: slot.info.name.clone(),
                enabled: slot.enabled,
                core: slot.core,
                stages: slot.info.stages.iter().map(|s| s.name()).collect(),
                memory_bytes: self.registry.bytes(&slot.info.name, &self.world, &self.roster),
                valid_features: vectors.iter().map(valid).sum(),
                features: slot.info.features.len() * vectors.len(),
            }
        };
        self.slots.iter().map(status).collect()
    }

    /// The digest of all registered state.
    pub fn digest(&self) -> StateDigest {
        StateDigest::of(&self.registry, &self.world, &self.roster)
    }

    /// The state now, to be restored here or in a fork.
    pub fn snapshot(&self) -> Snapshot {
        let enabled = self.slots.iter().map(|s| (s.info.name.clone(), s.enabled)).collect();
        let at = (self.clock().step, self.clock().now);
        Snapshot::capture(&self.registry, &self.world, &self.roster, at, enabled)
    }

    /// Goes back (or forward) to a snapshot: modules are switched as they were, and all state is as it was.
    ///
    /// # Errors
    /// A snapshot of another blueprint.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), RunError> {
        self.restore_owned(snapshot.clone())
    }

    /// As [`Simulation::restore`], of a snapshot that nobody else needs: its values are moved, not cloned.
    ///
    /// # Errors
    /// As [`Simulation::restore`].
    pub fn restore_owned(&mut self, snapshot: Snapshot) -> Result<(), RunError> {
        let journal = std::mem::take(&mut *self.world.resource_mut::<Journal>());
        let switched = self.switch_as(&snapshot.enabled);
        // Toggles on the way are part of the restore, not of the run.
        *self.world.resource_mut::<Journal>() = journal;
        switched?;
        let restored = snapshot.restore(&self.registry, &mut self.world, &self.roster);
        restored.map_err(RunError::ForeignSnapshot)?;
        self.find_next_step();
        self.stopped = None;
        self.scope = None;
        Ok(())
    }

    /// Full names of the systems that a module registered and that are there now.
    pub fn systems_of(&self, module: &str) -> Vec<String> {
        let set = crate::stage::ModuleSystems(module.to_owned());
        let keys = self.schedule.graph().systems_in_set(bevy_ecs::schedule::SystemSet::intern(&set));
        let keys: Vec<_> = keys.map(|keys| keys.iter().copied().collect()).unwrap_or_default();
        let systems = self.schedule.systems().into_iter().flatten();
        systems.filter(|(key, _)| keys.contains(key)).map(|(_, system)| system.name().to_string()).collect()
    }

    /// What the systems cost so far, sampled.
    pub fn timings(&self) -> Option<&Timings> {
        self.world.get_resource::<Timings>()
    }
}
