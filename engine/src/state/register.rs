//! The one registration of state, and the check that nothing escaped it.

use std::any::{Any, type_name};
use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::component::ComponentId;
use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;

use super::State;
use super::digest::{digest_values, encoded_len};
use crate::roster::{Kind, Roster};

/// A column of captured values, `Vec<Option<T>>` behind a pointer.
pub(super) type Column = Arc<dyn Any + Send + Sync>;

/// What can be done with one registered type.
#[derive(Clone, Copy)]
pub(super) struct Operations {
    pub capture: fn(&World, &[Entity]) -> Column,
    pub restore: fn(&mut World, &[Entity], Column) -> bool,
    pub digest: fn(&World, &[Entity]) -> u64,
    pub bytes: fn(&World, &[Entity]) -> u64,
}

/// Where a registered type sits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Entities(Kind),
    Resource,
}

/// One registered type, and who brought it. What several modules share goes with the last of them.
#[derive(Clone)]
pub(crate) struct Owned {
    pub owners: Vec<String>,
    pub name: &'static str,
    pub id: ComponentId,
    pub(super) place: Place,
    /// `None` for constants and for scratch that every step writes anew.
    pub(super) operations: Option<Operations>,
    /// Whether its values are those of the world that this one was forked from.
    taken: bool,
}

/// Every component and resource of a world, and who brought it.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    pub entries: Vec<Owned>,
}

impl Registry {
    pub fn add_state<T: State>(&mut self, owner: &str, world: &mut World, kind: Option<Kind>) {
        let operations = Operations {
            capture: capture::<T>,
            restore: restore::<T>,
            digest: |world, entities| digest_values(values::<T>(world, entities)),
            bytes: |world, entities| {
                (size_of::<T>() * entities.len()) as u64 + encoded_len(values::<T>(world, entities))
            },
        };
        self.add::<T>(owner, world, kind, Some(operations));
    }

    pub fn add_constant<T: bevy_ecs::component::Component>(
        &mut self,
        owner: &str,
        world: &mut World,
        kind: Option<Kind>,
    ) {
        self.add::<T>(owner, world, kind, None);
    }

    fn add<T: bevy_ecs::component::Component>(
        &mut self,
        owner: &str,
        world: &mut World,
        kind: Option<Kind>,
        operations: Option<Operations>,
    ) {
        let id = world.register_component::<T>();
        let place = kind.map_or(Place::Resource, Place::Entities);
        let owner = owner.to_owned();
        match self.entries.iter_mut().find(|e| e.id == id && e.place == place) {
            Some(known) => {
                // Who registers state is not outdone by who registers the same as a constant.
                known.operations = known.operations.or(operations);
                if !known.owners.contains(&owner) {
                    known.owners.push(owner);
                }
            }
            None => {
                let (owners, name) = (vec![owner], type_name::<T>());
                self.entries.push(Owned { owners, name, id, place, operations, taken: false });
            }
        }
    }

    /// Whether a world with this registry has a type as state there.
    pub fn has_state<T>(&self, kind: Option<Kind>) -> bool {
        let at = (type_name::<T>(), kind.map_or(Place::Resource, Place::Entities));
        self.entries.iter().any(|e| (e.name, e.place) == at && e.operations.is_some())
    }

    /// Notes that a type has got the values of the world that this one is forked from.
    pub fn take<T>(&mut self, kind: Option<Kind>) {
        let at = (type_name::<T>(), kind.map_or(Place::Resource, Place::Entities));
        self.entries.iter_mut().filter(|e| (e.name, e.place) == at).for_each(|e| e.taken = true);
    }

