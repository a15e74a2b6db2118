//! manyworlds.

pub mod data;
pub mod output;
pub mod report;
pub mod scenario;
pub mod stats;
