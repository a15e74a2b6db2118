//! Switching models on and off during a run.

use bevy_ecs::component::Component;
use bevy_ecs::world::World;
use manyworlds_components::forecast::Forecasts;
use manyworlds_engine::{Kind, Roster};
use serde::{Deserialize, Serialize};

use super::workspace::{OrchestratorState, Workspace};

/// Whether a model takes part. On model entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Component, Serialize, Deserialize)]
pub struct ModelSwitch {
    /// A model that is off does not run, weighs 0, and abstains.
    pub enabled: bool,
}

/// No model of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no model `{name}`{}", nearest.as_ref().map(|n| format!(": did you mean `{n}`?")).unwrap_or_default())]
pub struct UnknownModel {
    /// What was asked for.
    pub name: String,
    /// The nearest name.
    pub nearest: Option<String>,
}

/// Switches a model on or off, from the next step on. A model that is off does not run, its forecasts abstain, and
/// the weights of the others are renormalised; open forecasts of it are still scored. Switched on again it
/// catches up from the bars that are kept.
///
/// # Errors
/// A name that no model has.
pub fn set_model_enabled(world: &mut World, name: &str, enabled: bool) -> Result<(), UnknownModel> {
    let roster = world.resource::<Roster>();
    let Some(model) = roster.model_id(name) else {
        let nearest =
            manyworlds_engine::nearest(name, roster.models.iter().map(String::as_str)).map(str::to_owned);
        return Err(UnknownModel { name: name.to_owned(), nearest });
    };
    let (entities, symbols) = (roster.entities(Kind::Model).to_vec(), roster.entities(Kind::Symbol).to_vec());
    if let Some(mut switch) = world.get_mut::<ModelSwitch>(entities[model.index()]) {
        switch.enabled = enabled;
    }
    let on = |e: &bevy_ecs::entity::Entity| world.get::<ModelSwitch>(*e).is_some_and(|s| s.enabled);
    let switches: Vec<bool> = entities.iter().map(on).collect();
    world.resource_scope(|world, mut state: bevy_ecs::change_detection::Mut<OrchestratorState>| {
        for (s, symbol) in symbols.into_iter().enumerate().filter(|_| !enabled) {
            if let Some(mut forecasts) = world.get_mut::<Forecasts>(symbol) {
                state.tracks.silence(s, model.index(), &mut forecasts);
            }
        }
        state.weights.set_enabled(&world.resource::<Workspace>().groups, &switches);
    });
    Ok(())
}
