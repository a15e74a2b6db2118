//! Market structure of a symbol: swing highs and lows by level, and the trend that they make.

use bevy_ecs::component::Component;
use manyworlds_components::bar::Bar;
use manyworlds_components::copy_on_write::CopyOnWrite;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::swings::{Extreme, Pivot, SwingSide, Swings};
use crate::closed_bars::is_idle;

/// Where the swings of a level go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrendDirection {
    /// Higher high and higher low.
    Up,
    /// Lower high and lower low.
    Down,
    /// Anything else.
    Sideways,
}

/// The trend of a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Where to.
    pub direction: TrendDirection,
    /// 0 sideways, else D / (D + A) with D the distance that high and low moved together, |dH| + |dL|, and A the
    /// amplitudes of both swings, |H - L| + |H' - L'|: 0.5 where swings move on by their own size, near 1 where
    /// they hardly retrace. Without a unit, and the same upside down.
    pub strength: f64,
}

impl Trend {
    /// The strength with the sign of the direction.
    pub fn signed(self) -> f64 {
        match self.direction {
            TrendDirection::Up => self.strength,
            TrendDirection::Down => -self.strength,
            TrendDirection::Sideways => 0.0,
        }
    }

    /// From the last two highs and lows, the newer first.
    pub fn of(highs: [f64; 2], lows: [f64; 2]) -> Self {
        let (high, low) = (highs[0] - highs[1], lows[0] - lows[1]);
        let direction = match (high > 0.0, high < 0.0, low > 0.0, low < 0.0) {
            (true, _, true, _) => TrendDirection::Up,
            (_, true, _, true) => TrendDirection::Down,
            _ => TrendDirection::Sideways,
        };
        let moved = high.abs() + low.abs();
        let amplitude = (highs[0] - lows[0]).abs() + (highs[1] - lows[1]).abs();
        let strength = if direction == TrendDirection::Sideways { 0.0 } else { moved / (moved + amplitude) };
        Self { direction, strength }
    }
}

/// Swing highs, swing lows and fractals of a symbol. Only confirmed ones are here; none is ever taken back.
///
/// Bars in which nothing happened (filled gaps) are no neighbors: they neither confirm nor reject.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct MarketStructure {
    found: CopyOnWrite<Found>,
    bars: u64,
    close: f64,
}

/// What was found so far. Clones share it until one of them gets a bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Found {
    highs: Swings,
    lows: Swings,
    /// Bill Williams' fractals (*Trading Chaos*, 1995): strength 2, one level.
    fractal_highs: Swings,
    fractal_lows: Swings,
}

impl MarketStructure {
    /// No bar yet. Without `fractals`, none are found.
    pub fn new(levels: usize, strength: u32, fractals: bool) -> Self {
        let fractal = |side| Swings::new(side, usize::from(fractals), 2);
        let found = Found {
            highs: Swings::new(SwingSide::High, levels, strength),
            lows: Swings::new(SwingSide::Low, levels, strength),
            fractal_highs: fractal(SwingSide::High),
            fractal_lows: fractal(SwingSide::Low),
        };
        Self { found: CopyOnWrite::new(found), bars: 0, close: 0.0 }
    }

    /// Takes in a closed bar at `now`, and tells of each swing that it confirms: side, level from 1, pivot.
    #[inline]
    pub fn push(&mut self, bar: &Bar, now: Timestamp, mut confirmed: impl FnMut(SwingSide, u8, &Pivot)) {
        if is_idle(bar, self.close) {
            return;
        }
        self.close = bar.close;
        let extreme = |price| Extreme { price, time: bar.open_time, bar: self.bars };
        let (high, low) = (extreme(bar.high), extreme(bar.low));
        let found = &mut *self.found;
        found.highs.push(high, now, |level, pivot| confirmed(SwingSide::High, level, pivot));
        found.lows.push(low, now, |level, pivot| confirmed(SwingSide::Low, level, pivot));
        found.fractal_highs.push(high, now, |_, _| {});
        found.fractal_lows.push(low, now, |_, _| {});
        self.bars += 1;
    }

    /// Swing highs.
    pub fn highs(&self) -> &Swings {
        &self.found.highs
    }

    /// Swing lows.
    pub fn lows(&self) -> &Swings {
        &self.found.lows
    }

    /// The newest fractal above its neighbors (an "up" fractal).
    pub fn fractal_high(&self) -> Option<&Pivot> {
        self.found.fractal_highs.last(1)
    }

    /// The newest fractal below its neighbors.
    pub fn fractal_low(&self) -> Option<&Pivot> {
        self.found.fractal_lows.last(1)
    }

    /// Bars since the bar of a pivot.
    pub fn age(&self, pivot: &Pivot) -> u64 {
        self.bars - 1 - pivot.pivot_bar
    }

    /// The trend of a level, from 1; `None` before it has two highs and two lows.
    pub fn trend(&self, level: u8) -> Option<Trend> {
        let prices = |swings: &Swings| Some([swings.last(level)?.price, swings.before_last(level)?.price]);
        Some(Trend::of(prices(&self.found.highs)?, prices(&self.found.lows)?))
    }
}
