//! The recursions, for a number of states that is known to the compiler.

use super::model::HmmModel;

/// One step of the forward recursion: probabilities before the value, times its likelihood in each state, normalized.
/// Returns the filtered probabilities and the likelihood of the value. Where every likelihood is 0 nothing is learned.
#[inline]
pub fn forward_step<const K: usize>(prior: &[f64; K], likelihood: &[f64; K]) -> ([f64; K], f64) {
    let mut joint = *prior;
    let mut total = 0.0;
    for i in 0..K {
        joint[i] *= likelihood[i];
        total += joint[i];
    }
    if total > 0.0 {
        let scale = 1.0 / total;
        joint.iter_mut().for_each(|p| *p *= scale);
        (joint, total)
    } else {
        (*prior, 0.0)
    }
}

/// A model, laid out for the recursions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernel<const K: usize> {
    pub(super) start: [f64; K],
    pub(super) transition: [[f64; K]; K],
    pub(super) mean: [f64; K],
    pub(super) variance: [f64; K],
    half_precision: [f64; K],
    log_norm: [f64; K],
}

impl<const K: usize> Kernel<K> {
    /// Of a model with `K` states.
    pub(super) fn new(model: &HmmModel) -> Self {
        Self {
            start: std::array::from_fn(|i| model.start[i]),
            transition: std::array::from_fn(|i| std::array::from_fn(|j| model.transition[i][j])),
            mean: std::array::from_fn(|i| model.mean[i]),
            variance: std::array::from_fn(|i| model.variance[i]),
            half_precision: std::array::from_fn(|i| model.half_precision[i]),
            log_norm: std::array::from_fn(|i| model.log_norm[i]),
        }
    }

    /// Writes the parameters into a model.
    pub(super) fn store(&self, model: &mut HmmModel) {
        for i in 0..K {
            model.start[i] = self.start[i];
            model.mean[i] = self.mean[i];
            model.variance[i] = self.variance[i];
            model.transition[i][..K].copy_from_slice(&self.transition[i]);
        }
        model.prepare();
    }

    /// To be called when variances have changed.
    pub(super) fn prepare(&mut self) {
        for i in 0..K {
            self.half_precision[i] = 0.5 / self.variance[i];
            self.log_norm[i] = -0.5 * (std::f64::consts::TAU * self.variance[i]).ln();
        }
    }

    /// The density of a value in each state, relative to the largest of them, and the log of that one.
    #[inline]
    pub(super) fn likelihood(&self, x: f64) -> ([f64; K], f64) {
        let mut log = [0.0; K];
        let mut largest = f64::NEG_INFINITY;
        for i in 0..K {
            let d = x - self.mean[i];
            log[i] = self.log_norm[i] - d * d * self.half_precision[i];
            largest = if log[i] > largest { log[i] } else { largest };
        }
        for l in &mut log {
            *l = if *l == largest { 1.0 } else { (*l - largest).exp() };
        }
        (log, largest)
    }

    /// Probabilities of the states one value later.
    #[inline]
    pub(super) fn predict(&self, filtered: &[f64; K]) -> [f64; K] {
        let mut next = [0.0; K];
        for i in 0..K {
            for j in 0..K {
                next[j] += filtered[i] * self.transition[i][j];
            }
        }
        next
    }

    /// The filter: probabilities of the states given one more value, and the log density of the value.
    #[inline]
    pub(super) fn filter(&self, prior: &[f64; K], x: f64) -> ([f64; K], f64) {
        let (likelihood, largest) = self.likelihood(x);
        let (filtered, total) = forward_step(prior, &likelihood);
        (filtered, largest + total.ln())
    }
}
