//! A running scenario: the engine's simulation with everything that the scenario wants recorded and toggled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use manyworlds_components::copy_on_write::CopyOnWrite;
use manyworlds_components::decision::DecisionView;
use manyworlds_components::forecast::Forecast;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{
    Halt, Journal, Kind, Recorder, Roster, RunError, Simulation as World, Snapshot, StateDigest, StepOutcome,
    ToggleError,
};

use super::book_samples::BookSampler;
use super::error::PrepareError;
use super::features::Features;
use super::plan::{RunPlan, Setup};
use super::prices::PriceLog;
use super::samples::FeatureSampler;
use super::toggles::toggle_due;
use crate::output::{Sink, TableRecorder, Tables};
use crate::scenario::schema::Scenario;

/// Steps between two looks at the progress and at whether to stop, where nobody says otherwise.
pub const STEPS_PER_LOOK: u64 = 1_024;

/// A running scenario.
pub struct Simulation {
    pub(super) world: World,
    pub(super) plan: Arc<RunPlan>,
    pub(super) recorder: TableRecorder,
    pub(super) first_step: Option<Timestamp>,
    pub(super) setup: Duration,
    pub(super) running: Duration,
    prices: Option<PriceLog>,
    pub(super) samples: Option<CopyOnWrite<FeatureSampler>>,
    pub(super) books: Option<CopyOnWrite<BookSampler>>,
    /// Offsets of recorded features in the schema; none where the module is not loaded.
    features: Vec<Option<usize>>,
    /// Toggles of the plan that are done.
    toggled: usize,
}

/// Records nothing.
struct Nobody;

impl Recorder for Nobody {
    fn record(&mut self, _: &Journal, _: &Roster) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(())
    }
}

impl Scenario {
    /// Makes the scenario into a simulation that keeps its tables in memory.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub fn build(&self) -> Result<Simulation, PrepareError> {
        self.build_with(&Setup::default())
    }

    /// As [`Scenario::build`], with modules and models of one's own.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub fn build_with(&self, setup: &Setup) -> Result<Simulation, PrepareError> {
        let began = Instant::now();
        let plan = RunPlan::new(self.clone(), setup)?;
        Simulation::new(Arc::new(plan), |_| Ok(Sink::memory()), began)
    }
}

impl Simulation {
    /// Builds the world of a plan. `sink` gets the (empty) tables; `began` is when the preparation began.
    ///
    /// # Errors
    /// When the world cannot be built, or what `sink` says.
    pub fn new<E: From<PrepareError>>(
        plan: Arc<RunPlan>,
        sink: impl FnOnce(&Tables) -> Result<Sink, E>,
        began: Instant,
    ) -> Result<Self, E> {
        let mut world = plan.build_world()?;
        let record = &plan.scenario.record;
        let features = record.features.iter().map(|name| world.schema().offset(name)).collect();
        let tables = Tables::new(&record.features);
        let sink = sink(&tables)?;
        let recorder = TableRecorder::new(tables, sink, plan.scenario.accounts.len(), record);
        world.set_recorder(recorder.clone());
        let prices = record.prices.map(|frame| PriceLog::new(frame, &plan.fine_prices, plan.bars_kept));
        let samples = (record.feature_samples > 0).then(|| {
            CopyOnWrite::new(FeatureSampler::new(record.feature_samples, plan.scenario.symbols.len()))
        });
        let books = BookSampler::new(&plan).map(CopyOnWrite::new);
        Ok(Self {
            world,
            plan,
            books,
            recorder,
            first_step: None,
            setup: began.elapsed(),
            running: Duration::ZERO,
            prices,
            samples,
            features,
            toggled: 0,
        })
    }

    /// Advances to the next decision time.
    ///
    /// # Errors
    /// When a system fails, a toggle of the scenario cannot be carried out, or rows cannot be stored.
    pub fn step(&mut self) -> Result<StepOutcome, RunError> {
        let began = Instant::now();
        let advanced = self.advance(Timestamp::MAX, 1);
        self.running += began.elapsed();
        let now = self.world.clock().now;
        advanced.map(|any| if any { StepOutcome::Advanced(now) } else { StepOutcome::Finished })
    }

