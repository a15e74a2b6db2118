//! manyworlds: replay historical scenarios, run what-if simulations, and backtest without a head.
//!
//! ```no_run
//! let scenario = manyworlds::Scenario::load("scenarios/library/quickstart.ron")?;
//! let mut simulation = scenario.build()?;
//! simulation.on_decision(|decision| eprintln!("{decision}"));
//! simulation.step()?;
//! let features = simulation.features("BTCUSDT")?;
//! let forecasts = simulation.predictions("BTCUSDT")?;
//! let mut fork = simulation.fork()?;
//! fork.run()?;
//! let outcome = simulation.finish()?;
//! # let _ = (features, forecasts, outcome);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod audit;
pub mod cli;
pub mod compare;
pub mod comparison;
pub mod data;
pub mod intervention;
pub mod labels;
pub mod output;
pub mod plan;
pub mod report;
pub mod run;
pub mod scenario;
pub mod stats;

pub use manyworlds_components as components;
pub use manyworlds_engine as engine;
pub use manyworlds_systems as systems;
pub use manyworlds_systems::catalogue::Catalogue;
pub use manyworlds_systems::orchestrator::ModelRegistry;
pub use run::{Outcome, Setup, Simulation};
pub use scenario::Scenario;
