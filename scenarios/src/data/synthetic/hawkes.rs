//! Self-exciting arrivals: the Hawkes process with an exponential kernel.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A Hawkes process: intensity = base rate + sum over past events of `n beta exp(-beta age)`.
///
/// `n` (the branching ratio, in `[0, 1)`) is the mean number of arrivals that one arrival causes. With a constant base
/// rate `mu` the mean rate is `mu / (1 - n)` and the Fano factor of counts in long windows is `1 / (1 - n)^2`
/// (Hawkes 1971). Simulated exactly, without thinning (Dassios & Zhao 2013, "Exact simulation of Hawkes process with
/// exponentially decaying intensity"): the next arrival is the earlier of one from the base rate and one from the excess.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hawkes {
    branching_ratio: f64,
    decay_rate: f64,
    excess: f64,
}

impl Hawkes {
    /// A process with no past. `branching_ratio` in `[0, 1)`; `decay_rate` (beta) in 1 per unit of time, above 0;
    /// the unit of time is the caller's.
    pub fn new(branching_ratio: f64, decay_rate: f64) -> Self {
        debug_assert!((0.0..1.0).contains(&branching_ratio) && decay_rate > 0.0);
        Self { branching_ratio, decay_rate, excess: 0.0 }
    }

    /// The next arrival in `(from, until]` under a base rate that is constant there, or `None`. Moves the state to the
    /// arrival, or to `until`: the next call must begin where this one ended.
    #[inline]
    pub fn next_arrival(
        &mut self,
        rng: &mut ChaCha8Rng,
        base_rate: f64,
        from: f64,
        until: f64,
    ) -> Option<f64> {
        let mut wait = exponential(rng) / base_rate;
        // The excess, left alone, integrates to excess / beta: it may never cause an arrival at all.
        let left = 1.0 - self.decay_rate * exponential(rng) / self.excess;
        if left > 0.0 {
            wait = wait.min(-left.ln() / self.decay_rate);
        }
        let arrival = from + wait;
        // A NaN (rates of zero) counts as no arrival.
        if arrival <= until {
            self.excess *= (-self.decay_rate * wait).exp();
            self.excess += self.branching_ratio * self.decay_rate;
            Some(arrival)
        } else {
            self.excess *= (-self.decay_rate * (until - from)).exp();
            None
        }
    }
}

/// A standard exponential draw.
#[inline]
pub(super) fn exponential(rng: &mut ChaCha8Rng) -> f64 {
    // 1 - u is in (0, 1].
    -(1.0 - rng.random::<f64>()).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synthetic::streams::Stream;

    /// Counts in `windows` windows of `width`, base rate 1, after a warm-up of ten windows.
    fn counts(n: f64, width: f64, windows: usize, seed: u64) -> Vec<f64> {
        let mut rng = Stream::Trade.rng(seed, "hawkes");
        let mut process = Hawkes::new(n, 1.0);
        let mut all = Vec::new();
        for window in 0..windows + 10 {
            let (mut now, until) = (window as f64 * width, (window + 1) as f64 * width);
            let mut count = 0.0;
            while let Some(arrival) = process.next_arrival(&mut rng, 1.0, now, until) {
                assert!(arrival >= now && arrival <= until);
                now = arrival;
                count += 1.0;
            }
            all.push(count);
        }
        all.split_off(10)
    }

    /// Mean rate mu / (1 - n); Fano factor of long windows 1 / (1 - n)^2: n = 0.5 gives 2 and 4.
    #[test]
    fn mean_rate_and_fano_factor() {
        for (n, width, windows) in [(0.0, 100.0, 4_000), (0.5, 200.0, 4_000), (0.8, 500.0, 4_000)] {
            let counts = counts(n, width, windows, 7);
            let mean = counts.iter().sum::<f64>() / windows as f64;
            let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (windows - 1) as f64;
            let (rate, fano) = (1.0 / (1.0 - n), 1.0 / (1.0 - n) / (1.0 - n));
            assert!((mean / width / rate - 1.0).abs() < 0.02, "n {n}: rate {} not {rate}", mean / width);
            assert!((variance / mean / fano - 1.0).abs() < 0.1, "n {n}: Fano {} not {fano}", variance / mean);
        }
    }

    #[test]
    fn no_base_rate_no_arrivals() {
        let mut rng = Stream::Trade.rng(1, "hawkes");
        assert_eq!(Hawkes::new(0.5, 1.0).next_arrival(&mut rng, 0.0, 0.0, 1e9), None);
    }
}
