//! Branches held against the data of the base, before any of them is run.

use super::warnings::Warnings;
use super::{Branch, Expansion};
use crate::run::{MarketInput, RunPlan};
use crate::scenario::Scenario;

impl Expansion {
    /// Branches that intervene outside of the data cannot run, which is said of them here; what is odd about the others, and
    /// about the base, comes to the warnings. `base` is planned over `input`. Branches with data of their own are judged
    /// when they run.
    pub fn hold_against(&mut self, input: &MarketInput, base: &RunPlan) {
        let mut warnings = Warnings::default();
        let key = MarketInput::key(&base.scenario);
        let intervenes = |s: &Scenario| !s.interventions.is_empty() && MarketInput::key(s) == key;
        for branch in &mut self.branches {
            let Branch { id, name, scenario, .. } = branch;
            let said = match scenario {
                Ok(_) if *id == 0 => base.warnings.clone(),
                Ok(scenario) if intervenes(scenario) => match input.check_interventions(scenario) {
                    Ok(said) => said,
                    Err(error) => {
                        branch.scenario = Err(error.to_string());
                        continue;
                    }
                },
                _ => continue,
            };
            said.into_iter().for_each(|text| warnings.add(text, name));
        }
        self.warnings.extend(warnings.told());
    }
}
