//! Minimum track record length.

use statrs::distribution::{ContinuousCDF, Normal};

use super::finite;
use super::probabilistic_sharpe::estimation_variance;

/// Returns needed before a Sharpe ratio is above `benchmark` with that confidence (e.g. 0.95):
/// `1 + (1 - g3 SR + (g4 - 1) / 4 SR^2) (z / (SR - SR*))^2`, in periods, not rounded.
///
/// Sharpe ratios are per period, kurtosis is not excess. Bailey & López de Prado (2012), eq. 13. `None` unless the
/// ratio is above the benchmark and the confidence in `(0.5, 1)`.
pub fn minimum_track_record_length(
    sharpe: f64,
    benchmark: f64,
    skew: f64,
    kurtosis: f64,
    confidence: f64,
) -> Option<f64> {
    if !(sharpe > benchmark && confidence > 0.5 && confidence < 1.0) {
        return None;
    }
    let z = Normal::standard().inverse_cdf(confidence);
    finite(1.0 + estimation_variance(sharpe, skew, kurtosis)? * (z / (sharpe - benchmark)).powi(2))
}
