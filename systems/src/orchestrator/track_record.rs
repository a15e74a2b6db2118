//! How good a model's forecasts have been.

use bevy_ecs::component::Component;
use manyworlds_components::forecast::{Action, Probabilities};
use serde::{Deserialize, Serialize};

use super::scoring::brier;

const BINS: usize = 10;

/// Scores of a model's forecasts, each counted once when its horizon had passed. On model entities.
#[derive(Debug, Clone, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct TrackRecord {
    /// Scored forecasts.
    pub count: u64,
    /// Those whose most probable action was the outcome.
    pub hits: u64,
    /// Sum of Brier scores.
    pub sum_brier: f64,
    /// Sum of -ln p(outcome), p at least 1e-12.
    pub sum_log_loss: f64,
    /// Sum of losses (half the Brier score).
    pub sum_loss: f64,
    /// The newest loss; 0 before the first.
    pub last_loss: f64,
    bins: [Bin; BINS],
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Bin {
    count: u64,
    hits: u64,
    sum_probability: f64,
}

/// What one forecast and its outcome add to a record.
#[derive(Debug, Clone, Copy)]
struct Score {
    brier: f64,
    /// Of the outcome's probability (at least 1e-12).
    log: f64,
    hit: u64,
    /// The largest probability, and the bin that it falls into.
    top: f64,
    bin: usize,
}

impl Score {
    #[inline(never)]
    fn of(p: &Probabilities, outcome: Action) -> Self {
        let (best, top) = top(p);
        Self {
            brier: brier(p, outcome),
            log: p.of(outcome).max(1e-12).ln(),
            hit: u64::from(best == outcome),
            top,
            bin: ((top * BINS as f64) as usize).min(BINS - 1),
        }
    }
}

/// By outcome, the last forecast that met it and its score: models repeat themselves. Scratch.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastScores([(Probabilities, Score); 3]);

impl Default for LastScores {
    fn default() -> Self {
        let p = Probabilities::UNIFORM;
        Self(Action::ALL.map(|outcome| (p, Score::of(&p, outcome))))
    }
}

impl TrackRecord {
    /// Takes in the outcome of one forecast; returns its loss.
    pub fn observe(&mut self, p: &Probabilities, outcome: Action) -> f64 {
        self.add(&Score::of(p, outcome));
        self.last_loss
    }

    #[inline]
    fn add(&mut self, score: &Score) {
        self.count += 1;
        self.hits += score.hit;
        self.sum_brier += score.brier;
        self.sum_log_loss -= score.log;
        self.last_loss = 0.5 * score.brier;
        self.sum_loss += self.last_loss;
        let bin = &mut self.bins[score.bin];
        bin.count += 1;
        bin.hits += score.hit;
        bin.sum_probability += score.top;
    }

    /// Takes in all outcomes and leaves none.
    #[inline]
    pub(super) fn take_in(&mut self, outcomes: &mut Vec<(Probabilities, Action)>, last: &mut LastScores) {
        for (p, outcome) in outcomes.iter() {
            let (of, score) = &mut last.0[*outcome as usize];
            if of != p {
                (*of, *score) = (*p, Score::of(p, *outcome));
            }
            self.add(score);
        }
        outcomes.clear();
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        (self.count > 0).then(|| sum / self.count as f64)
    }

    /// Mean Brier score in [0, 2]; `None` before the first.
    pub fn brier(&self) -> Option<f64> {
        self.mean(self.sum_brier)
    }

    /// Mean log loss in nats; ln 3 = 1.0986 for uniform forecasts.
    pub fn log_loss(&self) -> Option<f64> {
        self.mean(self.sum_log_loss)
    }

    /// Share of forecasts whose most probable action was the outcome.
    pub fn accuracy(&self) -> Option<f64> {
        self.mean(self.hits as f64)
    }

    /// Expected calibration error over ten bins of the largest probability (Guo et al. 2017):
    /// sum over bins of (n_b / n) |accuracy_b - mean probability_b|.
    pub fn expected_calibration_error(&self) -> Option<f64> {
        let gap = |b: &Bin| (b.hits as f64 - b.sum_probability).abs();
        self.mean(self.bins.iter().map(gap).sum())
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
        assert_eq!((record.accuracy(), record.last_loss), (Some(0.75), 0.67));
    }

    #[test]
    fn uniform_forecasts_cost_ln_3() {
        let mut record = TrackRecord::default();
        record.observe(&Probabilities::UNIFORM, Action::Hold);
        assert!((record.log_loss().unwrap() - 3f64.ln()).abs() < 1e-12);
    }
}
