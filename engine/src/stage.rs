//! The four stages of a step, and the slots inside a stage.

use std::ops::{Deref, DerefMut};

use bevy_ecs::schedule::{
    IntoScheduleConfigs, LogLevel, Schedule, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor,
    SystemSet,
};
use bevy_ecs::system::ScheduleSystem;
use serde::{Deserialize, Serialize};

use crate::blueprint::Executor;
use crate::executor::{LeanExecutor, Untracked};
use crate::pace::end_step;

/// A stage of the step. Stages run one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// The world acts on us: time, market events, fills, marks.
    Ingest,
    /// Market state becomes features.
    Analyze,
    /// Features become forecasts.
    Predict,
    /// Forecasts become decisions and order requests.
    Decide,
}

impl Stage {
    /// All stages in the order in which they run.
    pub const ALL: [Self; 4] = [Self::Ingest, Self::Analyze, Self::Predict, Self::Decide];

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        ["ingest", "analyze", "predict", "decide"][self as usize]
    }
}

/// Where in its stage a system runs. Modules use `Main`; the others order what everybody relies on around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// Before everything else: time and events.
    First,
    /// What the main systems of the stage read.
    Early,
    /// The systems of modules. Two of them that write the same component fail the build unless they are ordered.
    Main,
    /// What reads the main systems of the stage.
    Late,
    /// After everything else.
    Last,
}

/// The system set of one slot of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, SystemSet)]
pub(crate) struct StageSlot(pub Stage, pub Slot);

/// The system set of everything that one module registered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, SystemSet)]
pub(crate) struct ModuleSystems(pub String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, ScheduleLabel)]
struct Step;

/// The schedule of a step. A slot becomes part of it when its first system comes: bevy's cost of building a schedule
/// grows with the square of the number of sets, and most runs leave more than half of the slots empty.
pub(crate) struct StepSchedule {
    schedule: Schedule,
    /// The slots that are part of it, in order.
    slots: Vec<StageSlot>,
}

impl StepSchedule {
    /// No system yet. Ambiguous orders are refused.
    pub fn new(executor: Executor) -> Self {
        let mut schedule = Schedule::new(Step);
        schedule.set_build_settings(ScheduleBuildSettings {
            ambiguity_detection: LogLevel::Error,
            hierarchy_detection: LogLevel::Error,
            ..ScheduleBuildSettings::default()
        });
        match executor {
            Executor::Lean => schedule.set_executor(LeanExecutor::repeating(Untracked::new(end_step))),
            Executor::Stock => schedule.set_executor(SingleThreadedExecutor::new()),
        };
        Self { schedule, slots: Vec::new() }
    }

    /// Adds systems to a slot.
    pub fn add_systems_in<M>(
        &mut self,
        slot: StageSlot,
        systems: impl IntoScheduleConfigs<ScheduleSystem, M>,
    ) {
        self.open(slot);
        self.schedule.add_systems(systems.in_set(slot));
    }

    /// Puts a slot between its neighbors.
    fn open(&mut self, slot: StageSlot) {
        let Err(at) = self.slots.binary_search(&slot) else { return };
        if let Some(before) = at.checked_sub(1) {
            self.schedule.configure_sets((self.slots[before], slot).chain());
        }
        if let Some(after) = self.slots.get(at) {
            self.schedule.configure_sets((slot, *after).chain());
        }
        self.slots.insert(at, slot);
    }
}

impl Deref for StepSchedule {
    type Target = Schedule;

    fn deref(&self) -> &Schedule {
        &self.schedule
    }
}

impl DerefMut for StepSchedule {
    fn deref_mut(&mut self) -> &mut Schedule {
        &mut self.schedule
    }
}
