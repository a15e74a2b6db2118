//! A step taken system by system, with a digest of all state after each: which system made two worlds differ.

use std::any::TypeId;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bevy_ecs::error::{BevyError, ErrorContext};
use bevy_ecs::prelude::World;
use bevy_ecs::schedule::{
    ApplyDeferred, FixedBitSet, SystemExecutor, SystemSchedule, SystemSet, SystemWithAccess,
};
use bevy_ecs::system::{RunSystemError, System};

use crate::error::RunError;
use crate::journal::Journal;
use crate::journal_digest::JournalDigest;
use crate::layout;
use crate::pace::{Halt, Pace};
use crate::roster::Roster;
use crate::simulation::Simulation;
use crate::stage::ModuleSystems;
use crate::state::{Registry, StateDigest};

/// What a system left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemTrace {
    /// Full name of the system.
    pub system: String,
    /// The module that registered it; `engine` for the kernel's own.
    pub module: String,
    /// The state after it, with what the step has written to the journal so far ([`JournalDigest`]).
    pub digest: StateDigest,
}

impl Simulation {
    /// Takes the next step with a digest after every system, in the order in which they run. It is this world's last:
    /// trace a fork, or a world of which nothing else is wanted.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    pub fn trace_step(mut self) -> Result<Vec<SystemTrace>, RunError> {
        self.drain()?;
        let digests = Arc::new(Mutex::new(Vec::new()));
        let (registry, roster) = (self.registry.clone(), self.roster.clone());
        self.schedule.set_executor(TracingExecutor { registry, roster, digests: digests.clone() });
        self.scope = None;
        *self.world.resource_mut::<Pace>() =
            Pace { halt: Halt { steps: 1, ..Halt::default() }, delivers: false };
        self.advance()?;
        let owners = self.system_owners();
        let digests = std::mem::take(&mut *digests.lock().unwrap_or_else(PoisonError::into_inner));
        let trace = |((system, module), digest): ((String, String), StateDigest)| SystemTrace {
            system,
            module,
            digest,
        };
        Ok(owners.into_iter().zip(digests).map(trace).collect())
    }

    /// The module that registered a system, by the system's full name; `None` for the kernel's own.
    pub fn module_of(&self, system: &str) -> Option<&str> {
        let owns = |name: &str| self.systems_of(name).iter().any(|s| s == system);
        self.slots.iter().map(|slot| slot.info.name.as_str()).find(|name| owns(name))
    }

    /// (system, module) in the order of the schedule.
    fn system_owners(&self) -> Vec<(String, String)> {
        let graph = self.schedule.graph();
        let set = |name: &str| graph.systems_in_set(ModuleSystems(name.to_owned()).intern()).ok();
        let modules: Vec<_> =
            self.slots.iter().filter_map(|s| Some((s.info.name.as_str(), set(&s.info.name)?))).collect();
        let systems = self.schedule.systems().into_iter().flatten();
        let owned = systems.map(|(key, system)| {
            let owner = modules.iter().find(|(_, keys)| keys.contains(&key));
            (system.name().to_string(), owner.map_or("engine", |(name, _)| name).to_owned())
        });
        owned.collect()
    }
}

/// Runs the systems in order, as the lean executor does, and looks at the world after each.
struct TracingExecutor {
    registry: Registry,
    roster: Roster,
    digests: Arc<Mutex<Vec<StateDigest>>>,
}

impl SystemExecutor for TracingExecutor {
    fn init(&mut self, _schedule: &SystemSchedule) {}

    fn set_apply_final_deferred(&mut self, _value: bool) {}

    #[allow(unsafe_code)]
    fn run(
        &mut self,
        schedule: &mut SystemSchedule,
        world: &mut World,
        _skip: Option<&FixedBitSet>,
        error_handler: fn(BevyError, ErrorContext),
    ) {
        // SAFETY: the systems are only run, through the methods of `System`; none is replaced.
        let systems = unsafe { schedule.systems_mut() };
        // Any of them may move things.
        layout::moving(|| {
            for at in 0..systems.len() {
                let ran = catch_unwind(AssertUnwindSafe(|| run(systems, at, world)));
                let error = match ran {
                    Ok(Ok(())) => {
                        self.look(world);
                        continue;
                    }
                    Ok(Err(RunSystemError::Failed(error))) => error,
                    Ok(Err(_)) => continue,
                    Err(payload) => BevyError::panic("panicked", payload),
                };
                let system = &systems[at];
                let context = ErrorContext::System { name: system.name(), last_run: system.get_last_run() };
                return error_handler(error, context);
            }
            systems.iter_mut().for_each(|system| system.apply_deferred(world));
        });
    }
}

/// Runs one system. What systems have queued is applied where the schedule says so.
fn run(systems: &mut [SystemWithAccess], at: usize, world: &mut World) -> Result<(), RunSystemError> {
    if systems[at].system_type() == TypeId::of::<ApplyDeferred>() {
        systems[..at].iter_mut().for_each(|system| system.apply_deferred(world));
        return Ok(());
    }
    systems[at].run_without_applying_deferred((), world)
}

impl TracingExecutor {
    fn look(&self, world: &World) {
        let mut digest = StateDigest::of(&self.registry, world, &self.roster);
        let journal = JournalDigest::default();
        journal.add(world.resource::<Journal>());
        digest.components.extend(journal.components());
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).push(digest);
    }
}
