//! What a plan costs, and what it would cost if nothing were shared.

use manyworlds_components::time::Timestamp;
use serde::Serialize;

use super::tree::Node;

/// Market events that are worked through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Of all worlds.
    pub events: u64,
    /// Events times the accounts that live through them.
    pub account_events: u64,
    /// Events if every branch ran alone from the start.
    pub alone_events: u64,
}

impl Cost {
    /// Of a tree; `events` tells how many there are in a span, ends included.
    pub fn of(node: &Node, events: &dyn Fn(Timestamp, Timestamp) -> u64) -> Self {
        let (first, last) = (Timestamp::MIN, Timestamp::MAX);
        let mut cost =
            Self { alone_events: node.branches().len() as u64 * events(first, last), ..Self::default() };
        cost.add(node, first, events);
        cost
    }

    /// Events that the node itself works through from `from` on.
    pub fn own_events(node: &Node, from: Timestamp, events: &dyn Fn(Timestamp, Timestamp) -> u64) -> u64 {
        match (node.lanes.is_empty(), node.forks.last()) {
            (true, Some(last)) if last.at > from => events(from, last.at + -1),
            (true, Some(_)) => 0,
            _ => events(from, Timestamp::MAX),
        }
    }

    fn add(&mut self, node: &Node, from: Timestamp, events: &dyn Fn(Timestamp, Timestamp) -> u64) {
        let own = Self::own_events(node, from, events);
        self.events += own;
        self.account_events += own * node.scenario.accounts.len() as u64;
        node.forks.iter().for_each(|fork| self.add(&fork.node, fork.at, events));
    }
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.account_events += other.account_events;
        self.alone_events += other.alone_events;
    }
}
