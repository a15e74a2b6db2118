//! How the depth of a side grows with the distance from mid.
//!
//! The slope of a line through the origin that fits the cumulative volume `V` at the outer border of every bucket of the
//! range, which lies `x` bps from mid: `sum x V / sum x x`, in base units per basis point. A steep book takes more before its
//! price moves. After the order-book slope of Naes & Skjeltorp, *Order book characteristics and the volume-volatility
//! relation* (2006), who average over single levels and so depend on the tick size.

/// Sums of a fit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slope {
    volume: f64,
    xv: f64,
    xx: f64,
}

impl Slope {
    /// With what rests before the first border, which is on the other side of mid.
    pub fn beginning_with(volume: f64) -> Self {
        Self { volume, ..Self::default() }
    }

    /// Adds the next bucket: its volume, and how far its outer border is from mid.
    #[inline]
    pub fn push(&mut self, x_bps: f64, volume: f64) {
        self.volume += volume;
        self.xv += x_bps * self.volume;
        self.xx += x_bps * x_bps;
    }

    /// The slope; `None` of an empty side.
    pub fn value(self) -> Option<f64> {
        (self.xx > 0.0 && self.volume > 0.0).then(|| self.xv / self.xx)
    }
}
