//! What gaps take away from the sums of a pair.

use serde::{Deserialize, Serialize};

use super::grid::ReturnGrid;

/// Where the row of `symbol` begins in a packed lower triangle without diagonal.
#[inline]
pub fn packed_row(symbol: usize) -> usize {
    symbol * symbol.saturating_sub(1) / 2
}

/// For symbols j > i, at `packed_row(j) + i`: what i has in rows in which j has nothing (`low`), and the other way round
/// (`high`). Empty while there is no gap.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Gaps {
    /// Returns of i without j.
    pub count: Vec<f64>,
    /// Their sum.
    pub low: Vec<f64>,
    /// Their sum of squares.
    pub low_squares: Vec<f64>,
    /// Sum of the returns of j without i.
    pub high: Vec<f64>,
    /// Their sum of squares.
    pub high_squares: Vec<f64>,
}

impl Gaps {
    fn columns(&mut self) -> [&mut Vec<f64>; 5] {
        let Self { count, low, low_squares, high, high_squares } = self;
        [count, low, low_squares, high, high_squares]
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.columns().into_iter().for_each(Vec::clear);
    }

    /// Books a row of returns (0 where missing) and presence (0 or 1), or takes it out again (`sign` -1).
    pub fn book(&mut self, row: &[f64], present: &[f64], sign: f64) {
        let n = row.len();
        self.columns().into_iter().for_each(|c| c.resize(packed_row(n), 0.0));
        for j in 1..n {
            let range = packed_row(j)..packed_row(j + 1);
            if present[j] == 0.0 {
                let columns = self.count[range.clone()].iter_mut().zip(&mut self.low[range.clone()]);
                let columns = columns.zip(&mut self.low_squares[range]);
                for (((count, sum), squares), (x, there)) in columns.zip(row.iter().zip(present)) {
                    *count += sign * there;
                    *sum += sign * x;
                    *squares += sign * (x * x);
                }
            } else {
                let (sum, squares) = (sign * row[j], sign * (row[j] * row[j]));
                let columns = self.high[range.clone()].iter_mut().zip(&mut self.high_squares[range]);
                for ((high, high_squares), there) in columns.zip(present) {
                    let absent = 1.0 - there;
                    *high += sum * absent;
                    *high_squares += squares * absent;
                }
            }
        }
    }

    /// One return `x` of `other`, in a row in which `absent` has none.
    pub fn book_one(&mut self, absent: usize, other: usize, x: f64, sign: f64) {
        let at = packed_row(absent.max(other)) + absent.min(other);
        if absent > other {
            self.count[at] += sign;
            self.low[at] += sign * x;
            self.low_squares[at] += sign * (x * x);
        } else {
            self.high[at] += sign * x;
            self.high_squares[at] += sign * (x * x);
        }
    }

    /// Builds the sums of `symbol` with all before it anew. Counts are exact as they are.
    pub fn rebuild(&mut self, grid: &ReturnGrid, symbol: usize) {
        let (x, here) = grid.of(symbol);
        for other in 0..symbol {
            let (y, there) = grid.of(other);
            let (mut low, mut high) = ((0.0, 0.0), (0.0, 0.0));
            for ((x, here), (y, there)) in x.iter().zip(here).zip(y.iter().zip(there)) {
                if !here {
                    low = (low.0 + y, low.1 + y * y);
                }
                if !there {
                    high = (high.0 + x, high.1 + x * x);
                }
            }
            let at = packed_row(symbol) + other;
            (self.low[at], self.low_squares[at]) = low;
            (self.high[at], self.high_squares[at]) = high;
        }
    }
}
