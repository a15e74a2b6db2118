//! Means over time of a value that stands until the next one comes.
//!
//! Integrals are whole numbers - the value in units of 2^-32, times nanoseconds - and therefore exact: windows are
//! differences of running totals, and nothing drifts however long a run is. They are remembered at multiples of 100 ms, at
//! which windows begin: at the last one that leaves the window at least as long as it should be.

use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Serialize};

/// What the beginning of a window is a multiple of.
pub const GRID_NS: i64 = 100_000_000;

/// Units of a value.
const SCALE: f64 = (1u64 << 32) as f64;

/// Integral of the value, and the time for which it was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Total {
    weighted: i128,
    known_ns: i64,
}

impl Total {
    #[inline]
    fn and(self, value: Option<i64>, ns: i64) -> Self {
        match value {
            Some(value) => Self {
                weighted: self.weighted + i128::from(value) * i128::from(ns),
                known_ns: self.known_ns + ns,
            },
            None => self,
        }
    }
}

/// Running totals of one value, as far back as the longest window reaches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RollingMeans {
    /// By grid time, round and round.
    ring: Vec<Total>,
    total: Total,
    last: Timestamp,
    value: Option<i64>,
    /// When there was a value for the first time.
    since: Option<Timestamp>,
}

impl RollingMeans {
    /// Means over these windows and shorter ones.
    pub fn new(windows: &[Frame]) -> Self {
        let longest = windows.iter().map(|w| w.nanos()).max().unwrap_or(0);
        let cells = if longest == 0 { 0 } else { longest / GRID_NS + 2 };
        Self { ring: vec![Total::default(); cells as usize], ..Self::default() }
    }

    #[inline]
    fn cell(&self, grid: i64) -> usize {
        grid.rem_euclid(self.ring.len() as i64) as usize
    }

    /// From `now` on the value is this; `None` if it is not known. Times do not go back.
    pub fn push(&mut self, now: Timestamp, value: Option<f64>) {
        if self.ring.is_empty() {
            return;
        }
        let newest = now.0.div_euclid(GRID_NS);
        if self.since.is_some() {
            let first = self.last.0.div_euclid(GRID_NS) + 1;
            for grid in first.max(newest + 1 - self.ring.len() as i64)..=newest {
                let cell = self.cell(grid);
                self.ring[cell] = self.total.and(self.value, grid * GRID_NS - self.last.0);
            }
            self.total = self.total.and(self.value, now.0 - self.last.0);
        } else if value.is_some() {
            self.since = Some(now);
            // Of use if it is now: an earlier time is before the beginning.
            let cell = self.cell(newest);
            self.ring[cell] = Total::default();
        }
        self.last = now;
        self.value = value.map(|value| (value * SCALE).round() as i64);
    }

    /// The mean over a window that ends with the newest value; `None` until it lies after the first value, and where the
    /// value was known for less than half of it.
    pub fn mean(&self, window: Frame) -> Option<f64> {
        let start = (self.last.0 - window.nanos()).div_euclid(GRID_NS);
        if self.since?.0 > start * GRID_NS {
            return None;
        }
        let before = self.ring[self.cell(start)];
        let known = self.total.known_ns - before.known_ns;
        let enough = 2 * known >= self.last.0 - start * GRID_NS && known > 0;
        enough.then(|| (self.total.weighted - before.weighted) as f64 / (known as f64 * SCALE))
    }
}
