//! The four stages of a step, and the slots inside a stage.

use bevy_ecs::schedule::{
    IntoScheduleConfigs, LogLevel, Schedule, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor,
    SystemSet,
};
use serde::{Deserialize, Serialize};

use crate::blueprint::Executor;
use crate::executor::{LeanExecutor, Untracked};
use crate::pace::end_step;

/// A stage of the step. Stages run one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, SystemSet, Serialize, Deserialize)]
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

impl Slot {
    pub(crate) const ALL: [Self; 5] = [Self::First, Self::Early, Self::Main, Self::Late, Self::Last];
}

/// The system set of one slot of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, SystemSet)]
pub(crate) struct StageSlot(pub Stage, pub Slot);

/// The system set of everything that one module registered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, SystemSet)]
pub(crate) struct ModuleSystems(pub String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, ScheduleLabel)]
struct Step;

/// The schedule of a step: stages and slots in order, no system yet. Ambiguous orders are refused.
pub(crate) fn new_schedule(executor: Executor) -> Schedule {
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
    let [ingest, analyze, predict, decide] = Stage::ALL;
    schedule.configure_sets((ingest, analyze, predict, decide).chain());
    for stage in Stage::ALL {
        let slots = Slot::ALL.map(|slot| StageSlot(stage, slot).in_set(stage));
        let [a, b, c, d, e] = slots;
        schedule.configure_sets((a, b, c, d, e).chain());
    }
    schedule
}
