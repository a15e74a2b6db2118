//! Swings of swings: the recursion that makes market structure out of one side of the bars.

use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::local_maximum::LocalMaximum;

/// Levels of the structure.
pub const MAX_LEVELS: usize = 5;

/// Which extreme of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SwingSide {
    /// Highs: a swing is above its neighbors.
    High,
    /// Lows: a swing is below its neighbors.
    Low,
}

impl SwingSide {
    /// The value of a price such that swings of this side are maxima.
    #[inline]
    fn height(self, price: f64) -> f64 {
        match self {
            Self::High => price,
            Self::Low => -price,
        }
    }
}

/// The extreme of a bar that may become a pivot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extreme {
    /// High or low of the bar, in quote units.
    pub price: f64,
    /// The open of that bar.
    pub time: Timestamp,
    /// Its number, from 0.
    pub bar: u64,
}

/// A confirmed swing. Nobody can have known of it before `confirmed_time`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pivot {
    /// High or low of the pivot bar, in quote units.
    pub price: f64,
    /// The open of the pivot bar.
    pub pivot_time: Timestamp,
    /// The number of the pivot bar, from 0.
    pub pivot_bar: u64,
    /// The time of the step that confirmed it.
    pub confirmed_time: Timestamp,
    /// The number of the bar that confirmed it.
    pub confirmed_bar: u64,
}

/// The swings of one side, up to five levels.
///
/// Level 1 (Larry Williams, *Long-Term Secrets to Short-Term Trading*, 1999): a bar whose high is above the highs of
/// `strength` bars on each side. Level k + 1: a swing of level k above both adjacent swings of level k. All strict. A
/// level keeps one candidate, one neighbor (level 1: `strength`), and its last two pivots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Swings {
    side: SwingSide,
    levels: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Level {
    detector: LocalMaximum<Extreme>,
    last: Option<Pivot>,
    before: Option<Pivot>,
}

impl Swings {
    /// No bar yet. `levels` is at most [`MAX_LEVELS`].
    pub fn new(side: SwingSide, levels: usize, strength: u32) -> Self {
        let level = |k| Level {
            detector: LocalMaximum::new(if k == 0 { strength } else { 1 }),
            last: None,
            before: None,
        };
        Self { side, levels: (0..levels.min(MAX_LEVELS)).map(level).collect() }
    }

    /// Takes in the extreme of a closed bar at `now`, and tells of each pivot that it confirms, with its level from 1.
    #[inline]
    pub fn push(&mut self, extreme: Extreme, now: Timestamp, mut confirmed: impl FnMut(u8, &Pivot)) {
        let (mut item, side) = (extreme, self.side);
        for (level, k) in self.levels.iter_mut().zip(1..) {
            let Some(swing) = level.detector.push(side.height(item.price), item) else { break };
            let pivot = Pivot {
                price: swing.price,
                pivot_time: swing.time,
                pivot_bar: swing.bar,
                confirmed_time: now,
                confirmed_bar: extreme.bar,
            };
            level.before = level.last.replace(pivot);
            confirmed(k, &pivot);
            item = swing;
        }
    }

    /// The newest pivot of a level, from 1.
    #[inline]
    pub fn last(&self, level: u8) -> Option<&Pivot> {
        self.level(level)?.last.as_ref()
    }

    /// The pivot of the level before the newest.
    #[inline]
    pub fn before_last(&self, level: u8) -> Option<&Pivot> {
        self.level(level)?.before.as_ref()
    }

    #[inline]
    fn level(&self, level: u8) -> Option<&Level> {
        self.levels.get(usize::from(level).checked_sub(1)?)
    }
}

/// The fewest bars that can show `pivots` pivots of a level: swings of a level are at least every other one of the
/// level below, and level 1 needs `strength` bars on each side of each.
pub fn fewest_bars(level: u8, strength: u64, pivots: u64) -> u64 {
    let of_level_1 = (pivots + 1) * (1 << (level.max(1) - 1)) - 1;
    of_level_1 * (strength + 1) + strength
}
