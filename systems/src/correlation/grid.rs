//! The common grid: returns of all symbols between the same two times, in a ring of rows.
//!
//! The grid is the union of the times at which bars of any symbol close. A symbol has a return in a row only if it had
//! a real update at both ends of the row: a missing bar leaves two holes, and so does a bar that a feed filled forward.
//! That is pandas' `closes.pct_change(fill_method=None)` on the union of the indices, with logarithms.

use serde::{Deserialize, Serialize};

/// What a bar told about a symbol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observed {
    /// Nothing: a filler, an old bar, or no price.
    Nothing,
    /// Its first price.
    First,
    /// A return.
    Return {
        /// When its last real update before was.
        start: i64,
        /// ln(close / close before).
        value: f64,
    },
}

/// The last real update of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Update {
    end: i64,
    close: f64,
    count: u64,
}

/// The newest `window` rows of the grid, symbol by symbol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReturnGrid {
    symbols: usize,
    window: usize,
    max_interval: i64,
    /// The newest time of the grid.
    time: i64,
    /// Rows since the beginning.
    rows: u64,
    /// By slot: start and end of the row.
    spans: Vec<(i64, i64)>,
    /// By slot: symbols that have a return in it.
    members: Vec<u32>,
    /// By symbol and slot; 0 where there is no return.
    returns: Vec<f64>,
    present: Vec<bool>,
    last: Vec<Update>,
}

impl ReturnGrid {
    /// An empty grid that keeps `window` rows. Rows over more than `max_interval` nanoseconds are not made.
    pub fn new(symbols: usize, window: usize, max_interval: Option<i64>) -> Self {
        Self {
            symbols,
            window,
            max_interval: max_interval.unwrap_or(i64::MAX),
            time: i64::MIN,
            rows: 0,
            spans: vec![(0, 0); window],
            members: vec![0; window],
            returns: vec![0.0; symbols * window],
            present: vec![false; symbols * window],
            last: vec![Update { end: i64::MIN, close: 0.0, count: 0 }; symbols],
        }
    }

    /// Number of symbols.
    pub fn symbols(&self) -> usize {
        self.symbols
    }

    /// Rows kept.
    pub fn window(&self) -> usize {
        self.window
    }

    /// Rows that there have been.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that are kept now.
    pub fn kept(&self) -> usize {
        self.rows.min(self.window as u64) as usize
    }

    /// Real updates that a symbol has had.
    #[inline]
    pub fn updates(&self, symbol: usize) -> u64 {
        self.last[symbol].count
    }

    /// The slot of the row `age` rows before the newest.
    #[inline]
    pub fn slot(&self, age: usize) -> Option<usize> {
        (age < self.kept()).then(|| ((self.rows - 1 - age as u64) % self.window as u64) as usize)
    }

    /// Start and end of a row.
    pub fn span(&self, slot: usize) -> (i64, i64) {
        self.spans[slot]
    }

    /// Symbols that have a return in the row.
    #[inline]
    pub fn members(&self, slot: usize) -> usize {
        self.members[slot] as usize
    }

    /// The return of a symbol in a row.
    #[inline]
    pub fn get(&self, symbol: usize, slot: usize) -> Option<f64> {
        let at = symbol * self.window + slot;
        self.present[at].then(|| self.returns[at])
    }

    /// All slots of a symbol in use: returns (0 where missing), and whether there is one.
    #[inline]
    pub fn of(&self, symbol: usize) -> (&[f64], &[bool]) {
        let range = symbol * self.window..symbol * self.window + self.kept();
        (&self.returns[range.clone()], &self.present[range])
    }

    /// Takes note of a closed bar. `idle` is a bar without volume and range: if its close is the last one, too, then
    /// a feed filled it forward, and nothing happened.
    pub fn observe(&mut self, symbol: usize, end: i64, close: f64, idle: bool) -> Observed {
        let last = &mut self.last[symbol];
        let usable = close > 0.0 && close.is_finite() && end > last.end;
        if !usable || (idle && last.count > 0 && close == last.close) {
            return Observed::Nothing;
        }
        let before = std::mem::replace(last, Update { end, close, count: last.count + 1 });
        if before.count == 0 {
            return Observed::First;
        }
        Observed::Return { start: before.end, value: (close / before.close).ln() }
    }

