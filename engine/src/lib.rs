//! The simulation kernel: stages, modules, clock, event queue, executor, snapshots, digests, journal.
//!
//! It knows that time passes in steps, that symbols, venues, models, accounts and holdings are entities, and how
//! to run, toggle, snapshot, fork and prove a world. It knows no indicator, no model, no venue and no file format:
//! all of those are [`Module`]s, ours and everybody else's alike.

mod blame;
mod blueprint;
mod clock;
mod columns;
mod context;
mod error;
mod executor;
mod features;
mod feed;
mod fork;
mod journal;
mod journal_digest;
mod layout;
mod lazy;
mod module;
mod nearest;
mod pace;
mod random;
mod roster;
mod simulation;
mod stage;
mod state;
mod toggle;
mod trace;

pub use blame::Blame;
pub use blueprint::{Blueprint, Executor, ModuleLookup};
pub use clock::{Clock, ClockMode};
pub use columns::{Column, ColumnMut, Shared, SharedMut};
pub use context::ModuleContext;
pub use error::{BuildError, RunError, ToggleError};
pub use executor::{LeanExecutor, SystemTiming, Timings, Untracked, untracked};
pub use features::{FeatureSource, FeatureTable, WantedFeature};
pub use feed::{EventQueue, EventSource, FeedCursors, Feeds};
pub use journal::{Annotation, EquityRow, Journal, Recorder, ToggleRecord};
pub use journal_digest::JournalDigest;
pub use layout::Stretch;
pub use lazy::Lazy;
pub use module::{Module, ModuleInfo, SettingSpec};
pub use nearest::nearest;
pub use pace::Halt;
pub use random::{RandomStream, Streams};
pub use roster::{Kind, Roster};
pub use simulation::{ModuleStatus, Simulation, StepOutcome};
pub use stage::{Slot, Stage};
pub use state::{Snapshot, State, StateDigest};
pub use trace::SystemTrace;
