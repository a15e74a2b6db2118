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
        self.closes_of(bars.count(), bars.closes(usize::MAX), window)
    }

    /// The same of a series of which `kept` are left of `count` closes. For many sums over one series.
    #[inline(always)]
    pub fn closes_of(&mut self, count: u64, kept: &[f64], window: usize) -> Option<DoubleDouble> {
        self.update(count, kept, window, DoubleDouble::new, DoubleDouble::difference)
    }

    /// The sum of their squares.
    #[inline]
    pub fn squares(&mut self, bars: &BarSeries, window: usize) -> Option<DoubleDouble> {
        let change = |new, old| DoubleDouble::square(new).plus(DoubleDouble::square(old).negated());
        self.update(bars.count(), bars.closes(usize::MAX), window, DoubleDouble::square, change)
    }

    #[inline(always)]
    fn update(
        &mut self,
        count: u64,
        kept: &[f64],
        window: usize,
        of: impl Fn(f64) -> DoubleDouble,
        change: impl Fn(f64, f64) -> DoubleDouble,
    ) -> Option<DoubleDouble> {
        let before = std::mem::replace(&mut self.seen, count);
        let close = |lag: usize| kept.len().checked_sub(lag + 1).map(|at| kept[at]);
        match (close(0), close(window)) {
            (Some(newest), Some(oldest)) if before + 1 == count => {
                self.sum = self.sum.plus(change(newest, oldest));
            }
            (Some(newest), None) if before + 1 == count && count <= window as u64 => {
                self.sum = self.sum.plus(of(newest));
            }
            _ if before == count => {}
            _ => self.sum = afresh(kept, window, of),
        }
        (count >= window as u64).then_some(self.sum)
    }
}

/// The sum over the newest `window` closes. Apart from the rest: it is needed after gaps only.
#[cold]
#[inline(never)]
fn afresh(kept: &[f64], window: usize, of: impl Fn(f64) -> DoubleDouble) -> DoubleDouble {
    let newest = &kept[kept.len().saturating_sub(window)..];
    newest.iter().fold(DoubleDouble::default(), |sum, close| sum.plus(of(*close)))
}
