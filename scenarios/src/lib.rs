//! manyworlds.

pub mod data;
pub mod report;
pub mod scenario;
pub mod stats;
