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
use bevy_ecs::schedule::{ApplyDeferred, SystemExecutor, SystemSchedule};
use bevy_ecs::system::{RunSystemError, System};

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
    ApplyDeferred,
}

/// Runs systems in topological order on the calling thread.
#[derive(Default)]
pub struct LeanExecutor {
    operations: Vec<Operation>,
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
            let operation =
                |s: &dyn System<In = (), Out = ()>| match s.system_type() == TypeId::of::<ApplyDeferred>() {
                    true => Operation::ApplyDeferred,
                    false => Operation::Run,
                };
            self.operations = systems.iter().map(|s| operation(&**s.system())).collect();
            self.stale = false;
            let names =
                systems.iter().map(|s| SystemTiming { system: s.name().to_string(), ..Default::default() });
            world.insert_resource(Timings(names.collect()));
        }
        let timed = self.steps % TIMED_STEP_INTERVAL == TIMED_STEP_INTERVAL - 1;
        self.steps += 1;
        let traced = tracing::enabled!(tracing::Level::TRACE);
        let mut at = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            while at < systems.len() {
                if self.operations[at] == Operation::ApplyDeferred {
                    for i in self.deferred.drain(..) {
                        systems[i].apply_deferred(world);
                    }
                    at += 1;
                    continue;
                }
                let system = &mut systems[at];
                let span = traced.then(|| tracing::trace_span!("system", name = %system.name()).entered());
                let began = timed.then(Instant::now);
                match system.run_without_applying_deferred((), world) {
                    Ok(()) | Err(RunSystemError::Skipped(_)) => {}
                    Err(RunSystemError::Failed(error)) => return Some(error),
                }
                drop(span);
                if let Some(began) = began {
                    let spent = began.elapsed();
                    let timing = &mut world.resource_mut::<Timings>().0[at];
                    timing.total += spent;
                    timing.runs += 1;
                }
                if systems[at].has_deferred() {
                    self.deferred.push(at);
                }
                at += 1;
            }
            for i in self.deferred.drain(..) {
                systems[i].apply_deferred(world);
            }
            None
        }));
        let error = match outcome {
            Ok(None) => return,
            Ok(Some(error)) => error,
            Err(payload) => BevyError::panic("panicked", payload),
        };
        let system = &systems[at.min(systems.len() - 1)];
        error_handler(error, ErrorContext::System { name: system.name(), last_run: system.get_last_run() });
    }
}
