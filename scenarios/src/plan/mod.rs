//! What-if plans: many variants of one scenario, run with everything shared that they have in common.
//!
//! A branch is just a scenario. A plan makes resolved scenarios out of a base; the planner looks at how they differ: what
//! differs only in models and accounts shares one world, what differs from a time on forks there, what is equal runs once.
//! The result of every branch is, by digest, that of running its scenario alone.

mod branch;
pub mod expand;
pub mod file;
mod result;
pub mod run;
pub mod share;
pub mod store;
pub mod walk;

pub use branch::Branch;
pub use expand::{ExpandOptions, Expansion};
pub use file::PlanFile;
pub use result::{BranchResult, BranchStatus, Series};
