//! The correlations of all symbols: the resource that the systems keep and that strategies and reports read.

use bevy_ecs::resource::Resource;
use manyworlds_components::copy_on_write::CopyOnWrite;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::gaps::packed_row;
use super::grid::ReturnGrid;
use super::marchenko_pastur::{Cleaned, clean};
use super::pair_sums::{PairSums, RowChange};
use super::reference_pair::{PairRules, ReferencePair};
use super::summary::{Summary, SummaryScratch, summarize};

/// Rows in which every sum is built anew once, one symbol after the other.
const REBUILD_ROWS: u64 = 1_024;

/// A return on its way into the grid.
#[derive(Debug, Clone, Copy)]
pub struct Incoming {
    /// Whose.
    pub symbol: usize,
    /// When its last update before was.
    pub start: i64,
    /// The return.
    pub value: f64,
}

/// What came of the bars of one grid time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Nothing changed.
    Nothing,
    /// A row was opened; all pairs have changed.
    Opened {
        /// Where it begins.
        start: i64,
        /// Where it ends.
        end: i64,
    },
    /// Late returns were put into a row that is there.
    Joined {
        /// Whether that completed it.
        complete: bool,
    },
}

/// Correlations of returns on the common grid, over the rolling window, with all that is needed to go on.
///
/// State is O(N^2 + N window): packed sums of products and the ring of returns. The dense matrices are made when they
/// are asked for; rows and columns are symbols in the order of the scenario.
#[derive(Debug, Clone, PartialEq, Resource, Serialize, Deserialize)]
pub struct CorrelationMatrix {
    pub(super) grid: CopyOnWrite<ReturnGrid>,
    pub(super) sums: CopyOnWrite<PairSums>,
    pub(super) pairs: Vec<ReferencePair>,
    rules: PairRules,
    reference: usize,
    clean_every: u64,
    cleaned: Option<(u64, CopyOnWrite<Cleaned>)>,
}

impl CorrelationMatrix {
    /// Of no rows yet.
    pub fn new(
        symbols: usize,
        reference: usize,
        rules: PairRules,
        max_interval: Option<i64>,
        clean_every: u64,
    ) -> Self {
        Self {
            grid: CopyOnWrite::new(ReturnGrid::new(symbols, rules.window, max_interval)),
            sums: CopyOnWrite::new(PairSums::new(symbols)),
            pairs: vec![ReferencePair::default(); symbols],
            rules,
            reference,
            clean_every,
            cleaned: None,
        }
    }

    /// Number of symbols: the matrices are symbols x symbols.
    pub fn symbols(&self) -> usize {
        self.grid.symbols()
    }

    /// The index of the symbol that others are held against.
    pub fn reference(&self) -> usize {
        self.reference
    }

    /// Grid rows seen so far. From `window` on there are correlations.
    pub fn rows(&self) -> u64 {
        self.grid.rows()
    }

    pub(super) fn rules(&self) -> &PairRules {
        &self.rules
    }

    /// Takes in what came for the grid time `end`: opens a row, or joins one that is there.
    pub(super) fn take(&mut self, end: i64, incoming: &[Incoming], row: &mut RowChange) -> Taken {
        if let Some(slot) = self.grid.advance(end) {
            let span = self.grid.span(slot);
            self.open(slot, span.0, incoming, row);
            return Taken::Opened { start: span.0, end };
        }
        let mut taken = Taken::Nothing;
        for one in incoming {
            let Some(age) = self.grid.place(one.symbol, one.start, end) else { continue };
            let Some(slot) = self.grid.slot(age) else { continue };
            self.sums.insert(&self.grid, slot, one.symbol, one.value);
            self.grid.insert(one.symbol, slot, one.value);
            self.join_pairs(one.symbol, slot, age);
            let whole = self.grid.members(slot) == self.symbols();
            taken = Taken::Joined { complete: whole || matches!(taken, Taken::Joined { complete: true }) };
        }
        taken
    }

