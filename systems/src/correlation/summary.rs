//! One pass over all pairs: the mean correlation of every symbol, and what shrinkage needs.

use super::matrix::CorrelationMatrix;
use super::shrinkage::{fourth_moment, intensity};

/// Space of the pass; nothing in it lasts.
#[derive(Debug, Clone, Default)]
pub struct SummaryScratch {
    mean: Vec<f64>,
    scale: Vec<f64>,
    total: Vec<f64>,
    others: Vec<f64>,
    lengths: Vec<f64>,
}

impl SummaryScratch {
    /// The mean correlation of a symbol to all others that it has a correlation with.
    pub fn mean_correlation(&self, symbol: usize) -> Option<f64> {
        let others = self.others[symbol];
        (others > 0.0).then(|| self.total[symbol] / others)
    }
}

/// What the pass found besides the mean correlations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Of the shrinkage.
    pub intensity: Option<f64>,
}

const LANES: usize = 4;

pub(super) fn summarize(matrix: &CorrelationMatrix, scratch: &mut SummaryScratch) -> Option<Summary> {
    let n = matrix.symbols();
    let rows = matrix.grid.window() as f64;
    if (matrix.grid.kept() as f64) < rows || n < 2 {
        return None;
    }
    for column in [&mut scratch.mean, &mut scratch.scale, &mut scratch.total, &mut scratch.others] {
        column.clear();
        column.resize(n, 0.0);
    }
    let mut live = 0.0;
    for symbol in 0..n {
        (scratch.mean[symbol], scratch.scale[symbol]) = matrix.standardize(symbol);
        live += f64::from(u8::from(scratch.scale[symbol] > 0.0));
    }
    let off_diagonal = if matrix.sums.complete() {
        for symbol in (0..n).filter(|s| scratch.scale[*s] > 0.0) {
            scratch.others[symbol] = live - 1.0;
        }
        complete(matrix, scratch)
    } else {
        with_gaps(matrix, scratch)
    };
    // |z|^2 is over a unit variance: the scale holds 1 / sqrt(n variance).
    let SummaryScratch { mean, scale, lengths, .. } = scratch;
    let fourth = fourth_moment(&matrix.grid, mean, scale, matrix.sums.complete(), lengths) * rows * rows;
    Some(Summary { intensity: intensity(live, rows, live + 2.0 * off_diagonal, fourth) })
}

/// Every row has every symbol: one multiplication chain a pair, in lanes. Returns the sum of squared correlations.
fn complete(matrix: &CorrelationMatrix, scratch: &mut SummaryScratch) -> f64 {
    let SummaryScratch { mean, scale, total, .. } = scratch;
    let mut squares = [0.0; LANES];
    for j in 1..mean.len() {
        let (sum, factor) = (matrix.sums.own(j).1, scale[j]);
        if factor == 0.0 {
            continue;
        }
        let products = matrix.sums.products(j);
        let mut of_row = [0.0; LANES];
        let (head, tail) = products.split_at(j - j % LANES);
        let at = head.len();
        let (totals, totals_tail) = total[..j].split_at_mut(at);
        let chunks = head.chunks_exact(LANES).zip(totals.chunks_exact_mut(LANES));
        let standards = mean[..at].chunks_exact(LANES).zip(scale[..at].chunks_exact(LANES));
        for ((product, total), (mean, scale)) in chunks.zip(standards) {
            for lane in 0..LANES {
                let r = (product[lane] - sum * mean[lane]) * (scale[lane] * factor);
                total[lane] += r;
                of_row[lane] += r;
                squares[lane] += r * r;
            }
        }
        for (lane, (product, total)) in tail.iter().zip(totals_tail).enumerate() {
            let r = (product - sum * mean[at + lane]) * (scale[at + lane] * factor);
            *total += r;
            of_row[lane] += r;
            squares[lane] += r * r;
        }
        total[j] += (of_row[0] + of_row[1]) + (of_row[2] + of_row[3]);
    }
    (squares[0] + squares[1]) + (squares[2] + squares[3])
}

/// Pair by pair. Returns the sum of squares of the Gram matrix' entries.
fn with_gaps(matrix: &CorrelationMatrix, scratch: &mut SummaryScratch) -> f64 {
    let SummaryScratch { mean, scale, total, others, .. } = scratch;
    let least = matrix.least_common();
    let mut squares = 0.0;
    for j in 1..mean.len() {
        for i in (0..j).filter(|i| scale[*i] * scale[j] > 0.0) {
            squares += matrix.gram(i, j, (mean[i], scale[i]), (mean[j], scale[j])).powi(2);
            let joint = matrix.sums.joint(i, j);
            let scales = (matrix.sums.own(i).2, matrix.sums.own(j).2);
            if let Some(r) = joint.correlation(scales).filter(|_| joint.n >= least) {
                total[i] += r;
                total[j] += r;
                others[i] += 1.0;
                others[j] += 1.0;
            }
        }
    }
    squares
}
