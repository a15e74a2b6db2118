//! Components on their way into a world that is being built: an entity gets all of its own at once.
//!
//! An insertion moves the entity to another table with everything that it has so far. One by one, n components would be
//! moved n times over.

use std::alloc::Layout;

use bevy_ecs::bundle::{BundleScratch, BundleWriter};
use bevy_ecs::component::{Component, ComponentId};
use bevy_ecs::ptr::OwningPtr;
use bevy_ecs::world::World;

use crate::roster::{Kind, Roster};

/// Columns that wait for their entities.
#[derive(Default)]
pub(crate) struct Staged {
    columns: Vec<(Kind, ComponentId, Box<dyn Values>)>,
    scratch: BundleScratch,
}

/// Values of one type, by dense id.
trait Values: Send {
    /// Moves one over, if there is one.
    fn push(&mut self, row: usize, writer: &mut BundleWriter<'_>);
}

struct Column<T> {
    /// The id of `T` in the world that the values are for.
    id: ComponentId,
    values: Vec<Option<T>>,
}

impl<T: Component> Values for Column<T> {
    #[allow(unsafe_code)]
    fn push(&mut self, row: usize, writer: &mut BundleWriter<'_>) {
        if let Some(value) = self.values.get_mut(row).and_then(Option::take) {
            // SAFETY: the pointer is to a `T`, whose layout is given, and whose id in the world that `Staged::flush` writes
            // to is `id`: `Staged::add` took both of the same type and world.
            OwningPtr::make(value, |ptr| unsafe { writer.push_component_by_id(self.id, ptr, Layout::new::<T>()) });
        }
    }
}

impl Staged {
    /// Puts a column beside the others, unless a column of its type waits already. `world` is the one that
    /// [`Staged::flush`] is going to be called with.
    pub fn add<T: Component>(
        &mut self,
        world: &mut World,
        (kind, roster): (Kind, &Roster),
        value: impl Fn(usize) -> Option<T>,
    ) {
        let id = world.register_component::<T>();
        if self.columns.iter().any(|(other, known, _)| (*other, *known) == (kind, id)) {
            return;
        }
        let entities = roster.entities(kind).iter().enumerate();
        let values = entities.map(|(i, entity)| if world.entity(*entity).contains_id(id) { None } else { value(i) });
        self.columns.push((kind, id, Box::new(Column { id, values: values.collect() })));
    }

    /// Gives all entities what waits for them.
    #[allow(unsafe_code)]
    pub fn flush(&mut self, world: &mut World, roster: &Roster) {
        let kinds: Vec<Kind> = self.columns.iter().map(|(kind, ..)| *kind).collect();
        for kind in Kind::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
            for (row, entity) in roster.entities(kind).iter().enumerate() {
                let mut writer = self.scratch.writer();
                for (_, _, values) in self.columns.iter_mut().filter(|(of, ..)| *of == kind) {
                    values.push(row, &mut writer);
                }
                // SAFETY: the ids that were pushed are of this world, see `Column::push`.
                unsafe { writer.write(&mut world.entity_mut(*entity)) };
            }
        }
        self.columns.clear();
    }
}
