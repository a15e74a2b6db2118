//! The system of the module.

use bevy_ecs::prelude::Resource;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::MarketData;
use manyworlds_engine::{Annotation, Clock, Column, ColumnMut, EventQueue, Journal, Shared, SharedMut};

use super::impact::ImpactEstimate;
use super::settings::MicrostructureSettings;
use super::state::{Inner, Microstructure};
use crate::market::TopChanges;

/// What is noted of a symbol that has bars but neither trades nor a book: none of the features can ever have a value.
pub const NO_PRINTS: &str = "microstructure.no_prints";

/// The settings of the run. Constant.
#[derive(Debug, Clone, Resource)]
pub struct MicrostructurePlan(pub MicrostructureSettings);

/// Takes in the step's trades and changes of the best levels, in the order in which they happened.
#[expect(clippy::too_many_arguments, reason = "a system takes what it touches")]
pub fn update_microstructure(
    clock: Shared<'_, Clock>,
    queue: Shared<'_, EventQueue>,
    tops: Shared<'_, TopChanges>,
    plan: Shared<'_, MicrostructurePlan>,
    instruments: Column<'_, Instrument>,
    mut states: ColumnMut<'_, Microstructure>,
    mut estimates: ColumnMut<'_, ImpactEstimate>,
    mut journal: SharedMut<'_, Journal>,
) {
    let settings = &plan.0;
    let mut bars = false;
    let mut trades = queue.events().iter().enumerate().filter_map(|(i, event)| match &event.data {
        MarketData::Trade(trade) if event.is_primary() => Some((i, event, trade)),
        data => {
            bars |= matches!(data, MarketData::Bar(_));
            None
        }
    });
    let mut changes = tops.changes().iter().peekable();
    let mut trade = trades.next();
    let mut open: Option<(usize, &mut Inner)> = None;
    loop {
        // What happened to the book before the trade.
        let before = trade.map_or(usize::MAX, |(i, ..)| i);
        let change = changes.next_if(|change| (change.event as usize) < before);
        let s = match (change, trade) {
            (Some(change), _) => change.symbol.index(),
            (None, Some((_, event, _))) => event.symbol.index(),
            (None, None) => break,
        };
        let state = match open.take() {
            Some((at, state)) if at == s => state,
            _ => states[s].write(),
        };
        if let Some(change) = change {
            state.change(change, &instruments[s], settings);
        } else if let Some((_, event, print)) = std::mem::replace(&mut trade, trades.next()) {
            state.trade(event.ts_recv, print, settings);
        }
        open = Some((s, state));
    }
    let settled = clock.next != Some(clock.now);
    let begun = states.iter_mut().zip(estimates.iter_mut()).filter(|(state, _)| state.has_begun());
    begun.for_each(|(state, estimate)| state.write().end_step(clock.now, settled, settings, estimate));
    if bars {
        tell(&clock, &queue, &mut states, &mut journal);
    }
}

/// Says once of a symbol that it has only bars.
fn tell(clock: &Clock, queue: &EventQueue, states: &mut [Microstructure], journal: &mut Journal) {
    for event in queue.events().iter().filter(|e| matches!(e.data, MarketData::Bar(_))) {
        let state = &mut states[event.symbol.index()];
        if !state.has_begun() && !state.told {
            state.write().told = true;
            journal.annotations.push(Annotation {
                ts: clock.now,
                at: clock.now,
                symbol: SymbolId::from(event.symbol.index()),
                label: NO_PRINTS,
                level: 0,
                value: 0.0,
            });
        }
    }
}
