//! How files are read: their layout, their time stamps, and what is done about defects. The data part says it all.

pub use crate::data::import::{SourceFormat, Stamp, TimeUnit};
pub use crate::data::validate::{Policies, Policy};
