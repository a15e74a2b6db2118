//! Ulcer Index.

use super::{drawdown_series, finite};

/// Root mean square of the drawdowns at every point, a fraction (P. Martin & B. McCann, *The Investor's Guide to
/// Fidelity Funds*, 1989, where it is in percent); `None` without a positive point.
pub fn ulcer_index(equity: &[f64]) -> Option<f64> {
    if !equity.iter().any(|v| v.is_finite() && *v > 0.0) {
        return None;
    }
    let squares: f64 = drawdown_series(equity).iter().map(|d| d * d).sum();
    finite((squares / equity.len() as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_mean_square_of_drawdowns() {
        // Drawdowns 0, -.3, -.4, 0.
        assert!((ulcer_index(&[10.0, 7.0, 6.0, 11.0]).unwrap() - 0.25).abs() < 1e-15);
        assert_eq!(ulcer_index(&[1.0, 2.0]), Some(0.0));
        assert_eq!(ulcer_index(&[]), None);
    }
}
