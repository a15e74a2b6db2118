//! Five series on their grids of time as one array: the store of the universal data adapter.

use std::ops::Deref;

use bevy_ecs::component::Component;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::copy_on_write::CopyOnWrite;
use manyworlds_components::time::{Frame, Timestamp};
use ndarray::{ArrayView2, ArrayView3};
use serde::{Deserialize, Serialize};

/// Series of the array.
pub const SERIES: usize = 5;
/// Columns of a row: open time (milliseconds since the epoch, which `f64` holds exactly), open, high, low, close, volume.
pub const COLUMNS: usize = 6;
/// How many times the rows of the array are kept in all.
pub const KEPT: usize = 3;

/// A row of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlignedRow<'a> {
    /// Time, open, high, low, close, volume.
    pub values: &'a [f64],
    /// Whether there was such a bar. A row that had none repeats the close before it and has no volume.
    pub present: bool,
}

/// The newest rows of five series, one per frame of their grids, with nothing left out: open times are a frame apart.
///
/// The windows stand still and the rows move. All five windows have a fixed place in one buffer, so that the whole is one
/// C-contiguous array that can be lent at any time without copying. When a series gets a row, its own window is moved
/// up by one - 14 kB at 300 rows, well under a microsecond, and nothing for the other four. Rings as those of [`BarSeries`]
/// would have to end at the same place in all five series, which they cannot, as the series grow at different paces.
/// Rows that leave a window go on to a ring of older rows. Clones share it all until one of them gets a row.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlignedSeries(CopyOnWrite<Windows>);

/// What an [`AlignedSeries`] points to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Windows {
    rows: usize,
    /// `SERIES x rows x COLUMNS`, the newest row last.
    window: Vec<f64>,
    /// `SERIES x rows`.
    mask: Vec<bool>,
    tracks: Vec<Track>,
}

/// One of the five.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Track {
    frame: Frame,
    /// When the newest row opens.
    newest: Timestamp,
    /// Rows since the first bar, forgotten ones included.
    count: u64,
    /// Rows of the window that had a bar.
    present: usize,
    /// A ring of the rows before the window.
    older: Vec<f64>,
    older_mask: Vec<bool>,
    /// Where the next row of the ring goes.
    older_next: usize,
}

impl AlignedSeries {
    /// Empty windows of `rows` rows for five frames; without frames nothing is kept at all.
    pub fn new(frames: Option<[Frame; SERIES]>, rows: usize) -> Self {
        let rows = if frames.is_some() { rows.max(1) } else { 0 };
        let older = (KEPT - 1) * rows;
        let track = |frame| Track {
            frame,
            newest: Timestamp::MIN,
            count: 0,
            present: 0,
            older: vec![0.0; older * COLUMNS],
            older_mask: vec![false; older],
            older_next: 0,
        };
        Self(CopyOnWrite::new(Windows {
            rows,
            window: vec![0.0; SERIES * rows * COLUMNS],
            mask: vec![false; SERIES * rows],
            tracks: frames.map(|f| f.map(track).into()).unwrap_or_default(),
        }))
    }

    /// Brings a series up to the row that opens at `until`: the `fresh` newest of `bars` get their rows, frames without a
    /// bar get the close before them. A bar whose row is there already, because it comes later than its close,
    /// replaces what stood in for it.
    pub fn update(&mut self, series: usize, until: Timestamp, bars: &BarSeries, fresh: usize) {
        self.0.update(series, until, bars, fresh);
    }
}

impl Deref for AlignedSeries {
    type Target = Windows;

    fn deref(&self) -> &Windows {
        &self.0
    }
}

impl Windows {

