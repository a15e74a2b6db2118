//! Whether what a scenario intervenes with lies in data that are read already.

use super::sources::MarketInput;
use crate::intervention::{InterventionError, apply};
use crate::scenario::Scenario;

impl MarketInput {
    /// What is to be said of the times of a scenario's interventions; the scenario has these data.
    ///
    /// # Errors
    /// One that lies outside of the run.
    pub(crate) fn check_interventions(&self, scenario: &Scenario) -> Result<Vec<String>, InterventionError> {
        let sourced = self.sources.iter().map(|s| apply::Sourced {
            symbol: s.symbol,
            listing: s.listing,
            book: s.kind.is_book(),
            source: s.source.clone(),
        });
        apply::check_times(scenario, &sourced.collect::<Vec<_>>())
    }
}
