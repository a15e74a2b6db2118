//! An account's equity, thinned to a frame.

use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::EquityRow;

/// An account's first mark, and the last in each frame after it.
#[derive(Debug, Clone, PartialEq)]
pub struct EquityCurve {
    frame: Frame,
    /// Times, rising, in nanoseconds.
    pub ts: Vec<i64>,
    /// Equity at those times.
    pub equity: Vec<f64>,
}

impl EquityCurve {
    /// An empty one.
    pub fn new(frame: Frame) -> Self {
        Self { frame, ts: Vec::new(), equity: Vec::new() }
    }

    /// Takes in a mark. Marks come in time order; one at a frame's border belongs to the frame that ends there.
    pub fn mark(&mut self, row: &EquityRow) {
        let frame = |ts: i64| self.frame.ceil(Timestamp(ts));
        if self.ts.len() > 1 && self.ts.last().is_some_and(|last| frame(*last) == frame(row.ts.0)) {
            self.ts.pop();
            self.equity.pop();
        }
        self.ts.push(row.ts.0);
        self.equity.push(row.equity);
    }
}
