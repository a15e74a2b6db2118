//! The lean executor: runs the systems of the step in order and does nothing else.
//!
//! bevy's single-threaded executor evaluates run conditions and unwinds system by system, which costs more than
//! most of our systems do. A step needs neither: the schedule refuses run conditions when it is built, and one
//! unwind guard around all steps of a run names the system that was at work. Steps that nothing has to come between
//! follow one another within one run of the schedule.

mod untracked;

use std::any::TypeId;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use bevy_ecs::error::{BevyError, ErrorContext};
use bevy_ecs::prelude::{Resource, World};
use bevy_ecs::schedule::{ApplyDeferred, SystemExecutor, SystemSchedule, SystemWithAccess};
use bevy_ecs::system::{BoxedSystem, IntoSystem, RunSystemError, System};

use crate::blame::Blame;
use crate::layout;
pub use untracked::{Untracked, untracked};

/// One step in this many is timed, system by system: until there have been a thousand steps, and after.
const TIMED_STEP_INTERVALS: (u64, u64) = (64, 512);

/// Most steps of one run of the schedule, which begins with a check of bevy's change ticks.
const STEPS_PER_RUN: u32 = 65_536;

/// What one system costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SystemTiming {
    /// Full name of the system.
    pub system: String,
    /// Time spent in timed steps.
    pub total: Duration,
    /// Number of timed steps.
    pub runs: u64,
}

/// Cost per system, sampled on one step in 64, in longer runs in 512. Diagnostic: no part of the simulation reads it.
#[derive(Debug, Clone, Default, Resource)]
pub struct Timings(pub Vec<SystemTiming>);

#[derive(Clone, Copy, PartialEq)]
enum Operation {
    Run,
    /// Runs a system that has the world to itself.
    RunExclusive,
    /// Runs a system that queues commands, to be applied at the next sync point.
    RunDeferred,
    ApplyDeferred,
}

/// Runs systems in topological order on the calling thread.
#[derive(Default)]
pub struct LeanExecutor {
    operations: Vec<Operation>,
    /// Whether no system moves things, as is usual here: then there is nothing to do but to run them.
    plain: bool,
    deferred: Vec<usize>,
    /// By system: time in the step that is being timed.
    spent: Vec<Duration>,
    /// Ends a step, and says whether the next one may follow at once.
    again: Option<BoxedSystem<(), bool>>,
    steps: u64,
    stale: bool,
}

impl LeanExecutor {
    /// An executor that runs `again` after each step, and as long as that says `true`, the next step at once.
    pub fn repeating<M>(again: impl IntoSystem<(), bool, M>) -> Self {
        Self { again: Some(Box::new(IntoSystem::into_system(again))), ..Self::default() }
    }
}

impl SystemExecutor for LeanExecutor {
    fn init(&mut self, _schedule: &SystemSchedule) {
        self.stale = true;
    }

    fn set_apply_final_deferred(&mut self, _value: bool) {}

    #[allow(unsafe_code)]
    fn run(
        &mut self,
        schedule: &mut SystemSchedule,
        world: &mut World,
        _skip: Option<&bevy_ecs::schedule::FixedBitSet>,
        error_handler: fn(BevyError, ErrorContext),
    ) {
        // SAFETY: the systems are only run, through the methods of `System`; none is replaced.
        let systems = unsafe { schedule.systems_mut() };
        if self.stale {
            self.prepare(systems, world);
        }
        // Whoever watches steps sees them one by one.
        let watched = tracing::enabled!(tracing::Level::DEBUG);
        let mut at = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..STEPS_PER_RUN {
                let failed = self.step(systems, world, &mut at, watched);
                let Some(again) = self.again.as_mut().filter(|_| failed.is_none()) else { return failed };
                match again.run_without_applying_deferred((), world) {
                    Ok(true) if !watched => Blame::clear(),
                    Err(RunSystemError::Failed(error)) => return Some(error),
                    _ => return None,
                }
            }
            None
        }));
        let error = match outcome {
            Ok(None) => return,
            Ok(Some(error)) => error,
            Err(payload) => BevyError::panic("panicked", payload),
        };
        self.deferred.clear();
        // Commands that are applied after the last system are laid to its charge.
        if let Some(system) = systems.get(at).or(systems.last()) {
            error_handler(
                error,
                ErrorContext::System { name: system.name(), last_run: system.get_last_run() },
            );
        }
    }
}

