//! The one source of past bars in a world: a ring of closed bars per symbol, as contiguous columns.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::copy_on_write::CopyOnWrite;
use crate::time::Timestamp;

/// The most recent closed bars of a symbol, newest last.
///
/// Closes may be kept further back than whole bars: averages over days read thousands of them, and nothing else of those
/// bars. The last `n` rows are always one slice: the columns of whole bars are written twice, as far apart as they are kept;
/// closes, which may be many, move to the front when they reach the end. Memory is bounded by what is kept, whatever the
/// length of the tape. Clones share the columns until one of them gets a bar.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct BarSeries {
    /// Of the closes. The other columns tell theirs by their length.
    capacity: usize,
    count: u64,
    /// Where the next bar goes, its close left out.
    next_row: usize,
    /// Where the closes end.
    end: usize,
    updated_step: u64,
    /// Bars that came in `updated_step`.
    fresh: u64,
    close_time: Timestamp,
    columns: CopyOnWrite<Columns>,
}

/// Each twice as long as what it keeps, but for the closes: those have room for [`spare`] more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Columns {
    open_times: Vec<i64>,
    opens: Vec<f64>,
    highs: Vec<f64>,
    lows: Vec<f64>,
    closes: Vec<f64>,
    volumes: Vec<f64>,
}

impl BarSeries {
    /// An empty series that keeps the last `capacity` bars (at least 1).
    pub fn new(capacity: usize) -> Self {
        Self::with_closes(capacity, capacity)
    }

    /// An empty series that keeps the last `bars` bars (at least 1), and the closes of the last `closes` (at least as
    /// many).
    pub fn with_closes(bars: usize, closes: usize) -> Self {
        let bars = bars.max(1);
        let capacity = closes.max(bars);
        let column = || vec![0.0; 2 * bars];
        let columns = Columns {
            open_times: vec![0; 2 * bars],
            opens: column(),
            highs: column(),
            lows: column(),
            closes: vec![0.0; capacity + spare(capacity)],
            volumes: column(),
        };
        Self {
            capacity,
            count: 0,
            next_row: 0,
            end: 0,
            updated_step: 0,
            fresh: 0,
            close_time: Timestamp::MIN,
            columns: CopyOnWrite::new(columns),
        }
    }

    /// Adds a closed bar, forgetting the oldest if full. `step` is the simulation step that learned of it.
    #[inline]
    pub fn push(&mut self, bar: &Bar, step: u64) {
        let (at, bars) = (self.next_row, self.bars_kept());
        let rows = at..at + bars + 1;
        let columns = &mut *self.columns;
        write_twice(&mut columns.open_times[rows.clone()], bar.open_time.0);
        write_twice(&mut columns.opens[rows.clone()], bar.open);
        write_twice(&mut columns.highs[rows.clone()], bar.high);
        write_twice(&mut columns.lows[rows.clone()], bar.low);
        write_twice(&mut columns.volumes[rows], bar.volume);
        if self.end == columns.closes.len() {
            let kept = self.capacity - 1;
            columns.closes.copy_within(self.end - kept.., 0);
            self.end = kept;
        }
        columns.closes[self.end] = bar.close;
        self.end += 1;
        self.next_row = if at + 1 == bars { 0 } else { at + 1 };
        self.count += 1;
        self.fresh = if step == self.updated_step { self.fresh + 1 } else { 1 };
        self.updated_step = step;
        self.close_time = bar.close_time;
    }

    /// How many bars there have been since the start, including forgotten ones.
    #[inline]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many closes are kept now.
    #[inline]
    pub fn len(&self) -> usize {
        self.count.min(self.capacity as u64) as usize
    }

    /// Whether there has been no bar yet.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The largest number of closes that is kept.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The largest number of whole bars that is kept.
    #[inline]
    pub fn bars_kept(&self) -> usize {
        self.columns.opens.len() / 2
    }

    /// The step in which the newest bar arrived; 0 before the first.
    #[inline]
    pub fn updated_step(&self) -> u64 {
        self.updated_step
    }

    /// How many of the newest bars arrived in `step`: 0 or 1 as a rule, more where a step closes several. No more
    /// are given than are kept whole.
    #[inline]
    pub fn fresh(&self, step: u64) -> usize {
        if step == self.updated_step { self.fresh.min(self.bars_kept() as u64) as usize } else { 0 }
    }

    /// When the newest bar closed; `Timestamp::MIN` before the first.
    #[inline]
    pub fn close_time(&self) -> Timestamp {
        self.close_time
    }

