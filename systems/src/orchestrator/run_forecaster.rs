//! The one system that runs forecasters, generic over their type.

use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::component::Component;
use bevy_ecs::prelude::Query;
use bevy_ecs::schedule::SystemSet;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Forecast, Forecasts, Readiness};
use manyworlds_components::ids::{ModelId, SymbolId};
use manyworlds_components::market::LastPrice;
use manyworlds_engine::{Blame, Column, FeatureTable, Lazy, Shared, SharedMut};
use serde::{Deserialize, Serialize};

use super::forecaster::{FeatureView, Forecaster, SymbolView};
use super::model_switch::ModelSwitch;
use super::paper_trades::PaperTrades;
use super::track_record::TrackRecord;
use super::workspace::Workspace;

/// The parameters of a model. Constant.
#[derive(Debug, Component)]
pub struct Params<F: Forecaster> {
    /// The model.
    pub model: F,
    /// Where the features that it names stand in the schema; `None` if it reads all.
    pub(super) offsets: Option<Vec<usize>>,
}

/// What a model remembers, by symbol.
#[derive(Debug, Clone, Component, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct ForecasterState<F: Forecaster>(pub Vec<F::State>);

/// The systems of the n-th type of forecaster; each type runs after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, SystemSet)]
pub(super) struct ForecasterSystems(pub usize);

type Models<F> = (
    (&'static ModelId, &'static Params<F>, &'static ModelSwitch),
    (
        &'static mut ForecasterState<F>,
        &'static mut Forecasts,
        &'static mut TrackRecord,
        &'static mut PaperTrades,
    ),
);

/// The turn of every model of type `F`: its track record takes in the outcomes that have become known, it says its word
/// on every fresh symbol, and its paper account follows. The words also go to the board, to be combined.
pub(super) fn run_forecaster<F: Forecaster>(
    mut space: SharedMut<'_, Workspace>,
    mut features: Lazy<'_, '_, Option<Shared<'static, FeatureTable>>>,
    series: Column<'_, BarSeries>,
    prices: Column<'_, LastPrice>,
    mut models: Query<Models<F>>,
) -> bevy_ecs::error::Result {
    let Workspace { groups, fresh, now, step, outcomes, board, samples, .. } = &mut *space;
    let fresh = fresh.symbols();
    if fresh.is_empty() {
        return Ok(());
    }
    let (now, step, scoring) = (*now, *step, groups.scorings[0]);
    for ((id, params, switch), (mut state, mut forecasts, mut record, mut paper)) in &mut models {
        let record = record.bypass_change_detection();
        for (p, outcome) in outcomes[id.index()].drain(..) {
            record.observe(&p, outcome);
        }
        samples[id.index()] = record.count;
        let words = board.iter_mut().skip(id.index()).step_by(groups.models);
        if !switch.enabled {
            words.for_each(|word| *word = Forecast::default());
            continue;
        }
        let Params { model, offsets } = params;
        let warmup = model.warmup().max(1);
        let offsets = offsets.as_deref();
        let reads = offsets.is_none_or(|offsets| !offsets.is_empty());
        let features = if reads { features.get()?.as_deref() } else { None };
        let states = &mut state.bypass_change_detection().0;
        let forecasts = &mut forecasts.bypass_change_detection().0;
        let paper = paper.bypass_change_detection();
        for (&row, word) in fresh.iter().zip(words) {
            let symbol = SymbolId(row);
            Blame::symbol(symbol);
            let row = row as usize;
            let view = SymbolView {
                symbol,
                now,
                step,
                bars: &series[row],
                last: &prices[row],
                features: FeatureView::new(features.and_then(|table| table.row(symbol)), offsets),
                scoring,
            };
            let outlook = model.forecast(&view, &mut states[row]);
            let have = view.bars.count();
            *word = match outlook {
                Some(outlook) if have >= warmup => Forecast {
                    probabilities: outlook.probabilities,
                    score: outlook.score,
                    readiness: Readiness::Ready,
                    step,
                },
                _ if have < warmup => Forecast::abstain(Readiness::of(have, warmup), step),
                _ => Forecast::abstain(Readiness::Cold, step),
            };
            forecasts[row] = *word;
            paper.follow(row, word, view.bars.close(0).unwrap_or_default());
        }
    }
    Blame::clear();
    Ok(())
}
