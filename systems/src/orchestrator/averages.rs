//! Simple moving averages of closes, worked out once per symbol and window for all models that read them.

use bevy_ecs::component::Component;
use manyworlds_components::bar_series::BarSeries;
use serde::{Deserialize, Serialize};

use super::baselines::RollingSum;

/// The averages of a symbol, one per window that any model [names](super::Forecaster::averages). On symbol entities.
///
/// Each follows from the closes and its window alone, whatever else is read beside it: a model that shares an average
/// reads the same bits as one that has it to itself.
#[derive(Debug, Clone, Component, Serialize, Deserialize)]
pub struct Averages {
    windows: Vec<usize>,
    sums: Vec<RollingSum>,
    /// NaN until there are enough bars.
    means: Vec<f64>,
}

impl Averages {
    /// Over these windows; none known yet.
    pub fn new(windows: &[usize]) -> Self {
        let n = windows.len();
        Self { windows: windows.to_vec(), sums: vec![RollingSum::default(); n], means: vec![f64::NAN; n] }
    }

    /// Takes in the bars that are new.
    pub(super) fn follow(&mut self, bars: &BarSeries) {
        let (count, kept) = (bars.count(), bars.closes(usize::MAX));
        for ((window, sum), mean) in self.windows.iter().zip(&mut self.sums).zip(&mut self.means) {
            // Signed numbers are converted by one instruction.
            let divisor = *window as i64 as f64;
            *mean = sum.closes_of(count, kept, *window).map_or(f64::NAN, |sum| sum.to_f64() / divisor);
        }
    }

    /// Those at these places, in this order.
    #[inline]
    pub fn view<'a>(&'a self, places: &'a [u32]) -> AverageView<'a> {
        AverageView { means: &self.means, places }
    }
}

/// The averages that a model reads, of one symbol, now.
#[derive(Debug, Clone, Copy, Default)]
pub struct AverageView<'a> {
    means: &'a [f64],
    places: &'a [u32],
}

impl AverageView<'_> {
    /// The mean of the closes in the `i`-th of the windows that the model named; `None` while there are fewer bars.
    #[inline]
    pub fn get(&self, i: usize) -> Option<f64> {
        let mean = *self.means.get(*self.places.get(i)? as usize)?;
        (!mean.is_nan()).then_some(mean)
    }
}
