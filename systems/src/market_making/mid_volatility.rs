//! How fast the mid of a book moves, estimated from its past alone.

use manyworlds_components::time::{NANOS_PER_SECOND, Timestamp};
use serde::{Deserialize, Serialize};

/// Variance of the mid per second: squared changes over the time that they took, both with weights that halve with every half life.
/// Changes are taken over a second at least, lest the flicker of the best prices counts as movement. No sum is ever reduced but by
/// its weight, so that rounding does not pile up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct MidVolatility {
    squares: f64,
    seconds: f64,
    /// When the mid was taken last, and what it was; `None` before the first time.
    last: Option<(Timestamp, f64)>,
    /// Time observed so far, in nanoseconds.
    observed: i64,
}

impl MidVolatility {
    /// Takes in the mid (ticks) at a time. Times do not go back.
    pub fn observe(&mut self, now: Timestamp, mid: f64, half_life: i64) {
        let Some((then, before)) = self.last else {
            self.last = Some((now, mid));
            return;
        };
        let nanos = now - then;
        if nanos < NANOS_PER_SECOND {
            return;
        }
        let weight = (-(nanos as f64) / half_life as f64).exp2();
        self.squares = self.squares * weight + (mid - before) * (mid - before);
        self.seconds = self.seconds * weight + nanos as f64 / NANOS_PER_SECOND as f64;
        self.observed += nanos;
        self.last = Some((now, mid));
    }

    /// The mid is not known: what comes next is not a change from what was before.
    pub fn interrupt(&mut self) {
        self.last = None;
    }

    /// Variance in squared ticks per second; `None` before a half life was observed.
    pub fn per_second(&self, half_life: i64) -> Option<f64> {
        (self.observed >= half_life && self.seconds > 0.0).then(|| self.squares / self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bar_world::Uniform;

    #[test]
    fn it_finds_the_variance_of_a_walk() {
        let (mut estimate, mut random) = (MidVolatility::default(), Uniform(3));
        let (mut mid, half_life) = (10_000.0, 600 * NANOS_PER_SECOND);
        let (mut sum, mut n) = (0.0, 0);
        for i in 0..60_000i64 {
            // A tenth of a second each, of variance .09: .9 a second.
            mid += 0.3 * random.normal();
            estimate.observe(Timestamp(i * NANOS_PER_SECOND / 10), mid, half_life);
            match estimate.per_second(half_life) {
                Some(variance) => (sum, n) = (sum + variance, n + 1),
                None => assert!(i <= 6_000, "{i}"),
            }
        }
        assert!((sum / f64::from(n) - 0.9).abs() < 0.1, "{}", sum / f64::from(n));
    }

    #[test]
    fn what_is_not_known_is_no_change() {
        let mut estimate = MidVolatility::default();
        let at = |s: i64| Timestamp(s * NANOS_PER_SECOND);
        for s in 0..10 {
            estimate.observe(at(s), 100.0, NANOS_PER_SECOND);
        }
        estimate.interrupt();
        for s in 20..30 {
            estimate.observe(at(s), 500.0, NANOS_PER_SECOND);
        }
        assert_eq!(estimate.per_second(NANOS_PER_SECOND), Some(0.0));
    }
}
