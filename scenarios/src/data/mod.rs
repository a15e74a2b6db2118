//! Market data.

pub mod import;
pub mod synthetic;
