//! The one system that runs forecasters, generic over their type.

use bevy_ecs::component::Component;
use bevy_ecs::schedule::SystemSet;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Forecast, Forecasts, Readiness};
use manyworlds_components::ids::{ModelId, SymbolId};
use manyworlds_components::market::LastPrice;
use manyworlds_engine::{Blame, Column, ColumnMut, FeatureTable, Lazy, Shared, SharedMut};
use serde::{Deserialize, Serialize};

use super::forecaster::{FeatureView, Forecaster, Outlook, SymbolView};
use super::model_switch::ModelSwitch;
use super::paper_trades::PaperTrades;
use super::track_record::TrackRecord;
use super::workspace::Workspace;

/// The parameters of a model. Constant.
#[derive(Debug, Component)]
pub struct Params<F: Forecaster> {
    /// The model.
    pub model: F,
    /// Which model it is.
    pub(super) id: ModelId,
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

/// Those of the models of one type. They stand in one table, as they have the same components.
type Fixed<'w, F> = (Column<'w, Params<F>>, Column<'w, ModelSwitch, Params<F>>);

type Moving<'w, F> = (
    ColumnMut<'w, ForecasterState<F>>,
    ColumnMut<'w, Forecasts, Params<F>>,
    ColumnMut<'w, TrackRecord, Params<F>>,
    ColumnMut<'w, PaperTrades, Params<F>>,
);

/// The turn of every model of type `F`: its track record takes in the outcomes that have become known, it says its word
/// on every fresh symbol, and its paper account follows. The words also go to the board, to be combined.
pub(super) fn run_forecaster<F: Forecaster>(
    mut space: SharedMut<'_, Workspace>,
    mut features: Lazy<'_, '_, Option<Shared<'static, FeatureTable>>>,
    series: Column<'_, BarSeries>,
    prices: Column<'_, LastPrice>,
    (params, switches): Fixed<'_, F>,
    (mut states, mut forecasts, mut records, mut papers): Moving<'_, F>,
) -> bevy_ecs::error::Result {
    let Workspace { groups, fresh, now, step, outcomes, board, samples, scores, .. } = &mut *space;
    let fresh = fresh.symbols();
    if fresh.is_empty() {
        return Ok(());
    }
    let (now, step, scoring) = (*now, *step, groups.scorings[0]);
    for (at, Params { model, id, offsets }) in params.iter().enumerate() {
        let (m, record, paper) = (id.index(), &mut records[at], &mut papers[at]);
        record.take_in(&mut outcomes[m], &mut scores[m]);
        samples[m] = record.count;
        if !switches[at].enabled {
            silence(board, m, groups.models);
            continue;
        }
        let offsets = offsets.as_deref();
        let warmup = model.warmup().max(1);
        let reads = offsets.is_none_or(|offsets| !offsets.is_empty());
        let features = if reads { features.get()?.as_deref() } else { None };
        let (states, forecasts) = (&mut states[at].0, &mut forecasts[at].0);
        for (i, &row) in fresh.iter().enumerate() {
            let word = &mut board[i * groups.models + m];
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
            // Written twice from the same values: a copy would have to wait for the first to have reached memory.
            let forecast = &mut forecasts[row];
            let mut say = |said: Forecast| (*word, *forecast) = (said, said);
            match outlook {
                Some(Outlook { probabilities, score }) if have >= warmup => {
                    say(Forecast { probabilities, score, readiness: Readiness::Ready, step });
                }
                _ if have < warmup => say(Forecast::abstain(Readiness::of(have, warmup), step)),
                _ => say(Forecast::abstain(Readiness::Cold, step)),
            }
            paper.follow(row, word, view.bars.close(0).unwrap_or_default());
        }
    }
    Blame::clear();
    Ok(())
}

/// What a model that is switched off says of every fresh symbol.
#[cold]
fn silence(board: &mut [Forecast], model: usize, models: usize) {
    board.iter_mut().skip(model).step_by(models).for_each(|word| *word = Forecast::default());
}
