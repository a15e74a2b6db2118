//! Market data: import with validation, memory-mapped tapes, feeds, resampling, synthetic markets.

pub mod cache;
pub mod error;
pub mod feed;
pub mod funding;
pub mod import;
mod mmap;
pub mod resample;
pub mod synthetic;
pub mod tape;
pub mod validate;

pub use cache::{default_cache_dir, open_or_import};
pub use error::{DataError, Location};
pub(crate) use import::feed_format;
pub use import::{ImportOutcome, ImportSpec, import, import_feeds};
pub use resample::BarRule;
pub use tape::{Tape, TapeKind, TapeMeta, TapeWriter};
pub use validate::{Defect, DefectReport, Policies, Policy};
