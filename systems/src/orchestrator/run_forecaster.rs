//! The one system that runs forecasters, generic over their type.

use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::component::Component;
use bevy_ecs::prelude::Query;
use bevy_ecs::schedule::SystemSet;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Forecast, Forecasts, Readiness};
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::LastPrice;
use manyworlds_engine::{Blame, Column, FeatureTable, Shared};
use serde::{Deserialize, Serialize};

use super::forecaster::{Forecaster, SymbolView};
use super::model_switch::ModelSwitch;
use super::workspace::Workspace;

/// The parameters of a model. Constant.
#[derive(Debug, Component)]
pub struct Params<F: Forecaster>(pub F);

/// What a model remembers, by symbol.
#[derive(Debug, Clone, Component, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct ForecasterState<F: Forecaster>(pub Vec<F::State>);

/// The systems of the n-th type of forecaster; each type runs after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, SystemSet)]
pub(super) struct ForecasterSystems(pub usize);

/// Asks every model of type `F` for its word on every fresh symbol.
pub(super) fn run_forecaster<F: Forecaster>(
    space: Shared<'_, Workspace>,
    features: Option<Shared<'_, FeatureTable>>,
    series: Column<'_, BarSeries>,
    prices: Column<'_, LastPrice>,
    mut models: Query<(&Params<F>, &ModelSwitch, &mut ForecasterState<F>, &mut Forecasts)>,
) {
    let fresh = space.fresh.symbols();
    if fresh.is_empty() {
        return;
    }
    let (now, step, scoring) = (space.now, space.step, space.groups.scorings[0]);
    for (params, switch, mut state, mut forecasts) in &mut models {
        if !switch.enabled {
            continue;
        }
        let (model, warmup) = (&params.0, params.0.warmup().max(1));
        let features = features.as_deref().filter(|_| model.wants_features());
        let states = &mut state.bypass_change_detection().0;
        let forecasts = &mut forecasts.bypass_change_detection().0;
        for &row in fresh {
            let symbol = SymbolId(row);
            Blame::symbol(symbol);
            let row = row as usize;
            let view = SymbolView {
                symbol,
                now,
                step,
                bars: &series[row],
                last: &prices[row],
                features: features.and_then(|table| table.row(symbol)),
                scoring,
            };
            let outlook = model.forecast(&view, &mut states[row]);
            let have = view.bars.count();
            forecasts[row] = match outlook {
                Some(outlook) if have >= warmup => Forecast {
                    probabilities: outlook.probabilities,
                    score: outlook.score,
                    readiness: Readiness::Ready,
                    step,
                },
                _ if have < warmup => Forecast::abstain(Readiness::of(have, warmup), step),
                _ => Forecast::abstain(Readiness::Cold, step),
            };
        }
    }
    Blame::clear();
}