    fn open(&mut self, slot: usize, start: i64, incoming: &[Incoming], row: &mut RowChange) {
        let (n, full) = (self.symbols(), self.grid.rows() > self.grid.window() as u64);
        for column in [&mut row.new, &mut row.new_present, &mut row.old, &mut row.old_present] {
            column.clear();
            column.resize(n, 0.0);
        }
        if full {
            for symbol in 0..n {
                if let Some(value) = self.grid.get(symbol, slot) {
                    (row.old[symbol], row.old_present[symbol]) = (value, 1.0);
                }
            }
        }
        for one in incoming.iter().filter(|i| i.start == start) {
            (row.new[one.symbol], row.new_present[one.symbol]) = (one.value, 1.0);
        }
        self.sums.replace(row);
        // The new row first: while there is any gap, the books stay open.
        self.sums.book_gaps(&row.new, &row.new_present, 1.0);
        if full {
            self.sums.book_gaps(&row.old, &row.old_present, -1.0);
        }
        let r = self.reference;
        for symbol in (0..n).filter(|s| *s != r && row.old_present[*s] * row.old_present[r] > 0.0) {
            self.pairs[symbol].forget(row.old[r], row.old[symbol]);
        }
        self.grid.write(slot, &row.new, &row.new_present);
        // The row that is not recent any more.
        if let Some(aged) = self.grid.slot(self.rules.break_window)
            && let Some(x) = self.grid.get(r, aged)
        {
            for symbol in (0..n).filter(|s| *s != r) {
                if let Some(y) = self.grid.get(symbol, aged) {
                    self.pairs[symbol].age(x, y);
                }
            }
        }
        if row.new_present[r] > 0.0 {
            for symbol in (0..n).filter(|s| *s != r && row.new_present[*s] > 0.0) {
                self.pairs[symbol].add(&self.rules, 0, row.new[r], row.new[symbol]);
            }
        }
        self.mend();
    }

    /// Builds the sums of the next symbols anew, so many that all had their turn after [`REBUILD_ROWS`] rows.
    fn mend(&mut self) {
        let (rows, n) = (self.grid.rows(), self.symbols() as u64);
        for turn in (rows - 1) * n / REBUILD_ROWS..rows * n / REBUILD_ROWS {
            let symbol = (turn % n) as usize;
            self.sums.rebuild(&self.grid, symbol);
            if symbol != self.reference {
                self.pairs[symbol].rebuild(&self.rules, &self.grid, self.reference, symbol);
            }
        }
    }

    /// A symbol came late into a row: its pair with the reference, or those of all if it is the reference.
    fn join_pairs(&mut self, symbol: usize, slot: usize, age: usize) {
        let r = self.reference;
        let Some(x) = self.grid.get(r, slot) else { return };
        for other in 0..self.symbols() {
            if other != r
                && (symbol == r || other == symbol)
                && let Some(y) = self.grid.get(other, slot)
            {
                self.pairs[other].add(&self.rules, age, x, y);
            }
        }
    }

    /// Cleans if it is time: as soon as there are two symbols to clean, after that every so many rows - and sooner, after a
    /// window of rows, if more symbols have become warm meanwhile.
    pub(super) fn clean_when_due(&mut self) {
        let rows = self.grid.rows();
        let due = self.cleaned.as_ref().is_none_or(|(row, cleaned)| {
            let age = rows - row;
            age >= self.clean_every
                || (age >= self.grid.window() as u64 && self.live().0.len() > cleaned.live)
        });
        if due && let Some(cleaned) = self.clean() {
            self.cleaned = Some((rows, CopyOnWrite::new(cleaned)));
        }
    }

    /// Whether a symbol had a window of updates.
    #[inline]
    pub(super) fn warm(&self, symbol: usize) -> bool {
        self.grid.updates(symbol) > self.grid.window() as u64
    }

    /// Whether its last update was the one that made it warm.
    pub(super) fn just_warm(&self, symbol: usize) -> bool {
        self.grid.updates(symbol) == self.grid.window() as u64 + 1
    }

    /// Mean correlations and shrinkage intensity. `None` until the window is full.
    pub(super) fn summarize(&self, scratch: &mut SummaryScratch) -> Option<Summary> {
        summarize(self, scratch)
    }

    /// The least number of common returns.
    #[inline]
    pub(super) fn least_common(&self) -> f64 {
        (self.rules.min_coverage * self.rules.window as f64).max(3.0)
    }

    /// Pearson's correlation of two different symbols over the rows of the window in which both have a return. `None` until
    /// both had a window of updates, where they have too little in common, and where one of them does not move.
    pub fn correlation(&self, i: usize, j: usize) -> Option<f64> {
        if i == j || !(self.warm(i) && self.warm(j) && self.sums.alive(i) && self.sums.alive(j)) {
            return None;
        }
        let joint = self.sums.joint(i, j);
        let scale = (self.sums.own(i).2, self.sums.own(j).2);
        joint.correlation(scale).filter(|_| joint.n >= self.least_common())
    }

