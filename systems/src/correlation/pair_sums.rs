//! Sums over the rolling window for every pair of symbols: a row comes and a row goes in O(N^2), whatever the window.
//!
//! Without gaps, the sums of a pair are those of its symbols and the sum of products. What a gap takes away from the
//! others is booked in [`Gaps`], which stays empty while every row of the window is complete. Rounding errors of adding
//! and removing are mended by building the sums of one symbol after the other anew from the returns.

use serde::{Deserialize, Serialize};

use super::gaps::{Gaps, packed_row};
use super::grid::ReturnGrid;
use super::moments::Moments;

/// A row that comes, and the one that it takes the place of: returns (0 where missing) and presence (0 or 1).
#[derive(Debug, Clone, Default)]
pub struct RowChange {
    /// Returns that come.
    pub new: Vec<f64>,
    /// Which are there.
    pub new_present: Vec<f64>,
    /// Returns that go.
    pub old: Vec<f64>,
    /// Which were there.
    pub old_present: Vec<f64>,
}

/// Sums by symbol and by pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairSums {
    count: Vec<f64>,
    sum: Vec<f64>,
    squares: Vec<f64>,
    /// The newest return, and how many of the newest are equal to it.
    newest: Vec<(f64, u64)>,
    /// Sum of products of symbols j > i at `j (j - 1) / 2 + i`.
    products: Vec<f64>,
    /// Rows of the window that lack somebody.
    incomplete: u64,
    gaps: Gaps,
}

impl PairSums {
    /// Of no rows.
    pub fn new(symbols: usize) -> Self {
        Self {
            count: vec![0.0; symbols],
            sum: vec![0.0; symbols],
            squares: vec![0.0; symbols],
            newest: vec![(0.0, 0); symbols],
            products: vec![0.0; packed_row(symbols)],
            incomplete: 0,
            gaps: Gaps::default(),
        }
    }

    /// Whether every row has every symbol.
    #[inline]
    pub fn complete(&self) -> bool {
        self.incomplete == 0
    }

    /// Number, sum and sum of squares of a symbol's returns.
    #[inline]
    pub fn own(&self, symbol: usize) -> (f64, f64, f64) {
        (self.count[symbol], self.sum[symbol], self.squares[symbol])
    }

    /// Whether the returns of a symbol differ from each other: without that nothing can be said of it. Exact, where
    /// the sums are only nearly so.
    #[inline]
    pub fn alive(&self, symbol: usize) -> bool {
        self.count[symbol] >= 3.0 && (self.newest[symbol].1 as f64) < self.count[symbol]
    }

    /// Sums of products of `symbol` with all before it.
    #[inline]
    pub fn products(&self, symbol: usize) -> &[f64] {
        &self.products[packed_row(symbol)..packed_row(symbol + 1)]
    }

    fn meet(&mut self, symbol: usize, value: f64) {
        let (newest, run) = &mut self.newest[symbol];
        *run = if *run > 0 && *newest == value { *run + 1 } else { 1 };
        *newest = value;
    }

    /// A row comes and one goes.
    pub fn replace(&mut self, row: &RowChange) {
        let RowChange { new, new_present, old, old_present } = row;
        let n = new.len();
        for i in 0..n {
            self.count[i] += new_present[i] - old_present[i];
            self.sum[i] += new[i] - old[i];
            self.squares[i] += new[i] * new[i] - old[i] * old[i];
            if new_present[i] > 0.0 {
                self.meet(i, new[i]);
            }
        }
        let mut rest = &mut self.products[..];
        for j in 1..n {
            let (row, tail) = rest.split_at_mut(j);
            rest = tail;
            let (x, o) = (new[j], old[j]);
            for ((product, new), old) in row.iter_mut().zip(&new[..j]).zip(&old[..j]) {
                *product += x * new - o * old;
            }
        }
    }

    /// Books who is missing in a row that comes or goes (`sign` 1 or -1). Rows that never were are not incomplete.
    pub fn book_gaps(&mut self, returns: &[f64], present: &[f64], sign: f64) {
        let members = present.iter().filter(|p| **p > 0.0).count();
        if members == present.len() {
            return;
        }
        self.gaps.book(returns, present, sign);
        self.incomplete = self.incomplete.wrapping_add_signed(sign as i64);
        if self.incomplete == 0 {
            self.gaps.clear();
        }
    }

    /// The return of one symbol comes late into the row at `slot` of the grid, where it is not yet.
    pub fn insert(&mut self, grid: &ReturnGrid, slot: usize, symbol: usize, value: f64) {
        let n = grid.symbols();
        self.count[symbol] += 1.0;
        self.sum[symbol] += value;
        self.squares[symbol] += value * value;
        self.meet(symbol, value);
        for other in (0..n).filter(|o| *o != symbol) {
            match grid.get(other, slot) {
                Some(x) => {
                    self.products[packed_row(symbol.max(other)) + symbol.min(other)] += value * x;
                    self.gaps.book_one(symbol, other, x, -1.0);
                }
                None => self.gaps.book_one(other, symbol, value, 1.0),
            }
        }
        if grid.members(slot) + 1 == n {
            self.incomplete -= 1;
            if self.incomplete == 0 {
                self.gaps.clear();
            }
        }
    }

    /// What the gaps take away. Empty while every row is complete.
    #[inline]
    pub fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    /// The sums of what `i` (as x) and `j` (as y) have in common.
    pub fn joint(&self, i: usize, j: usize) -> Moments {
        if i > j {
            let m = self.joint(j, i);
            return Moments { x: m.y, y: m.x, xx: m.yy, yy: m.xx, ..m };
        }
        let at = packed_row(j) + i;
        let ((n, x, xx), (_, y, yy)) = (self.own(i), self.own(j));
        let mut m = Moments { n, x, y, xx, yy, xy: self.products[at] };
        if !self.complete() {
            m.n -= self.gaps.count[at];
            m.x -= self.gaps.low[at];
            m.xx -= self.gaps.low_squares[at];
            m.y -= self.gaps.high[at];
            m.yy -= self.gaps.high_squares[at];
        }
        m
    }

    /// Builds the sums of `symbol`, with all before it, anew from the grid: O(symbol x window).
    pub fn rebuild(&mut self, grid: &ReturnGrid, symbol: usize) {
        let (x, _) = grid.of(symbol);
        self.sum[symbol] = x.iter().sum();
        self.squares[symbol] = dot(x, x);
        let row = &mut self.products[packed_row(symbol)..packed_row(symbol + 1)];
        for (other, product) in row.iter_mut().enumerate() {
            *product = dot(x, grid.of(other).0);
        }
        if !self.complete() {
            self.gaps.rebuild(grid, symbol);
        }
    }
}

/// The scalar product, in four lanes of a fixed order.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let tail: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a4.zip(b4) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + tail
}
