//! Where the borders of buckets are.

use manyworlds_components::instrument::Instrument;
use serde::{Deserialize, Serialize};

use super::settings::BucketSize;

/// The buckets of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Buckets {
    /// So many ticks, counted from 0.
    Ticks(i64),
    /// So many basis points of mid, counted from mid.
    Bps(f64),
}

impl Buckets {
    /// The buckets that a setting means for an instrument.
    ///
    /// # Errors
    /// A size that is no whole number of ticks.
    pub fn of(size: BucketSize, instrument: &Instrument) -> Result<Self, String> {
        let (quote, chosen) = match (size, instrument.base.as_str()) {
            (BucketSize::Bps(bps), _) => return Ok(Self::Bps(bps)),
            (BucketSize::Quote(quote), _) => (quote, true),
            (BucketSize::Auto, "ETH") => (1.0, false),
            (BucketSize::Auto, "BTC" | "XBT") => (10.0, false),
            (BucketSize::Auto, _) => return Ok(Self::Bps(2.0)),
        };
        let (ticks, tick) = (instrument.tick_size.round(quote), instrument.tick_size);
        if ticks >= 1 && tick.is_on_grid(quote) {
            return Ok(Self::Ticks(ticks));
        }
        if !chosen {
            return Ok(Self::Bps(2.0));
        }
        let (symbol, tick) = (&instrument.symbol, tick.value());
        Err(format!(
            "bucket: {quote} is no whole number of ticks of `{symbol}`, which are {tick}; take a multiple or Bps"
        ))
    }

    /// The borders around a mid in ticks.
    #[inline]
    pub(super) fn around(self, mid: f64) -> Grid {
        match self {
            Self::Ticks(ticks) => {
                let size = ticks as f64;
                Grid { origin: 0.0, size, center: (mid / size).floor() as i64 }
            }
            Self::Bps(bps) => Grid { origin: mid, size: mid.abs() * bps * 1e-4, center: 0 },
        }
    }
}

/// Part of a tick that is forgiven, as in [`manyworlds_components::price::Step`].
pub(super) const FORGIVEN: f64 = 1e-9;

/// The borders of buckets at one time: border `k` is at `origin + k size` ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    origin: f64,
    pub size: f64,
    /// The last border that is not above mid.
    pub center: i64,
}

impl Grid {
    /// Where border `k` is, in ticks.
    #[inline]
    pub fn border(&self, k: i64) -> f64 {
        self.origin + k as f64 * self.size
    }

    /// The bucket of a bid: the border at or below it.
    #[inline]
    pub fn floor(&self, ticks: f64) -> i64 {
        ((ticks - self.origin + FORGIVEN) / self.size).floor() as i64
    }

    /// The bucket of an ask: the border at or above it.
    #[inline]
    pub fn ceil(&self, ticks: f64) -> i64 {
        ((ticks - self.origin - FORGIVEN) / self.size).ceil() as i64
    }

    /// Rows on either side of mid that hold every bucket within `reach` ticks of it.
    pub fn rows(&self, reach: f64) -> f64 {
        (reach / self.size).ceil() + 2.0
    }
}
