//! The closed bars of a symbol in several frames at once, each made of the next finer one.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::bar_series::BarSeries;
use crate::frame_bars::{Fit, FrameBars};
use crate::time::{Frame, Timestamp};

/// A frame that is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRequest {
    /// Which.
    pub frame: Frame,
    /// How many closed bars are kept; `None` where the symbol's own [`BarSeries`] has this frame and grid, so that
    /// nothing is kept twice.
    pub rows: Option<usize>,
}

/// Bars of one symbol in several frames, finest first.
///
/// Every frame is made of the bars of the coarsest finer frame that divides it, or of the market's events where there is
/// none. A bar is there only once its frame has ended, never changes afterwards, and opens later than the one before;
/// frames without an event have no bar, so that open times tell gaps ([`FrameSeries::missing`]). A piece that lies
/// across a frame's border - the feed is coarser than the frame - is left out of that frame, counted, and passed on to the
/// coarser ones. A frame that had begun before the first event was seen is left out, as it would lack its beginning.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct FrameSeries {
    frames: Vec<FrameBars>,
    /// Everything from here on was seen.
    since: Option<Timestamp>,
    /// The first close among the bars that are being built.
    due: Timestamp,
    updated_step: u64,
}

impl FrameSeries {
    /// Empty series. Days begin `session_start_ns` after midnight UTC, which shifts the grid of all frames.
    /// Requests are put into order, the finest first; of two for one frame the first counts.
    pub fn new(requests: &[FrameRequest], session_start_ns: i64) -> Self {
        let mut requests = requests.to_vec();
        requests.sort_by_key(|r| r.frame);
        requests.dedup_by_key(|r| r.frame);
        let source = |i: usize| (0..i).rev().find(|finer| divides(requests[*finer].frame, requests[i].frame));
        let frames = requests.iter().enumerate();
        let frames = frames.map(|(i, r)| FrameBars::new(r.frame, session_start_ns, source(i), r.rows));
        Self { frames: frames.collect(), since: None, due: Timestamp::MAX, updated_step: 0 }
    }

    /// The frames, finest first; positions in this list name them elsewhere.
    #[inline]
    pub fn frames(&self) -> &[FrameBars] {
        &self.frames
    }

    /// The position of a frame.
    pub fn position(&self, frame: Frame) -> Option<usize> {
        self.frames.iter().position(|f| f.frame() == frame)
    }

    /// The closed bars of the frame at `position`; `own` is the symbol's series of the decision frame, which
    /// serves here if it has that frame.
    #[inline]
    pub fn series<'a>(&'a self, position: usize, own: &'a BarSeries) -> &'a BarSeries {
        self.frames[position].kept.as_ref().unwrap_or(own)
    }

    /// The closed bars of `frame`; `None` if it is not kept.
    pub fn bars<'a>(&'a self, frame: Frame, own: &'a BarSeries) -> Option<&'a BarSeries> {
        self.position(frame).map(|at| self.series(at, own))
    }

    /// How many frames had no bar between the oldest and the newest of the last `rows` bars: 0 if there is no gap.
    pub fn missing(&self, position: usize, own: &BarSeries, rows: usize) -> u64 {
        let times = self.series(position, own).open_times(rows);
        match times {
            [oldest, .., newest] => {
                let spanned = (newest - oldest) / self.frames[position].frame().nanos() + 1;
                (spanned - times.len() as i64).max(0) as u64
            }
            _ => 0,
        }
    }

    /// The newest step in which a bar of any frame closed; 0 before the first.
    #[inline]
    pub fn updated_step(&self) -> u64 {
        self.updated_step
    }

    /// Says from when on events are seen: frames that opened earlier are incomplete and left out. Only the first
    /// word counts.
    #[inline]
    pub fn begin(&mut self, since: Timestamp) {
        if self.since.is_none() {
            self.since = Some(since);
        }
    }

    /// Takes in an event: a bar, or a print as a bar that opens and closes when it was learned. `on_close` is told every
    /// bar that this finishes, with the position of its frame.
    #[inline]
    pub fn add(&mut self, piece: &Bar, step: u64, on_close: &mut impl FnMut(usize, &Bar)) {
        for at in 0..self.frames.len() {
            if self.frames[at].source.is_none() {
                self.offer(at, piece, step, on_close);
            }
        }
    }

    /// Closes every frame that has ended by `now`, the finest first, so that coarser ones have all their pieces.
    #[inline]
    pub fn close_until(&mut self, now: Timestamp, step: u64, on_close: &mut impl FnMut(usize, &Bar)) {
        if now < self.due {
            return;
        }
        for at in 0..self.frames.len() {
            if let Some(bar) = self.frames[at].builder.close_until(now) {
                self.finish(at, &bar, step, on_close);
            }
        }
        self.due = self.frames.iter().map(FrameBars::due).min().unwrap_or(Timestamp::MAX);
    }

    fn offer(&mut self, at: usize, piece: &Bar, step: u64, on_close: &mut impl FnMut(usize, &Bar)) {
        let frame = &mut self.frames[at];
        let open_time = match frame.fit(piece) {
            Fit::In(open_time) => open_time,
            Fit::Across => return self.offer_to_coarser(at, piece, step, on_close),
            Fit::Late => return,
        };
        let close_time = open_time + frame.frame().nanos();
        if let Some(bar) = frame.builder.add_aligned(Bar { open_time, close_time, ..*piece }) {
            self.finish(at, &bar, step, on_close);
        }
        // A bar that ends with the frame is its last piece.
        let last = piece.close_time == close_time;
        match last.then(|| self.frames[at].builder.close_until(close_time)).flatten() {
            Some(bar) => self.finish(at, &bar, step, on_close),
            None => self.due = self.due.min(close_time),
        }
    }

    fn finish(&mut self, at: usize, bar: &Bar, step: u64, on_close: &mut impl FnMut(usize, &Bar)) {
        if self.since.is_none_or(|since| bar.open_time >= since) {
            self.updated_step = step;
            if let Some(series) = &mut self.frames[at].kept {
                series.push(bar, step);
            }
            on_close(at, bar);
        }
        self.offer_to_coarser(at, bar, step, on_close);
    }

    fn offer_to_coarser(
        &mut self,
        at: usize,
        piece: &Bar,
        step: u64,
        on_close: &mut impl FnMut(usize, &Bar),
    ) {
        for coarser in at + 1..self.frames.len() {
            if self.frames[coarser].source == Some(at) {
                self.offer(coarser, piece, step, on_close);
            }
        }
    }
}

/// Whether every bar of `coarse` is made of whole bars of `finer`. Lengths alone do not tell: weeks begin on Mondays, the
/// other grids at the epoch.
fn divides(finer: Frame, coarse: Frame) -> bool {
    let border = coarse.floor(Timestamp(0));
    coarse.nanos() % finer.nanos() == 0 && finer.floor(border) == border
}

#[cfg(test)]
mod tests;
