//! Why an audit cannot be made.

use manyworlds_engine::RunError;

use crate::output::FolderError;
use crate::run::PrepareError;

/// Why an audit cannot be made. What it is about to find is no error.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The world of the scenario cannot be built.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The scenario itself fails, unvaried.
    #[error("the run itself fails: {0}")]
    Run(#[from] RunError),
    /// The tables of the accounting cannot be stored or read back.
    #[error("accounting: {0}")]
    Tables(String),
    /// No step, so that there is nothing to audit.
    #[error("the run has {0} steps: an audit needs at least {least}", least = super::LEAST_STEPS)]
    TooShort(u64),
    /// The threads cannot be started.
    #[error("cannot start {threads} threads: {error}")]
    Threads {
        /// How many.
        threads: usize,
        /// What the system says.
        error: String,
    },
    /// A setting that asks for nothing.
    #[error("audit: {0} must be at least 1")]
    Zero(&'static str),
    /// It was asked to stop.
    #[error("the audit was stopped")]
    Stopped,
}

impl From<FolderError> for AuditError {
    fn from(error: FolderError) -> Self {
        Self::Tables(error.to_string())
    }
}
