//! The systems of pivot analysis.

use bevy_ecs::component::Component;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{Annotation, Clock, Column, ColumnMut, Journal, Shared, SharedMut};

use super::market_structure::MarketStructure;
use super::session_pivots::SessionPivots;
use super::swings::SwingSide;
use crate::closed_bars::closed_bars;
use crate::market::SeriesFrame;

/// The lowest level whose pivots are annotated. Constant.
#[derive(Debug, Clone, Copy, Component)]
pub struct AnnotateFrom(pub u8);

/// Adds the step's closed bars to the sessions and the ATR of their symbols.
pub fn update_session_pivots(
    clock: Shared<'_, Clock>,
    series: Column<'_, BarSeries>,
    frames: Column<'_, SeriesFrame>,
    mut pivots: ColumnMut<'_, SessionPivots>,
) {
    for ((series, frame), pivots) in series.iter().zip(frames.iter()).zip(pivots.iter_mut()) {
        closed_bars(series, clock.step, frame.0).for_each(|bar| pivots.push(&bar));
    }
}

/// Adds the step's closed bars to the swings of their symbols, and notes the pivots that they confirm.
pub fn update_market_structure(
    clock: Shared<'_, Clock>,
    series: Column<'_, BarSeries>,
    frames: Column<'_, SeriesFrame>,
    annotate_from: Column<'_, AnnotateFrom>,
    mut structures: ColumnMut<'_, MarketStructure>,
    mut journal: SharedMut<'_, Journal>,
) {
    let now = clock.now;
    for (i, structure) in structures.iter_mut().enumerate() {
        let from = annotate_from[i].0;
        for bar in closed_bars(&series[i], clock.step, frames[i].0) {
            structure.push(&bar, now, |side, level, pivot| {
                if level < from {
                    return;
                }
                journal.annotations.push(Annotation {
                    ts: now,
                    at: pivot.pivot_time,
                    symbol: SymbolId::from(i),
                    label: match side {
                        SwingSide::High => "pivot_analysis.swing_high",
                        SwingSide::Low => "pivot_analysis.swing_low",
                    },
                    level,
                    value: pivot.price,
                });
            });
        }
    }
}
