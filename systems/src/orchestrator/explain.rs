//! What moved the forecasts of models that can say so, for the reasons of decisions.

use bevy_ecs::component::Component;
use bevy_ecs::prelude::Query;
use manyworlds_components::decision::Evidence;

use super::forecaster::Forecaster;
use super::run_forecaster::{ForecasterState, Params};

/// What moved a model's newest forecast, by symbol. Scratch: made anew in every step from what the model remembers.
#[derive(Debug, Component)]
pub(super) struct Evidences(pub Vec<Evidence>);

/// Lets every model of type `F` explain itself.
pub(super) fn explain_forecasts<F: Forecaster>(
    mut models: Query<(&Params<F>, &ForecasterState<F>, &mut Evidences)>,
) {
    for (params, states, mut evidences) in &mut models {
        for (evidence, state) in evidences.0.iter_mut().zip(&states.0) {
            *evidence = params.model.evidence(state);
        }
    }
}
