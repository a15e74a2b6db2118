//! The sum of the last n closes, in O(1) per bar.

use manyworlds_components::bar_series::BarSeries;
use serde::{Deserialize, Serialize};

use super::double_double::DoubleDouble;

/// A sum over the newest `window` closes that follows a bar series. It never drifts ([`DoubleDouble`]). After a gap
/// (a model that was switched off, several bars in one step) it is taken afresh from the series.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct RollingSum {
    seen: u64,
    sum: DoubleDouble,
}

impl RollingSum {
    /// Closes that must be kept for a window.
    pub fn bars_needed(window: usize) -> usize {
        window + 1
    }

    /// Catches up with the series; `None` while it has fewer than `window` bars. The sum of the closes themselves.
    #[inline]
    pub fn closes(&mut self, bars: &BarSeries, window: usize) -> Option<DoubleDouble> {
        self.update(bars, window, DoubleDouble::new, DoubleDouble::difference)
    }

    /// The sum of their squares.
    #[inline]
    pub fn squares(&mut self, bars: &BarSeries, window: usize) -> Option<DoubleDouble> {
        let change = |new, old| DoubleDouble::square(new).plus(DoubleDouble::square(old).negated());
        self.update(bars, window, DoubleDouble::square, change)
    }

    #[inline]
    fn update(
        &mut self,
        bars: &BarSeries,
        window: usize,
        of: impl Fn(f64) -> DoubleDouble,
        change: impl Fn(f64, f64) -> DoubleDouble,
    ) -> Option<DoubleDouble> {
        let (count, before) = (bars.count(), self.seen);
        self.seen = count;
        match (bars.close(0), bars.close(window)) {
            (Some(newest), Some(oldest)) if before + 1 == count => {
                self.sum = self.sum.plus(change(newest, oldest));
            }
            (Some(newest), None) if before + 1 == count && count <= window as u64 => {
                self.sum = self.sum.plus(of(newest));
            }
            _ if before == count => {}
            _ => self.sum = bars.closes(window).iter().fold(DoubleDouble::default(), |s, c| s.plus(of(*c))),
        }
        (count >= window as u64).then_some(self.sum)
    }
}
