//! The planner: what branches share is done once.
//!
//! - Branches that are the same run once.
//! - Those that differ only in accounts, models and their combination are lanes of one world.
//! - Those that differ in what happens at a time share the world up to then, and fork.
//! - All others are worlds of their own; those over the same data share them.

mod cost;
mod explain;
mod fork;
mod key;
mod lanes;
mod timeline;
mod tree;

use std::collections::{BTreeMap, HashMap};

use super::branch::Branch;
use crate::scenario::Scenario;
pub use cost::Cost;
pub use explain::{Explanation, Unrunnable, World, explain};
use fork::Strand;
use key::LaneParts;
pub use timeline::{Action, timeline, with_timeline};
pub use tree::{Fork, Lane, Node};

/// Lanes below which a world is not split only to keep another thread busy.
const FEWEST_LANES: usize = 32;

/// How branches are spread over worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareOptions {
    /// Most lanes of one world.
    pub max_lanes: usize,
    /// Threads that worlds are run on: a world with many lanes is split for them. Results do not depend on it.
    pub threads: usize,
}

impl Default for ShareOptions {
    /// 256 lanes, one thread.
    fn default() -> Self {
        Self { max_lanes: 256, threads: 1 }
    }
}

/// The lanes of one kind of world, by what happens to them.
struct Family<'a> {
    common: &'a Scenario,
    lanes: Vec<FamilyLane>,
    known: HashMap<String, usize>,
}

struct FamilyLane {
    parts: LaneParts,
    /// By timeline: the branches.
    timelines: BTreeMap<usize, Vec<usize>>,
}

/// The worlds of these branches, in the order of the first branch of each. Branches without a scenario are left out.
pub fn share<'a>(branches: impl IntoIterator<Item = &'a Branch>, options: ShareOptions) -> Vec<Node> {
    let mut families: Vec<Family<'_>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut timelines: Vec<Vec<Action>> = Vec::new();
    let mut known_timelines: HashMap<String, usize> = HashMap::new();
    for branch in branches {
        let Ok(scenario) = &branch.scenario else { continue };
        let at = *known.entry(key::world(scenario)).or_insert_with(|| {
            families.push(Family { common: scenario, lanes: Vec::new(), known: HashMap::new() });
            families.len() - 1
        });
        let actions = timeline::timeline(scenario);
        let when = *known_timelines.entry(format!("{actions:?}")).or_insert_with(|| {
            timelines.push(actions);
            timelines.len() - 1
        });
        families[at].enter(scenario, when, branch.id);
    }
    let mut worlds: Vec<Node> =
        families.into_iter().flat_map(|family| family.worlds(&timelines, options)).collect();
    worlds.sort_by_key(|world| world.branches().into_iter().min());
    worlds
}

impl Family<'_> {
    fn enter(&mut self, scenario: &Scenario, timeline: usize, branch: usize) {
        let parts = LaneParts::of(scenario);
        let at = *self.known.entry(parts.key()).or_insert_with(|| {
            self.lanes.push(FamilyLane { parts, timelines: BTreeMap::new() });
            self.lanes.len() - 1
        });
        self.lanes[at].timelines.entry(timeline).or_default().push(branch);
    }

    /// Lanes to which the same things happen make up worlds together: every world of such a tree runs all its lanes, and
    /// none of them in vain.
    fn worlds(self, timelines: &[Vec<Action>], options: ShareOptions) -> Vec<Node> {
        let mut clusters: Vec<(Vec<usize>, Vec<FamilyLane>)> = Vec::new();
        let mut known: HashMap<Vec<usize>, usize> = HashMap::new();
        for lane in self.lanes {
            let when: Vec<usize> = lane.timelines.keys().copied().collect();
            let at = *known.entry(when.clone()).or_insert_with(|| {
                clusters.push((when, Vec::new()));
                clusters.len() - 1
            });
            clusters[at].1.push(lane);
        }
        let clusters_of_it = clusters.len();
        let mut worlds = Vec::new();
        for (when, mut lanes) in clusters {
            // Lanes with the same models side by side, in the order in which these first came.
            let mut order: HashMap<String, usize> = HashMap::new();
            let mut rank = |lane: &FamilyLane| {
                let next = order.len();
                *order.entry(format!("{:?}", lane.parts.models)).or_insert(next)
            };
            let mut ranked: Vec<(usize, FamilyLane)> = lanes.drain(..).map(|l| (rank(&l), l)).collect();
            ranked.sort_by_key(|(rank, _)| *rank);
            let lanes: Vec<FamilyLane> = ranked.into_iter().map(|(_, lane)| lane).collect();
            let spread = options.threads.div_ceil(clusters_of_it);
            let parts = lanes.len().div_ceil(options.max_lanes.max(1));
            let parts = parts.max(spread.min(lanes.len() / FEWEST_LANES)).max(1);
            let size = lanes.len().div_ceil(parts);
            // A model that is switched must be the same one in all lanes that share it.
            let switches = when.iter().any(|t| timelines[*t].iter().any(Action::names_models));
            let alike = |a: &FamilyLane, b: &FamilyLane| !switches || a.parts.models == b.parts.models;
            for chunk in lanes.chunk_by(alike).flat_map(|lanes| lanes.chunks(size)) {
                let lane_parts: Vec<LaneParts> = chunk.iter().map(|l| l.parts.clone()).collect();
                let (world, places) = lanes::merge(self.common, &lane_parts);
                let names = |own: &str| -> Vec<String> {
                    let known = places.iter().flatten().filter(|(_, name)| name == own);
                    known.map(|(account, _)| world.accounts[*account].name.clone()).collect()
                };
                let strand = |timeline: &usize| Strand {
                    timeline: timelines[*timeline].iter().map(|action| action.in_world(names)).collect(),
                    lanes: chunk
                        .iter()
                        .zip(&places)
                        .filter_map(|(lane, accounts)| {
                            let branches = lane.timelines.get(timeline)?.clone();
                            Some(Lane { branches, accounts: accounts.clone() })
                        })
                        .collect(),
                };
                worlds.push(fork::node(&world, when.iter().map(strand).collect(), 0));
            }
        }
        worlds
    }
}
