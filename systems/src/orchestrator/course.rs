//! Changes of course: policies and models that are others from a time on.
//!
//! Which policy is in force is a pure function of time, so that it is no state: the columns are a cache that is written anew
//! where a step finds another part of the course in force than the step before, as after a restore. The thresholds and the
//! switches of models are state, and are set at the first step at or after the time.

use bevy_ecs::entity::Entity;
use bevy_ecs::prelude::{Query, Resource};
use manyworlds_components::forecast::Forecasts;
use manyworlds_components::ids::{AccountId, ModelId};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Clock, ColumnMut, Shared, SharedMut};

use super::decide::Thresholds;
use super::model_switch::ModelSwitch;
use super::settings::{DecisionPolicy, Selection};
use super::workspace::{OrchestratorState, Workspace};

/// What changes about accounts and models during a run. Default: nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    /// Policies that accounts go by from a time on. Which models they listen to, how these are combined and how symbols
    /// are chosen stays as it was.
    pub policies: Vec<PolicyChange>,
    /// Models that are switched on or off.
    pub models: Vec<ModelChange>,
    /// Policies that worlds which fork from this one change to: what they need is made room for.
    pub ahead: Vec<DecisionPolicy>,
}

/// From a time on accounts go by another policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyChange {
    /// At the first step at or after it.
    pub at: Timestamp,
    /// Which accounts.
    pub accounts: Vec<AccountId>,
    /// Their policy from then on.
    pub policy: DecisionPolicy,
}

/// From a time on models take part or not.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelChange {
    /// At the first step at or after it.
    pub at: Timestamp,
    /// Which models.
    pub models: Vec<ModelId>,
    /// Whether they take part.
    pub enabled: bool,
}

impl Course {
    /// Whether nothing changes in this run.
    pub fn is_straight(&self) -> bool {
        self.policies.is_empty() && self.models.is_empty()
    }

    /// All policies that are ever in force here or in a fork, beyond those of the beginning.
    pub(super) fn later(&self) -> impl Iterator<Item = &DecisionPolicy> {
        self.policies.iter().map(|change| &change.policy).chain(&self.ahead)
    }
}

/// The course of a run in time order, with the policies of the beginning, and how much of it the columns show.
#[derive(Debug, Resource)]
pub(super) struct Steering {
    course: Course,
    first: Vec<DecisionPolicy>,
    shown: usize,
}

impl Steering {
    pub fn new(mut course: Course, first: Vec<DecisionPolicy>) -> Self {
        course.policies.sort_by_key(|change| change.at);
        course.models.sort_by_key(|change| change.at);
        Self { course, first, shown: 0 }
    }

    /// The policies after so many changes.
    fn after(&self, changes: usize) -> Vec<DecisionPolicy> {
        let mut policies = self.first.clone();
        for change in &self.course.policies[..changes] {
            for account in &change.accounts {
                let was = &mut policies[account.index()];
                *was = DecisionPolicy {
                    models: std::mem::take(&mut was.models),
                    combine: was.combine.take(),
                    select: was.select,
                    ..change.policy.clone()
                };
            }
        }
        policies
    }
}

/// Analyze / First: changes what is due.
pub(super) fn change_course(
    clock: Shared<'_, Clock>,
    mut steering: SharedMut<'_, Steering>,
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    (mut policies, mut thresholds): (ColumnMut<'_, DecisionPolicy>, ColumnMut<'_, Thresholds>),
    mut forecasts: ColumnMut<'_, Forecasts>,
    // Models have states of their own, and so stand in tables of their own.
    mut switches: Query<'_, '_, &mut ModelSwitch>,
) {
    let steering = &mut *steering;
    let in_force = steering.course.policies.partition_point(|change| change.at <= clock.now);
    if in_force != steering.shown {
        steering.shown = in_force;
        policies.clone_from_slice(&steering.after(in_force));
        space.deciding.follow(&policies);
    }
    for change in steering.course.policies[..in_force].iter().filter(|c| c.at > clock.previous) {
        for account in &change.accounts {
            thresholds[account.index()] = Thresholds::of(&change.policy);
        }
    }
    let mut switched = false;
    let due = |change: &&ModelChange| change.at > clock.previous && change.at <= clock.now;
    for change in steering.course.models.iter().filter(due) {
        for model in change.models.iter().map(|m| m.index()) {
            let Ok(mut switch) = switches.get_mut(space.models[model]) else { continue };
            switch.enabled = change.enabled;
            for (symbol, forecasts) in forecasts.iter_mut().enumerate().filter(|_| !change.enabled) {
                state.tracks.silence(symbol, model, forecasts);
            }
            switched = true;
        }
    }
    if switched {
        let on = |model: &Entity| switches.get(*model).is_ok_and(|switch| switch.enabled);
        let on: Vec<bool> = space.models.iter().map(on).collect();
        state.weights.set_enabled(&space.groups, &on);
    }
}

/// Whether a policy leaves as it is what cannot change during a run.
pub fn may_change_to(policy: &DecisionPolicy) -> bool {
    policy.models.is_empty() && policy.combine.is_none() && policy.select == Selection::All
}
