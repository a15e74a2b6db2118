//! How good a model's forecasts have been.

use manyworlds_components::forecast::{Action, Probabilities};
use serde::{Deserialize, Serialize};

use super::scoring::brier;

const BINS: usize = 10;

/// Scores of a model's forecasts, each counted once when its horizon had passed
/// ([`Tracks::record`](super::Tracks::record)).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TrackRecord {
    count: u64,
    hits: u64,
    sum_brier: f64,
    sum_log_loss: f64,
    bins: [Bin; BINS],
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Bin {
    count: u64,
    hits: u64,
    sum_probability: f64,
}

impl TrackRecord {
    /// Takes in forecasts that said the same, and how often each outcome came of them, by action.
    pub fn add(&mut self, p: &Probabilities, outcomes: [u64; 3]) {
        let (best, top) = top(p);
        let bin = &mut self.bins[((top * BINS as f64) as usize).min(BINS - 1)];
        for (outcome, n) in Action::ALL.into_iter().zip(outcomes).filter(|(_, n)| *n > 0) {
            let (times, hits) = (n as f64, if outcome == best { n } else { 0 });
            self.count += n;
            self.hits += hits;
            self.sum_brier += times * brier(p, outcome);
            self.sum_log_loss -= times * p.of(outcome).max(1e-12).ln();
            bin.count += n;
            bin.hits += hits;
            bin.sum_probability += times * top;
        }
    }

    /// Scored forecasts.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Those whose most probable action was the outcome.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        (self.count > 0).then(|| sum / self.count as f64)
    }

    /// Mean Brier score in [0, 2]; `None` before the first.
    pub fn brier(&self) -> Option<f64> {
        self.mean(self.sum_brier)
    }

    /// Mean log loss in nats (probabilities at least 1e-12); ln 3 = 1.0986 for uniform forecasts.
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
        record.add(&p, [1, 0, 1]);
        record.add(&p, [0, 0, 2]);
        // Brier: hit 0.09 + 0.04 + 0.01 = 0.14; miss 0.81 + 0.04 + 0.49 = 1.34.
        assert!((record.brier().unwrap() - (3.0 * 0.14 + 1.34) / 4.0).abs() < 1e-12);
        assert!((record.log_loss().unwrap() + (3.0 * 0.7f64.ln() + 0.1f64.ln()) / 4.0).abs() < 1e-12);
        assert!((record.expected_calibration_error().unwrap() - 0.05).abs() < 1e-12);
        assert_eq!((record.accuracy(), record.count(), record.hits()), (Some(0.75), 4, 3));
    }

    #[test]
    fn uniform_forecasts_cost_ln_3() {
        let mut record = TrackRecord::default();
        record.add(&Probabilities::UNIFORM, [0, 1, 0]);
        assert!((record.log_loss().unwrap() - 3f64.ln()).abs() < 1e-12);
    }
}
