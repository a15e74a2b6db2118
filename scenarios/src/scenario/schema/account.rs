//! An account: a what-if variant of how to decide.

use manyworlds_systems::exchange::settings::RiskLimits;
use manyworlds_systems::execution::ExecutionSettings;
use manyworlds_systems::market_making::MarketMakingSettings;
use manyworlds_systems::orchestrator::settings::DecisionPolicy;
use manyworlds_systems::setting::{Check, Checker};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// An account. It decides in one of three ways: by signals (`policy`), by making markets, or by working one large order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
    /// Instead of `policy`: how it quotes.
    #[serde(default)]
    pub market_making: Option<MarketMakingSettings>,
    /// Instead of `policy`: the order that it works.
    #[serde(default)]
    pub execution: Option<ExecutionSettings>,
    /// Limits that are checked before an order is sent. Default: none.
    #[serde(default)]
    pub risk: RiskLimits,
}

fn cash() -> f64 {
    100_000.0
}

impl AccountSettings {
    /// Whether it goes by signals.
    pub fn follows_signals(&self) -> bool {
        self.market_making.is_none() && self.execution.is_none()
    }

    /// What the orchestrator is told.
    pub fn signal_policy(&self) -> DecisionPolicy {
        if self.follows_signals() { self.policy.clone() } else { DecisionPolicy::elsewhere() }
    }
}

impl Default for AccountSettings {
    /// `base`, with all defaults.
    fn default() -> Self {
        Self {
            name: "base".to_owned(),
            cash: cash(),
            policy: DecisionPolicy::default(),
            market_making: None,
            execution: None,
            risk: RiskLimits::default(),
        }
    }
}

impl Serialize for AccountSettings {
    /// Only the way in which it decides is written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut account = serializer.serialize_struct("AccountSettings", 4)?;
        account.serialize_field("name", &self.name)?;
        account.serialize_field("cash", &self.cash)?;
        if let Some(market_making) = &self.market_making {
            account.serialize_field("market_making", market_making)?;
        }
        if let Some(execution) = &self.execution {
            account.serialize_field("execution", execution)?;
        }
        if self.follows_signals() {
            account.serialize_field("policy", &self.policy)?;
        }
        account.serialize_field("risk", &self.risk)?;
        account.end()
    }
}

impl Check for AccountSettings {
    fn check(&self, c: &mut Checker) {
        c.require("name", "\"\"", !self.name.is_empty(), "a name");
        c.require("cash", self.cash, self.cash > 0.0 && self.cash.is_finite(), "a number above 0");
        c.within("policy", |c| self.policy.check(c));
        if let Some(market_making) = &self.market_making {
            c.within("market_making", |c| market_making.check(c));
        }
        if let Some(execution) = &self.execution {
            c.within("execution", |c| execution.check(c));
        }
        c.within("risk", |c| self.risk.check(c));
    }
}
