//! The worlds of a plan, and where they fork.

use manyworlds_components::time::Timestamp;

use super::timeline::{Action, timeline};
use crate::scenario::schema::Scenario;

/// A world, from its beginning or from the fork that made it.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it runs: the models and accounts of every lane of this node and of those that fork from it, so that a
    /// snapshot of the one fits the other. Accounts are named `lane/account` where lanes share it.
    pub scenario: Scenario,
    /// The branches whose results it gives at its end; none if it is only what its forks have in common, in which case
    /// it ends at the last of them.
    pub lanes: Vec<Lane>,
    /// In time order.
    pub forks: Vec<Fork>,
}

/// A branch's place in a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The branches that it gives the result of: more than one where they are the same.
    pub branches: Vec<usize>,
    /// (account of the world, name of the account in the branch's scenario), in the order of that scenario.
    pub accounts: Vec<(usize, String)>,
}

/// A world that leaves another.
#[derive(Debug, Clone)]
pub struct Fork {
    /// At the last step boundary before this time: the first that differs acts at it.
    pub at: Timestamp,
    /// What goes on from there.
    pub node: Node,
}

impl Node {
    /// Every branch that ends here or in a fork.
    pub fn branches(&self) -> Vec<usize> {
        let own = self.lanes.iter().flat_map(|lane| lane.branches.iter().copied());
        own.chain(self.forks.iter().flat_map(|fork| fork.node.branches())).collect()
    }

    /// All that happens in the node and its forks; what is common to several comes several times.
    pub fn actions(&self) -> Vec<Action> {
        let later = self.forks.iter().flat_map(|fork| fork.node.actions());
        timeline(&self.scenario).into_iter().chain(later).collect()
    }

    /// The number of nodes, itself included.
    pub fn nodes(&self) -> usize {
        1 + self.forks.iter().map(|fork| fork.node.nodes()).sum::<usize>()
    }

    /// The branches of each lane, forks included: a lane is there once for all the nodes that it is part of.
    pub fn by_lane(&self) -> Vec<Vec<usize>> {
        let mut lanes: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        self.collect_lanes(&mut lanes);
        lanes.into_iter().map(|(_, branches)| branches).collect()
    }

    fn collect_lanes(&self, lanes: &mut Vec<(Vec<usize>, Vec<usize>)>) {
        for lane in &self.lanes {
            let accounts: Vec<usize> = lane.accounts.iter().map(|(account, _)| *account).collect();
            match lanes.iter_mut().find(|(known, _)| *known == accounts) {
                Some((_, branches)) => branches.extend(&lane.branches),
                None => lanes.push((accounts, lane.branches.clone())),
            }
        }
        self.forks.iter().for_each(|fork| fork.node.collect_lanes(lanes));
    }
}
