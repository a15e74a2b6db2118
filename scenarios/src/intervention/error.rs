//! Why interventions cannot be carried out on the data that a scenario names.

use manyworlds_components::time::Timestamp;

/// Why an intervention cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InterventionError {
    /// Nothing is replayed at its time.
    #[error(
        "{place}the intervention at {at} ({what}) is outside of the run, {} .. {}: choose a time within it, \
         or change `from` and `to`", run.0, run.1
    )]
    OutsideRun {
        /// Where it is written, with a colon; empty where it is written nowhere.
        place: String,
        /// Its time.
        at: Timestamp,
        /// What it is.
        what: String,
        /// First and last time of the run.
        run: (Timestamp, Timestamp),
    },
    /// Impact cannot be measured: the square-root law needs a volatility and a volume.
    #[error(
        "{place}the impact of an order in `{symbol}` at {at} cannot be measured: there are fewer than two returns, or no \
         volume, in the {window} bars before it; choose a later time, or `impact: (coefficient: 0)`"
    )]
    NoImpact {
        /// Where it is written, with a colon; empty where it is written nowhere.
        place: String,
        /// Of what.
        symbol: String,
        /// When.
        at: Timestamp,
        /// How many bars were looked at.
        window: usize,
    },
}
