//! Snapshots: a world's registered state at a step boundary, shared cheaply by everything that forks from it.

use bevy_ecs::world::World;
use manyworlds_components::time::Timestamp;

use super::register::{Column, Registry};
use crate::roster::Roster;

/// The state of a simulation between two steps. Restores into any simulation of the same blueprint.
#[derive(Clone)]
pub struct Snapshot {
    /// The step after which it was taken.
    pub step: u64,
    /// The time of that step.
    pub ts: Timestamp,
    pub(crate) enabled: Vec<(String, bool)>,
    columns: Vec<(String, Column)>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot(step {}, {}, {} columns)", self.step, self.ts, self.columns.len())
    }
}

impl Snapshot {
    pub(crate) fn capture(
        registry: &Registry,
        world: &World,
        roster: &Roster,
        (step, ts): (u64, Timestamp),
        enabled: Vec<(String, bool)>,
    ) -> Self {
        let stateful = registry.entries.iter().filter_map(|e| Some((e, e.operations?)));
        let columns =
            stateful.map(|(e, o)| (e.label(), (o.capture)(world, &e.entities(world, roster)))).collect();
        Self { step, ts, enabled, columns }
    }

    /// Writes the state into a world that has the same registrations; returns the label of the first column that
    /// the world does not know.
    pub(crate) fn restore(
        &self,
        registry: &Registry,
        world: &mut World,
        roster: &Roster,
    ) -> Result<(), String> {
        for (label, column) in &self.columns {
            let entry = registry.entries.iter().find(|e| e.operations.is_some() && e.label() == *label);
            let Some((entry, operations)) = entry.and_then(|e| Some((e, e.operations?))) else {
                return Err(label.clone());
            };
            let entities = entry.entities(world, roster);
            (operations.restore)(world, &entities, column);
        }
        Ok(())
    }
}