    /// Copies what a fork has not taken yet. Returns the type that the fork does not know, if there is one.
    pub fn hand_over(
        &self,
        (world, roster): (&World, &Roster),
        fork: &Self,
        (to, places): (&mut World, &Roster),
    ) -> Result<(), String> {
        for entry in &self.entries {
            let Some(operations) = entry.operations else { continue };
            let known = fork.entries.iter().find(|e| (e.name, e.place) == (entry.name, entry.place));
            let Some(known) = known.filter(|e| e.operations.is_some()) else { return Err(entry.name.to_owned()) };
            if !known.taken {
                let column = (operations.capture)(world, &entry.entities(world, roster));
                (operations.restore)(to, &known.entities(to, places), column);
            }
        }
        Ok(())
    }

    /// Names of components in the world that nobody registered.
    pub fn unregistered(&self, world: &World) -> Vec<String> {
        let known: BTreeSet<ComponentId> = self.entries.iter().map(|e| e.id).collect();
        let present = world.archetypes().iter().filter(|a| !a.is_empty()).flat_map(|a| a.iter_components());
        let unknown: BTreeSet<ComponentId> = present.filter(|id| !known.contains(id)).collect();
        let name =
            |id: ComponentId| world.components().get_name(id).map_or_else(String::new, |n| n.to_string());
        // bevy's own bookkeeping holds no simulation state.
        unknown.into_iter().map(name).filter(|n| !n.starts_with("bevy_ecs::")).collect()
    }

    /// Removes everything that `owner` brought, from entities and from the world.
    pub fn remove_owner(&mut self, owner: &str, world: &mut World, roster: &Roster) {
        for entry in &mut self.entries {
            entry.owners.retain(|o| o != owner);
        }
        for entry in self.entries.iter().filter(|e| e.owners.is_empty()) {
            for entity in entry.entities(world, roster) {
                world.entity_mut(entity).remove_by_id(entry.id);
            }
        }
        self.entries.retain(|e| !e.owners.is_empty());
    }

    /// Approximate bytes held by what `owner` brought.
    pub fn bytes(&self, owner: &str, world: &World, roster: &Roster) -> u64 {
        let of = |e: &Owned| e.operations.map_or(0, |o| (o.bytes)(world, &e.entities(world, roster)));
        self.entries.iter().filter(|e| e.owners.first().is_some_and(|o| o == owner)).map(of).sum()
    }
}

impl Owned {
    pub(super) fn entities(&self, world: &World, roster: &Roster) -> Vec<Entity> {
        match self.place {
            Place::Entities(kind) => roster.entities(kind).to_vec(),
            Place::Resource => world.resource_entities().get(self.id).into_iter().collect(),
        }
    }

    /// `component` or `kind/component`, without module paths: the name in digests.
    pub fn label(&self) -> String {
        let short = self
            .name
            .split('<')
            .map(|part| part.rsplit("::").next().unwrap_or(part))
            .collect::<Vec<_>>()
            .join("<");
        match self.place {
            Place::Entities(kind) => format!("{kind:?}/{short}"),
            Place::Resource => short,
        }
    }
}

fn values<'w, T: State>(world: &'w World, entities: &'w [Entity]) -> impl Iterator<Item = Option<&'w T>> {
    entities.iter().map(|e| world.get::<T>(*e))
}

fn capture<T: State>(world: &World, entities: &[Entity]) -> Column {
    Arc::new(values::<T>(world, entities).map(|v| v.cloned()).collect::<Vec<Option<T>>>())
}

/// Whether the column is one of `T`; then its values are in the world: moved there if nobody else has the column.
fn restore<T: State>(world: &mut World, entities: &[Entity], column: Column) -> bool {
    let Ok(column) = column.downcast::<Vec<Option<T>>>() else { return false };
    for (entity, value) in entities.iter().zip(Arc::unwrap_or_clone(column)) {
        match (value, world.get_mut::<T>(*entity)) {
            (Some(value), Some(mut slot)) => *slot = value,
            (Some(value), None) => {
                world.entity_mut(*entity).insert(value);
            }
            (None, _) => {
                world.entity_mut(*entity).remove::<T>();
            }
        }
    }
    true
}
