//! The closed bars of one symbol in one frame, and the bar that is being built.

use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::bar_builder::BarBuilder;
use crate::bar_series::BarSeries;
use crate::time::{Frame, Timestamp};

/// Whether a piece can be put into the bars of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It lies in one frame, which opens here.
    In(Timestamp),
    /// It is longer than the frame or lies across its border: the frame is finer than the feed.
    Across,
    /// Its frame has been closed: what was seen does not change any more.
    Late,
}

/// One frame of a symbol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameBars {
    pub(crate) builder: BarBuilder,
    /// How long after midnight UTC the day (and with it the grid of every frame) begins.
    session_start_ns: i64,
    /// The finer frame of the list whose bars it is made of; `None` where it is made of the events themselves.
    pub(crate) source: Option<usize>,
    /// `None` where the symbol's [`BarSeries`] of the decision frame holds the same bars.
    pub(crate) kept: Option<BarSeries>,
    /// The close of the newest frame that had a piece.
    edge: Timestamp,
    across: u64,
    late: u64,
}

impl FrameBars {
    pub(crate) fn new(
        frame: Frame,
        session_start_ns: i64,
        source: Option<usize>,
        kept: Option<usize>,
    ) -> Self {
        Self {
            builder: BarBuilder::new(frame),
            session_start_ns,
            source,
            kept: kept.map(BarSeries::new),
            edge: Timestamp::MIN,
            across: 0,
            late: 0,
        }
    }

    /// The frame.
    #[inline]
    pub fn frame(&self) -> Frame {
        self.builder.frame()
    }

    /// The start of the frame that holds `t`, on the symbol's own grid.
    #[inline]
    pub fn floor(&self, t: Timestamp) -> Timestamp {
        self.frame().floor(t + -self.session_start_ns) + self.session_start_ns
    }

    /// Where the newest frame opens that has ended by `now`: the newest whose bar may be used.
    #[inline]
    pub fn newest_usable(&self, now: Timestamp) -> Timestamp {
        self.floor(now) + -self.frame().nanos()
    }

    /// Pieces that were left out because they do not lie in one frame: the feed is too coarse for this frame.
    pub fn left_out_across(&self) -> u64 {
        self.across
    }

    /// Pieces that were left out because their frame had been closed.
    pub fn left_out_late(&self) -> u64 {
        self.late
    }

    /// The close of the bar that is being built.
    #[inline]
    pub(crate) fn due(&self) -> Timestamp {
        if self.builder.is_open() { self.edge } else { Timestamp::MAX }
    }

    /// Finds the frame of a piece; counts it if it has none.
    #[inline]
    pub(crate) fn fit(&mut self, piece: &Bar) -> Fit {
        let length = self.frame().nanos();
        let (open_time, close_time) = if piece.open_time < self.edge && piece.open_time + length >= self.edge
        {
            // Usually it is one more piece of the newest frame, and there is nothing to divide.
            (self.edge + -length, self.edge)
        } else {
            let open_time = self.floor(piece.open_time);
            (open_time, open_time + length)
        };
        if piece.close_time > close_time {
            self.across += 1;
            return Fit::Across;
        }
        if close_time < self.edge || (close_time == self.edge && !self.builder.is_open()) {
            self.late += 1;
            return Fit::Late;
        }
        self.edge = close_time;
        Fit::In(open_time)
    }
}
