//! Switching a module on or off during the run.

use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

/// At the first step boundary at or after `at`, `module` is switched on or off, e.g. `(at: "2024-02-01", module: "cob", enabled: false)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Toggle {
    /// When.
    #[serde(with = "super::time::one")]
    pub at: Timestamp,
    /// Which module.
    pub module: String,
    /// On or off from then on.
    pub enabled: bool,
}
