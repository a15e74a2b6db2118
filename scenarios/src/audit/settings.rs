//! What an audit is asked to do.

use std::num::NonZero;

use serde::{Deserialize, Serialize};

/// One thing that is proved or refuted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The same scenario gives the same bits: again, beside other worlds, and under the other executor.
    Determinism,
    /// What comes after a time changes nothing up to it.
    Causality,
    /// A fork goes on as the uninterrupted run does, and leaves no trace.
    Fork,
    /// Runs that begin later agree from the declared warm-up on.
    WarmUp,
    /// Cash, positions, equity and profits follow from the fills.
    Accounting,
}

impl Check {
    /// All of them, in the order in which they are made: the later ones mean little where the earlier ones fail.
    pub const ALL: [Self; 5] =
        [Self::Determinism, Self::Causality, Self::Fork, Self::WarmUp, Self::Accounting];

    /// Its name in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Determinism => "determinism",
            Self::Causality => "causality",
            Self::Fork => "fork",
            Self::WarmUp => "warm_up",
            Self::Accounting => "accounting",
        }
    }
}

/// What an audit is asked to do. With the defaults it takes some twenty times as long as one run, shared among threads.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditSettings {
    /// Which checks are made.
    pub checks: Vec<Check>,
    /// Causality: the number of times T, one drawn from each equal part of the run, at least 1.
    pub times: usize,
    /// Fork: the number of steps at which the run is forked, at least 1.
    pub forks: usize,
    /// Warm-up: the number of later beginnings, at least 1.
    pub starts: usize,
    /// Warm-up: bars for which a run that begins later is watched; `None` for twelve times the longest declared warm-up,
    /// and 500.
    pub horizon_bars: Option<u64>,
    /// Steps of a run at which all state is compared, spread evenly; the last steps before every T come on top. A run of
    /// fewer steps is compared at every step. Between them a difference is seen if it reaches the next of them, or anything
    /// that is written down.
    pub marks: u64,
    /// Largest difference that counts as agreement, relative, for warm-up and accounting.
    pub tolerance: f64,
    /// Worlds that run side by side.
    pub threads: usize,
    /// Seed of what is drawn: times, forks, beginnings, scrambled prices; `None` for that of the scenario.
    pub seed: Option<u64>,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            checks: Check::ALL.into(),
            times: 5,
            forks: 5,
            starts: 3,
            horizon_bars: None,
            marks: 256,
            tolerance: 1e-9,
            threads: std::thread::available_parallelism().map_or(1, NonZero::get),
            seed: None,
        }
    }
}
