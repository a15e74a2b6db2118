//! Quantiles by linear interpolation.

use super::finite;

/// The finite values in ascending order.
pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The `q` quantile (`q` in `[0, 1]`) of sorted finite values; `None` for an empty sample or another `q`.
pub(super) fn of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    if sorted.is_empty() || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let position = q * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (sorted[below], sorted[above]);
    // In this form equal neighbors give their value exactly, so that quantiles never fall as `q` grows.
    finite((low + (high - low) * (position - below as f64)).min(high))
}

/// The `q` quantile, linear between order statistics at `q (n - 1)` (Hyndman & Fan 1996, type 7; numpy's default).
/// `None` for an empty sample or `q` outside `[0, 1]`. O(n log n).
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    of_sorted(&sorted(values), q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_seven() {
        let values = [4.0, 1.0, f64::NAN, 3.0, 2.0];
        assert_eq!(quantile(&values, 0.5), Some(2.5));
        assert_eq!(quantile(&values, 0.0), Some(1.0));
        assert_eq!(quantile(&values, 1.0), Some(4.0));
        assert_eq!(quantile(&values, 1.1), None);
        assert_eq!(quantile(&values, f64::NAN), None);
        assert_eq!(quantile(&[], 0.5), None);
    }
}
