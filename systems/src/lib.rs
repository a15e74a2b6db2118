//! Everything that happens in a simulated market: the orchestrator, the exchange, and the modules.
//!
//! The basic setup is three core modules - [`market`], [`exchange`], [`orchestrator`] - that are always there.
//! Everything else is in the [`catalogue`]: name -> module, loaded only where a scenario names it.

#[cfg(test)]
mod bar_world;
#[cfg(test)]
mod book_world;
pub mod catalogue;
mod closed_bars;
pub mod cob;
pub mod correlation;
pub mod exchange;
pub mod execution;
pub mod extrema;
pub mod indicators;
pub mod intents;
pub mod local_maximum;
pub mod market;
pub mod market_analysis;
pub mod market_making;
pub mod microstructure;
pub mod multi_timeframe;
pub mod orchestrator;
pub mod pivot_analysis;
pub mod setting;
pub mod stirred;
pub mod time_setting;
