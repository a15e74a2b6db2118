//! Ledoit-Wolf shrinkage of a correlation matrix towards the identity.
//!
//! Ledoit & Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices", J. Multivariate
//! Analysis 88, 365-411, on standardized returns z: with R = Z'Z / n over n rows and p symbols (unit diagonal, so that
//! their target, the mean variance times the identity, is the identity itself)
//!
//! ```text
//! d2 = |R - I|^2 / p,   b2 = (1/n^2) sum over rows of |z z' - R|^2 / p = (sum |z|^4 - n |R|^2) / (n^2 p),
//! intensity = min(b2, d2) / d2,   shrunk = (1 - intensity) R + intensity I.
//! ```
//!
//! The sum of |z|^4 needs every row's length under the present means and variances only: O(N x window) per bar. That is
//! less than a matrix of fourth moments would cost to keep (O(N^2) in time and in state) where there are many symbols,
//! and next to nothing where there are few. It needs no streaming sums, so it cannot drift.

use super::grid::ReturnGrid;

/// The intensity, 0 ..= 1. `squares` is |R|^2 over all p x p entries, `fourth` the sum of |z|^4 over the rows.
/// 1 where R is the identity but for rounding; `None` where there is nothing to shrink: less than two symbols, or no rows.
pub fn intensity(symbols: f64, rows: f64, squares: f64, fourth: f64) -> Option<f64> {
    let d2 = (squares - symbols) / symbols;
    let b2 = (fourth - rows * squares) / (rows * rows * symbols);
    (symbols >= 2.0 && rows >= 2.0).then(|| if d2 > 1e-12 { b2.clamp(0.0, d2) / d2 } else { 1.0 })
}

/// The sum over the rows of |z|^4, where z is (x - mean) * scale by symbol, 0 where there is no return; `complete` says
/// that none is missing. `lengths` is scratch space.
pub fn fourth_moment(
    grid: &ReturnGrid,
    mean: &[f64],
    scale: &[f64],
    complete: bool,
    lengths: &mut Vec<f64>,
) -> f64 {
    lengths.clear();
    lengths.resize(grid.kept(), 0.0);
    for symbol in (0..grid.symbols()).filter(|s| scale[*s] > 0.0) {
        let (returns, present) = grid.of(symbol);
        let (mean, scale) = (mean[symbol], scale[symbol]);
        if complete {
            for (length, x) in lengths.iter_mut().zip(returns) {
                let z = (x - mean) * scale;
                *length += z * z;
            }
        } else {
            for ((length, x), there) in lengths.iter_mut().zip(returns).zip(present) {
                let z = if *there { (x - mean) * scale } else { 0.0 };
                *length += z * z;
            }
        }
    }
    super::pair_sums::dot(lengths, lengths)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition, row by row and entry by entry.
    #[test]
    fn as_defined() {
        let z = [[1.2, -0.7, 0.1], [-0.4, 1.1, 0.9], [0.3, -1.5, -1.0], [-1.1, 1.1, 0.0]];
        let (n, p) = (4.0, 3.0);
        let r = |i: usize, j: usize| z.iter().map(|row| row[i] * row[j]).sum::<f64>() / n;
        let (mut d2, mut b2, mut squares, mut fourth) = (0.0, 0.0, 0.0, 0.0);
        let trace: f64 = (0..3).map(|i| r(i, i)).sum();
        for i in 0..3 {
            for j in 0..3 {
                let target = if i == j { 1.0 } else { 0.0 };
                d2 += (r(i, j) - target).powi(2) / p;
                squares += r(i, j).powi(2);
                b2 += z.iter().map(|row| (row[i] * row[j] - r(i, j)).powi(2)).sum::<f64>() / (n * n * p);
            }
        }
        for row in z {
            fourth += row.iter().map(|v| v * v).sum::<f64>().powi(2);
        }
        // The formula takes the trace to be p; here it is not quite.
        let adjusted = squares + (p - trace) * 2.0;
        assert!(((adjusted - p) / p - d2).abs() < 1e-12);
        let got = intensity(p, n, squares, fourth).unwrap();
        let expected = b2.min((squares - p) / p) / ((squares - p) / p);
        assert!((got - expected).abs() < 1e-12, "{got} {expected}");
    }

    #[test]
    fn nothing_to_shrink() {
        assert_eq!(intensity(1.0, 50.0, 1.0, 60.0), None);
        assert_eq!(intensity(2.0, 50.0, 2.0, 60.0), Some(1.0), "no correlations at all");
        assert_eq!(intensity(2.0, 50.0, 4.0, 0.0), Some(0.0));
    }
}
