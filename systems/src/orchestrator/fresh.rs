//! Which symbols have something new in this step.

use manyworlds_components::bar_series::BarSeries;

/// The symbols that got a closed bar in the current step, ascending. Scratch: written at the start of Predict.
#[derive(Debug, Default)]
pub struct Fresh {
    symbols: Vec<u32>,
}

impl Fresh {
    /// Their indices.
    #[inline]
    pub fn symbols(&self) -> &[u32] {
        &self.symbols
    }

    /// Finds them.
    #[inline]
    pub(super) fn refresh(&mut self, series: &[BarSeries], step: u64) {
        self.symbols.clear();
        let fresh = series.iter().enumerate().filter(|(_, s)| s.updated_step() == step);
        self.symbols.extend(fresh.map(|(i, _)| i as u32));
    }
}
