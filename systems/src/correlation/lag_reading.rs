//! What a lead-lag curve says, and how sure it is.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc;

/// The features of a symbol from its curve with the reference. `None` where undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct LagReading {
    /// Hayashi-Yoshida correlation at lag 0.
    pub hayashi_yoshida: Option<f64>,
    /// The lag at which the correlation is largest in size, in seconds. Above 0: the first symbol of the pair leads.
    pub seconds: Option<f64>,
    /// Lead-lag ratio: sum of squared correlations at positive lags over that at negative lags. Above 1: the first leads.
    pub ratio: Option<f64>,
    /// How sure the peak is, 0 ..= 1.
    pub confidence: Option<f64>,
    /// How sure it is that the ratio is on the side of 1 on which it is, 0 ..= 1.
    pub ratio_confidence: Option<f64>,
}

/// Reads a curve. `buckets` holds what each bucket added to the covariance, by lag; `tilts` what it added at all
/// positive lags less what it added at all negative ones.
///
/// Significance: under the hypothesis the contributions c of the buckets are as likely positive as negative, and
/// sum c / sqrt(sum c^2) has tails no heavier than the normal's (Efron 1969). That holds without a model of volatility or
/// of the noise inside a bucket. The confidence in the peak is the lesser of two, each after Bonferroni's correction for
/// the number of lags looked at:
/// - the peak is nothing (independent series): c is the contribution at the peak's lag;
/// - for a peak off 0, it is no lead (the curve is symmetric): c is the difference to the mirrored lag.
///
/// The confidence in the ratio is that of one test that the curve is symmetric: c is the tilt of the bucket. It sees a lead
/// that is spread over many lags.
pub fn read_lags(lags: &[i64], curve: &[f64], buckets: &[f64], tilts: &[f64]) -> LagReading {
    if curve.is_empty() {
        return LagReading::default();
    }
    let (tests, middle, window) = (lags.len(), lags.len() / 2, tilts.len());
    // The nearest to 0 of equally large ones.
    let nearest = (0..=middle).flat_map(|d| [middle + d, middle - d]);
    let peak =
        nearest.reduce(|best, k| if curve[k].abs() > curve[best].abs() { k } else { best }).unwrap_or(middle);
    let mirror = tests - 1 - peak;
    let of = |k: usize| &buckets[k * window..(k + 1) * window];
    let mut confidence = certainty(of(peak).iter().copied(), tests);
    if peak != mirror {
        let differences = of(peak).iter().zip(of(mirror)).map(|(p, m)| p - m);
        confidence = confidence.min(certainty(differences, middle));
    }
    let energy = |range: &[f64]| range.iter().map(|r| r * r).sum::<f64>();
    let (behind, ahead) = (energy(&curve[..middle]), energy(&curve[middle + 1..]));
    LagReading {
        hayashi_yoshida: Some(curve[middle]),
        seconds: Some(lags[peak] as f64 / 1e9),
        ratio: (behind > 0.0).then(|| ahead / behind),
        confidence: Some(confidence),
        ratio_confidence: (behind > 0.0).then(|| certainty(tilts.iter().copied(), 1)),
    }
}

/// 1 less the probability that the sum of contributions that are symmetric about 0 is as far from 0 in any of so many
/// tests.
fn certainty(contributions: impl Iterator<Item = f64>, tests: usize) -> f64 {
    let (sum, squares) = contributions.fold((0.0, 0.0), |(s, q), c| (s + c, q + c * c));
    if squares <= 0.0 {
        return 0.0;
    }
    let z = sum.abs() / f64::sqrt(squares);
    (1.0 - tests as f64 * erfc(z / std::f64::consts::SQRT_2)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAGS: [i64; 5] = [-2_000_000_000, -1_000_000_000, 0, 1_000_000_000, 2_000_000_000];

    #[test]
    fn ratio_and_peak() {
        let curve = [0.1, 0.2, 0.3, 0.6, 0.2];
        let buckets: Vec<f64> = curve.iter().flat_map(|c| [c / 2.0, c / 2.0]).collect();
        let r = read_lags(&LAGS, &curve, &buckets, &[0.25, 0.25]);
        assert_eq!((r.hayashi_yoshida, r.seconds), (Some(0.3), Some(1.0)));
        assert!((r.ratio.unwrap() - 0.40 / 0.05).abs() < 1e-12);
        // z = sqrt 2 for peak and difference alike: p = .1573 for one test, .7865 for five.
        assert!((r.confidence.unwrap() - 0.2135).abs() < 1e-3, "{r:?}");
        assert!((r.ratio_confidence.unwrap() - 0.8427).abs() < 1e-3, "{r:?}");
        assert_eq!(read_lags(&LAGS, &[], &[], &[]), LagReading::default());
    }

    #[test]
    fn equal_peaks_and_flat_curves() {
        let r = read_lags(&LAGS, &[0.0, 0.5, -0.5, 0.5, 0.0], &[0.0; 5], &[0.0]);
        assert_eq!((r.seconds, r.ratio, r.confidence), (Some(0.0), Some(1.0), Some(0.0)));
        let r = read_lags(&LAGS, &[0.0, 0.0, 0.1, 0.3, 0.0], &[0.0; 5], &[0.0]);
        assert_eq!((r.seconds, r.ratio, r.ratio_confidence), (Some(1.0), None, None));
    }

    #[test]
    fn many_buckets_of_one_sign_are_sure() {
        let mut buckets = vec![0.0; 5 * 40];
        buckets[3 * 40..4 * 40].fill(0.01);
        let tilts = [0.01; 40];
        let r = read_lags(&LAGS, &[0.0, 0.0, 0.0, 0.4, 0.0], &buckets, &tilts);
        assert!(r.confidence.unwrap() > 0.999_999);
        // As much on the mirrored side: certainly no accident, and certainly no lead.
        buckets[40..80].fill(0.01);
        let r = read_lags(&LAGS, &[0.0, 0.39, 0.0, 0.4, 0.0], &buckets, &tilts);
        assert_eq!(r.confidence, Some(0.0));
    }
}
