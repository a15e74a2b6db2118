//! What adds up over time: one row of sums for an interval, or for many.

use serde::{Deserialize, Serialize};

/// A sum over an interval. Quantities are base units, prices quote units, times seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// Trades that a buyer started.
    Buys,
    /// Trades that a seller started.
    Sells,
    /// Trades of which nobody says who started them.
    Unsided,
    /// Volume of buys.
    BuyVolume,
    /// Volume of sells.
    SellVolume,
    /// Volume of the others.
    UnsidedVolume,
    /// Price times quantity.
    Notional,
    /// Volume of large trades.
    LargeVolume,
    /// Times between trades: how many.
    Gaps,
    /// Times between trades.
    GapTime,
    /// Their squares.
    GapSquares,
    /// Order flow imbalance of the best levels.
    Flow,
    /// Order flow imbalance of the best levels that are watched, added up.
    DeepFlow,
    /// Changes of the best levels.
    Changes,
    /// Time in which the book had both sides.
    QuotedTime,
    /// Quoted spread in bps of the mid, times time.
    QuotedSpread,
    /// Trades whose later mid is known: quantity times mid.
    Settled,
    /// Of these: quantity times effective spread.
    Effective,
    /// Of these: quantity times realized spread.
    Realized,
    /// Instants with trades after which a price is known.
    Moves,
    /// Signed volume of these instants.
    MoveVolume,
    /// Its squares.
    MoveVolumeSquares,
    /// Price change to the next such instant.
    MoveChange,
    /// Signed volume times price change.
    MoveProducts,
    /// Pairs of successive changes of trade prices.
    Pairs,
    /// The first of a pair.
    PairFirst,
    /// The second of a pair.
    PairSecond,
    /// Their product.
    PairProducts,
    /// Absolute log return of an interval over what was traded in it.
    Illiquidity,
    /// Intervals of that.
    IlliquidIntervals,
}

const COUNT: usize = Sum::IlliquidIntervals as usize + 1;

/// Sums, and the range of trade prices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    values: [f64; COUNT],
    high: f64,
    low: f64,
}

impl Default for Sums {
    fn default() -> Self {
        Self { values: [0.0; COUNT], high: f64::NEG_INFINITY, low: f64::INFINITY }
    }
}

impl Sums {
    /// One of them.
    #[inline]
    pub fn get(&self, sum: Sum) -> f64 {
        self.values[sum as usize]
    }

    /// Adds to one of them.
    #[inline]
    pub fn add(&mut self, sum: Sum, value: f64) {
        self.values[sum as usize] += value;
    }

    /// Widens the range of trade prices.
    #[inline]
    pub fn widen(&mut self, price: f64) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
    }

    /// Adds another interval.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        for (value, more) in self.values.iter_mut().zip(&other.values) {
            *value += more;
        }
        self.high = self.high.max(other.high);
        self.low = self.low.min(other.low);
    }

    /// (lowest, highest) trade price.
    pub fn range(&self) -> Option<(f64, f64)> {
        (self.low <= self.high).then_some((self.low, self.high))
    }

    /// Number of trades.
    pub fn trades(&self) -> f64 {
        self.get(Sum::Buys) + self.get(Sum::Sells) + self.get(Sum::Unsided)
    }

    /// Volume of all trades.
    pub fn volume(&self) -> f64 {
        self.get(Sum::BuyVolume) + self.get(Sum::SellVolume) + self.get(Sum::UnsidedVolume)
    }

    /// Volume of buys less that of sells.
    pub fn signed_volume(&self) -> f64 {
        self.get(Sum::BuyVolume) - self.get(Sum::SellVolume)
    }

    /// One sum over another; `None` where the other is not above 0.
    pub fn ratio(&self, sum: Sum, over: Sum) -> Option<f64> {
        let under = self.get(over);
        (under > 0.0).then(|| self.get(sum) / under)
    }

    /// Volume-weighted average price, which lies within the range of prices.
    pub fn vwap(&self) -> Option<f64> {
        let (low, high) = self.range()?;
        (self.volume() > 0.0).then(|| (self.get(Sum::Notional) / self.volume()).clamp(low, high))
    }

    /// Share of the volume that came in large trades.
    pub fn large_share(&self) -> Option<f64> {
        (self.volume() > 0.0).then(|| self.get(Sum::LargeVolume) / self.volume())
    }

    /// Coefficient of variation of the times between trades: 1 for a Poisson process.
    pub fn gap_variation(&self) -> Option<f64> {
        let (mean, squares) = (self.ratio(Sum::GapTime, Sum::Gaps)?, self.ratio(Sum::GapSquares, Sum::Gaps)?);
        // Equal times leave what rounding makes of 0.
        let variance = Some(squares - mean * mean).filter(|v| *v > 1e-12 * squares).unwrap_or(0.0);
        (mean > 0.0 && self.get(Sum::Gaps) > 1.0).then(|| variance.sqrt() / mean)
    }

    /// Roll (1984): 2 sqrt(-cov) of successive changes of trade prices; `None` unless the covariance is below 0 by more than
    /// rounding: a spread of 2e-4 bps of the price.
    pub fn roll_spread(&self) -> Option<f64> {
        let mean = |sum| self.ratio(sum, Sum::Pairs);
        let covariance = mean(Sum::PairProducts)? - mean(Sum::PairFirst)? * mean(Sum::PairSecond)?;
        let least = (1e-8 * self.high).powi(2);
        (covariance < -least && self.get(Sum::Pairs) > 1.0).then(|| 2.0 * (-covariance).sqrt())
    }

    /// Kyle's lambda: slope of price changes on signed volume over all instants with trades, in quote units per base unit.
    pub fn kyle_lambda(&self) -> Option<f64> {
        let mean = |sum| self.ratio(sum, Sum::Moves);
        let (x, y) = (mean(Sum::MoveVolume)?, mean(Sum::MoveChange)?);
        let variance = mean(Sum::MoveVolumeSquares)? - x * x;
        let scale = mean(Sum::MoveVolumeSquares)?;
        let enough = self.get(Sum::Moves) > 2.0 && variance > 1e-12 * scale;
        enough.then(|| (mean(Sum::MoveProducts).unwrap_or(0.0) - x * y) / variance)
    }

    /// Amihud (2002): mean of |log return| over traded value, in bps per million quote units.
    pub fn amihud(&self) -> Option<f64> {
        self.ratio(Sum::Illiquidity, Sum::IlliquidIntervals).map(|mean| mean * 1e4 * 1e6)
    }

    /// Time-weighted quoted spread in bps of the mid.
    pub fn quoted_spread(&self) -> Option<f64> {
        self.ratio(Sum::QuotedSpread, Sum::QuotedTime)
    }

    /// (effective, realized, price impact) in bps of the mids, weighted by traded value; the first is the sum of the others.
    pub fn decomposition(&self) -> Option<[f64; 3]> {
        let bps = |sum| self.ratio(sum, Sum::Settled).map(|mean| mean * 1e4);
        let (effective, realized) = (bps(Sum::Effective)?, bps(Sum::Realized)?);
        Some([effective, realized, effective - realized])
    }
}
