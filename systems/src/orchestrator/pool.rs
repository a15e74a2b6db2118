//! Pools: several forecasts and their weights become one.

use manyworlds_components::forecast::Probabilities;

use super::settings::Pool;

/// Least probability that the log pool takes for real: one model's 0 may outvote the others, but two models that
/// exclude everything between them still leave something to normalise.
const LEAST: f64 = 1e-12;

/// A pool under way. Weights need not sum to 1; only their ratios count.
#[derive(Debug, Clone, Copy)]
pub struct Pooling {
    pool: Pool,
    sums: [f64; 3],
    score: f64,
    weight: f64,
    /// The first word and its weight, and how many words there were. One alone is passed on to the bit; it comes into
    /// the sums when a second one does.
    first: (f64, Probabilities),
    words: u32,
}

impl Pooling {
    /// An empty pool.
    #[inline]
    pub fn new(pool: Pool) -> Self {
        let first = (0.0, Probabilities::UNIFORM);
        Self { pool, sums: [0.0; 3], score: 0.0, weight: 0.0, first, words: 0 }
    }

    /// Adds one model's word.
    #[inline]
    pub fn add(&mut self, weight: f64, probabilities: &Probabilities, score: f64) {
        if weight <= 0.0 {
            return;
        }
        match self.words {
            0 => self.first = (weight, *probabilities),
            1 => {
                let (weight, first) = self.first;
                self.sum(weight, &first);
            }
            _ => {}
        }
        if self.words > 0 {
            self.sum(weight, probabilities);
        }
        self.words += 1;
        self.score += weight * score;
        self.weight += weight;
    }

    fn sum(&mut self, weight: f64, probabilities: &Probabilities) {
        for (sum, p) in self.sums.iter_mut().zip(probabilities.as_array()) {
            *sum += weight * if self.pool == Pool::Linear { p } else { p.max(LEAST).ln() };
        }
    }

    /// The combined probabilities and score; `None` if no model had a weight above 0.
    #[inline]
    pub fn finish(&self) -> Option<(Probabilities, f64)> {
        let score = self.score / self.weight;
        match self.words {
            0 => return None,
            1 => return Some((self.first.1, score)),
            _ => {}
        }
        let mean = self.sums.map(|s| s / self.weight);
        let probabilities = match self.pool {
            Pool::Linear => Probabilities::new(mean[0], mean[1], mean[2])?,
            Pool::Log => {
                let top = mean.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                Probabilities::normalized(mean.map(|l| (l - top).exp()))?
            }
        };
        Some((probabilities, score))
    }
}

/// Pulls an estimate from `samples` scored forecasts towards uniform: (n p + k / 3) / (n + k).
#[inline]
pub fn shrink(p: &Probabilities, samples: u64, k: f64) -> Probabilities {
    if k <= 0.0 {
        return *p;
    }
    let n = samples as f64;
    Probabilities::normalized(p.as_array().map(|p| n * p + k / 3.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pooled(pool: Pool, models: &[(f64, [f64; 3])]) -> Option<[f64; 3]> {
        let mut pooling = Pooling::new(pool);
        for (w, [s, h, b]) in models {
            pooling.add(*w, &Probabilities::new(*s, *h, *b).unwrap(), 0.0);
        }
        pooling.finish().map(|(p, _)| p.as_array())
    }

    #[test]
    fn known_answers() {
        let models = [(0.7, [0.6, 0.3, 0.1]), (0.3, [0.4, 0.5, 0.1])];
        for (pool, expected) in [(Pool::Linear, [0.54, 0.36, 0.10]), (Pool::Log, [0.5416, 0.3565, 0.1019])] {
            for (p, e) in pooled(pool, &models).unwrap().iter().zip(expected) {
                assert!((p - e).abs() < 5e-5, "{pool:?}: {p} is not {e}");
            }
        }
    }

    #[test]
    fn contradicting_certainties_still_pool() {
        let models = [(0.5, [1.0, 0.0, 0.0]), (0.5, [0.0, 0.0, 1.0])];
        assert_eq!(pooled(Pool::Linear, &models), Some([0.5, 0.0, 0.5]));
        let [s, h, b] = pooled(Pool::Log, &models).unwrap();
        assert!((s - 0.5).abs() < 1e-5 && h < 1e-5 && (b - 0.5).abs() < 1e-5);
        assert_eq!(pooled(Pool::Linear, &[]), None);
        assert_eq!(pooled(Pool::Log, &[(0.0, [1.0, 0.0, 0.0])]), None);
    }

    #[test]
    fn shrinkage_is_by_sample_count() {
        let p = Probabilities::new(0.1, 0.2, 0.7).unwrap();
        assert_eq!(shrink(&p, 5, 0.0), p);
        for p in shrink(&p, 0, 10.0).as_array() {
            assert!((p - 1.0 / 3.0).abs() < 1e-15);
        }
        let half = shrink(&p, 10, 10.0).as_array();
        assert!((half[2] - (0.7 + 1.0 / 3.0) / 2.0).abs() < 1e-15);
    }

    proptest! {
        /// Unanimity and scale: equal opinions pool to themselves, whatever the weights.
        #[test]
        fn pools_are_unanimous(v in prop::array::uniform3(0.01f64..1.0), w in prop::array::uniform2(0.01f64..5.0)) {
            let p = Probabilities::normalized(v).unwrap().as_array();
            for pool in [Pool::Linear, Pool::Log] {
                let out = pooled(pool, &[(w[0], p), (w[1], p)]).unwrap();
                for (a, b) in out.iter().zip(p) { prop_assert!((a - b).abs() < 1e-12); }
            }
        }
    }
}
