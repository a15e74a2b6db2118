//! A. W. Lo, "The Statistics of Sharpe Ratios", Financial Analysts Journal 58 (2002).

use super::{Moments, finite};

/// Standard error of an estimated Sharpe ratio per period under iid returns: `sqrt((1 + SR^2 / 2) / T)` (eq. 9). `None`
/// without returns.
pub fn sharpe_standard_error(sharpe: f64, observations: usize) -> Option<f64> {
    if observations == 0 {
        None
    } else {
        finite(((1.0 + sharpe * sharpe / 2.0) / observations as f64).sqrt())
    }
}

/// What a Sharpe ratio per period is multiplied by to span `q` periods of autocorrelated returns:
/// `eta(q) = q / sqrt(q + 2 sum_{k=1}^{q-1} (q - k) rho_k)` (eq. 20); `sqrt(q)` without autocorrelation.
///
/// `autocorrelations[k - 1]` is `rho_k`; those past its end count as 0. `None` for `q` 0 or a variance that is not
/// positive.
pub fn eta(q: usize, autocorrelations: &[f64]) -> Option<f64> {
    let sum: f64 = (1..q).zip(autocorrelations).map(|(k, rho)| (q - k) as f64 * rho).sum();
    let variance = q as f64 + 2.0 * sum;
    if variance > 0.0 { finite(q as f64 / variance.sqrt()) } else { None }
}

/// Sample autocorrelations at lags `1..=lags` (deviations from the whole sample's mean, over its sum of squares); a pair
/// with a missing return adds nothing. Empty for a constant series. O(n lags).
pub fn autocorrelations(returns: &[f64], lags: usize) -> Vec<f64> {
    let moments = Moments::of(returns);
    if moments.dispersion(0).is_none() {
        return Vec::new();
    }
    let at = |r: f64| if r.is_finite() { r - moments.mean } else { 0.0 };
    let deviations: Vec<f64> = returns.iter().map(|r| at(*r)).collect();
    let lags = lags.min(returns.len() - 1);
    let one =
        |k: usize| deviations.iter().zip(&deviations[k..]).map(|(a, b)| a * b).sum::<f64>() / moments.m2;
    (1..=lags).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autocorrelation_of_an_alternating_series() {
        let rho = autocorrelations(&[1.0, -1.0, 1.0, -1.0], 9);
        assert_eq!(rho, [-0.75, 0.5, -0.25]);
        assert!(autocorrelations(&[1.0; 4], 2).is_empty());
        assert!(autocorrelations(&[], 2).is_empty());
    }

    #[test]
    fn edges() {
        assert_eq!(eta(0, &[]), None);
        assert_eq!(eta(2, &[-1.0]), None);
        assert_eq!(eta(4, &[]), Some(2.0));
        assert_eq!(sharpe_standard_error(1.0, 0), None);
    }
}