    /// Rolling correlations, symbols x symbols: symmetric, 1 on the diagonal, NaN where undefined. Pairs are complete
    /// pair by pair, so that with gaps the matrix may have (slightly) negative eigenvalues; the shrunk one never has.
    pub fn rolling(&self) -> Array2<f64> {
        let mut matrix = Array2::eye(self.symbols());
        for j in 0..self.symbols() {
            for i in 0..j {
                let value = self.correlation(i, j).unwrap_or(f64::NAN);
                (matrix[[i, j]], matrix[[j, i]]) = (value, value);
            }
        }
        matrix
    }

    /// Mean and scale (1 over the root of the centered sum of squares) of a symbol; a scale of 0 if it is not alive.
    pub(super) fn standardize(&self, symbol: usize) -> (f64, f64) {
        let (n, sum, squares) = self.sums.own(symbol);
        if n == 0.0 {
            return (0.0, 0.0);
        }
        let mean = sum / n;
        let centered = squares - sum * mean;
        let usable = self.warm(symbol) && self.sums.alive(symbol) && centered > 0.0;
        (mean, if usable { 1.0 / centered.sqrt() } else { 0.0 })
    }

    /// The entry of the standardized returns' Gram matrix: a return that is missing counts as the mean. Always
    /// positive semidefinite with unit diagonal, and the correlation itself where there are no gaps.
    pub(super) fn gram(&self, i: usize, j: usize, of_i: (f64, f64), of_j: (f64, f64)) -> f64 {
        let m = self.sums.joint(i, j);
        let product = m.xy - of_i.0 * m.y - of_j.0 * m.x + m.n * of_i.0 * of_j.0;
        (product * of_i.1 * of_j.1).clamp(-1.0, 1.0)
    }

    /// The Gram matrix of the standardized returns as rows, of the symbols named.
    fn gram_of(&self, live: &[usize], standard: &[(f64, f64)]) -> Vec<f64> {
        let p = live.len();
        let mut matrix = vec![1.0; p * p];
        for (a, j) in live.iter().enumerate() {
            for (b, i) in live[..a].iter().enumerate() {
                let value = self.gram(*i, *j, standard[*i], standard[*j]);
                (matrix[a * p + b], matrix[b * p + a]) = (value, value);
            }
        }
        matrix
    }

    fn live(&self) -> (Vec<usize>, Vec<(f64, f64)>) {
        let standard: Vec<_> = (0..self.symbols()).map(|s| self.standardize(s)).collect();
        ((0..self.symbols()).filter(|s| standard[*s].1 > 0.0).collect(), standard)
    }

    /// The Ledoit-Wolf shrunk matrix, symbols x symbols: symmetric, positive semidefinite, unit diagonal. Symbols that
    /// are not alive are uncorrelated in it. `None` until the window is full.
    pub fn shrunk(&self) -> Option<Array2<f64>> {
        let intensity = self.summarize(&mut SummaryScratch::default())?.intensity?;
        let (live, standard) = self.live();
        let gram = self.gram_of(&live, &standard);
        let mut matrix = Array2::eye(self.symbols());
        for (a, j) in live.iter().enumerate() {
            for (b, i) in live[..a].iter().enumerate() {
                let value = (1.0 - intensity) * gram[a * live.len() + b];
                (matrix[[*i, *j]], matrix[[*j, *i]]) = (value, value);
            }
        }
        Some(matrix)
    }

    /// The Ledoit-Wolf intensity now. `None` until the window is full.
    pub fn intensity(&self) -> Option<f64> {
        self.summarize(&mut SummaryScratch::default())?.intensity
    }

    /// Cleans the present matrix: O(N^3), 0.3 s or so for 500 symbols. `None` until the window is full.
    pub fn clean(&self) -> Option<Cleaned> {
        if self.grid.kept() < self.grid.window() {
            return None;
        }
        let (live, standard) = self.live();
        clean(self.symbols(), &live, self.gram_of(&live, &standard), self.grid.window())
    }

    /// The last cleaning, made at the stated interval, and the row in which it was made.
    pub fn cleaned(&self) -> Option<(u64, &Cleaned)> {
        self.cleaned.as_ref().map(|(row, cleaned)| (*row, &**cleaned))
    }

    /// Entries of a packed triangle for so many symbols: what the state grows with.
    pub fn packed_len(symbols: usize) -> usize {
        packed_row(symbols)
    }
}
