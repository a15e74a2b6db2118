//! The worlds of a plan, and where they fork.

use manyworlds_components::time::Timestamp;

use crate::scenario::schema::Scenario;

/// A world, from its beginning or from the fork that made it.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it runs: the models and accounts of every lane of this node and of those that fork from it, so that a
    /// snapshot of the one fits the other. Accounts are named `branch/account` where lanes share it.
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
