//! The hidden regime: a Markov chain over named market states.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::spec::{RegimeSpec, YEAR_NANOS};

/// A regime as the generator needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct State {
    log_volatility: f64,
    drift_per_bar: f64,
    leave_probability: f64,
}

/// A Markov chain that stays in a regime for a geometric time and then moves to any other with equal chance, so that
/// the share of time in a regime is proportional to its mean duration.
#[derive(Debug, Clone)]
pub(super) struct RegimeChain {
    states: Vec<State>,
    current: usize,
    rng: ChaCha8Rng,
}

impl RegimeChain {
    /// A chain that begins in its stationary law. Volatilities are scaled so that the mean variance over regimes is 1.
    pub(super) fn new(regimes: &[RegimeSpec], frame_ns: i64, mut rng: ChaCha8Rng) -> Self {
        let shares = shares(regimes);
        let mean_square: f64 =
            regimes.iter().zip(&shares).map(|(r, share)| share * r.volatility * r.volatility).sum();
        let states = regimes
            .iter()
            .map(|r| State {
                log_volatility: r.volatility.ln() - 0.5 * mean_square.ln(),
                drift_per_bar: r.annual_drift * frame_ns as f64 / YEAR_NANOS,
                leave_probability: (frame_ns as f64 / r.mean_duration.nanos() as f64).min(1.0),
            })
            .collect();
        let mut left: f64 = rng.random();
        let mut current = 0;
        while current + 1 < shares.len() && left >= shares[current] {
            left -= shares[current];
            current += 1;
        }
        Self { states, current, rng }
    }

    /// Moves one bar on: the regime, its log volatility relative to the whole market's, and its drift per bar.
    #[inline]
    pub(super) fn next(&mut self) -> (usize, f64, f64) {
        let state = self.states[self.current];
        let now = (self.current, state.log_volatility, state.drift_per_bar);
        let others = self.states.len() - 1;
        if others > 0 && self.rng.random::<f64>() < state.leave_probability {
            let pick = self.rng.random_range(0..others as u32) as usize;
            self.current = if pick >= self.current { pick + 1 } else { pick };
        }
        now
    }

    /// The stationary mean of (relative volatility)^`power`.
    pub(super) fn mean_power(&self, regimes: &[RegimeSpec], power: f64) -> f64 {
        let shares = shares(regimes);
        self.states.iter().zip(&shares).map(|(s, share)| share * (power * s.log_volatility).exp()).sum()
    }
}

/// The stationary share of time in each regime.
fn shares(regimes: &[RegimeSpec]) -> Vec<f64> {
    let total: f64 = regimes.iter().map(|r| r.mean_duration.nanos() as f64).sum();
    regimes.iter().map(|r| r.mean_duration.nanos() as f64 / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synthetic::streams::Stream;
    use manyworlds_components::time::Frame;

    #[test]
    fn time_in_a_regime_is_as_its_mean_duration() {
        let regime = |name: &str, volatility, minutes: i64| RegimeSpec {
            name: name.into(),
            volatility,
            annual_drift: 0.0,
            mean_duration: Frame::from_nanos(minutes * Frame::MINUTE.nanos()).unwrap(),
        };
        let regimes = [regime("calm", 0.5, 60), regime("normal", 1.0, 30), regime("crash", 3.0, 10)];
        let mut chain = RegimeChain::new(&regimes, Frame::MINUTE.nanos(), Stream::Regime.rng(3, "A"));
        let bars = 400_000;
        let (mut time, mut visits, mut variance, mut last) = ([0; 3], [0; 3], 0.0, usize::MAX);
        for _ in 0..bars {
            let (regime, log_volatility, _) = chain.next();
            time[regime] += 1;
            visits[regime] += usize::from(regime != last);
            last = regime;
            variance += (2.0 * log_volatility).exp() / f64::from(bars);
        }
        for (i, minutes) in [60.0, 30.0, 10.0].into_iter().enumerate() {
            let (share, stay) = (time[i] as f64 / f64::from(bars), time[i] as f64 / visits[i] as f64);
            assert!((share - minutes / 100.0).abs() < 0.02, "share of regime {i}: {share}");
            assert!((stay / minutes - 1.0).abs() < 0.06, "duration of regime {i}: {stay}");
        }
        assert!((variance - 1.0).abs() < 0.1, "mean variance {variance}");
    }
}