impl LeanExecutor {
    /// Runs every system once; `at` is the one at work. Returns the error of the one that fails, if any.
    #[inline]
    fn step(
        &mut self,
        systems: &mut [SystemWithAccess],
        world: &mut World,
        at: &mut usize,
        watched: bool,
    ) -> Option<BevyError> {
        self.steps += 1;
        let (first, later) = TIMED_STEP_INTERVALS;
        let timed = self.steps.is_multiple_of(if self.steps < 1_024 { first } else { later });
        *at = 0;
        if !self.plain || timed || watched {
            return self.step_with_care(systems, world, at, timed, watched);
        }
        for system in systems {
            let ran = system.run_without_applying_deferred((), world);
            // One comparison where all is well.
            if ran.is_err()
                && let Err(RunSystemError::Failed(error)) = ran
            {
                return Some(error);
            }
            *at += 1;
        }
        None
    }

    /// The same with spans, clocks and whatever else may have to be done between systems.
    #[inline(never)]
    fn step_with_care(
        &mut self,
        systems: &mut [SystemWithAccess],
        world: &mut World,
        at: &mut usize,
        timed: bool,
        watched: bool,
    ) -> Option<BevyError> {
        let mut since = timed.then(Instant::now);
        while *at < systems.len() {
            let operation = self.operations[*at];
            if operation == Operation::ApplyDeferred {
                self.apply_deferred(systems, world);
            } else {
                let system = &mut systems[*at];
                let span = watched.then(|| tracing::trace_span!("system", name = %system.name()).entered());
                let mut run = || system.run_without_applying_deferred((), world);
                let ran = match operation {
                    Operation::RunExclusive => layout::moving(run),
                    _ => run(),
                };
                drop(span);
                if let Err(RunSystemError::Failed(error)) = ran {
                    return Some(error);
                }
                let exclusive = operation == Operation::RunExclusive;
                if operation == Operation::RunDeferred || (exclusive && systems[*at].has_deferred()) {
                    self.deferred.push(*at);
                }
            }
            if let Some(before) = since {
                let now = Instant::now();
                self.spent[*at] = now - before;
                since = Some(now);
            }
            *at += 1;
        }
        self.apply_deferred(systems, world);
        if timed && let Some(mut timings) = world.get_resource_mut::<Timings>() {
            for (timing, spent) in timings.0.iter_mut().zip(&mut self.spent) {
                timing.total += std::mem::take(spent);
                timing.runs += 1;
            }
        }
        None
    }

    fn prepare(&mut self, systems: &[SystemWithAccess], world: &mut World) {
        let operation = |system: &SystemWithAccess| {
            if system.system_type() == TypeId::of::<ApplyDeferred>() {
                Operation::ApplyDeferred
            } else if system.access().is_exclusive() {
                Operation::RunExclusive
            } else if system.has_deferred() {
                Operation::RunDeferred
            } else {
                Operation::Run
            }
        };
        self.operations = systems.iter().map(operation).collect();
        self.plain = self.operations.iter().all(|operation| *operation == Operation::Run);
        self.stale = false;
        self.spent = vec![Duration::ZERO; systems.len()];
        if let Some(again) = &mut self.again {
            layout::moving(|| again.initialize(world));
        }
        let names =
            systems.iter().map(|s| SystemTiming { system: s.name().to_string(), ..Default::default() });
        layout::moving(|| world.insert_resource(Timings(names.collect())));
    }

    fn apply_deferred(&mut self, systems: &mut [SystemWithAccess], world: &mut World) {
        if !self.deferred.is_empty() {
            layout::moving(|| self.deferred.drain(..).for_each(|i| systems[i].apply_deferred(world)));
        }
    }
}
