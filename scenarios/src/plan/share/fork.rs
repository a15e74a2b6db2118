//! Timelines as a tree: what is common to several is in it once.

use super::timeline::{Action, with_timeline};
use super::tree::{Fork, Lane, Node};
use crate::scenario::Scenario;

/// A timeline with the lanes that end it.
pub(super) struct Strand {
    pub timeline: Vec<Action>,
    pub lanes: Vec<Lane>,
}

/// The world of these strands, all of them alike in their first `depth` actions.
pub(super) fn node(world: &Scenario, strands: Vec<Strand>, mut depth: usize) -> Node {
    // As far as all agree.
    while let Some(action) = strands.first().and_then(|s| s.timeline.get(depth)) {
        if strands.iter().any(|s| s.timeline.get(depth) != Some(action)) {
            break;
        }
        depth += 1;
    }
    let done = strands.first().map(|s| s.timeline[..depth].to_vec()).unwrap_or_default();
    let mut lanes = Vec::new();
    let mut ways: Vec<(Action, Vec<Strand>)> = Vec::new();
    for strand in strands {
        let Some(next) = strand.timeline.get(depth).cloned() else {
            lanes.extend(strand.lanes);
            continue;
        };
        match ways.iter_mut().find(|(action, _)| *action == next) {
            Some((_, way)) => way.push(strand),
            None => ways.push((next, vec![strand])),
        }
    }
    // Stable: of one time, in the order of the plan.
    ways.sort_by_key(|(action, _)| action.at());
    let fork = |(action, way): (Action, Vec<Strand>)| Fork { at: action.at(), node: node(world, way, depth) };
    Node { scenario: with_timeline(world.clone(), &done), lanes, forks: ways.into_iter().map(fork).collect() }
}
