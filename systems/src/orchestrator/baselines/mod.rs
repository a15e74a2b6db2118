//! Baseline forecasters: what every cleverer model must beat.
//!
//! Rules have no probabilities of their own. By convention they put [`RULE_STRENGTH`] on their action beyond the
//! uniform share: SELL, HOLD, BUY = 0.067, 0.067, 0.867 for a BUY, so that a single rule passes the default
//! thresholds and two rules that contradict each other cancel. Tracked calibration shows what that is worth.

mod breakout;
mod buy_and_hold;
mod double_double;
mod ema_cross;
mod majority_class;
mod market_structure;
mod mean_reversion;
mod momentum;
mod rolling_sum;
mod sma_cross;

#[cfg(test)]
mod tests;

use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Action, Probabilities};

pub use crate::indicators::Ema;
pub use breakout::{Breakout, BreakoutState};
pub use buy_and_hold::BuyAndHold;
pub use double_double::DoubleDouble;
pub use ema_cross::{EmaCross, EmaState};
pub use majority_class::{MajorityClass, MajorityState};
pub use market_structure::{MarketStructure, StructureState};
pub use mean_reversion::{MeanReversion, MeanReversionState};
pub use momentum::Momentum;
pub use rolling_sum::RollingSum;
pub use sma_cross::SmaCross;

use super::forecaster::Outlook;

/// How far a rule leans to its action: [`Probabilities::leaning`].
pub const RULE_STRENGTH: f64 = 0.8;

/// What a rule says of each action.
const WORDS: [Probabilities; 3] = [
    Probabilities::leaning(Action::Sell, RULE_STRENGTH),
    Probabilities::leaning(Action::Hold, RULE_STRENGTH),
    Probabilities::leaning(Action::Buy, RULE_STRENGTH),
];

/// The word of a rule.
#[inline]
fn rule(action: Action, score: f64) -> Outlook {
    Outlook { probabilities: WORDS[action as usize], score }
}

/// How many of the newest bars a model that has seen `seen` bars has not seen yet, as far as they are kept - `kept` of
/// them at most, closes or whole bars - and whether some in between are lost. Marks all as seen.
#[inline]
fn missed_bars(bars: &BarSeries, kept: usize, seen: &mut u64) -> (usize, bool) {
    let (missed, kept) = (bars.count() - *seen, bars.len().min(kept) as u64);
    *seen = bars.count();
    (missed.min(kept) as usize, missed > kept)
}
