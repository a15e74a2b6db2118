//! One pass over all pairs: the mean correlation of every symbol, and what shrinkage needs.

use super::gaps::packed_row;
use super::matrix::CorrelationMatrix;
use super::moments::ROUNDING;
use super::pair_sums::dot;
use super::shrinkage::{fourth_moment, intensity};

/// Space of the pass; nothing in it lasts.
#[derive(Debug, Clone, Default)]
pub struct SummaryScratch {
    mean: Vec<f64>,
    scale: Vec<f64>,
    total: Vec<f64>,
    others: Vec<f64>,
    lengths: Vec<f64>,
    counts: Vec<f64>,
    sums: Vec<f64>,
    squares: Vec<f64>,
    /// Of one row of pairs: correlations (0 where undefined), whether they are defined, entries of the Gram matrix.
    row: Vec<f64>,
    defined: Vec<f64>,
    gram: Vec<f64>,
}

impl SummaryScratch {
    fn reset(&mut self, symbols: usize) {
        let Self { mean, scale, total, others, counts, sums, squares, row, defined, gram, .. } = self;
        for column in [mean, scale, total, others, counts, sums, squares, row, defined, gram] {
            column.clear();
            column.resize(symbols, 0.0);
        }
    }

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
    scratch.reset(n);
    let mut live = 0.0;
    for symbol in 0..n {
        (scratch.counts[symbol], scratch.sums[symbol], scratch.squares[symbol]) = matrix.sums.own(symbol);
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

/// Pair by pair, with what the gaps take away; without branches, so that it is done in lanes. Returns the sum of squares of
/// the Gram matrix' entries.
fn with_gaps(matrix: &CorrelationMatrix, scratch: &mut SummaryScratch) -> f64 {
    let SummaryScratch { mean, scale, total, others, counts, sums, squares, row, defined, gram, .. } =
        scratch;
    let (least, gaps) = (matrix.least_common(), matrix.sums.gaps());
    let mut off_diagonal = 0.0;
    for j in (1..mean.len()).filter(|j| scale[*j] > 0.0) {
        let range = packed_row(j)..packed_row(j + 1);
        let products = matrix.sums.products(j);
        let (without, low, low_squares) =
            (&gaps.count[range.clone()], &gaps.low[range.clone()], &gaps.low_squares[range.clone()]);
        let (high, high_squares) = (&gaps.high[range.clone()], &gaps.high_squares[range]);
        let (mean_i, scale_i) = (&mean[..j], &scale[..j]);
        let (counts_i, sums_i, squares_i) = (&counts[..j], &sums[..j], &squares[..j]);
        let (row, defined, gram) = (&mut row[..j], &mut defined[..j], &mut gram[..j]);
        let (mean_j, scale_j, sum_j, squares_j) = (mean[j], scale[j], sums[j], squares[j]);
        for i in 0..j {
            let n = counts_i[i] - without[i];
            let (x, y) = (sums_i[i] - low[i], sum_j - high[i]);
            let (xx, yy) = (squares_i[i] - low_squares[i], squares_j - high_squares[i]);
            let inverse = 1.0 / n.max(1.0);
            let (xx, yy) = (xx - x * x * inverse, yy - y * y * inverse);
            let xy = products[i] - x * y * inverse;
            let there = (n >= least)
                & (scale_i[i] > 0.0)
                & (xx > ROUNDING * squares_i[i])
                & (yy > ROUNDING * squares_j);
            let product = if there { xx * yy } else { 1.0 };
            let r = (xy / product.sqrt()).clamp(-1.0, 1.0);
            row[i] = if there { r } else { 0.0 };
            defined[i] = if there { 1.0 } else { 0.0 };
            let about = products[i] - mean_i[i] * y - mean_j * x + n * mean_i[i] * mean_j;
            gram[i] = (about * scale_i[i] * scale_j).clamp(-1.0, 1.0);
        }
        for ((total, others), (r, there)) in
            total.iter_mut().zip(others.iter_mut()).zip(row.iter().zip(defined.iter()))
        {
            *total += r;
            *others += there;
        }
        total[j] += row.iter().sum::<f64>();
        others[j] += defined.iter().sum::<f64>();
        off_diagonal += dot(gram, gram);
    }
    off_diagonal
}
