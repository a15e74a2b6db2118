//! What each group of accounts makes of each model: its weight.

use serde::{Deserialize, Serialize};

use super::groups::{Group, Groups};
use super::settings::WeightRule;
use super::weights::{enforce_floor, hedge, normalize, share};

/// Weights of all groups, each over its own models: what others say does not reach them, to the last bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelWeights {
    groups: Vec<GroupWeights>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct GroupWeights {
    log_weights: Vec<f64>,
    takes_part: Vec<bool>,
    effective: Vec<f64>,
}

impl ModelWeights {
    /// Equal weights everywhere.
    pub(super) fn new(groups: &Groups) -> Self {
        let fresh = |group: &Group| GroupWeights {
            log_weights: vec![0.0; group.models.len()],
            takes_part: vec![false; group.models.len()],
            effective: vec![0.0; group.models.len()],
        };
        let mut weights = Self { groups: groups.groups.iter().map(fresh).collect() };
        weights.set_enabled(groups, &vec![true; groups.models]);
        weights
    }

    /// The weights of a group, in the order of [`Group::models`]. Models that are off weigh 0; the others sum to 1.
    /// Cold models are taken out later, symbol by symbol.
    #[inline]
    pub fn of_group(&self, group: usize) -> &[f64] {
        &self.groups[group].effective
    }

    pub(super) fn set_enabled(&mut self, groups: &Groups, enabled: &[bool]) {
        for (group, weights) in groups.groups.iter().zip(&mut self.groups) {
            for (model, part) in group.models.iter().zip(&mut weights.takes_part) {
                *part = enabled[*model];
            }
            weights.refresh(group);
        }
    }

    /// One round: the losses of the group's models whose forecasts of one symbol and bar have come due, in the order of
    /// [`Group::models`], `None` for the rest.
    #[inline(never)]
    pub(super) fn learn(&mut self, at: usize, group: &Group, losses: &[Option<f64>]) {
        let weights = &mut self.groups[at];
        match group.combine.weights {
            WeightRule::Equal => return,
            WeightRule::Hedge { eta } => hedge(&mut weights.log_weights, losses, eta),
            WeightRule::FixedShare { eta, alpha } => {
                hedge(&mut weights.log_weights, losses, eta);
                share(&mut weights.log_weights, losses, alpha);
            }
        }
        weights.refresh(group);
    }
}

impl GroupWeights {
    fn refresh(&mut self, group: &Group) {
        normalize(&self.log_weights, &self.takes_part, &mut self.effective);
        enforce_floor(&mut self.effective, &self.takes_part, group.combine.floor);
    }
}
