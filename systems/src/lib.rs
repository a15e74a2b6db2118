//! Everything that happens in a simulated market: the orchestrator, the exchange, and the modules.
//!
//! The basic setup is three core modules - [`market`], [`exchange`], [`orchestrator`] - that are always there.
//! Everything else is in the [`catalogue`]: name -> module, loaded only where a scenario names it.

pub mod catalogue;
pub mod correlation;
pub mod exchange;
pub mod intents;
pub mod market;
pub mod orchestrator;
pub mod setting;
