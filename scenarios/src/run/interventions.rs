//! Whether what a scenario intervenes with lies in data that are read already.

use super::sources::{LoadedSource, MarketInput};
use crate::intervention::{InterventionError, apply};
use crate::scenario::Scenario;

impl MarketInput {
    /// What is to be said of the times of a scenario's interventions; the scenario has these data.
    ///
    /// # Errors
    /// One that lies outside of the run.
    pub(crate) fn check_interventions(&self, scenario: &Scenario) -> Result<Vec<String>, InterventionError> {
        let sourced: Vec<_> = self.sources.iter().map(LoadedSource::sourced).collect();
        apply::check_times(scenario, &sourced)
    }
}
