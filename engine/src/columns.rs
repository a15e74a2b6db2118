//! System parameters for hot systems: a component of all entities of a kind as one slice, a resource as a reference.
//!
//! `Query` and `Res` look their component up, check change ticks and match archetypes every time a system runs: some
//! hundred instructions each, which is more than most systems do per bar. In this engine archetypes are frozen, the
//! rows of a table are the dense ids, and nothing may depend on change detection, so it is enough to remember
//! where a component or resource sits for as long as nothing moves (see [`crate::layout`]).

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::atomic::AtomicPtr;

use bevy_ecs::change_detection::Tick;
use bevy_ecs::component::{Component, ComponentId, Mutable, StorageType};
use bevy_ecs::prelude::{Resource, World};
use bevy_ecs::ptr::Ptr;
use bevy_ecs::query::FilteredAccess;
use bevy_ecs::storage::{Table, TableId, Tables};
use bevy_ecs::system::{
    ReadOnlySystemParam, SystemAccess, SystemMeta, SystemParam, SystemParamValidationError,
};
use bevy_ecs::utils::prelude::DebugName;
use bevy_ecs::world::unsafe_world_cell::UnsafeWorldCell;

use crate::layout;

/// A component of all entities that have it; index = dense id. The entities must stand in one table, as those of one
/// kind do; otherwise the system fails with an error that says so.
///
/// `Column<T, Of>` is of those entities only that have `Of` too; then the index is the place among them.
pub struct Column<'w, T: Component, Of: Component = T>(&'w [T], PhantomData<fn() -> Of>);

/// As [`Column`], to be written. Change ticks are left alone.
pub struct ColumnMut<'w, T: Component<Mutability = Mutable>, Of: Component = T>(
    &'w mut [T],
    PhantomData<fn() -> Of>,
);

/// A resource, as [`bevy_ecs::prelude::Res`], without change ticks.
pub struct Shared<'w, T: Resource>(&'w T);

/// A resource to be written, as [`bevy_ecs::prelude::ResMut`]. Change ticks are left alone.
pub struct SharedMut<'w, T: Resource + Component<Mutability = Mutable>>(&'w mut T);

impl<T: Component, Of: Component> Deref for Column<'_, T, Of> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        self.0
    }
}

impl<T: Component<Mutability = Mutable>, Of: Component> Deref for ColumnMut<'_, T, Of> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        self.0
    }
}

impl<T: Component<Mutability = Mutable>, Of: Component> DerefMut for ColumnMut<'_, T, Of> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.0
    }
}

impl<T: Resource> Deref for Shared<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Resource + Component<Mutability = Mutable>> Deref for SharedMut<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Resource + Component<Mutability = Mutable>> DerefMut for SharedMut<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

/// Where a component was found.
#[doc(hidden)]
pub struct Located {
    component: ComponentId,
    /// The entities must have this one too.
    of: ComponentId,
    /// The first row as it stood when it got this stamp, and the number of rows.
    first: AtomicPtr<u8>,
    rows: usize,
    stamp: u64,
}

impl Located {
    fn new<T: Component, Of: Component>(world: &mut World) -> Self {
        let in_tables = T::STORAGE_TYPE == StorageType::Table && Of::STORAGE_TYPE == StorageType::Table;
        assert!(in_tables, "a column is stored in a table");
        let (component, of) = (world.register_component::<T>(), world.register_component::<Of>());
        let first = AtomicPtr::new(std::ptr::null_mut());
        Self { component, of, first, rows: 0, stamp: layout::NEVER }
    }

