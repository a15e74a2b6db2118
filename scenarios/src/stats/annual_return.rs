//! Geometric annual return (CAGR).

use super::{Conventions, finite};

/// Compound annual growth rate: `prod(1 + r)^(N / n) - 1` over `n` periods at `N` per year.
///
/// Missing returns count as 0 but count as periods (`empyrical.annual_return`). -1 for a lost stake; `None` without
/// returns, for a negative ending value, or where the rate overflows.
pub fn annual_return(returns: &[f64], conventions: &Conventions) -> Option<f64> {
    if returns.is_empty() {
        return None;
    }
    let growth: f64 = returns.iter().filter(|r| r.is_finite()).map(|r| 1.0 + r).product();
    if growth < 0.0 {
        return None;
    }
    finite(growth.powf(conventions.periods_per_year / returns.len() as f64) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubling_in_two_years() {
        let yearly = Conventions::daily(1.0);
        let rate = annual_return(&[1.0, 0.0], &yearly).unwrap();
        assert!((rate - (2.0_f64.sqrt() - 1.0)).abs() < 1e-15);
        assert_eq!(annual_return(&[0.5, -1.0], &yearly), Some(-1.0));
        assert_eq!(annual_return(&[-1.5], &yearly), None);
        assert_eq!(annual_return(&[], &yearly), None);
        assert_eq!(annual_return(&[9.0], &Conventions::daily(365.0)), None, "10^365 overflows");
    }
}
