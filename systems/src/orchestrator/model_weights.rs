//! What each group of accounts makes of each model: its weight.

use serde::{Deserialize, Serialize};

use super::groups::{Group, Groups};
use super::settings::WeightRule;
use super::weights::{enforce_floor, hedge, normalize, share};

/// Weights of all groups, each over its own models: what others say does not reach them, to the last bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelWeights {
    /// Where each group begins in the columns below, and where the last one ends.
    starts: Vec<usize>,
    log_weights: Vec<f64>,
    takes_part: Vec<bool>,
    effective: Vec<f64>,
}

impl ModelWeights {
    /// Equal weights everywhere.
    pub(super) fn new(groups: &Groups) -> Self {
        let mut starts = vec![0];
        for group in &groups.groups {
            starts.push(starts[starts.len() - 1] + group.models.len());
        }
        let n = starts[starts.len() - 1];
        let (log_weights, takes_part, effective) = (vec![0.0; n], vec![false; n], vec![0.0; n]);
        let mut weights = Self { starts, log_weights, takes_part, effective };
        weights.set_enabled(groups, &vec![true; groups.models]);
        weights
    }

    fn rows(&self, group: usize) -> std::ops::Range<usize> {
        self.starts[group]..self.starts[group + 1]
    }

    /// The weights of a group, in the order of [`Group::models`]. Models that are off weigh 0; the others sum to 1.
    /// Cold models are taken out later, symbol by symbol.
    #[inline]
    pub fn of_group(&self, group: usize) -> &[f64] {
        &self.effective[self.rows(group)]
    }

    pub(super) fn set_enabled(&mut self, groups: &Groups, enabled: &[bool]) {
        for (at, group) in groups.groups.iter().enumerate() {
            let rows = self.rows(at);
            for (model, part) in group.models.iter().zip(&mut self.takes_part[rows]) {
                *part = enabled[*model];
            }
            self.refresh(at, group);
        }
    }

    /// One round: the losses of the group's models whose forecasts of one symbol and bar have come due, in the order of
    /// [`Group::models`], `None` for the rest.
    #[inline(never)]
    pub(super) fn learn(&mut self, at: usize, group: &Group, losses: &[Option<f64>]) {
        let rows = self.rows(at);
        let log_weights = &mut self.log_weights[rows];
        match group.combine.weights {
            WeightRule::Equal => return,
            WeightRule::Hedge { eta } => hedge(log_weights, losses, eta),
            WeightRule::FixedShare { eta, alpha } => {
                hedge(log_weights, losses, eta);
                share(log_weights, losses, alpha);
            }
        }
        self.refresh(at, group);
    }

    fn refresh(&mut self, at: usize, group: &Group) {
        let rows = self.rows(at);
        let (parts, effective) = (&self.takes_part[rows.clone()], &mut self.effective[rows.clone()]);
        normalize(&self.log_weights[rows], parts, effective);
        enforce_floor(effective, parts, group.combine.floor);
    }
}
