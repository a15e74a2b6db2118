//! What branches must have in common to share something.

use crate::scenario::Scenario;
use crate::scenario::schema::account::AccountSettings;
use manyworlds_systems::orchestrator::settings::{CombineSettings, ModelSettings};

/// What one world has in common: branches with the same key may be its lanes, from its beginning.
///
/// Forecasts are scored by the horizon and the neutral band of the scenario's own combination, and whether an account
/// listens to any model at all is not said by naming those: these belong to the world.
pub(super) fn world(scenario: &Scenario) -> String {
    let common = Scenario {
        name: String::new(),
        models: Vec::new(),
        combine: CombineSettings {
            horizon: scenario.combine.horizon,
            neutral_bps: scenario.combine.neutral_bps,
            ..CombineSettings::default()
        },
        accounts: Vec::new(),
        toggles: Vec::new(),
        interventions: Vec::new(),
        ..scenario.clone()
    };
    format!("{} {common:?}", scenario.models.is_empty())
}

/// What a lane adds to the world.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LaneParts {
    pub models: Vec<ModelSettings>,
    pub combine: CombineSettings,
    pub accounts: Vec<AccountSettings>,
}

impl LaneParts {
    pub(super) fn of(scenario: &Scenario) -> Self {
        Self {
            models: scenario.models.clone(),
            combine: scenario.combine.clone(),
            accounts: scenario.accounts.clone(),
        }
    }

    /// Equal for equal lanes only.
    pub(super) fn key(&self) -> String {
        format!("{self:?}")
    }
}
