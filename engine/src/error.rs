//! What can go wrong in the kernel.

use manyworlds_components::time::Timestamp;

/// Why a simulation cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// A module needs another one.
    #[error("module `{module}` requires `{requires}`: add `{requires}` to the modules of the scenario")]
    MissingRequirement {
        /// Who needs.
        module: String,
        /// What it needs.
        requires: String,
    },
    /// Two modules of one name.
    #[error("module `{0}` is named twice")]
    DuplicateModule(String),
    /// Two modules offer a feature of one name, or a name lacks its module's prefix.
    #[error(
        "feature `{feature}` of module `{module}` is taken by another module or does not begin with `{module}.`"
    )]
    BadFeature {
        /// Who offers it.
        module: String,
        /// Its name.
        feature: String,
    },
    /// A declared feature that cannot be read, or one that is read but was not declared.
    #[error("module `{module}` must both declare feature `{feature}` in its info and read it in its build")]
    UnreadFeature {
        /// Who declares it.
        module: String,
        /// Its name.
        feature: String,
    },
    /// Settings that do not fit the run, such as a symbol that it does not have.
    #[error("module `{module}` cannot be used in this run: {message}")]
    Refused {
        /// Who refuses.
        module: String,
        /// What does not fit, and what would.
        message: String,
    },
    /// State that no snapshot would see.
    #[error("state that is not registered, so that no snapshot or digest would see it: {}", .0.join(", "))]
    UnregisteredState(Vec<String>),
    /// Systems that conflict without an order, run conditions, cycles.
    #[error("the schedule cannot be built: {0}")]
    Schedule(String),
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A system returned an error or panicked. The world has stopped.
    #[error("step {step} ({ts}): system `{system}`{}: {message}", symbol.as_ref().map(|s| format!(", symbol {s}")).unwrap_or_default())]
    System {
        /// The step that failed.
        step: u64,
        /// Its time.
        ts: Timestamp,
        /// Full name of the system.
        system: String,
        /// The symbol that it worked on, if it said so.
        symbol: Option<String>,
        /// The error or the panic message.
        message: String,
    },
    /// The world failed in an earlier step and cannot go on.
    #[error("the world stopped in an earlier step: {0}")]
    Stopped(String),
    /// The recorder could not store rows.
    #[error("cannot store results: {0}")]
    Record(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A snapshot of another blueprint.
    #[error("the snapshot holds `{0}`, which this simulation does not have")]
    ForeignSnapshot(String),
    /// A symbol that the run does not have.
    #[error("no symbol `{name}`{}", nearest.as_ref().map(|n| format!(": did you mean `{n}`?")).unwrap_or_default())]
    UnknownSymbol {
        /// What was asked for.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// The modules could not be brought into the state that was asked for.
    #[error(transparent)]
    Toggle(#[from] ToggleError),
}

/// Why a module cannot be switched.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ToggleError {
    /// No such module in this simulation.
    #[error("no module `{name}`{}", nearest.as_ref().map(|n| format!(": did you mean `{n}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// Enabled modules need it.
    #[error("`{module}` is required by {}: disable them first, or take them along", dependents.join(", "))]
    Required {
        /// Which module.
        module: String,
        /// Who needs it.
        dependents: Vec<String>,
    },
    /// It needs a module that is not enabled.
    #[error("`{module}` requires `{requires}`, which is not enabled")]
    Requires {
        /// Which module.
        module: String,
        /// What it needs.
        requires: String,
    },
    /// The schedule could not be rebuilt.
    #[error(transparent)]
    Build(#[from] BuildError),
}
