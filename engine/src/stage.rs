//! The four stages of a step, and the slots inside a stage.

use bevy_ecs::schedule::SystemSet;
use serde::{Deserialize, Serialize};

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
