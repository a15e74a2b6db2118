//! The library as a program uses it: modules and models of one's own, and what must hold of every module and scenario.

mod api;
mod book_interventions;
mod books;
mod cheats;
mod consolidated;
mod interventions;
mod lanes;
mod market_data;
mod market_making;
mod microprice;
#[allow(dead_code)]
#[path = "../../scenarios/examples/own_module.rs"]
mod own_module;
mod presets;
mod prices;
mod properties;
mod recorded;
mod regime_recovery;
mod timeframes;
mod walk_forward;
mod whatif;
mod worlds;