    /// Rows of the array.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The array, `5 x rows x 6`, newest rows last; it borrows the store, nothing is copied. Rows from before the first
    /// bar of a series are zeros, masked. `5 x 0 x 6` where the symbol has no adapter.
    pub fn view(&self) -> ArrayView3<'_, f64> {
        let view = ArrayView3::from_shape((SERIES, self.rows, COLUMNS), &self.window);
        view.unwrap_or_else(|e| unreachable!("the window has the shape that it was made with: {e}"))
    }

    /// Which rows of the array had a bar, `5 x rows`.
    pub fn mask(&self) -> ArrayView2<'_, bool> {
        let view = ArrayView2::from_shape((SERIES, self.rows), &self.mask);
        view.unwrap_or_else(|e| unreachable!("the mask has the shape that it was made with: {e}"))
    }

    /// Share of a series' rows in the array that had a bar; 0 of the rows from before its first.
    pub fn quality_of(&self, series: usize) -> Option<f64> {
        self.tracks.get(series).map(|track| track.present as f64 / self.rows as f64)
    }

    /// Share of all rows in the array that had a bar; `None` where the symbol has no adapter.
    pub fn quality(&self) -> Option<f64> {
        let present: usize = self.tracks.iter().map(|track| track.present).sum();
        (!self.tracks.is_empty()).then(|| present as f64 / (SERIES * self.rows) as f64)
    }

    /// How many rows of a series are kept now, up to three times those of the array.
    pub fn kept(&self, series: usize) -> usize {
        self.tracks.get(series).map_or(0, |track| track.count.min((KEPT * self.rows) as u64) as usize)
    }

    /// Whether every row of the array lies after the first bar of its series.
    pub fn is_warm(&self) -> bool {
        !self.tracks.is_empty() && self.tracks.iter().all(|track| track.count >= self.rows as u64)
    }

    /// The row `lag` frames ago (0 is the newest), older than the array too; `None` if it is not kept.
    pub fn row(&self, series: usize, lag: usize) -> Option<AlignedRow<'_>> {
        if lag >= self.kept(series) {
            return None;
        }
        let track = &self.tracks[series];
        let (values, mask, at) = if lag < self.rows {
            (&self.window, &self.mask, (series + 1) * self.rows - 1 - lag)
        } else {
            let ring = track.older_mask.len();
            (&track.older, &track.older_mask, (track.older_next + 2 * ring - 1 - (lag - self.rows)) % ring)
        };
        Some(AlignedRow { values: &values[at * COLUMNS..][..COLUMNS], present: mask[at] })
    }

    /// The row that opens at `open_time`, for scoring what was forecast then; `None` if it is not kept or not on the grid.
    pub fn row_at(&self, series: usize, open_time: Timestamp) -> Option<AlignedRow<'_>> {
        self.lag_of(series, open_time).and_then(|lag| self.row(series, lag))
    }

    fn lag_of(&self, series: usize, open_time: Timestamp) -> Option<usize> {
        let track = self.tracks.get(series).filter(|track| track.count > 0)?;
        let (age, frame) = (track.newest - open_time, track.frame.nanos());
        (age >= 0 && age % frame == 0).then_some((age / frame) as usize)
    }

    fn update(&mut self, series: usize, until: Timestamp, bars: &BarSeries, fresh: usize) {
        let fresh = fresh.min(bars.len());
        let times = bars.open_times(fresh);
        let row = |i: usize| {
            let (open, high, low) = (bars.opens(fresh)[i], bars.highs(fresh)[i], bars.lows(fresh)[i]);
            [times[i] as f64 / 1e6, open, high, low, bars.closes(fresh)[i], bars.volumes(fresh)[i]]
        };
        let frame = self.tracks[series].frame.nanos();
        if self.tracks[series].count == 0 {
            let Some(first) = times.first() else { return };
            self.tracks[series].newest = Timestamp(first - frame);
        }
        let mut next = 0;
        while next < fresh && times[next] <= self.tracks[series].newest.0 {
            self.replace(series, Timestamp(times[next]), row(next));
            next += 1;
        }
        let due = (until - self.tracks[series].newest) / frame;
        if due <= 0 {
            return;
        }
        let mut close = self.row(series, 0).map_or(0.0, |row| row.values[4]);
        // After a long gap only what is kept is filled.
        let skipped = (due - (KEPT * self.rows) as i64).max(0);
        self.tracks[series].newest = self.tracks[series].newest + skipped * frame;
        self.tracks[series].count += skipped as u64;
        let mut left = (due - skipped) as usize;
        while left > 0 {
            let part = left.min(self.rows);
            self.make_room(series, part);
            for at in (series + 1) * self.rows - part..(series + 1) * self.rows {
                let opens = self.tracks[series].newest.0 + frame;
                self.tracks[series].newest = Timestamp(opens);
                while next < fresh && times[next] < opens {
                    close = row(next)[4];
                    next += 1;
                }
                let present = next < fresh && times[next] == opens;
                let values = match present {
                    true => row(next),
                    false => [opens as f64 / 1e6, close, close, close, close, 0.0],
                };
                next += usize::from(present);
                close = values[4];
                self.window[at * COLUMNS..][..COLUMNS].copy_from_slice(&values);
                self.mask[at] = present;
                self.tracks[series].present += usize::from(present);
            }
            self.tracks[series].count += part as u64;
            left -= part;
        }
    }

    /// Moves the window of a series up by `n` rows, at most all of them; those that leave it go to the older ones.
    fn make_room(&mut self, series: usize, n: usize) {
        let (first, end) = (series * self.rows, (series + 1) * self.rows);
        let track = &mut self.tracks[series];
        for at in first..first + n {
            let to = track.older_next;
            track.older[to * COLUMNS..][..COLUMNS].copy_from_slice(&self.window[at * COLUMNS..][..COLUMNS]);
            track.older_mask[to] = self.mask[at];
            track.present -= usize::from(self.mask[at]);
            track.older_next = if to + 1 == track.older_mask.len() { 0 } else { to + 1 };
        }
        self.window.copy_within((first + n) * COLUMNS..end * COLUMNS, first * COLUMNS);
        self.mask.copy_within(first + n..end, first);
    }

    /// Puts a late bar where a repeated close stood in for it, and repeats its close after it.
    fn replace(&mut self, series: usize, open_time: Timestamp, values: [f64; COLUMNS]) {
        let Some(mut lag) = self.lag_of(series, open_time).filter(|lag| *lag < self.kept(series)) else {
            return;
        };
        if self.row(series, lag).is_none_or(|row| row.present) {
            return;
        }
        let close = values[4];
        let (row, present) = self.row_mut(series, lag);
        row.copy_from_slice(&values);
        *present = true;
        self.tracks[series].present += usize::from(lag < self.rows);
        while lag > 0 && self.row(series, lag - 1).is_some_and(|row| !row.present) {
            lag -= 1;
            self.row_mut(series, lag).0[1..5].fill(close);
        }
    }

    fn row_mut(&mut self, series: usize, lag: usize) -> (&mut [f64], &mut bool) {
        let track = &mut self.tracks[series];
        let (values, mask, at) = if lag < self.rows {
            (&mut self.window, &mut self.mask, (series + 1) * self.rows - 1 - lag)
        } else {
            let ring = track.older_mask.len();
            let at = (track.older_next + 2 * ring - 1 - (lag - self.rows)) % ring;
            (&mut track.older, &mut track.older_mask, at)
        };
        (&mut values[at * COLUMNS..][..COLUMNS], &mut mask[at])
    }
}

#[cfg(test)]
mod tests;
