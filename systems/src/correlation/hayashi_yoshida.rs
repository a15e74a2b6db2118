//! The covariance of two prices that are observed at different times, without a grid.
//!
//! Hayashi & Yoshida (2005), "On covariance estimation of non-synchronously observed diffusion processes", Bernoulli
//! 11, 359-379: the sum of r_a r_b over all pairs of intervals between observations that overlap by more than a point.
//! A pair is known when the later of its intervals closes, and it takes two running sums to know the pairs that close
//! with an observation: what closed on the other side since the interval began, on either side.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::ticks::Ticks;

/// A merge of two series of observations, the second moved back by a lag.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Merge {
    next_a: u64,
    next_b: u64,
    /// Returns of a since the last observation of b, and the other way round.
    closed_a: f64,
    closed_b: f64,
}

impl Merge {
    /// Takes in all observations before `until`, on the clock of a: an observation of b at t counts as of t - `lag`.
    /// Returns the covariance that they add. With a lag above 0, b is held against an earlier a: a leads.
    pub fn advance(&mut self, a: &Ticks, b: &Ticks, lag: i64, until: i64) -> f64 {
        (self.next_a, self.next_b) = (self.next_a.max(a.first()), self.next_b.max(b.first()));
        let ((times_a, returns_a), (times_b, returns_b)) = (a.since(self.next_a), b.since(self.next_b));
        let until_b = until.saturating_add(lag);
        let (mut i, mut j, mut covariance) = (0, 0, 0.0);
        loop {
            let at_a = times_a.get(i).copied().filter(|t| *t < until);
            let at_b = times_b.get(j).copied().filter(|t| *t < until_b).map(|t| t - lag);
            let order = match (at_a, at_b) {
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => {
                    covariance += returns_a[i] * self.closed_b;
                    self.closed_a += returns_a[i];
                    self.closed_b = 0.0;
                    i += 1;
                }
                Ordering::Greater => {
                    covariance += returns_b[j] * self.closed_a;
                    self.closed_b += returns_b[j];
                    self.closed_a = 0.0;
                    j += 1;
                }
                // Both close: every pair of what is open ends here, and none goes on.
                Ordering::Equal => {
                    covariance += returns_a[i] * self.closed_b;
                    covariance += returns_b[j] * (self.closed_a + returns_a[i]);
                    (self.closed_a, self.closed_b) = (0.0, 0.0);
                    i += 1;
                    j += 1;
                }
            }
        }
        self.next_a += i as u64;
        self.next_b += j as u64;
        covariance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Prices whose logarithms are given.
    pub fn ticks(observations: &[(i64, f64)]) -> Ticks {
        let mut ticks = Ticks::default();
        observations.iter().for_each(|(t, log)| ticks.push(*t, log.exp()));
        ticks
    }

    fn whole(a: &[(i64, f64)], b: &[(i64, f64)], lag: i64) -> f64 {
        Merge::default().advance(&ticks(a), &ticks(b), lag, i64::MAX)
    }

    /// The definition: all pairs. Returns are those of the observations, so that both sums have the same addends.
    fn brute_force(a: &[(i64, f64)], b: &[(i64, f64)], lag: i64) -> f64 {
        let (a, b) = (ticks(a), ticks(b));
        let ((times_a, returns_a), (times_b, returns_b)) = (a.since(0), b.since(0));
        let mut sum = 0.0;
        for (x, r) in times_a.windows(2).zip(&returns_a[1.min(returns_a.len())..]) {
            for (y, s) in times_b.windows(2).zip(&returns_b[1.min(returns_b.len())..]) {
                if x[1].min(y[1] - lag) > x[0].max(y[0] - lag) {
                    sum += r * s;
                }
            }
        }
        sum
    }

    #[test]
    fn known_answer() {
        let x = [(0, 0.0), (1, 1.0), (3, 3.0), (4, 2.0)];
        let y = [(0, 0.0), (2, 2.0), (4, 3.0)];
        let covariance = whole(&x, &y, 0);
        assert!((covariance - 7.0).abs() < 1e-12, "{covariance}");
        let energy = |s: &[(i64, f64)]| s.windows(2).map(|w| (w[1].1 - w[0].1).powi(2)).sum::<f64>();
        let correlation = covariance / (energy(&x) * energy(&y)).sqrt();
        assert!((correlation - 1.278).abs() < 5e-4, "{correlation}");
    }

    #[test]
    fn touching_is_not_overlapping() {
        assert_eq!(whole(&[(0, 0.0), (1, 1.0)], &[(1, 0.0), (2, 1.0)], 0), 0.0);
        assert_eq!(whole(&[(1, 0.0), (2, 1.0)], &[(0, 0.0), (1, 1.0)], 0), 0.0);
        assert!(
            (whole(&[(0, 0.0), (1, 1.0)], &[(1, 0.0), (2, 1.0)], 1) - 1.0).abs() < 1e-12,
            "moved onto each other"
        );
    }

    fn walk() -> impl Strategy<Value = Vec<(i64, f64)>> {
        prop::collection::vec((1i64..6, -1.0f64..1.0), 1..60).prop_map(|steps| {
            let mut at = (0, 0.0);
            steps
                .into_iter()
                .map(|(t, x)| {
                    at = (at.0 + t, at.1 + x);
                    at
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn is_the_sum_over_all_pairs(a in walk(), b in walk(), lag in -9i64..10) {
            prop_assert!((whole(&a, &b, lag) - brute_force(&a, &b, lag)).abs() < 1e-12);
        }

        /// In pieces, with what is not needed any more forgotten, and at every point known pairs only.
        #[test]
        fn streams(a in walk(), b in walk(), lag in -9i64..10, step in 1i64..30) {
            let (mut merge, mut total) = (Merge::default(), 0.0);
            let (mut left, mut right) = (Ticks::default(), Ticks::default());
            let (mut i, mut j) = (0, 0);
            for now in (0..400).step_by(step as usize) {
                while i < a.len() && a[i].0 < now { left.push(a[i].0, a[i].1.exp()); i += 1; }
                while j < b.len() && b[j].0 < now { right.push(b[j].0, b[j].1.exp()); j += 1; }
                let until = now - lag.max(0);
                total += merge.advance(&left, &right, lag, until);
                left.forget_before(now - 9);
                right.forget_before(now - 9);
                let known = |s: &[(i64, f64)], until: i64| s.iter().copied().filter(|o| o.0 < until).collect::<Vec<_>>();
                let expected = brute_force(&known(&a, until), &known(&b, until + lag), lag);
                prop_assert!((total - expected).abs() < 1e-10, "{total} {expected}");
            }
        }

        #[test]
        fn symmetric(a in walk(), b in walk(), lag in -9i64..10) {
            prop_assert!((whole(&a, &b, lag) - whole(&b, &a, -lag)).abs() < 1e-10);
        }
    }
}
