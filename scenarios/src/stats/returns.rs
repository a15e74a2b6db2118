//! From equity to returns and back.

use super::finite;

/// Simple returns `e[i] / e[i-1] - 1` per period; one shorter than `equity`.
///
/// NaN marks a return that is missing: a neighbor that is not finite, or a previous equity that is not positive. Every
/// statistic of this folder skips it.
pub fn returns_from_equity(equity: &[f64]) -> Vec<f64> {
    let one = |w: &[f64]| {
        if w[0] > 0.0 && w[0].is_finite() && w[1].is_finite() { w[1] / w[0] - 1.0 } else { f64::NAN }
    };
    equity.windows(2).map(one).collect()
}

/// The curve that the returns compound to from `start`; one longer than `returns`. A missing return leaves it flat
/// (`empyrical.cum_returns`).
pub fn compound(returns: &[f64], start: f64) -> Vec<f64> {
    let mut equity = Vec::with_capacity(returns.len() + 1);
    equity.push(start);
    let mut value = start;
    for r in returns {
        if r.is_finite() {
            value *= 1.0 + r;
        }
        equity.push(value);
    }
    equity
}

/// `last / first - 1` over the finite values; `None` with fewer than two of them or a first one that is not positive.
pub fn total_return(equity: &[f64]) -> Option<f64> {
    let first = equity.iter().position(|v| v.is_finite())?;
    let last = equity.iter().rposition(|v| v.is_finite())?;
    if last == first || equity[first] <= 0.0 {
        return None;
    }
    finite(equity[last] / equity[first] - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_and_compounding_are_inverse() {
        let equity = [100.0, 110.0, 99.0];
        let returns = returns_from_equity(&equity);
        assert!((returns[0] - 0.1).abs() < 1e-15 && (returns[1] + 0.1).abs() < 1e-15);
        for (a, b) in compound(&returns, 100.0).iter().zip(equity) {
            assert!((a - b).abs() < 1e-12);
        }
        assert!((total_return(&equity).unwrap() + 0.01).abs() < 1e-15);
    }

    #[test]
    fn missing_and_ruined_equity_has_no_return() {
        let returns = returns_from_equity(&[f64::NAN, 100.0, 0.0, 50.0]);
        assert!(returns[0].is_nan() && returns[2].is_nan());
        assert_eq!(returns[1], -1.0);
        assert_eq!(compound(&[f64::NAN, 0.5], 2.0), [2.0, 2.0, 3.0]);
        assert_eq!(total_return(&[f64::NAN, 5.0]), None);
        assert_eq!(total_return(&[0.0, 5.0]), None);
        assert_eq!(total_return(&[]), None);
    }
}
