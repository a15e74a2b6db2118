//! How good a model's forecasts have been.

use bevy_ecs::component::Component;
use manyworlds_components::forecast::{Action, Probabilities};
use serde::{Deserialize, Serialize};

use super::scoring::brier;

const BINS: usize = 10;

/// Scores of a model's forecasts, each counted once when its horizon had passed. On model entities.
///
/// Models repeat themselves: outcomes are counted by action as long as the forecast is the same, and the sums take them in
/// when another one comes.
#[derive(Debug, Clone, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct TrackRecord {
    /// What the last forecast said, and how often what came of it since it has been the same.
    word: Probabilities,
    outcomes: [u64; 3],
    last: Option<Action>,
    before: Sums,
}

/// Sums over forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Sums {
    count: u64,
    hits: u64,
    brier: f64,
    log_loss: f64,
    bins: [Bin; BINS],
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Bin {
    count: u64,
    hits: u64,
    sum_probability: f64,
}

impl Sums {
    /// Adds forecasts that said the same; `outcomes` by action.
    fn add(&mut self, p: &Probabilities, outcomes: [u64; 3]) {
        let (best, top) = top(p);
        let bin = &mut self.bins[((top * BINS as f64) as usize).min(BINS - 1)];
        for (outcome, n) in Action::ALL.into_iter().zip(outcomes).filter(|(_, n)| *n > 0) {
            let (times, hits) = (n as f64, if outcome == best { n } else { 0 });
            self.count += n;
            self.hits += hits;
            self.brier += times * brier(p, outcome);
            self.log_loss -= times * p.of(outcome).max(1e-12).ln();
            bin.count += n;
            bin.hits += hits;
            bin.sum_probability += times * top;
        }
    }
}

impl TrackRecord {
    /// Takes in the outcome of one forecast.
    #[inline]
    pub fn observe(&mut self, p: &Probabilities, outcome: Action) {
        if *p != self.word {
            self.turn(p);
        }
        self.outcomes[outcome as usize] += 1;
        self.last = Some(outcome);
    }

    /// The model says something else from now on.
    #[cold]
    fn turn(&mut self, p: &Probabilities) {
        self.before.add(&self.word, self.outcomes);
        (self.word, self.outcomes) = (*p, [0; 3]);
    }

    fn sums(&self) -> Sums {
        let mut sums = self.before;
        sums.add(&self.word, self.outcomes);
        sums
    }

    fn mean(&self, of: impl FnOnce(&Sums) -> f64) -> Option<f64> {
        let sums = self.sums();
        (sums.count > 0).then(|| of(&sums) / sums.count as f64)
    }

    /// Scored forecasts.
    #[inline]
    pub fn count(&self) -> u64 {
        self.before.count + self.outcomes.iter().sum::<u64>()
    }

    /// Those whose most probable action was the outcome.
    pub fn hits(&self) -> u64 {
        self.sums().hits
    }

    /// The newest loss (half the Brier score); `None` before the first.
    pub fn last_loss(&self) -> Option<f64> {
        self.last.map(|outcome| 0.5 * brier(&self.word, outcome))
    }

    /// Mean Brier score in [0, 2]; `None` before the first.
    pub fn brier(&self) -> Option<f64> {
        self.mean(|sums| sums.brier)
    }

    /// Mean log loss in nats (probabilities at least 1e-12); ln 3 = 1.0986 for uniform forecasts.
    pub fn log_loss(&self) -> Option<f64> {
        self.mean(|sums| sums.log_loss)
    }

    /// Share of forecasts whose most probable action was the outcome.
    pub fn accuracy(&self) -> Option<f64> {
        self.mean(|sums| sums.hits as f64)
    }

    /// Expected calibration error over ten bins of the largest probability (Guo et al. 2017):
    /// sum over bins of (n_b / n) |accuracy_b - mean probability_b|.
    pub fn expected_calibration_error(&self) -> Option<f64> {
        let gap = |b: &Bin| (b.hits as f64 - b.sum_probability).abs();
        self.mean(|sums| sums.bins.iter().map(gap).sum())
    }
}

/// The most probable action and its probability; HOLD on ties.
fn top(p: &Probabilities) -> (Action, f64) {
    let best = p.best();
    (best, p.as_array().into_iter().fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    #[test]
    fn known_answers() {
        let mut record = TrackRecord::default();
        assert_eq!((record.brier(), record.expected_calibration_error()), (None, None));
        let p = Probabilities::new(0.1, 0.2, 0.7).unwrap();
        for outcome in [Action::Buy, Action::Buy, Action::Buy, Action::Sell] {
            record.observe(&p, outcome);
        }
        // Brier: hit 0.09 + 0.04 + 0.01 = 0.14; miss 0.81 + 0.04 + 0.49 = 1.34.
        assert!((record.brier().unwrap() - (3.0 * 0.14 + 1.34) / 4.0).abs() < 1e-12);
        assert!((record.log_loss().unwrap() + (3.0 * 0.7f64.ln() + 0.1f64.ln()) / 4.0).abs() < 1e-12);
        assert!((record.expected_calibration_error().unwrap() - 0.05).abs() < 1e-12);
        assert_eq!((record.accuracy(), record.last_loss()), (Some(0.75), Some(0.67)));
    }

    #[test]
    fn uniform_forecasts_cost_ln_3() {
        let mut record = TrackRecord::default();
        record.observe(&Probabilities::UNIFORM, Action::Hold);
        assert!((record.log_loss().unwrap() - 3f64.ln()).abs() < 1e-12);
    }

    proptest! {
        /// Against a sum forecast by forecast, however often the model repeats itself.
        #[test]
        fn repetitions_count_each_time(rounds in prop::collection::vec((0usize..4, select(Action::ALL.to_vec())), 1..60)) {
            let said = [[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.0, 0.0, 1.0]].map(|[s, h, b]| Probabilities::new(s, h, b).unwrap());
            let (mut record, n) = (TrackRecord::default(), rounds.len() as f64);
            let (mut sums, mut hits) = ([0.0; 2], 0);
            for (word, outcome) in rounds {
                let p = said.get(word).copied().unwrap_or_default();
                record.observe(&p, outcome);
                sums[0] += brier(&p, outcome);
                sums[1] -= p.of(outcome).max(1e-12).ln();
                hits += u64::from(p.best() == outcome);
                prop_assert_eq!(record.last_loss(), Some(0.5 * brier(&p, outcome)));
            }
            prop_assert_eq!((record.count() as f64, record.hits()), (n, hits));
            prop_assert!((record.brier().unwrap() - sums[0] / n).abs() < 1e-12);
            prop_assert!((record.log_loss().unwrap() - sums[1] / n).abs() < 1e-10);
        }
    }
}
