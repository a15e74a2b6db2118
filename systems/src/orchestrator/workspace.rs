//! The orchestrator's two resources. Fetching a resource costs a system several nanoseconds, as much as all of its
//! work for one symbol and account: so there is one for what is fixed or scratch, and one for what is state.

use bevy_ecs::entity::Entity;
use bevy_ecs::prelude::Resource;
use manyworlds_components::forecast::{Action, Forecast, Probabilities};
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::{Deciding, Rebalances};
use super::fresh::Fresh;
use super::groups::Groups;
use super::model_weights::ModelWeights;
use super::open_rounds::OpenRounds;
use super::signals::Signals;
use super::track_record::LastScores;

/// What is fixed during a run, and scratch that is written anew in every step before it is read.
#[derive(Debug, Resource)]
pub struct Workspace {
    /// Groups of accounts.
    pub groups: Groups,
    pub(super) models: Vec<Entity>,
    /// The symbols with a fresh bar. Valid from Predict on.
    pub fresh: Fresh,
    pub(super) now: Timestamp,
    pub(super) step: u64,
    pub(super) losses: Vec<Option<f64>>,
    /// By model: what it said of a symbol some bars ago, and what came of it. Scored when its turn comes.
    pub(super) outcomes: Vec<Vec<(Probabilities, Action)>>,
    /// By model.
    pub(super) scores: Vec<LastScores>,
    /// What the models say now, `[fresh symbol][model]`.
    pub(super) board: Vec<Forecast>,
    /// By model: scored forecasts.
    pub(super) samples: Vec<u64>,
    pub(super) deciding: Deciding,
}

impl Workspace {
    pub(super) fn new(groups: Groups, models: Vec<Entity>, deciding: Deciding) -> Self {
        Self {
            outcomes: vec![Vec::new(); groups.models],
            samples: vec![0; groups.models],
            scores: vec![LastScores::default(); groups.models],
            groups,
            models,
            fresh: Fresh::default(),
            now: Timestamp::MIN,
            step: 0,
            losses: Vec::new(),
            board: Vec::new(),
            deciding,
        }
    }
}

/// What the orchestrator knows from one step to the next, beyond what is on entities.
#[derive(Debug, Clone, PartialEq, Resource, Serialize, Deserialize)]
pub struct OrchestratorState {
    /// The combined signal of every group and symbol.
    pub signals: Signals,
    /// The weights of every group.
    pub weights: ModelWeights,
    /// Forecasts that wait for their outcome.
    pub rounds: OpenRounds,
    /// When cross-sectional policies last rebalanced.
    pub rebalances: Rebalances,
}
