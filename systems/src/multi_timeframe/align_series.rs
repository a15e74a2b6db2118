//! The system that keeps the five aligned series of the universal data adapter.

use bevy_ecs::prelude::Resource;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::frame_series::FrameSeries;
use manyworlds_engine::{Clock, Column, ColumnMut, Shared};

use super::aligned::{AlignedSeries, SERIES};

/// Whose series are put together. Constant.
#[derive(Debug, Clone, Default, Resource)]
pub struct AlignmentPlan(pub Vec<Alignment>);

/// The five series of a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// Row of the symbol.
    pub symbol: usize,
    /// By series: row of the symbol that it is of, and position of its frame in that symbol's [`FrameSeries`].
    pub series: [(usize, usize); SERIES],
}

/// Brings the series up to the newest frames that have ended, whether there was a bar or not.
pub fn align_series(
    clock: Shared<'_, Clock>,
    plan: Shared<'_, AlignmentPlan>,
    own: Column<'_, BarSeries>,
    frames: Column<'_, FrameSeries>,
    mut aligned: ColumnMut<'_, AlignedSeries>,
) {
    for alignment in &plan.0 {
        let aligned = &mut aligned[alignment.symbol];
        for (series, (symbol, position)) in alignment.series.iter().enumerate() {
            let bars = frames[*symbol].series(*position, &own[*symbol]);
            let until = frames[*symbol].frames()[*position].newest_usable(clock.now);
            aligned.update(series, until, bars, bars.fresh(clock.step));
        }
    }
}