    /// Moves the grid on to `end`. Returns the slot of the new row, whose contents are still those of the row that it
    /// takes the place of; `None` if `end` is not new, or opens no row.
    pub fn advance(&mut self, end: i64) -> Option<usize> {
        if end <= self.time {
            return None;
        }
        let start = std::mem::replace(&mut self.time, end);
        if start == i64::MIN || end.saturating_sub(start) > self.max_interval {
            return None;
        }
        let slot = (self.rows % self.window as u64) as usize;
        self.rows += 1;
        self.spans[slot] = (start, end);
        Some(slot)
    }

    /// Writes a row: returns and their presence (0 or 1) by symbol.
    pub fn write(&mut self, slot: usize, returns: &[f64], present: &[f64]) {
        let mut members = 0;
        for symbol in 0..self.symbols {
            let at = symbol * self.window + slot;
            self.returns[at] = returns[symbol];
            self.present[at] = present[symbol] > 0.0;
            members += u32::from(self.present[at]);
        }
        self.members[slot] = members;
    }

    /// The age of the row that ends at `end`, if a return from `start` belongs there and has a place.
    pub fn place(&self, symbol: usize, start: i64, end: i64) -> Option<usize> {
        for age in 0..self.kept() {
            let slot = self.slot(age)?;
            if self.spans[slot].1 <= end {
                let fits = self.spans[slot] == (start, end) && self.get(symbol, slot).is_none();
                return fits.then_some(age);
            }
        }
        None
    }

    /// Puts a return into its place in a row that is there already.
    pub fn insert(&mut self, symbol: usize, slot: usize, value: f64) {
        let at = symbol * self.window + slot;
        self.returns[at] = value;
        self.present[at] = true;
        self.members[slot] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_updates_are_observed() {
        let mut grid = ReturnGrid::new(1, 10, None);
        assert_eq!(grid.observe(0, 1, 0.0, false), Observed::Nothing, "no price");
        assert_eq!(grid.observe(0, 1, 100.0, true), Observed::First);
        assert_eq!(grid.observe(0, 2, 100.0, true), Observed::Nothing, "filled forward");
        assert_eq!(grid.observe(0, 3, 100.0, false), Observed::Return { start: 1, value: 0.0 }, "traded");
        assert_eq!(grid.observe(0, 3, 101.0, false), Observed::Nothing, "not newer");
        let Observed::Return { start: 3, value } = grid.observe(0, 4, 50.0, true) else { panic!("moved") };
        assert!((value + 2f64.ln()).abs() < 1e-15);
        assert_eq!(grid.updates(0), 3);
    }

    #[test]
    fn rows_have_places_for_late_returns() {
        let mut grid = ReturnGrid::new(2, 3, Some(10));
        assert_eq!(grid.advance(5), None, "a first time has no row");
        assert_eq!(grid.advance(6), Some(0));
        grid.write(0, &[0.1, 0.0], &[1.0, 0.0]);
        assert_eq!(grid.advance(6), None);
        assert_eq!(grid.advance(17), None, "over too long a time");
        assert_eq!(grid.advance(18), Some(1));
        grid.write(1, &[0.2, 0.0], &[1.0, 0.0]);
        assert_eq!((grid.slot(0), grid.slot(1), grid.slot(2)), (Some(1), Some(0), None));
        assert_eq!(grid.place(1, 5, 6), Some(1));
        assert_eq!(grid.place(1, 4, 6), None, "begins elsewhere");
        assert_eq!(grid.place(1, 6, 17), None, "no such row");
        assert_eq!(grid.place(0, 17, 18), None, "taken");
        grid.insert(1, 0, 0.3);
        assert_eq!((grid.get(1, 0), grid.members(0), grid.place(1, 5, 6)), (Some(0.3), 2, None));
        assert_eq!(grid.of(1), (&[0.3, 0.0][..], &[true, false][..]));
    }
}