    /// Makes at most so many steps, none after `last`, and fewer where something has to come between. Whether there
    /// was any.
    fn advance(&mut self, last: Timestamp, steps: u64) -> Result<bool, RunError> {
        toggle_due(&mut self.world, &self.plan.toggles, &mut self.toggled)?;
        let (next, step) = (self.world.clock().next, self.world.clock().step);
        self.world.run_to(self.halt(last, steps))?;
        let clock = self.world.clock();
        if clock.step == step {
            return Ok(false);
        }
        self.first_step = self.first_step.or(next);
        if !self.features.is_empty() {
            self.record_features(clock.now)?;
        }
        let clock = self.world.clock();
        if let Some(samples) = self.samples.as_mut().filter(|s| s.is_due(clock.step)) {
            samples.take(self.world.world(), self.world.roster(), clock);
        }
        if let Some(books) = self.books.as_mut().filter(|books| books.is_due(clock)) {
            books.look(self.world.world(), self.world.roster(), clock);
        }
        if let Some(prices) = self.prices.as_mut().filter(|prices| prices.reads_steps()) {
            let mut recording = self.recorder.lock();
            prices.read_step(clock.step, self.world.world(), self.world.roster(), &mut recording.tables);
        }
        let events = clock.events;
        if self.prices.as_ref().is_some_and(|p| p.is_due(events)) {
            self.record_prices(false);
        }
        Ok(true)
    }

    /// How far the world may go by itself: to the next toggle, and to the next step after which something is read.
    fn halt(&self, last: Timestamp, steps: u64) -> Halt {
        let clock = self.world.clock();
        let toggle = self.plan.toggles.get(self.toggled).map(|toggle| toggle.at + -1);
        let sampled = self.samples.as_ref().filter(|_| !self.world.schema().is_empty());
        let sampled = sampled.map(|samples| samples.steps_to_next(clock.step));
        let by_step = self.prices.as_ref().is_some_and(PriceLog::reads_steps);
        let recorded = (!self.features.is_empty() || by_step).then_some(1);
        let books = self.books.as_ref().map(|books| books.steps_to_next(clock));
        let near = self.books.as_ref().and_then(|books| books.waits_until(clock));
        Halt {
            until: [toggle, near].into_iter().flatten().fold(last, Timestamp::min),
            steps: [sampled, recorded, books].into_iter().flatten().fold(steps, u64::min),
            events: self.prices.as_ref().map_or(u64::MAX, |prices| prices.due_at(clock.events)),
        }
    }

    fn record_features(&mut self, now: Timestamp) -> Result<(), RunError> {
        let mut recording = self.recorder.lock();
        for symbol in &self.world.roster().symbols {
            let vector = self.world.features(symbol)?;
            recording.tables.add_features(
                now,
                symbol,
                self.features.iter().map(|offset| vector.get((*offset)?)),
            );
        }
        Ok(())
    }

    pub(super) fn record_prices(&mut self, end: bool) {
        if let Some(prices) = &mut self.prices {
            let events = self.world.clock().events;
            let mut recording = self.recorder.lock();
            prices.read(self.world.world(), self.world.roster(), events, end, &mut recording.tables);
        }
    }

