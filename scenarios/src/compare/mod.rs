//! Setups side by side: what each costs to start, to hold and to run, and what it comes to.
//!
//! - [`start_up`] times how long setups take to start, in turn.
//! - [`measure()`] measures the rest of one setup; setups run one after another, as they would disturb each other.
//! - [`Comparison`] is what `manyworlds compare --json` prints.

mod comparison;
mod measure;

pub use comparison::{Comparison, Relative, SetupResult};
pub use measure::{
    Candidate, CompareError, Effort, HeapMeter, Measured, Memory, RunCost, Startup, measure, start_up,
};