    /// Where the last `rows` bars stand, their closes left out: they end in the second copy.
    #[inline]
    fn bar_window(&self, rows: usize) -> std::ops::Range<usize> {
        let kept = self.bars_kept();
        let rows = rows.min(self.count.min(kept as u64) as usize);
        let end = if self.next_row == 0 { 2 * kept } else { self.next_row + kept };
        if rows == 0 { 0..0 } else { end - rows..end }
    }

    /// The last `rows` close prices (fewer if there are fewer), oldest first.
    #[inline]
    pub fn closes(&self, rows: usize) -> &[f64] {
        &self.columns.closes[self.end - rows.min(self.len())..self.end]
    }

    /// The last `rows` open prices, oldest first.
    #[inline]
    pub fn opens(&self, rows: usize) -> &[f64] {
        &self.columns.opens[self.bar_window(rows)]
    }

    /// The last `rows` highs, oldest first.
    #[inline]
    pub fn highs(&self, rows: usize) -> &[f64] {
        &self.columns.highs[self.bar_window(rows)]
    }

    /// The last `rows` lows, oldest first.
    #[inline]
    pub fn lows(&self, rows: usize) -> &[f64] {
        &self.columns.lows[self.bar_window(rows)]
    }

    /// The last `rows` volumes, oldest first.
    #[inline]
    pub fn volumes(&self, rows: usize) -> &[f64] {
        &self.columns.volumes[self.bar_window(rows)]
    }

    /// The last `rows` open times in nanoseconds, oldest first.
    #[inline]
    pub fn open_times(&self, rows: usize) -> &[i64] {
        &self.columns.open_times[self.bar_window(rows)]
    }

    /// The close `lag` bars ago (0 is the newest); `None` if that bar is not kept.
    #[inline]
    pub fn close(&self, lag: usize) -> Option<f64> {
        (lag < self.len()).then(|| self.columns.closes[self.end - 1 - lag])
    }

    /// The newest closed bar.
    pub fn last(&self) -> Option<Bar> {
        let row = self.bar_window(1).next()?;
        Some(Bar {
            open_time: Timestamp(self.columns.open_times[row]),
            close_time: self.close_time,
            open: self.columns.opens[row],
            high: self.columns.highs[row],
            low: self.columns.lows[row],
            close: self.close(0)?,
            volume: self.columns.volumes[row],
        })
    }
}

/// Room behind so many closes: they are moved once every so many bars.
fn spare(closes: usize) -> usize {
    (closes / 8).max(32)
}

/// Puts a value into both copies of a column, which are the first and the last of these rows.
#[inline]
fn write_twice<T: Copy>(rows: &mut [T], value: T) {
    if let [first, .., last] = rows {
        (*first, *last) = (value, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Frame;
    use proptest::prelude::*;

    proptest! {
        /// Against a plain vector of everything that was pushed.
        #[test]
        fn windows_are_the_tail_of_history(kept in 1usize..9, more in 0usize..6, prices in prop::collection::vec(1.0f64..9.0, 0..120), rows in 0usize..12) {
            let (mut series, capacity) = (BarSeries::with_closes(kept, kept + more), kept + more);
            prop_assert_eq!((series.bars_kept(), series.capacity()), (kept, capacity));
            for (i, p) in prices.iter().enumerate() {
                let bar = Bar::new(Timestamp(i as i64), Frame::from_nanos(1).unwrap(), [*p, p + 1.0, p - 0.5, p + 0.5, i as f64]);
                series.push(&bar, 1 + i as u64 / 3);
                prop_assert_eq!(series.fresh(1 + i as u64 / 3), (i % 3 + 1).min(kept));
                prop_assert_eq!(series.fresh(2 + i as u64 / 3), 0);
                prop_assert_eq!(series.last(), Some(bar));
            }
            let tail = |kept: usize| &prices[prices.len() - rows.min(kept).min(prices.len())..];
            prop_assert_eq!(series.opens(rows), tail(kept));
            prop_assert_eq!(series.volumes(rows).len(), tail(kept).len());
            prop_assert!(series.highs(rows).iter().zip(tail(kept)).all(|(h, p)| *h == p + 1.0));
            let closes: Vec<f64> = tail(capacity).iter().map(|p| p + 0.5).collect();
            prop_assert_eq!(series.closes(rows), &closes[..]);
            let first = (!tail(kept).is_empty()).then(|| (prices.len() - tail(kept).len()) as i64);
            prop_assert_eq!(series.open_times(rows).first().copied(), first);
            for lag in 0..12 {
                let expected = (lag < capacity.min(prices.len())).then(|| prices[prices.len() - 1 - lag] + 0.5);
                prop_assert_eq!(series.close(lag), expected);
            }
        }
    }
}
