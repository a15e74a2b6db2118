//! Downside risk, and the Sortino ratio that divides by it.

use super::{Conventions, Moments, finite};

/// `sqrt(mean(min(r - rf, 0)^2)) * sqrt(N)`, the required return being the risk-free one (`empyrical.downside_risk`); `None`
/// without returns. Sortino & van der Meer, "Downside risk", Journal of Portfolio Management 17 (1991).
pub fn downside_risk(returns: &[f64], conventions: &Conventions) -> Option<f64> {
    let squares = returns
        .iter()
        .filter(|r| r.is_finite())
        .map(|r| (r - conventions.risk_free).min(0.0).powi(2))
        .fold((0_usize, 0.0), |(n, sum), square| (n + 1, sum + square));
    match squares {
        (0, _) => None,
        (n, sum) => finite((sum / n as f64).sqrt() * conventions.periods_per_year.sqrt()),
    }
}

/// Sortino ratio: `mean(r - rf) * N / downside_risk` (`empyrical.sortino_ratio`); `None` for fewer than two returns or without
/// a return under the required one.
pub fn sortino(returns: &[f64], conventions: &Conventions) -> Option<f64> {
    let moments = Moments::of(returns);
    let risk = downside_risk(returns, conventions).filter(|risk| *risk > 0.0 && moments.count > 1)?;
    finite((moments.mean - conventions.risk_free) * conventions.periods_per_year / risk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_losses_count() {
        let conventions = Conventions::daily(1.0);
        assert!(
            (downside_risk(&[0.05, -0.04, f64::NAN], &conventions).unwrap() - 0.04 / 2f64.sqrt()).abs()
                < 1e-15
        );
        assert_eq!(downside_risk(&[0.05], &conventions), Some(0.0));
        assert_eq!(sortino(&[0.05, 0.01], &conventions), None);
        assert_eq!(downside_risk(&[], &conventions), None);
    }
}
