//! The extrema of a symbol's closes.

use bevy_ecs::component::Component;
use manyworlds_components::bar::Bar;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::directional_change::{Direction, DirectionalChange, DirectionalChanges};
use super::move_statistics::MoveStatistics;
use crate::closed_bars::is_idle;
use crate::pivot_analysis::{Extreme, Pivot, SwingSide, Swings};

/// Directional changes and windowed extrema of a symbol's closes: only what has been confirmed, by closes up to now.
///
/// Closes, not highs and lows: which of the two came first in a bar is not known. Bars in which nothing happened
/// (filled gaps), or without a positive close, are passed over.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct Extrema {
    theta: f64,
    changes: DirectionalChanges,
    moves: MoveStatistics,
    tops: Swings,
    bottoms: Swings,
    bars: u64,
    close: f64,
}

impl Extrema {
    /// No bar yet. `theta` is the threshold as a fraction; `half_width` that of windowed extrema, in bars.
    pub fn new(theta: f64, statistics_window: u32, half_width: u32) -> Self {
        Self {
            theta,
            changes: DirectionalChanges::new(theta),
            moves: MoveStatistics::new(statistics_window),
            tops: Swings::new(SwingSide::High, 1, half_width),
            bottoms: Swings::new(SwingSide::Low, 1, half_width),
            bars: 0,
            close: 0.0,
        }
    }

    /// Takes in a closed bar at `now`; returns the directional change that it confirms, if any.
    #[inline]
    pub fn push(&mut self, bar: &Bar, now: Timestamp) -> Option<DirectionalChange> {
        if is_idle(bar, self.close) || bar.close.is_nan() || bar.close <= 0.0 {
            return None;
        }
        self.close = bar.close;
        let point = Extreme { price: bar.close, time: bar.open_time, bar: self.bars };
        self.bars += 1;
        self.tops.push(point, now, |_, _| {});
        self.bottoms.push(point, now, |_, _| {});
        let change = self.changes.push(point, now)?;
        self.moves.push(&change);
        Some(change)
    }

    /// Tops and bottoms by directional change.
    pub fn changes(&self) -> &DirectionalChanges {
        &self.changes
    }

    /// Statistics of the moves between them.
    pub fn moves(&self) -> &MoveStatistics {
        &self.moves
    }

    /// The newest top that is above the closes of `half_width` bars on each side.
    pub fn local_top(&self) -> Option<&Pivot> {
        self.tops.last(1)
    }

    /// The newest bottom that is below the closes of `half_width` bars on each side.
    pub fn local_bottom(&self) -> Option<&Pivot> {
        self.bottoms.last(1)
    }

    /// Bars since the bar of an extremum.
    pub fn age(&self, extremum: &Pivot) -> u64 {
        self.bars - 1 - extremum.pivot_bar
    }

    /// +1 up, -1 down.
    pub fn direction(&self) -> Option<f64> {
        self.changes.direction().map(|d| if d == Direction::Up { 1.0 } else { -1.0 })
    }

    /// How much of the threshold the newest close has gone back from the running extreme, 0 to 1.
    pub fn pullback(&self) -> Option<f64> {
        self.changes.pullback(self.close)
    }

    /// Bars since the last directional change was confirmed.
    pub fn move_bars(&self) -> Option<u64> {
        let confirmed = self.changes.confirmed_bar()?;
        Some(self.bars - 1 - confirmed)
    }

    /// Mean overshoot of the last moves in thresholds: about 1 on a random walk.
    pub fn mean_overshoot(&self) -> Option<f64> {
        self.moves.mean_overshoot().map(|o| o / self.theta)
    }
}
