//! The one system that runs forecasters, generic over their type.

use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::component::Component;
use bevy_ecs::prelude::{Query, Res};
use bevy_ecs::schedule::SystemSet;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Forecast, Forecasts, Readiness};
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::LastPrice;
use manyworlds_engine::{Blame, Clock, FeatureTable};
use serde::{Deserialize, Serialize};

use super::forecaster::{Forecaster, SymbolView};
use super::fresh::Fresh;
use super::groups::Groups;
use super::model_switch::ModelSwitch;

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
    clock: Res<Clock>,
    fresh: Res<Fresh>,
    groups: Res<Groups>,
    features: Option<Res<FeatureTable>>,
    symbols: Query<(&BarSeries, &LastPrice)>,
    mut models: Query<(&Params<F>, &ModelSwitch, &mut ForecasterState<F>, &mut Forecasts)>,
) {
    if fresh.symbols().is_empty() {
        return;
    }
    let Some((series, prices)) = symbols.contiguous_iter().ok().and_then(|mut chunks| chunks.next()) else {
        return;
    };
    let (now, step, scoring) = (clock.now, clock.step, groups.scorings[0]);
    for (params, switch, mut state, mut forecasts) in &mut models {
        if !switch.enabled {
            continue;
        }
        let (model, warmup) = (&params.0, params.0.warmup().max(1));
        let states = &mut state.bypass_change_detection().0;
        let forecasts = &mut forecasts.bypass_change_detection().0;
        for &row in fresh.symbols() {
            let symbol = SymbolId(row);
            Blame::symbol(symbol);
            let row = row as usize;
            let view = SymbolView {
                symbol,
                now,
                step,
                bars: &series[row],
                last: &prices[row],
                features: features.as_ref().and_then(|table| table.row(symbol)),
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
