//! Block-bootstrap intervals: resampling that keeps the returns' dependence.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::quantile::{of_sorted, sorted};
use super::{Conventions, annual_return, sharpe};

/// How blocks are drawn; both wrap around the end of the series, so that every return is equally likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BlockScheme {
    /// Blocks of geometric length. Politis & Romano, "The stationary bootstrap", JASA 89 (1994).
    #[default]
    Stationary,
    /// Blocks of one length. Politis & Romano, "A circular block-resampling procedure" (1992).
    Circular,
}

/// Settings of a bootstrap; the same settings and returns give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// How blocks are drawn.
    pub scheme: BlockScheme,
    /// (Mean) block length in periods; `None`: the cube root of the number of returns, rounded up (the optimal rate of
    /// Politis & White 2004).
    pub block_length: Option<usize>,
    /// How many series are drawn.
    pub resamples: usize,
    /// Coverage of the interval, in `(0, 1)`.
    pub confidence: f64,
    /// Seed; each resample has its own stream of it, so that more resamples keep the earlier ones.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// Stationary, automatic length, 1,000 resamples, 95%, seed 0.
    fn default() -> Self {
        Self {
            scheme: BlockScheme::Stationary,
            block_length: None,
            resamples: 1_000,
            confidence: 0.95,
            seed: 0,
        }
    }
}

/// A percentile interval around a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The `(1 - confidence) / 2` quantile of the resampled statistic.
    pub low: f64,
    /// The statistic of the returns themselves. It need not lie inside, though it nearly always does.
    pub point: f64,
    /// The `(1 + confidence) / 2` quantile.
    pub high: f64,
}

impl Bootstrap {
    /// The percentile interval of any statistic of returns; `statistic` is called once per resample.
    ///
    /// Resamples whose statistic is undefined are left out. `None` for fewer than two returns, a confidence outside
    /// `(0, 1)`, an undefined statistic, or one that is undefined on more than a tenth of the resamples.
    pub fn interval(&self, returns: &[f64], statistic: impl Fn(&[f64]) -> Option<f64>) -> Option<Interval> {
        let usable = self.confidence > 0.0 && self.confidence < 1.0 && self.resamples > 0;
        if !usable || returns.len() < 2 {
            return None;
        }
        let point = statistic(returns)?;
        let mut drawn = vec![0.0; returns.len()];
        let values: Vec<f64> = (0..self.resamples as u64)
            .filter_map(|resample| {
                self.draw(returns, resample, &mut drawn);
                statistic(&drawn)
            })
            .collect();
        let values = sorted(&values);
        if (values.len() as f64) < 0.9 * self.resamples as f64 {
            return None;
        }
        let tail = (1.0 - self.confidence) / 2.0;
        Some(Interval { low: of_sorted(&values, tail)?, point, high: of_sorted(&values, 1.0 - tail)? })
    }

    /// The interval of the annualized Sharpe ratio.
    pub fn sharpe(&self, returns: &[f64], conventions: &Conventions) -> Option<Interval> {
        self.interval(returns, |drawn| sharpe(drawn, conventions))
    }

    /// The interval of the geometric annual return.
    pub fn annual_return(&self, returns: &[f64], conventions: &Conventions) -> Option<Interval> {
        self.interval(returns, |drawn| annual_return(drawn, conventions))
    }

    /// Fills `drawn` (as long as `returns`, not empty) with the resample of that number.
    fn draw(&self, returns: &[f64], resample: u64, drawn: &mut [f64]) {
        drawn.iter_mut().zip(self.places(returns.len(), resample)).for_each(|(slot, at)| *slot = returns[at]);
    }

    /// Which of `n` returns (at least one) the resample of that number takes, in order, without end. Series that are resampled
    /// by the same places stay beside each other: what they have in common cancels out of their differences.
    pub fn places(&self, n: usize, resample: u64) -> impl Iterator<Item = usize> {
        let scheme = self.scheme;
        let length = self.block_length(n);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(resample);
        // A product's high word: uniform on 0..n up to n / 2^64, and the same under every version of any library.
        let mut start = move || ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize;
        let mut coin = ChaCha8Rng::seed_from_u64(self.seed ^ 0x9e37_79b9_7f4a_7c15);
        coin.set_stream(resample);
        let threshold = (u64::MAX as f64 / length as f64) as u64;
        let (mut at, mut left) = (0, 0);
        std::iter::repeat_with(move || {
            let fresh = match scheme {
                // The first draw has no block to go on with.
                BlockScheme::Stationary => left == 0 || coin.next_u64() <= threshold,
                BlockScheme::Circular => left == 0,
            };
            if fresh {
                (at, left) = (start(), length);
            }
            let place = at;
            at = if at + 1 == n { 0 } else { at + 1 };
            if scheme == BlockScheme::Circular {
                left -= 1;
            }
            place
        })
    }

    /// The (mean) length of blocks of `n` returns.
    pub fn block_length(&self, n: usize) -> usize {
        self.block_length.unwrap_or_else(|| (n as f64).cbrt().ceil() as usize).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::sharpe_standard_error;

    /// Returns with a normal-like spread that need no generator.
    fn returns(n: usize) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut unit = || rng.next_u64() as f64 / u64::MAX as f64 - 0.5;
        (0..n).map(|_| 0.001 + 0.01 * (0..12).map(|_| unit()).sum::<f64>()).collect()
    }

    #[test]
    fn a_whole_circle_is_only_a_rotation() {
        let returns = returns(50);
        let circle =
            Bootstrap { scheme: BlockScheme::Circular, block_length: Some(50), ..Bootstrap::default() };
        let interval = circle.sharpe(&returns, &Conventions::default()).unwrap();
        assert!((interval.high - interval.low).abs() < 1e-9 && (interval.low - interval.point).abs() < 1e-9);
    }

    #[test]
    fn iid_returns_give_los_standard_error() {
        let returns = returns(1_000);
        let conventions = Conventions::daily(1.0);
        for scheme in [BlockScheme::Stationary, BlockScheme::Circular] {
            let bootstrap = Bootstrap { scheme, resamples: 2_000, ..Bootstrap::default() };
            let interval = bootstrap.sharpe(&returns, &conventions).unwrap();
            let expected = 2.0 * 1.96 * sharpe_standard_error(interval.point, 1_000).unwrap();
            let ratio = (interval.high - interval.low) / expected;
            assert!((0.85..1.15).contains(&ratio), "{scheme:?}: {ratio}");
            assert!(interval.low < interval.point && interval.point < interval.high);
        }
    }

    #[test]
    fn stationary_blocks_have_their_mean_length() {
        let ramp: Vec<f64> = (0..10_000).map(f64::from).collect();
        let bootstrap = Bootstrap { block_length: Some(20), ..Bootstrap::default() };
        let mut drawn = vec![0.0; ramp.len()];
        bootstrap.draw(&ramp, 3, &mut drawn);
        let breaks = drawn.windows(2).filter(|w| w[1] != (w[0] + 1.0) % 10_000.0).count();
        assert!((400..600).contains(&breaks), "{breaks}");
    }

    #[test]
    fn undefined_intervals_are_none() {
        let conventions = Conventions::default();
        assert_eq!(Bootstrap::default().sharpe(&[0.01], &conventions), None);
        assert_eq!(Bootstrap::default().sharpe(&[0.01; 30], &conventions), None);
        let certain = Bootstrap { confidence: 1.0, ..Bootstrap::default() };
        assert_eq!(certain.annual_return(&returns(30), &conventions), None);
    }
}
