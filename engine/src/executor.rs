//! The lean executor: runs the systems of the step in order and does nothing else.
//!
//! bevy's single-threaded executor evaluates run conditions and unwinds system by system, which costs more than
//! most of our systems do. A step needs neither: the schedule refuses run conditions when it is built, and one
//! unwind guard around the whole step names the system that was at work.

use std::any::TypeId;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use bevy_ecs::error::{BevyError, ErrorContext};
use bevy_ecs::prelude::{Resource, World};
use bevy_ecs::schedule::{ApplyDeferred, SystemExecutor, SystemSchedule, SystemWithAccess};
use bevy_ecs::system::{RunSystemError, System};

use crate::layout;

/// One step in this many is timed, system by system.
const TIMED_STEP_INTERVAL: u64 = 64;

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

/// Cost per system, sampled on one step in 64. Diagnostic: no part of the simulation reads it.
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
    steps: u64,
    stale: bool,
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
        self.steps += 1;
        let timed = self.steps.is_multiple_of(TIMED_STEP_INTERVAL);
        let observed = timed || tracing::enabled!(tracing::Level::TRACE);
        let mut at = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if self.plain && !observed {
                for system in systems.iter_mut() {
                    let ran = system.run_without_applying_deferred((), world);
                    if let Err(RunSystemError::Failed(error)) = ran {
                        return Some(error);
                    }
                    at += 1;
                }
                return None;
            }
            while at < systems.len() {
                let operation = self.operations[at];
                if operation == Operation::ApplyDeferred {
                    self.apply_deferred(systems, world);
                } else {
                    let system = &mut systems[at];
                    let mut run = || match observed {
                        true => run_observed(system, at, world, timed),
                        false => system.run_without_applying_deferred((), world),
                    };
                    let ran = match operation {
                        Operation::RunExclusive => layout::moving(run),
                        _ => run(),
                    };
                    if let Err(RunSystemError::Failed(error)) = ran {
                        return Some(error);
                    }
                    let exclusive = operation == Operation::RunExclusive;
                    if operation == Operation::RunDeferred || (exclusive && systems[at].has_deferred()) {
                        self.deferred.push(at);
                    }
                }
                at += 1;
            }
            self.apply_deferred(systems, world);
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

/// Runs a system within its tracing span and, if asked, with a clock.
#[cold]
fn run_observed(
    system: &mut SystemWithAccess,
    at: usize,
    world: &mut World,
    timed: bool,
) -> Result<(), RunSystemError> {
    let span = tracing::trace_span!("system", name = %system.name()).entered();
    let began = Instant::now();
    let ran = system.run_without_applying_deferred((), world);
    let spent = began.elapsed();
    drop(span);
    if timed && let Some(timing) = world.resource_mut::<Timings>().0.get_mut(at) {
        timing.total += spent;
        timing.runs += 1;
    }
    ran
}
