//! What happens to a world at given times: the actions by which branches may differ from a time on.

use manyworlds_components::time::Timestamp;

use crate::scenario::Scenario;
use crate::scenario::schema::toggle::Toggle;

/// Something that a scenario does at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A module is switched on or off.
    Toggle(Toggle),
}

impl Action {
    /// When: at the first step at or after it. Before that step nothing of it can be seen.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Toggle(toggle) => toggle.at,
        }
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Toggle(toggle) => {
                write!(f, "{} {}", toggle.module, if toggle.enabled { "on" } else { "off" })
            }
        }
    }
}

/// The actions of a scenario in time order; those of one time in the order of the scenario.
pub fn timeline(scenario: &Scenario) -> Vec<Action> {
    let mut actions: Vec<Action> = scenario.toggles.iter().cloned().map(Action::Toggle).collect();
    actions.sort_by_key(Action::at);
    actions
}

/// The scenario with these actions and no others.
pub fn with_timeline(mut scenario: Scenario, actions: &[Action]) -> Scenario {
    scenario.toggles.clear();
    for action in actions {
        match action {
            Action::Toggle(toggle) => scenario.toggles.push(toggle.clone()),
        }
    }
    scenario
}
