//! Bars (candles).

use serde::{Deserialize, Serialize};

use crate::time::{Frame, Timestamp};

/// Open, high, low, close and volume of one frame. Stamped with its open; visible from its close on.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Bar {
    /// When the frame begins.
    pub open_time: Timestamp,
    /// When the frame ends; nothing may see the bar earlier.
    pub close_time: Timestamp,
    /// First price, in quote units.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded quantity, in base units.
    pub volume: f64,
}

impl Bar {
    /// A bar of `frame` that opens at `open_time`.
    pub fn new(open_time: Timestamp, frame: Frame, ohlcv: [f64; 5]) -> Self {
        let [open, high, low, close, volume] = ohlcv;
        Self { open_time, close_time: open_time + frame.nanos(), open, high, low, close, volume }
    }

    /// Whether the prices are finite and positive, high and low enclose open and close, and the volume is not negative.
    pub fn is_valid(&self) -> bool {
        let positive = [self.open, self.high, self.low, self.close].iter().all(|p| p.is_finite() && *p > 0.0);
        positive
            && self.high >= self.open.max(self.close)
            && self.low <= self.open.min(self.close)
            && self.volume >= 0.0
            && self.volume.is_finite()
            && self.close_time > self.open_time
    }

    /// Takes in a later bar of the same frame: the close moves, the range widens, the volume adds.
    #[inline]
    pub fn absorb(&mut self, later: &Bar) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.volume += later.volume;
    }
}
