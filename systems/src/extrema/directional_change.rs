//! Directional changes: an extremum is confirmed when price has reversed from it by a threshold.

use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::pivot_analysis::{Extreme, Pivot};

/// Where price goes, by the last directional change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// It has risen by the threshold from a bottom; the running extreme is the highest price since.
    Up,
    /// It has fallen by the threshold from a top; the running extreme is the lowest price since.
    Down,
}

/// What a directional change confirms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DirectionalChange {
    /// The new direction: `Down` confirms a top, `Up` a bottom.
    pub direction: Direction,
    /// The extremum; its bar is where price turned, its confirmation is now.
    pub extremum: Pivot,
    /// How far the finished move ran beyond the price that had confirmed its direction, as a fraction of that price.
    pub overshoot: f64,
    /// Bars of the finished move, from the confirmation of its direction to this one.
    pub bars: u64,
}

/// A price on a grid that reaches the threshold to the last digit has reached it, whatever the product was rounded to.
const ROUNDING: f64 = 1e-12;

/// Directional-change events of a price (Glattfelder, Dupuis & Olsen 2011, "Patterns in high-frequency FX data",
/// section 2): a top is confirmed by price <= top (1 - theta), a bottom by price >= bottom (1 + theta), and from
/// there the move overshoots until the next extremum. Of equal extremes the first counts.
///
/// Before the first event there is no direction. The first event sets one, but confirms no extremum: what came before
/// the first bar is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DirectionalChanges {
    theta: f64,
    /// 1 + theta, less rounding.
    up: f64,
    /// 1 - theta, plus rounding.
    down: f64,
    highest: Option<Extreme>,
    lowest: Option<Extreme>,
    /// The price that confirmed the direction.
    confirmation: Option<(Direction, Extreme)>,
    last_top: Option<Pivot>,
    last_bottom: Option<Pivot>,
}

impl DirectionalChanges {
    /// No price yet. `theta` is a fraction between 0 and 1.
    pub fn new(theta: f64) -> Self {
        Self {
            theta,
            up: (1.0 + theta) * (1.0 - ROUNDING),
            down: (1.0 - theta) * (1.0 + ROUNDING),
            highest: None,
            lowest: None,
            confirmation: None,
            last_top: None,
            last_bottom: None,
        }
    }

    /// Takes in a price (positive) at `now`; returns the change that it confirms, if any.
    #[inline]
    pub fn push(&mut self, point: Extreme, now: Timestamp) -> Option<DirectionalChange> {
        let direction = self.direction();
        // Only the running extreme of the direction moves; without a direction both do.
        if direction != Some(Direction::Down) && self.highest.is_none_or(|h| point.price > h.price) {
            self.highest = Some(point);
        }
        if direction != Some(Direction::Up) && self.lowest.is_none_or(|l| point.price < l.price) {
            self.lowest = Some(point);
        }
        let (highest, lowest) = (self.highest?, self.lowest?);
        let turned = if direction != Some(Direction::Down) && point.price <= highest.price * self.down {
            Direction::Down
        } else if direction != Some(Direction::Up) && point.price >= lowest.price * self.up {
            Direction::Up
        } else {
            return None;
        };
        let before = self.confirmation.replace((turned, point));
        // The other extreme begins to run here.
        let extreme = match turned {
            Direction::Down => {
                self.lowest = Some(point);
                highest
            }
            Direction::Up => {
                self.highest = Some(point);
                lowest
            }
        };
        let (_, confirmed_at) = before?;
        let extremum = Pivot {
            price: extreme.price,
            pivot_time: extreme.time,
            pivot_bar: extreme.bar,
            confirmed_time: now,
            confirmed_bar: point.bar,
        };
        match turned {
            Direction::Down => self.last_top = Some(extremum),
            Direction::Up => self.last_bottom = Some(extremum),
        }
        let overshoot = (extreme.price - confirmed_at.price).abs() / confirmed_at.price;
        Some(DirectionalChange { direction: turned, extremum, overshoot, bars: point.bar - confirmed_at.bar })
    }

    /// The direction of the last change; `None` before the first.
    #[inline]
    pub fn direction(&self) -> Option<Direction> {
        self.confirmation.map(|(direction, _)| direction)
    }

    /// The price that confirmed the direction, and the running extreme since.
    #[inline]
    fn running(&self) -> Option<(Extreme, Extreme)> {
        let (direction, confirmation) = self.confirmation?;
        let extreme = if direction == Direction::Up { self.highest } else { self.lowest };
        Some((confirmation, extreme?))
    }

    /// How far the running extreme is beyond the price that confirmed the direction, as a fraction of that price.
    pub fn overshoot(&self) -> Option<f64> {
        let (confirmation, extreme) = self.running()?;
        Some((extreme.price - confirmation.price).abs() / confirmation.price)
    }

    /// How much of the threshold `price` has gone back from the running extreme: 0 at the extreme, 1 would be a change.
    pub fn pullback(&self, price: f64) -> Option<f64> {
        let (_, extreme) = self.running()?;
        Some((extreme.price - price).abs() / (extreme.price * self.theta))
    }

    /// The bar that confirmed the direction.
    pub fn confirmed_bar(&self) -> Option<u64> {
        self.confirmation.map(|(_, point)| point.bar)
    }

    /// The newest confirmed top.
    pub fn last_top(&self) -> Option<&Pivot> {
        self.last_top.as_ref()
    }

    /// The newest confirmed bottom.
    pub fn last_bottom(&self) -> Option<&Pivot> {
        self.last_bottom.as_ref()
    }
}
