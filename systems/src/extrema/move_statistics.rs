//! Means over the last moves between directional changes.

use serde::{Deserialize, Serialize};

use super::directional_change::DirectionalChange;

/// Mean overshoot and mean duration of the last moves. The window is summed anew at each change: changes are rare, and
/// no rounding adds up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveStatistics {
    window: u32,
    /// Overshoot and bars of the last moves; filled in a circle.
    ring: Vec<(f64, u64)>,
    changes: u64,
    mean_overshoot: f64,
    mean_bars: f64,
}

impl MoveStatistics {
    /// No move yet; `window` is at least 1.
    pub fn new(window: u32) -> Self {
        let window = window.max(1);
        Self {
            window,
            ring: vec![(0.0, 0); window as usize],
            changes: 0,
            mean_overshoot: 0.0,
            mean_bars: 0.0,
        }
    }

    /// Takes in a finished move.
    pub fn push(&mut self, change: &DirectionalChange) {
        self.ring[(self.changes % u64::from(self.window)) as usize] = (change.overshoot, change.bars);
        self.changes += 1;
        if self.is_full() {
            let n = f64::from(self.window);
            self.mean_overshoot = self.ring.iter().map(|(overshoot, _)| overshoot).sum::<f64>() / n;
            self.mean_bars = self.ring.iter().map(|(_, bars)| bars).sum::<u64>() as f64 / n;
        }
    }

    fn is_full(&self) -> bool {
        self.changes >= u64::from(self.window)
    }

    /// Moves since the start.
    pub fn moves(&self) -> u64 {
        self.changes
    }

    /// Mean overshoot as a fraction; `None` before a whole window.
    pub fn mean_overshoot(&self) -> Option<f64> {
        self.is_full().then_some(self.mean_overshoot)
    }

    /// Mean bars of a move; `None` before a whole window.
    pub fn mean_bars(&self) -> Option<f64> {
        self.is_full().then_some(self.mean_bars)
    }
}
