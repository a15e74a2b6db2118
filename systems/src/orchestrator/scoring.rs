//! How forecasts are scored: which outcome counts as which action, and what a forecast loses by it.

use manyworlds_components::forecast::{Action, Probabilities};
use serde::{Deserialize, Serialize};

use super::settings::CombineSettings;

/// When and by what a forecast is judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scoring {
    /// Bars after which the outcome is known; at least 1.
    pub horizon: u64,
    /// Returns within this band, either sign, count as HOLD.
    pub neutral_bps: f64,
}

impl Scoring {
    /// The scoring of a combination.
    pub fn of(combine: &CombineSettings) -> Self {
        Self { horizon: combine.horizon.max(1), neutral_bps: combine.neutral_bps }
    }

    /// The action that would have been right between two closes: BUY above the band, SELL below it, else HOLD.
    #[inline]
    pub fn outcome(&self, from: f64, to: f64) -> Action {
        let bps = (to / from - 1.0) * 1e4;
        // Prices go either way: no branch can guess which.
        Action::ALL[1 + usize::from(bps > self.neutral_bps) - usize::from(bps < -self.neutral_bps)]
    }
}

/// The Brier score over three classes (Brier 1950): sum over classes of (p - outcome)^2, in [0, 2].
#[inline]
pub fn brier(p: &Probabilities, outcome: Action) -> f64 {
    let p = p.as_array();
    let mut sum = 0.0;
    for (i, p) in p.iter().enumerate() {
        let hit = if i == outcome as usize { 1.0 } else { 0.0 };
        sum += (p - hit) * (p - hit);
    }
    sum
}

/// The loss of a forecast for the weights: half its Brier score. In [0, 1], proper, and convex, so that the loss of
/// a linear pool is at most the pooled loss.
#[inline]
pub fn loss(p: &Probabilities, outcome: Action) -> f64 {
    0.5 * brier(p, outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_respect_the_band() {
        let scoring = Scoring { horizon: 1, neutral_bps: 10.0 };
        assert_eq!(scoring.outcome(100.0, 100.2), Action::Buy);
        assert_eq!(scoring.outcome(100.0, 99.8), Action::Sell);
        assert_eq!(scoring.outcome(100.0, 100.05), Action::Hold);
        assert_eq!(Scoring { horizon: 1, neutral_bps: 0.0 }.outcome(100.0, 100.0), Action::Hold);
    }

    #[test]
    fn losses_span_zero_to_one() {
        assert_eq!(loss(&Probabilities::certain(Action::Buy), Action::Buy), 0.0);
        assert_eq!(loss(&Probabilities::certain(Action::Buy), Action::Sell), 1.0);
        assert!((brier(&Probabilities::UNIFORM, Action::Hold) - 2.0 / 3.0).abs() < 1e-15);
    }
}
