//! From a scenario to a running simulation, and from a finished one to its results.

mod book_samples;
mod correlation;
mod error;
mod features;
mod finish;
mod interventions;
mod plan;
mod prices;
mod remarks;
mod samples;
mod simulation;
mod sources;
mod toggles;
mod trading;
mod warm_up;

pub use error::PrepareError;
pub use features::Features;
pub use finish::Outcome;
pub(crate) use finish::peak_memory_bytes;
pub use plan::{Ahead, RunPlan, Setup, core_infos};
pub use simulation::{STEPS_PER_LOOK, Simulation};
pub use sources::MarketInput;
pub(crate) use toggles::toggle_due;
pub use warm_up::WarmUp;
pub(crate) use warm_up::{declared_warm_up, longest_frame};
