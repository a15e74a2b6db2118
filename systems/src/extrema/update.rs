//! The system of extrema.

use bevy_ecs::component::Component;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{Annotation, Clock, Column, ColumnMut, Journal, Shared, SharedMut};

use super::directional_change::Direction;
use super::symbol_extrema::Extrema;
use crate::closed_bars::closed_bars;
use crate::market::SeriesFrame;

/// Whether directional changes are annotated. Constant.
#[derive(Debug, Clone, Copy, Component)]
pub struct AnnotateChanges(pub bool);

/// Adds the step's closed bars to the extrema of their symbols, and notes the tops and bottoms that they confirm.
pub fn update_extrema(
    clock: Shared<'_, Clock>,
    series: Column<'_, BarSeries>,
    frames: Column<'_, SeriesFrame>,
    annotate: Column<'_, AnnotateChanges>,
    mut extrema: ColumnMut<'_, Extrema>,
    mut journal: SharedMut<'_, Journal>,
) {
    for (i, extrema) in extrema.iter_mut().enumerate() {
        for bar in closed_bars(&series[i], clock.step, frames[i].0) {
            let Some(change) = extrema.push(&bar, clock.now).filter(|_| annotate[i].0) else { continue };
            journal.annotations.push(Annotation {
                ts: clock.now,
                at: change.extremum.pivot_time,
                symbol: SymbolId::from(i),
                label: match change.direction {
                    Direction::Down => "extrema.top",
                    Direction::Up => "extrema.bottom",
                },
                level: 0,
                value: change.extremum.price,
            });
        }
    }
}
