//! The one system that runs forecasters, generic over their type.

use bevy_ecs::component::Component;
use bevy_ecs::schedule::SystemSet;
use bevy_ecs::system::SystemParamValidationError;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Forecast, Forecasts, Readiness};
use manyworlds_components::ids::{ModelId, SymbolId};
use manyworlds_components::market::LastPrice;
use manyworlds_engine::{Blame, Column, ColumnMut, FeatureTable, Lazy, Shared, SharedMut, WantedFeature};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::averages::Averages;
use super::forecaster::{FeatureView, Forecaster, Outlook, SymbolView};
use super::model_switch::ModelSwitch;
use super::paper_trades::PaperTrades;
use super::workspace::Workspace;

/// The parameters of a model. Constant.
#[derive(Debug, Component)]
pub struct Params<F: Forecaster> {
    /// The model.
    pub model: F,
    /// Which model it is.
    pub(super) id: ModelId,
    /// Closed bars of a symbol before it speaks; at least 1.
    pub(super) warmup: u64,
    /// The features that it names; `None` if it reads all.
    pub(super) features: Option<Box<[WantedFeature]>>,
    /// Whether it reads any.
    pub(super) reads: bool,
    /// Where the averages that it names stand among those of a symbol.
    pub(super) averages: SmallVec<[u32; 4]>,
}

/// What a model remembers, by symbol.
#[derive(Debug, Clone, Component, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct ForecasterState<F: Forecaster>(pub Vec<F::State>);

impl<F: Forecaster> ForecasterState<F> {
    #[inline(always)]
    fn of(&mut self, row: usize) -> &mut F::State {
        match size_of::<F::State>() {
            // Nothing is remembered, so that nothing need be looked up; nor is anything leaked.
            0 => Box::leak(Box::default()),
            _ => &mut self.0[row],
        }
    }
}

/// The systems of the n-th type of forecaster; each type runs after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, SystemSet)]
pub(super) struct ForecasterSystems(pub usize);

/// Those of the models of one type. They stand in one table, as they have the same components.
type Fixed<'w, F> = (Column<'w, Params<F>>, Column<'w, ModelSwitch, Params<F>>);

type Moving<'w, F> = (ColumnMut<'w, ForecasterState<F>>, ColumnMut<'w, PaperTrades, Params<F>>);

/// By symbol.
type Market<'w> = (Column<'w, BarSeries>, Column<'w, LastPrice>, Column<'w, Averages>);

/// The turn of every model of type `F`: it says its word on every fresh symbol, and its paper account follows.
pub(super) fn run_forecaster<F: Forecaster>(
    mut space: SharedMut<'_, Workspace>,
    mut features: Lazy<'_, '_, Option<Shared<'static, FeatureTable>>>,
    (series, prices, averages): Market<'_>,
    mut forecasts: ColumnMut<'_, Forecasts>,
    (params, switches): Fixed<'_, F>,
    (mut states, mut papers): Moving<'_, F>,
) -> bevy_ecs::error::Result {
    let Workspace { groups, fresh, now, step, turns, .. } = &mut *space;
    let fresh = fresh.symbols();
    if fresh.is_empty() {
        return Ok(());
    }
    let (now, step, scoring) = (*now, *step, groups.scorings[0]);
    for &symbol in fresh {
        let (symbol, row) = (SymbolId(symbol), symbol as usize);
        Blame::symbol(symbol);
        let (bars, averages, said) = (&series[row], &averages[row], forecasts[row].0.as_mut_slice());
        let (have, close) = (bars.count(), bars.close(0).unwrap_or_default());
        let everything = SymbolView {
            symbol,
            now,
            step,
            bars,
            last: &prices[row],
            features: FeatureView::new(None, symbol, None),
            averages: averages.view(&[]),
            scoring,
        };
        let moving = states.iter_mut().zip(papers.iter_mut());
        for ((params, switch), (states, paper)) in params.iter().zip(&*switches).zip(moving) {
            if !switch.enabled {
                continue;
            }
            let table = if params.reads { table(&mut features)? } else { None };
            let view = SymbolView {
                features: FeatureView::new(table, symbol, params.features.as_deref()),
                averages: averages.view(&params.averages),
                ..everything
            };
            let word = &mut said[params.id.index()];
            paper.age(row);
            let turned = match params.model.forecast(&view, states.of(row)) {
                Some(Outlook { probabilities, score }) if have >= params.warmup => {
                    // Mostly a model repeats itself: then there is little to write.
                    (word.score, word.step) = (score, step);
                    let turned = !word.readiness.is_ready() || !word.probabilities.is(&probabilities);
                    if turned {
                        (word.probabilities, word.readiness) = (probabilities, Readiness::Ready);
                    }
                    turned
                }
                _ => fall_silent(word, Readiness::of(have, params.warmup), step),
            };
            if turned {
                turns.push((symbol.0, params.id.0));
                paper.follow(row, word, close);
            }
        }
    }
    Blame::clear();
    Ok(())
}

/// The features. Apart from the rest, as rules read none.
#[inline(never)]
fn table<'a>(
    features: &'a mut Lazy<'_, '_, Option<Shared<'static, FeatureTable>>>,
) -> Result<Option<&'a FeatureTable>, SystemParamValidationError> {
    Ok(features.get()?.as_deref())
}

/// Writes that a model says nothing, and whether it did before. Apart from the rest, as models mostly speak.
#[inline(never)]
fn fall_silent(word: &mut Forecast, warmed: Readiness, step: u64) -> bool {
    let readiness = if warmed.is_ready() { Readiness::Cold } else { warmed };
    std::mem::replace(word, Forecast::abstain(readiness, step)).readiness.is_ready()
}
