//! Tail ratio.

use super::finite;
use super::quantile::{of_sorted, sorted};

/// `|95% quantile| / |5% quantile|` of the returns (`empyrical.tail_ratio`): over 1 where the good tail is the longer one.
/// `None` without returns or where the lower quantile is 0.
pub fn tail_ratio(returns: &[f64]) -> Option<f64> {
    let sorted = sorted(returns);
    let (low, high) = (of_sorted(&sorted, 0.05)?, of_sorted(&sorted, 0.95)?);
    if low == 0.0 { None } else { finite((high / low).abs()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symmetric_returns_have_equal_tails() {
        let returns: Vec<f64> = (-50..=50).map(f64::from).collect();
        assert!((tail_ratio(&returns).unwrap() - 1.0).abs() < 1e-12);
        assert!((tail_ratio(&[1.0, 2.0]).unwrap() - 1.95 / 1.05).abs() < 1e-12);
        assert_eq!(tail_ratio(&[0.0]), None);
        assert_eq!(tail_ratio(&[]), None);
    }
}
