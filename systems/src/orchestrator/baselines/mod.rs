//! Baseline forecasters: what every cleverer model must beat.
//!
//! Rules have no probabilities of their own. By convention they put [`RULE_STRENGTH`] on their action beyond the
//! uniform share: SELL, HOLD, BUY = 0.067, 0.067, 0.867 for a BUY, so that a single rule passes the default
//! thresholds and two rules that contradict each other cancel. Tracked calibration shows what that is worth.

mod double_double;
mod rolling_sum;
mod sma_cross;

use manyworlds_components::forecast::{Action, Probabilities};

pub use double_double::DoubleDouble;
pub use rolling_sum::RollingSum;
pub use sma_cross::SmaCross;

use super::forecaster::Outlook;

/// How far a rule leans to its action: [`Probabilities::leaning`].
pub const RULE_STRENGTH: f64 = 0.8;

/// The word of a rule.
#[inline]
fn rule(action: Action, score: f64) -> Outlook {
    Outlook { probabilities: Probabilities::leaning(action, RULE_STRENGTH), score }
}
