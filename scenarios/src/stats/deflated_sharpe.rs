//! Deflated Sharpe ratio.

use statrs::distribution::{ContinuousCDF, Normal};

use super::{finite, probabilistic_sharpe};

/// Euler-Mascheroni constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// The highest Sharpe ratio to expect of `trials` independent tries without skill:
/// `sqrt(V) ((1 - g) Phi^-1(1 - 1/N) + g Phi^-1(1 - 1/(N e)))`, `g` the Euler-Mascheroni constant.
///
/// `variance` is that of the trials' Sharpe ratios, per period; so is the result. Bailey & López de Prado, "The deflated
/// Sharpe ratio", Journal of Portfolio Management 40 (2014). 0 for one trial; `None` for none or a negative variance.
pub fn expected_maximum_sharpe(variance: f64, trials: usize) -> Option<f64> {
    if trials == 0 || !variance.is_finite() || variance < 0.0 {
        return None;
    }
    if trials == 1 {
        return Some(0.0);
    }
    let (normal, n) = (Normal::standard(), trials as f64);
    let first = normal.inverse_cdf(1.0 - 1.0 / n);
    let second = normal.inverse_cdf(1.0 - 1.0 / (n * std::f64::consts::E));
    finite(variance.sqrt() * ((1.0 - EULER_GAMMA) * first + EULER_GAMMA * second))
}

/// Deflated Sharpe ratio: [`probabilistic_sharpe`] against [`expected_maximum_sharpe`], that is, the probability that the
/// best of `trials` tries has skill. Sharpe ratio and `variance` of the trials are per period, kurtosis is not excess.
pub fn deflated_sharpe(
    sharpe: f64,
    observations: usize,
    skew: f64,
    kurtosis: f64,
    variance: f64,
    trials: usize,
) -> Option<f64> {
    let benchmark = expected_maximum_sharpe(variance, trials)?;
    probabilistic_sharpe(sharpe, benchmark, observations, skew, kurtosis)
}