    /// Steps until `ts` (steps at `ts` included) or until the data end.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    pub fn run_until(&mut self, ts: Timestamp) -> Result<(), RunError> {
        self.run_watched(ts, u64::MAX, |_| true)
    }

    /// Steps until the data end.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    pub fn run(&mut self) -> Result<(), RunError> {
        self.run_watched(Timestamp::MAX, u64::MAX, |_| true)
    }

    /// Steps as long as `go_on` says so, asked before every step, or until the data end.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    pub fn run_while(&mut self, go_on: impl FnMut(&Self) -> bool) -> Result<(), RunError> {
        self.run_watched(Timestamp::MAX, 1, go_on)
    }

    /// Steps until `last` (steps at `last` included) or until the data end, as long as `go_on` says so. It is asked at
    /// the beginning and whenever the number of steps is a multiple of `every`; in between the world steps by itself,
    /// which takes a fraction of the time that [`Simulation::run_while`] takes.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    pub fn run_watched(
        &mut self,
        last: Timestamp,
        every: u64,
        mut go_on: impl FnMut(&Self) -> bool,
    ) -> Result<(), RunError> {
        let began = Instant::now();
        let (mut ran, mut looks) = (Ok(true), true);
        while matches!(ran, Ok(true)) && (!looks || go_on(self)) {
            ran = self.advance(last, every - self.world.clock().step % every);
            looks = self.world.clock().step.is_multiple_of(every);
        }
        self.running += began.elapsed();
        ran.map(|_| ())
    }

    /// A symbol's features now.
    ///
    /// # Errors
    /// An unknown symbol.
    pub fn features(&self, symbol: &str) -> Result<Features, RunError> {
        Ok(Features::new(self.world.schema().clone(), self.world.features(symbol)?))
    }

    /// Every model's newest forecast of a symbol, by name.
    ///
    /// # Errors
    /// An unknown symbol.
    pub fn predictions(&self, symbol: &str) -> Result<BTreeMap<String, Forecast>, RunError> {
        self.world.predictions(symbol)
    }

    /// Calls `subscriber` with every accepted decision from now on; see [`World::on_decision`].
    pub fn on_decision(&mut self, subscriber: impl FnMut(&DecisionView<'_>) + Send + 'static) {
        self.world.on_decision(subscriber);
    }

    /// Switches a module on, from the next step on.
    ///
    /// # Errors
    /// See [`World::enable`].
    pub fn enable(&mut self, module: &str) -> Result<(), ToggleError> {
        self.world.enable(module)
    }

    /// Switches a module off, from the next step on.
    ///
    /// # Errors
    /// See [`World::disable`].
    pub fn disable(&mut self, module: &str) -> Result<(), ToggleError> {
        self.world.disable(module)
    }

    /// The state now.
    pub fn snapshot(&self) -> Snapshot {
        self.world.snapshot()
    }

    /// The digest of all state.
    pub fn digest(&self) -> StateDigest {
        self.world.digest()
    }

    /// An independent simulation from here on. Its tables, in memory, begin here; subscribers stay behind.
    ///
    /// # Errors
    /// None for a simulation that could be built.
    pub fn fork(&self) -> Result<Self, RunError> {
        Ok(self.succeeded_by(self.world.fork()?, self.plan.clone()))
    }

    /// As [`Simulation::fork`], into a world that goes on by another plan: one with the same names, whose data and
    /// toggles up to now are those of this one.
    ///
    /// # Errors
    /// A world that cannot be built, or that this one's state does not fit.
    pub fn fork_into(&self, plan: Arc<RunPlan>) -> Result<Self, RunError> {
        let world = self.world.fork_into(Arc::new(plan.blueprint.clone()))?;
        Ok(self.succeeded_by(world, plan))
    }

    fn succeeded_by(&self, mut world: World, plan: Arc<RunPlan>) -> Self {
        // Statistics go back to the beginning: what is known so far belongs to the fork's history, too. So do the rows
        // that the parent has not drained yet, since the fork's journal begins empty.
        let recorder = self.recorder.successor(Tables::new(&plan.scenario.record.features));
        recorder.lock().follow(self.world.world().resource::<Journal>());
        world.set_recorder(recorder.clone());
        Self {
            world,
            plan,
            recorder,
            first_step: self.first_step,
            setup: Duration::ZERO,
            running: Duration::ZERO,
            prices: self.prices.clone(),
            samples: self.samples.clone(),
            books: self.books.clone(),
            features: self.features.clone(),
            toggled: self.toggled,
        }
    }

    /// What has been recorded so far.
    pub(crate) fn recording(&self) -> std::sync::MutexGuard<'_, crate::output::Recording> {
        self.recorder.lock()
    }

    /// The engine's simulation.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The engine's simulation, for interventions between steps.
    pub fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// The world alone, without what was recorded of it.
    pub(crate) fn into_world(mut self) -> World {
        self.world.set_recorder(Nobody);
        self.world
    }

    /// What records the run; clones share it.
    pub(crate) fn recorder(&self) -> TableRecorder {
        self.recorder.clone()
    }

    /// The plan that is run.
    pub fn plan(&self) -> &RunPlan {
        &self.plan
    }

    /// The entity of a symbol, for reading components.
    pub fn symbol_entity(&self, symbol: &str) -> Option<bevy_ecs::entity::Entity> {
        let id = self.world.roster().symbol_id(symbol)?;
        self.world.roster().entities(Kind::Symbol).get(id.index()).copied()
    }
}
