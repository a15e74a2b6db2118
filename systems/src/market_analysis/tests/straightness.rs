//! Efficiency ratio, variance ratio and percentile.

use proptest::prelude::*;

use super::super::efficiency::{EfficiencyRatio, VarianceRatio};
use super::super::percentile::Percentile;
use super::Noise;

/// Efficiency and variance ratios after every close.
fn ratios(closes: &[f64], n: usize, (window, q): (usize, usize)) -> Vec<(Option<f64>, Option<f64>)> {
    let (mut efficiency, mut variance) = (EfficiencyRatio::new(n), VarianceRatio::new(window, q));
    let mut previous: Option<f64> = None;
    closes
        .iter()
        .map(|c| {
            let before = previous.replace(*c);
            (efficiency.update(*c, before), variance.update(*c, before.map(|p| (c / p).ln())))
        })
        .collect()
}

/// modules.md: 1 on a ramp, 0 on 1, 2, 1, 2, 1.
#[test]
fn known_efficiency() {
    let ramp: Vec<f64> = (1..30).map(|i| 0.1 * f64::from(i)).collect();
    assert!(
        ratios(&ramp, 10, (20, 5))[10..]
            .iter()
            .all(|r| (r.0.unwrap() - 1.0).abs() < 1e-12 && r.0.unwrap() <= 1.0)
    );
    assert_eq!(ratios(&ramp, 10, (20, 5))[9].0, None);
    assert_eq!(ratios(&[1.0, 2.0, 1.0, 2.0, 1.0], 4, (20, 5))[4].0, Some(0.0));
    assert_eq!(ratios(&[3.0; 30], 4, (20, 5))[29], (None, None), "nothing moved");
}

/// modules.md: on a Gaussian walk E[ER] = .318 at 10, .224 at 20, and VR(q) = 1.
#[test]
fn a_random_walk() {
    let mut noise = Noise::new(9);
    let mut log = 10.0;
    let closes: Vec<f64> = (0..200_000)
        .map(|_| {
            log += 1e-6 * noise.normal();
            log
        })
        .collect();
    for (n, expected) in [(10, 1.0 / 10f64.sqrt()), (20, 1.0 / 20f64.sqrt())] {
        let values: Vec<f64> = ratios(&closes, n, (4, 2)).iter().filter_map(|r| r.0).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // E|N| sqrt(n) / (n E|N|) = 1/sqrt(n) to first order; the ratio's mean is a little above.
        assert!((mean / expected - 1.0).abs() < 0.02, "{n}: {mean}");
    }
    for q in [2, 5, 20] {
        let ratio = ratios(&closes, 2, (100_000, q)).last().unwrap().1.unwrap();
        assert!((ratio - 1.0).abs() < 0.05, "{q}: {ratio}");
    }
}

/// Alternation and persistence: an MA(1) with coefficient a has VR(2) = 1 + a / (1 + a^2).
#[test]
fn moving_averages() {
    for a in [-0.5, 0.5] {
        let mut noise = Noise::new(4);
        let (mut log, mut last) = (5.0f64, 0.0);
        let closes: Vec<f64> = (0..100_002)
            .map(|_| {
                let shock = 1e-4 * noise.normal();
                log += shock + a * last;
                last = shock;
                log.exp()
            })
            .collect();
        let ratio = ratios(&closes, 2, (100_000, 2)).last().unwrap().1.unwrap();
        assert!((ratio - (1.0 + a / (1.0 + a * a))).abs() < 0.02, "{a}: {ratio}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn streaming_is_batch(closes in prop::collection::vec(10.0f64..20.0, 1..60), n in 1usize..9, q in 2usize..5, more in 1usize..12) {
        let window = q + more;
        for (t, (efficiency, variance)) in ratios(&closes, n, (window, q)).into_iter().enumerate() {
            let expected = (t >= n).then(|| {
                let c = &closes[t - n..=t];
                (c[n] - c[0]).abs() / c.windows(2).map(|p| (p[1] - p[0]).abs()).sum::<f64>()
            });
            prop_assert_eq!(efficiency.is_some(), expected.is_some());
            prop_assert!(efficiency.zip(expected).is_none_or(|(a, b)| (a - b).abs() < 1e-12));
            // Lo & MacKinlay (1988), section 1.1, in log prices.
            let expected = (t >= window).then(|| {
                let p: Vec<f64> = closes[t - window..=t].iter().map(|c| c.ln()).collect();
                let (n, q_) = (window as f64, q as f64);
                let mu = (p[window] - p[0]) / n;
                let one: f64 = p.windows(2).map(|x| (x[1] - x[0] - mu).powi(2)).sum::<f64>() / (n - 1.0);
                let m = q_ * (n - q_ + 1.0) * (1.0 - q_ / n);
                let many: f64 = p.windows(q + 1).map(|x| (x[q] - x[0] - q_ * mu).powi(2)).sum::<f64>() / m;
                many / one
            });
            prop_assert_eq!(variance.is_some(), expected.is_some());
            prop_assert!(variance.zip(expected).is_none_or(|(a, b)| (a - b).abs() < 1e-9 * b.max(1.0)), "{variance:?} {expected:?}");
        }
    }

    #[test]
    fn percentiles_are_ranks(values in prop::collection::vec(0i32..6, 1..40), n in 1usize..9) {
        let mut percentile = Percentile::new(n);
        for (t, v) in values.iter().enumerate() {
            let expected = (t + 1 >= n).then(|| {
                let tail = &values[t + 1 - n..=t];
                let (below, equal) = (tail.iter().filter(|x| *x < v).count(), tail.iter().filter(|x| *x == v).count());
                (below as f64 + 0.5 * equal as f64) / n as f64
            });
            prop_assert_eq!(percentile.update(f64::from(*v)), expected);
        }
    }
}
