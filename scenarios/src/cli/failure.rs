//! What went wrong, how it is shown, and the exit code that says so.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use crate::compare::CompareError;
use crate::data::DataError;
use crate::run::PrepareError;
use crate::scenario::ScenarioError;

/// Why a command ends with another code than 0.
pub(super) enum Failure {
    /// The run failed: 1.
    Run(String),
    /// Bad usage: 2.
    Usage(String),
    /// A bad scenario: 2, shown with its source.
    Scenario(ScenarioError),
    /// Bad data: 3.
    Data(String),
    /// The user stopped it: 130. What there was to say has been said.
    Interrupted,
}

impl Failure {
    pub(super) fn run(error: impl std::fmt::Display) -> Self {
        Self::Run(error.to_string())
    }

    pub(super) fn usage(error: impl std::fmt::Display) -> Self {
        Self::Usage(error.to_string())
    }

    /// Shows it on stderr and gives its exit code.
    pub(super) fn show(self) -> ExitCode {
        let (text, code) = match self {
            Self::Run(text) => (format!("error: {text}"), 1),
            Self::Usage(text) => (format!("error: {text}"), 2),
            Self::Scenario(error) => (error.report(std::io::stderr().is_terminal(), 110), 2),
            Self::Data(text) => (format!("error: {text}"), 3),
            Self::Interrupted => return ExitCode::from(130),
        };
        super::note(text.trim_end());
        ExitCode::from(code)
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        Self::Scenario(error)
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        if error.is_data() { Self::Data(error.to_string()) } else { Self::Usage(error.to_string()) }
    }
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        match &error {
            CompareError::Prepare { error: cause, .. } if cause.is_data() => Self::Data(error.to_string()),
            CompareError::Prepare { .. } => Self::Usage(error.to_string()),
            CompareError::Run { .. } | CompareError::Diverged { .. } => Self::Run(error.to_string()),
            CompareError::Stopped { .. } => Self::Interrupted,
        }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::Data(error.to_string())
    }
}
