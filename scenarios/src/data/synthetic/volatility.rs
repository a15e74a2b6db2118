//! Long-memory log volatility: a sum of AR(1) components with geometrically spaced time scales.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::spec::VolatilitySpec;

/// A stationary Gaussian log volatility `x = sum x_k`, `x_k` an AR(1) with time scale `tau_k` and variance proportional
/// to `tau_k^-decay`.
///
/// A sum of exponentials with such weights is close to a power law: the autocorrelation of `x`, and with it that of
/// absolute returns, falls like `lag^-decay` between the shortest and the longest scale. It is the Gaussian cousin of the
/// Markov-switching multifractal (Calvet & Fisher 2004) and of the HAR cascade (Corsi 2009).
#[derive(Debug, Clone)]
pub(super) struct VolatilityCascade {
    components: Vec<Component>,
    rng: ChaCha8Rng,
}

#[derive(Debug, Clone, Copy)]
struct Component {
    value: f64,
    keep: f64,
    shock_sd: f64,
}

impl VolatilityCascade {
    /// A cascade that begins in its stationary law.
    pub(super) fn new(spec: &VolatilitySpec, frame_ns: i64, mut rng: ChaCha8Rng) -> Self {
        let scales = time_scales(spec);
        let weights: Vec<f64> = scales.iter().map(|tau| (tau / scales[0]).powf(-spec.decay)).collect();
        let total: f64 = weights.iter().sum();
        let components = scales
            .iter()
            .zip(&weights)
            .map(|(tau, weight)| {
                let sd = spec.log_sd * (weight / total).sqrt();
                let keep = (-(frame_ns as f64) / tau).exp();
                let start: f64 = rng.sample(StandardNormal);
                Component { value: sd * start, keep, shock_sd: sd * (1.0 - keep * keep).sqrt() }
            })
            .collect();
        Self { components, rng }
    }

    /// Moves one bar on; the log volatility of that bar, with mean 0 and standard deviation `log_sd`.
    #[inline]
    pub(super) fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for component in &mut self.components {
            sum += component.value;
            let shock: f64 = self.rng.sample(StandardNormal);
            component.value = component.keep * component.value + component.shock_sd * shock;
        }
        sum
    }
}

/// The time scales in nanoseconds, geometrically spaced from the shortest to the longest.
fn time_scales(spec: &VolatilitySpec) -> Vec<f64> {
    let (shortest, longest) = (spec.shortest.nanos() as f64, spec.longest.nanos() as f64);
    let steps = f64::from(spec.components.saturating_sub(1).max(1));
    let ratio = (longest / shortest).powf(1.0 / steps);
    (0..spec.components).map(|k| shortest * ratio.powi(k as i32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synthetic::streams::Stream;
    use manyworlds_components::time::Frame;

    #[test]
    fn time_scales_reach_from_shortest_to_longest() {
        let spec = VolatilitySpec::default();
        let scales = time_scales(&spec);
        assert_eq!(scales.len(), spec.components as usize);
        assert!((scales[0] / spec.shortest.nanos() as f64 - 1.0).abs() < 1e-12);
        assert!((scales[scales.len() - 1] / spec.longest.nanos() as f64 - 1.0).abs() < 1e-9);
    }

    /// Across many independent markets the first value has the stationary law, and so has the one an hour later.
    #[test]
    fn it_is_stationary_with_the_asked_deviation() {
        let spec = VolatilitySpec { log_sd: 0.7, ..VolatilitySpec::default() };
        let (mut first, mut later) = (0.0, 0.0);
        let markets = 4_000;
        for seed in 0..markets {
            let rng = Stream::Volatility.rng(seed, "A");
            let mut cascade = VolatilityCascade::new(&spec, Frame::MINUTE.nanos(), rng);
            first += cascade.next().powi(2) / markets as f64;
            later += (0..60).map(|_| cascade.next()).last().unwrap().powi(2) / markets as f64;
        }
        for variance in [first, later] {
            assert!((variance / 0.49 - 1.0).abs() < 0.08, "{variance}");
        }
    }
}