    /// The rows of the component. No row is an empty slice.
    ///
    /// # Safety
    /// `T` is the component, and the caller may access it in `world`.
    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn cells<'w, T: Component>(
        &mut self,
        world: UnsafeWorldCell<'w>,
    ) -> Result<&'w [UnsafeCell<T>], SystemParamValidationError> {
        if layout::holds(self.stamp) {
            // SAFETY: the slice was found in this scope of this world, in which it has not moved.
            return Ok(unsafe { std::slice::from_raw_parts((*self.first.get_mut()).cast(), self.rows) });
        }
        // SAFETY: as of this function.
        unsafe { self.find::<T>(world) }
    }

    /// As [`Located::cells`], where they are not known yet.
    ///
    /// # Safety
    /// As of it.
    #[cold]
    #[inline(never)]
    #[allow(unsafe_code)]
    unsafe fn find<'w, T: Component>(
        &mut self,
        world: UnsafeWorldCell<'w>,
    ) -> Result<&'w [UnsafeCell<T>], SystemParamValidationError> {
        // SAFETY: only the column of `T` is read below, which the caller may access.
        let table = self.locate(unsafe { &world.storages().tables })?;
        // SAFETY: `T` is the type of the component.
        let cells = table.and_then(|t| unsafe { t.get_data_slice_for::<T>(self.component) });
        let cells = cells.unwrap_or_default();
        (*self.first.get_mut(), self.rows) = (cells.as_ptr().cast_mut().cast(), cells.len());
        self.stamp = layout::stamp(world.id());
        Ok(cells)
    }

    fn locate<'w>(&self, tables: &'w Tables) -> Result<Option<&'w Table>, SystemParamValidationError> {
        let mut found = None;
        for id in 0..tables.len() {
            let id = TableId::from_usize(id);
            let Some(table) = tables.get(id) else { continue };
            if table.entity_count() == 0 || !table.has_column(self.component) || !table.has_column(self.of) {
                continue;
            }
            if found.is_some() {
                return Err(SystemParamValidationError::invalid::<Self>(
                    "the entities with this component do not stand in one table: give every entity of a kind the \
                     same components",
                ));
            }
            found = Some(table);
        }
        Ok(found)
    }
}

/// Where a resource was found.
#[doc(hidden)]
pub struct Placed {
    component: ComponentId,
    /// Where it stood when it got this stamp.
    place: AtomicPtr<u8>,
    stamp: u64,
}

impl Placed {
    fn new<T: Resource>(world: &mut World) -> Self {
        assert!(T::STORAGE_TYPE == StorageType::SparseSet, "a resource is stored in a sparse set");
        let (component, place) = (world.register_component::<T>(), AtomicPtr::new(std::ptr::null_mut()));
        Self { component, place, stamp: layout::NEVER }
    }

    /// The resource, if there is one.
    ///
    /// # Safety
    /// `T` is the component, and the caller may access it in `world`.
    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn pointer<'w>(&mut self, world: UnsafeWorldCell<'w>) -> Option<Ptr<'w>> {
        if layout::holds(self.stamp) {
            // SAFETY: the stamp was given with the place: the resource was found there in this scope of this world, in
            // which it has not moved.
            return Some(unsafe { Ptr::new(NonNull::new_unchecked(*self.place.get_mut())) });
        }
        // SAFETY: as of this function.
        unsafe { self.find(world) }
    }

    /// As [`Placed::pointer`], where it is not known yet.
    ///
    /// # Safety
    /// As of it.
    #[cold]
    #[inline(never)]
    #[allow(unsafe_code)]
    unsafe fn find<'w>(&mut self, world: UnsafeWorldCell<'w>) -> Option<Ptr<'w>> {
        // SAFETY: only the resource is read below, which the caller may access.
        let (storages, places) = unsafe { (world.storages(), world.resource_entities()) };
        let set = storages.sparse_sets.get(self.component)?;
        let pointer = set.get(places.get(self.component)?)?;
        (*self.place.get_mut(), self.stamp) = (pointer.as_ptr().cast_mut(), layout::stamp(world.id()));
        Some(pointer)
    }
}

fn missing<T: 'static>() -> SystemParamValidationError {
    SystemParamValidationError::invalid::<T>("the resource does not exist")
}

/// Registers access to a component or resource.
///
/// # Panics
/// Where another parameter of the system has access that conflicts with it.
fn claim<T>(filter: FilteredAccess, meta: &SystemMeta, access: &mut SystemAccess) {
    if access.try_add(filter).is_err() {
        let name = DebugName::type_name::<T>();
        panic!("{} in system {} conflicts with a previous system parameter", name.shortname(), meta.name());
    }
}

/// The common part of an implementation of `SystemParam`: access to one component, as a query over it would have. No
/// query is made, as that costs more than all the rest of a system that is built.
macro_rules! accesses {
    ($add:ident) => {
        fn init_access(
            state: &Self::State,
            meta: &mut SystemMeta,
            access: &mut SystemAccess,
            _world: &mut World,
        ) {
            let mut filter = FilteredAccess::default();
            filter.$add(state.component);
            claim::<Self>(filter, meta, access);
        }
    };
}

