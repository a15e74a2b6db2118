//! What happens to a world at given times: the actions by which branches may differ from a time on.

use manyworlds_components::time::Timestamp;

use crate::intervention::{Intervention, Target};
use crate::scenario::Scenario;
use crate::scenario::schema::toggle::Toggle;

/// Something that a scenario does at a time.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a plan holds a handful")]
pub enum Action {
    /// A module is switched on or off.
    Toggle(Toggle),
    /// Something happens to prices, venues, accounts or models.
    Intervene(Intervention),
}

impl Action {
    /// When: at the first step at or after it. Before that step nothing of it can be seen.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Toggle(toggle) => toggle.at,
            Self::Intervene(intervention) => intervention.at,
        }
    }

    /// Whether it switches models.
    pub(super) fn names_models(&self) -> bool {
        matches!(self, Self::Intervene(Intervention { on: Target::Models(_), .. }))
    }

    /// The same for a world of many lanes, in which accounts have names of their own: `names` are those of an account of a
    /// branch, in all lanes that have it.
    pub(super) fn in_world(&self, names: impl Fn(&str) -> Vec<String>) -> Self {
        match self {
            Self::Intervene(Intervention { on: Target::Accounts(own), .. }) => {
                let on = Target::Accounts(own.iter().flat_map(|name| names(name)).collect());
                let Self::Intervene(intervention) = self.clone() else { return self.clone() };
                Self::Intervene(Intervention { on, ..intervention })
            }
            other => other.clone(),
        }
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Toggle(toggle) => {
                write!(f, "{} {}", toggle.module, if toggle.enabled { "on" } else { "off" })
            }
            Self::Intervene(intervention) => intervention.fmt(f),
        }
    }
}

/// The actions of a scenario in time order; those of one time in the order of the scenario.
pub fn timeline(scenario: &Scenario) -> Vec<Action> {
    let toggles = scenario.toggles.iter().cloned().map(Action::Toggle);
    let interventions = scenario.interventions.iter().cloned().map(Action::Intervene);
    let mut actions: Vec<Action> = toggles.chain(interventions).collect();
    actions.sort_by_key(Action::at);
    actions
}

/// The scenario with these actions and no others.
pub fn with_timeline(mut scenario: Scenario, actions: &[Action]) -> Scenario {
    scenario.toggles.clear();
    scenario.interventions.clear();
    for action in actions {
        match action {
            Action::Toggle(toggle) => scenario.toggles.push(toggle.clone()),
            Action::Intervene(intervention) => scenario.interventions.push(intervention.clone()),
        }
    }
    scenario
}
