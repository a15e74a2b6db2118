//! Scenarios: what a run is made of, as a person writes it in RON.
//!
//! - [`schema`]: the settings. Everything has a documented default but fees.
//! - [`load`]: files, `extends`, `--set`, `${VAR}`, checks. [`Scenario::load`] is the way in.
//! - [`diagnostic`]: everything that is wrong at once, each with file, line, column, path, value and what would be right.
//! - [`syntax`] and [`read`]: RON as a tree with places, and serde over it.

mod check;
mod describe;
pub mod diagnostic;
pub mod load;
pub(crate) mod nearest;
pub mod read;
pub mod schema;
pub mod syntax;
mod write;

#[cfg(test)]
mod tests;

pub use diagnostic::{Diagnostic, ScenarioError};
pub use load::{Environment, Loaded, Loader, Overrides};
pub use nearest::{hint, nearest};
pub use schema::Scenario;
pub use schema::account::AccountSettings;
pub use schema::data::{DataSettings, FileSettings};
pub use schema::module::{ModuleSettings, RawSettings};
pub use schema::orchestrator::OrchestratorSettings;
pub use schema::preset::{CATALOGUE, NothingBuilt, Preset, Resolved};
pub use schema::record::{DecisionRecord, EquityRecord, RecordSettings};
pub use schema::symbol::SymbolSettings;
pub use schema::synthetic::{SyntheticKind, SyntheticSettings};
pub use schema::synthetic_book::SyntheticBookSettings;
pub use schema::toggle::Toggle;
