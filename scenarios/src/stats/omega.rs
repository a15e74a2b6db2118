//! Omega ratio.

use super::finite;

/// Omega ratio: sum of returns above `threshold` over sum of shortfalls below it, both measured from it, per period
/// (Keating & Shadwick 2002; `empyrical.omega_ratio` with `risk_free = threshold`). `None` without a shortfall.
pub fn omega(returns: &[f64], threshold: f64) -> Option<f64> {
    let (gain, loss) = returns
        .iter()
        .map(|r| r - threshold)
        .filter(|d| d.is_finite())
        .fold((0.0, 0.0), |(gain, loss), d| if d > 0.0 { (gain + d, loss) } else { (gain, loss - d) });
    if loss > 0.0 { finite(gain / loss) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_over_shortfalls() {
        assert_eq!(omega(&[3.0, -1.0, f64::NAN, -1.0], 0.0), Some(1.5));
        assert_eq!(omega(&[1.0], 0.0), None);
        assert_eq!(omega(&[-1.0], 0.0), Some(0.0));
        assert_eq!(omega(&[], 0.0), None);
    }
}
