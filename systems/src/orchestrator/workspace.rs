//! The orchestrator's two resources. Fetching a resource costs a system several nanoseconds, as much as all of its
//! work for one symbol and account: so there is one for what is fixed or scratch, and one for what is state.

use bevy_ecs::entity::Entity;
use bevy_ecs::prelude::Resource;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::{Deciding, Rebalances};
use super::fresh::Fresh;
use super::groups::Groups;
use super::model_weights::ModelWeights;
use super::open_rounds::{OpenRounds, Words};
use super::signals::Signals;
use super::tracks::Tracks;

/// What is fixed during a run, and scratch that is written anew in every step before it is read. Its larger parts stand
/// behind pointers, as bevy takes the room of 64 resources for each.
#[derive(Debug, Resource)]
pub struct Workspace {
    /// Groups of accounts.
    pub groups: Box<Groups>,
    pub(super) models: Vec<Entity>,
    /// The symbols with a fresh bar. Valid from Predict on.
    pub fresh: Fresh,
    pub(super) now: Timestamp,
    pub(super) step: u64,
    /// What weights are learned with.
    pub(super) learning: Learning,
    /// (symbol, model): those that say something else than after the bar before. Written in Predict.
    pub(super) turns: Vec<(u32, u32)>,
    pub(super) deciding: Box<Deciding>,
}

/// Buffers for what models say, and for what they lose by it.
#[derive(Debug, Default)]
pub(super) struct Learning {
    /// By model: what it lost by a forecast that has come due.
    pub losses: Vec<Option<f64>>,
    /// The same of the models of one group.
    pub members: Vec<Option<f64>>,
    /// Of rounds that are closed, for those that are opened.
    pub spare: Vec<Words>,
}

impl Workspace {
    pub(super) fn new(groups: Groups, models: Vec<Entity>, deciding: Deciding) -> Self {
        Self {
            groups: Box::new(groups),
            models,
            fresh: Fresh::default(),
            now: Timestamp::MIN,
            step: 0,
            learning: Learning::default(),
            turns: Vec::new(),
            deciding: Box::new(deciding),
        }
    }
}

/// What the orchestrator knows from one step to the next, beyond what is on entities. Behind pointers as in [`Workspace`].
#[derive(Debug, Clone, PartialEq, Resource, Serialize, Deserialize)]
pub struct OrchestratorState {
    /// The combined signal of every group and symbol.
    pub signals: Box<Signals>,
    /// The weights of every group.
    pub weights: Box<ModelWeights>,
    /// Forecasts that wait for their outcome.
    pub rounds: Box<OpenRounds>,
    /// How good the models' forecasts have been.
    pub tracks: Box<Tracks>,
    /// By model: scored forecasts, where any group shrinks by them.
    pub(super) samples: Vec<u64>,
    /// When cross-sectional policies last rebalanced.
    pub rebalances: Box<Rebalances>,
}