// SAFETY: access is registered as a query over the same data does, only that data is handed out, and the scheduler
// keeps other systems from conflicting access while this one runs. The same holds for the three below.
#[allow(unsafe_code)]
unsafe impl<T: Component, Of: Component> SystemParam for Column<'_, T, Of> {
    type State = Located;
    type Item<'w, 's> = Column<'w, T, Of>;

    fn init_state(world: &mut World) -> Self::State {
        Located::new::<T, Of>(world)
    }

    accesses!(add_read);

    #[inline(always)]
    unsafe fn get_param<'w, 's>(
        state: &'s mut Self::State,
        _meta: &SystemMeta,
        world: UnsafeWorldCell<'w>,
        _tick: Tick,
    ) -> Result<Self::Item<'w, 's>, SystemParamValidationError> {
        // SAFETY: `T` is the component of the state; `UnsafeCell<T>` has the layout of `T`; nobody writes meanwhile.
        unsafe {
            let cells = state.cells::<T>(world)?;
            let rows = std::slice::from_raw_parts(UnsafeCell::raw_get(cells.as_ptr()), cells.len());
            Ok(Column(rows, PhantomData))
        }
    }
}

// SAFETY: as for `Column`.
#[allow(unsafe_code)]
unsafe impl<T: Component<Mutability = Mutable>, Of: Component> SystemParam for ColumnMut<'_, T, Of> {
    type State = Located;
    type Item<'w, 's> = ColumnMut<'w, T, Of>;

    fn init_state(world: &mut World) -> Self::State {
        Located::new::<T, Of>(world)
    }

    accesses!(add_write);

    #[inline(always)]
    unsafe fn get_param<'w, 's>(
        state: &'s mut Self::State,
        _meta: &SystemMeta,
        world: UnsafeWorldCell<'w>,
        _tick: Tick,
    ) -> Result<Self::Item<'w, 's>, SystemParamValidationError> {
        // SAFETY: as for `Column`, and nobody else accesses the column meanwhile.
        unsafe {
            let cells = state.cells::<T>(world)?;
            let rows = std::slice::from_raw_parts_mut(UnsafeCell::raw_get(cells.as_ptr()), cells.len());
            Ok(ColumnMut(rows, PhantomData))
        }
    }
}

// SAFETY: as for `Column`.
#[allow(unsafe_code)]
unsafe impl<T: Resource> SystemParam for Shared<'_, T> {
    type State = Placed;
    type Item<'w, 's> = Shared<'w, T>;

    fn init_state(world: &mut World) -> Self::State {
        Placed::new::<T>(world)
    }

    accesses!(add_read);

    #[inline(always)]
    unsafe fn get_param<'w, 's>(
        state: &'s mut Self::State,
        _meta: &SystemMeta,
        world: UnsafeWorldCell<'w>,
        _tick: Tick,
    ) -> Result<Self::Item<'w, 's>, SystemParamValidationError> {
        // SAFETY: `T` is the component of the state; nobody writes meanwhile.
        unsafe { Ok(Shared(state.pointer(world).ok_or_else(missing::<T>)?.deref())) }
    }
}

// SAFETY: as for `Column`.
#[allow(unsafe_code)]
unsafe impl<T: Resource + Component<Mutability = Mutable>> SystemParam for SharedMut<'_, T> {
    type State = Placed;
    type Item<'w, 's> = SharedMut<'w, T>;

    fn init_state(world: &mut World) -> Self::State {
        Placed::new::<T>(world)
    }

    accesses!(add_write);

    #[inline(always)]
    unsafe fn get_param<'w, 's>(
        state: &'s mut Self::State,
        _meta: &SystemMeta,
        world: UnsafeWorldCell<'w>,
        _tick: Tick,
    ) -> Result<Self::Item<'w, 's>, SystemParamValidationError> {
        // SAFETY: `T` is the component of the state; nobody else accesses the resource meanwhile.
        unsafe { Ok(SharedMut(state.pointer(world).ok_or_else(missing::<T>)?.assert_unique().deref_mut())) }
    }
}

// SAFETY: they only read.
#[allow(unsafe_code)]
unsafe impl<T: Component, Of: Component> ReadOnlySystemParam for Column<'_, T, Of> {}
// SAFETY: they only read.
#[allow(unsafe_code)]
unsafe impl<T: Resource> ReadOnlySystemParam for Shared<'_, T> {}
