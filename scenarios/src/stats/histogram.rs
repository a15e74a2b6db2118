//! Histogram of returns.

use serde::Serialize;

use super::quantile::{of_sorted, sorted};

/// Counts of values in bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Bin borders, ascending; one more than bins.
    pub edges: Vec<f64>,
    /// Values per bin; each bin is `[low, high)`, the last one `[low, high]`.
    pub counts: Vec<u64>,
}

/// The finite values in `bins` bins of equal width from the lowest to the highest (numpy's rule; a constant sample gets
/// the range +-0.5 around it). `None` without values, without bins, or where the range overflows.
pub fn histogram(values: &[f64], bins: usize) -> Option<Histogram> {
    let present = || values.iter().copied().filter(|v| v.is_finite());
    let (mut low, mut high) = (present().reduce(f64::min)?, present().reduce(f64::max)?);
    if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    let width = (high - low) / bins as f64;
    if bins == 0 || !width.is_finite() || width <= 0.0 {
        return None;
    }
    let edge = |i: usize| if i == bins { high } else { low + width * i as f64 };
    let edges: Vec<f64> = (0..=bins).map(edge).collect();
    let mut counts = vec![0; bins];
    for value in present() {
        let mut bin = (((value - low) / width) as usize).min(bins - 1);
        // The division may round over a border: the border itself decides.
        if value < edges[bin] {
            bin -= 1;
        } else if bin + 1 < bins && value >= edges[bin + 1] {
            bin += 1;
        }
        counts[bin] += 1;
    }
    Some(Histogram { edges, counts })
}

/// A number of bins for [`histogram`], `1..=most`: width `2 IQR n^(-1/3)` (Freedman & Diaconis 1981), or `log2(n) + 1` bins
/// (Sturges 1926) where the quartiles coincide.
pub fn freedman_diaconis_bins(values: &[f64], most: usize) -> usize {
    let sorted = sorted(values);
    let most = most.max(1);
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else { return 1 };
    let n = sorted.len() as f64;
    let spread = of_sorted(&sorted, 0.75).unwrap_or(high) - of_sorted(&sorted, 0.25).unwrap_or(low);
    let width = 2.0 * spread / n.cbrt();
    let bins = if width > 0.0 { (high - low) / width } else { n.log2() + 1.0 };
    // A cast saturates, so that a vanishing width gives `most`.
    (bins.ceil() as usize).clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bin_is_closed() {
        let h = histogram(&[0.0, 1.0, 2.0, 3.0, 4.0, f64::NAN], 4).unwrap();
        assert_eq!(h.edges, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(h.counts, [1, 1, 1, 2]);
        assert_eq!(histogram(&[7.0; 3], 2).unwrap().counts, [0, 3]);
        assert_eq!(histogram(&[], 4), None);
        assert_eq!(histogram(&[1.0], 0), None);
        assert_eq!(histogram(&[f64::MAX, f64::MIN], 3), None);
    }

    #[test]
    fn bins_follow_the_rule() {
        // 0..=999: IQR 499.5, width 99.9, ten bins.
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(freedman_diaconis_bins(&values, 100), 10);
        assert_eq!(freedman_diaconis_bins(&values, 5), 5);
        assert_eq!(freedman_diaconis_bins(&[1.0; 8], 100), 4);
        assert_eq!(freedman_diaconis_bins(&[], 100), 1);
    }
}
