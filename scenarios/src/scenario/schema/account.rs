//! An account: a what-if variant of how to decide.

use manyworlds_systems::exchange::settings::RiskLimits;
use manyworlds_systems::orchestrator::settings::DecisionPolicy;
use manyworlds_systems::setting::{Check, Checker};
use serde::{Deserialize, Serialize};

/// An account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// Its name, different from the others.
    pub name: String,
    /// Cash at the start in quote units. Default 100,000.
    #[serde(default = "cash")]
    pub cash: f64,
    /// How signals become positions.
    #[serde(default)]
    pub policy: DecisionPolicy,
    /// Limits that are checked before an order is sent. Default: none.
    #[serde(default)]
    pub risk: RiskLimits,
}

fn cash() -> f64 {
    100_000.0
}

impl Default for AccountSettings {
    /// `base`, with all defaults.
    fn default() -> Self {
        Self {
            name: "base".to_owned(),
            cash: cash(),
            policy: DecisionPolicy::default(),
            risk: RiskLimits::default(),
        }
    }
}

impl Check for AccountSettings {
    fn check(&self, c: &mut Checker) {
        c.require("name", "\"\"", !self.name.is_empty(), "a name");
        c.require("cash", self.cash, self.cash > 0.0 && self.cash.is_finite(), "a number above 0");
        c.within("policy", |c| self.policy.check(c));
        c.within("risk", |c| self.risk.check(c));
    }
}
