//! Snapshots: a world's registered state at a step boundary, shared cheaply by everything that forks from it.

use bevy_ecs::world::World;
use manyworlds_components::time::Timestamp;

use super::register::{Column, Operations, Owned, Place, Registry};
use crate::roster::Roster;

/// The state of a simulation between two steps. Restores into any simulation of the same blueprint.
#[derive(Clone)]
pub struct Snapshot {
    /// The step after which it was taken.
    pub step: u64,
    /// The time of that step.
    pub ts: Timestamp,
    pub(crate) enabled: Vec<(String, bool)>,
    /// By full type name and place.
    columns: Vec<((&'static str, Place), Column)>,
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
        let column = |(e, o): (&Owned, Operations)| {
            ((e.name, e.place), (o.capture)(world, &e.entities(world, roster)))
        };
        let columns = stateful.map(column).collect();
        Self { step, ts, enabled, columns }
    }

    /// Writes the state into a world that has the same registrations; returns the type of the first column that
    /// the world does not know.
    pub(crate) fn restore(
        self,
        registry: &Registry,
        world: &mut World,
        roster: &Roster,
    ) -> Result<(), String> {
        for ((name, place), column) in self.columns {
            let entry = registry.entries.iter().find(|e| (e.name, e.place) == (name, place));
            let found = entry.and_then(|e| Some((e.entities(world, roster), e.operations?)));
            if !found.is_some_and(|(entities, operations)| (operations.restore)(world, &entities, column)) {
                return Err(name.to_owned());
            }
        }
        Ok(())
    }
}
