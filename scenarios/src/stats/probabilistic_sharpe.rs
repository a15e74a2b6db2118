//! Probabilistic Sharpe ratio.

use statrs::distribution::{ContinuousCDF, Normal};

use super::finite;

/// `1 - g3 SR + (g4 - 1) / 4 SR^2`: the variance of an estimated Sharpe ratio, times the number of returns (Mertens
/// 2002). `None` unless positive.
pub(super) fn estimation_variance(sharpe: f64, skew: f64, kurtosis: f64) -> Option<f64> {
    finite(1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe).filter(|v| *v > 0.0)
}

/// Probability that the true Sharpe ratio exceeds `benchmark`:
/// `Phi[(SR - SR*) sqrt(T - 1) / sqrt(1 - g3 SR + (g4 - 1) / 4 SR^2)]`.
///
/// Sharpe ratios are *per period*, `observations` is T, kurtosis is not excess (3 for a normal). Bailey & López de Prado,
/// "The Sharpe ratio efficient frontier", Journal of Risk 15 (2012), eq. 11. `None` for fewer than two returns.
pub fn probabilistic_sharpe(
    sharpe: f64,
    benchmark: f64,
    observations: usize,
    skew: f64,
    kurtosis: f64,
) -> Option<f64> {
    if observations < 2 {
        return None;
    }
    let deviation = estimation_variance(sharpe, skew, kurtosis)?.sqrt();
    let z = finite((sharpe - benchmark) * ((observations - 1) as f64).sqrt() / deviation)?;
    finite(Normal::standard().cdf(z))
}
