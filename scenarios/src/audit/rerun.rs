//! A world that an audit runs: the scenario's blueprint, as it is or varied, with its toggles, and digests of what it writes.

use manyworlds_components::time::Timestamp;
use manyworlds_engine::{
    Blueprint, Clock, JournalDigest, RunError, Simulation as World, Snapshot, StateDigest, StepOutcome,
};

use super::error::AuditError;
use super::watch::Watch;
use crate::run::{PrepareError, RunPlan, toggle_due};
use crate::scenario::schema::toggle::Toggle;

/// Steps between looks at the watch.
const STEPS_PER_LOOK: u64 = 1_024;

/// A world at work.
pub(crate) struct Rerun<'a> {
    pub world: World,
    toggles: &'a [Toggle],
    toggled: usize,
    journal: JournalDigest,
    steps: Steps<'a>,
}

/// Steps that the watch has not heard of.
struct Steps<'a> {
    watch: &'a Watch,
    untold: u64,
}

/// Everything at one step boundary, as digests.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    pub clock: Clock,
    /// State and journal.
    pub digest: StateDigest,
}

/// A component and the module that owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub component: String,
    pub owner: String,
}

/// A step boundary of a world, to come back to.
pub(crate) struct Boundary {
    snapshot: Snapshot,
    toggled: usize,
    journal: JournalDigest,
}

impl<'a> Rerun<'a> {
    /// A world before its first step.
    pub fn new(plan: &'a RunPlan, blueprint: Blueprint, watch: &'a Watch) -> Result<Self, AuditError> {
        let world = blueprint.build().map_err(PrepareError::from)?;
        Ok(Self::of(world, plan.toggles(), 0, JournalDigest::default(), watch))
    }

    fn of(
        mut world: World,
        toggles: &'a [Toggle],
        toggled: usize,
        journal: JournalDigest,
        watch: &'a Watch,
    ) -> Self {
        world.set_recorder(journal.clone());
        Self { world, toggles, toggled, journal, steps: Steps { watch, untold: 0 } }
    }

    pub fn clock(&self) -> &Clock {
        self.world.clock()
    }

    /// One step. Whether there was one.
    pub fn step(&mut self) -> Result<bool, AuditError> {
        toggle_due(&mut self.world, self.toggles, &mut self.toggled)?;
        let stepped = self.world.step()? != StepOutcome::Finished;
        self.steps.untold += u64::from(stepped);
        if self.steps.untold >= STEPS_PER_LOOK {
            self.steps.tell();
            if self.steps.watch.is_stopped() {
                return Err(AuditError::Stopped);
            }
        }
        Ok(stepped)
    }

    /// Steps until step `step` is done. Whether the data went that far.
    pub fn run_to(&mut self, step: u64) -> Result<bool, AuditError> {
        while self.clock().step < step {
            if !self.step()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Steps as long as the next step is before `ts`.
    pub fn run_before(&mut self, ts: Timestamp) -> Result<(), AuditError> {
        while self.clock().next.is_some_and(|next| next < ts) {
            self.step()?;
        }
        Ok(())
    }

    /// The next step, system by system; the world is used up.
    pub fn trace_step(mut self) -> Result<Vec<manyworlds_engine::SystemTrace>, AuditError> {
        toggle_due(&mut self.world, self.toggles, &mut self.toggled)?;
        Ok(self.world.trace_step()?)
    }

    /// Digests of everything now.
    pub fn mark(&mut self) -> Result<Mark, AuditError> {
        self.world.drain()?;
        let mut digest = self.world.digest();
        digest.components.extend(self.journal.components());
        Ok(Mark { clock: self.clock().clone(), digest })
    }

    /// An independent world from here on.
    pub fn fork(&mut self) -> Result<Self, AuditError> {
        self.world.drain()?;
        let world = self.world.fork()?;
        Ok(Self::of(world, self.toggles, self.toggled, self.journal.fork(), self.steps.watch))
    }

    pub fn boundary(&mut self) -> Result<Boundary, AuditError> {
        self.world.drain()?;
        let (snapshot, journal) = (self.world.snapshot(), self.journal.fork());
        Ok(Boundary { snapshot, toggled: self.toggled, journal })
    }

    /// Goes back.
    pub fn restore(&mut self, boundary: &Boundary) -> Result<(), AuditError> {
        self.world.drain()?;
        self.world.restore(&boundary.snapshot)?;
        self.toggled = boundary.toggled;
        self.journal = boundary.journal.fork();
        self.world.set_recorder(self.journal.clone());
        Ok(())
    }
}

impl Steps<'_> {
    fn tell(&mut self) {
        self.watch.add(std::mem::take(&mut self.untold));
    }
}

impl Drop for Steps<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}

impl Mark {
    /// What differs from another mark. Where one of the two has an `open_end` - its tape was cut off - it does not know when
    /// the next event will come, and that alone may differ.
    pub fn differences(&self, other: &Self, open_end: bool) -> Vec<Part> {
        const CLOCK: &str = "Clock";
        let blind = |clock: &Clock| Clock { next: None, ..clock.clone() };
        let same_clock = open_end && blind(&self.clock) == blind(&other.clock);
        let parts = self.digest.differences(&other.digest);
        parts.into_iter().filter(|(name, _)| !(same_clock && *name == CLOCK)).map(Part::from).collect()
    }
}

impl From<(&str, &str)> for Part {
    fn from((component, owner): (&str, &str)) -> Self {
        Self { component: component.to_owned(), owner: owner.to_owned() }
    }
}

/// The failure of a world's own making, if the error is one.
pub(super) fn failure(error: AuditError) -> Result<RunError, AuditError> {
    match error {
        AuditError::Run(error) => Ok(error),
        other => Err(other),
    }
}
