//! The parameters of the model.

use serde::{Deserialize, Serialize};

/// The largest number of states.
pub const MAX_STATES: usize = 4;

/// Parameters of a Gaussian hidden Markov model of `states` states; what is beyond them is 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HmmModel {
    /// Number of states, 2 to 4.
    pub states: usize,
    /// Probability of each state at the first value.
    pub start: [f64; MAX_STATES],
    /// `transition[i][j]`: probability of state j after state i.
    pub transition: [[f64; MAX_STATES]; MAX_STATES],
    /// Mean of the values in each state.
    pub mean: [f64; MAX_STATES],
    /// Variance of the values in each state, rising.
    pub variance: [f64; MAX_STATES],
    /// 1 / (2 variance)
    pub(super) half_precision: [f64; MAX_STATES],
    /// -ln(2 pi variance) / 2
    pub(super) log_norm: [f64; MAX_STATES],
}

impl HmmModel {
    /// A model of `states` states that begins anywhere, whose states last `1 / (1 - stay)` values on average.
    pub fn new(states: usize, mean: [f64; MAX_STATES], variance: [f64; MAX_STATES], stay: f64) -> Self {
        let zero = [0.0; MAX_STATES];
        let (half_precision, log_norm, mut transition) = (zero, zero, [zero; MAX_STATES]);
        let mut start = zero;
        let leave = (1.0 - stay) / (states as f64 - 1.0);
        for (i, row) in transition.iter_mut().enumerate().take(states) {
            start[i] = 1.0 / states as f64;
            row[..states].fill(leave);
            row[i] = stay;
        }
        let mut model = Self { states, start, transition, mean, variance, half_precision, log_norm };
        model.prepare();
        model
    }

    /// To be called when variances have changed.
    pub(super) fn prepare(&mut self) {
        for i in 0..self.states {
            self.half_precision[i] = 0.5 / self.variance[i];
            self.log_norm[i] = -0.5 * (std::f64::consts::TAU * self.variance[i]).ln();
        }
    }

    /// Puts the states in order of their variance (then mean), so that a state means the same after every fit.
    pub fn sort(&mut self) {
        let mut order: [usize; MAX_STATES] = std::array::from_fn(|i| i);
        order[..self.states].sort_by(|a, b| {
            let key = |i: &usize| (self.variance[*i], self.mean[*i]);
            key(a).0.total_cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1))
        });
        let old = *self;
        for (to, from) in order.into_iter().enumerate().take(self.states) {
            self.start[to] = old.start[from];
            self.mean[to] = old.mean[from];
            self.variance[to] = old.variance[from];
            for (column, source) in order.into_iter().enumerate().take(self.states) {
                self.transition[to][column] = old.transition[from][source];
            }
        }
        self.prepare();
    }

    /// Standard deviation of the most volatile state over that of the calmest.
    pub fn volatility_ratio(&self) -> f64 {
        (self.variance[self.states - 1] / self.variance[0]).sqrt()
    }

    /// The probabilities of the states at the next value, given those at this one.
    pub fn predict(&self, filtered: &[f64; MAX_STATES]) -> [f64; MAX_STATES] {
        std::array::from_fn(|j| (0..self.states).map(|i| filtered[i] * self.transition[i][j]).sum())
    }

    /// Standard deviation of the next value, all states considered.
    pub fn predicted_deviation(&self, filtered: &[f64; MAX_STATES]) -> f64 {
        let next = self.predict(filtered);
        let states = 0..self.states;
        let mean: f64 = states.clone().map(|i| next[i] * self.mean[i]).sum();
        let spread = |i: usize| self.variance[i] + (self.mean[i] - mean) * (self.mean[i] - mean);
        states.map(|i| next[i] * spread(i)).sum::<f64>().sqrt()
    }
}
