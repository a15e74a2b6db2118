//! Sharpe ratio.

use super::{Conventions, Moments, finite};

/// Sharpe ratio per period, not annualized: `mean(r - rf) / std(r - rf, ddof)`; `None` for fewer than two returns or a
/// constant series. W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994), ex post.
pub fn sharpe_per_period(returns: &[f64], conventions: &Conventions) -> Option<f64> {
    let moments = Moments::of(returns);
    if moments.count < 2 {
        return None;
    }
    // A constant risk-free rate moves the mean only.
    finite((moments.mean - conventions.risk_free) / moments.dispersion(conventions.ddof)?)
}

/// Annualized Sharpe ratio: [`sharpe_per_period`]` * sqrt(N)` (`empyrical.sharpe_ratio`).
pub fn sharpe(returns: &[f64], conventions: &Conventions) -> Option<f64> {
    finite(sharpe_per_period(returns, conventions)? * conventions.periods_per_year.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_computed_ratio() {
        // Mean 2%, deviations -1, 0, 1 (%), std 1%: 2 per period, 1 over a 1% risk-free return.
        let conventions = Conventions::daily(4.0);
        let returns = [0.01, 0.02, 0.03];
        assert!((sharpe(&returns, &conventions).unwrap() - 4.0).abs() < 1e-12);
        assert!(
            (sharpe_per_period(&returns, &conventions.with_risk_free(0.01)).unwrap() - 1.0).abs() < 1e-12
        );
    }

    #[test]
    fn undefined_ratios_are_none() {
        let conventions = Conventions::default();
        for returns in [&[][..], &[0.01], &[0.01; 9], &[0.0; 9], &[f64::NAN, 0.01]] {
            assert_eq!(sharpe(returns, &conventions), None, "{returns:?}");
        }
    }
}
