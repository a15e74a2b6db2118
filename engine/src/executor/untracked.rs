//! Systems that take no part in change detection.

use std::marker::PhantomData;

use bevy_ecs::change_detection::{CheckChangeTicks, Tick};
use bevy_ecs::prelude::World;
use bevy_ecs::schedule::{InternedSystemSet, IntoSystemSet, SystemSet};
use bevy_ecs::system::{
    IntoResult, RunSystemError, System, SystemAccess, SystemMeta, SystemParam, SystemParamFunction,
    SystemState, SystemStateFlags,
};
use bevy_ecs::utils::prelude::DebugName;
use bevy_ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy_ecs::world::{DeferredWorld, WorldId};

/// A function as a system that takes no part in change detection: see [`untracked`].
pub struct Untracked<Marker, F: SystemParamFunction<Marker>, Out = ()> {
    function: F,
    /// By which others are ordered before or after it.
    sets: Vec<InternedSystemSet>,
    state: Option<State<F::Param>>,
    marker: PhantomData<fn(Marker) -> Out>,
}

struct State<P: SystemParam> {
    params: P::State,
    meta: SystemMeta,
    world: WorldId,
}

/// Makes a system of a function, as bevy does by itself, but one that takes no part in change detection: it neither
/// advances the world's change tick (an atomic operation that costs as much as a small system does) nor remembers when
/// it ran. For systems that run in every step and use columns and shared resources; nothing here may depend on change
/// detection in any case.
pub fn untracked<Marker, Set, F>(function: F) -> Untracked<Marker, F>
where
    F: SystemParamFunction<Marker, In = (), Out: IntoResult<()>> + IntoSystemSet<Set> + Clone,
{
    let set = function.clone().into_system_set().intern();
    Untracked { sets: vec![set], ..Untracked::new(function) }
}

impl<Marker, F: SystemParamFunction<Marker>, Out> Untracked<Marker, F, Out> {
    /// A system that stands outside of schedules.
    pub(crate) fn new(function: F) -> Self {
        Self { function, sets: Vec::new(), state: None, marker: PhantomData }
    }
}

#[cold]
fn foreign_world() -> ! {
    panic!("a system belongs to one world")
}

impl<Marker, F, Out> System for Untracked<Marker, F, Out>
where
    Marker: 'static,
    Out: 'static,
    F: SystemParamFunction<Marker, In = (), Out: IntoResult<Out>>,
{
    type In = ();
    type Out = Out;

    fn name(&self) -> DebugName {
        DebugName::type_name::<F>()
    }

    fn flags(&self) -> SystemStateFlags {
        self.state.as_ref().map_or(SystemStateFlags::empty(), |state| state.meta.flags())
    }

    #[inline]
    #[allow(unsafe_code)]
    unsafe fn run_unsafe(&mut self, (): (), world: UnsafeWorldCell) -> Result<Out, RunSystemError> {
        let Some(state) = &mut self.state else { unreachable!("a system is initialized before it runs") };
        if state.world != world.id() {
            foreign_world();
        }
        // SAFETY: the state is of this world, the access of the parameters was registered in `initialize`, and the
        // caller keeps others from conflicting access.
        let params =
            unsafe { F::Param::get_param(&mut state.params, &state.meta, world, world.change_tick()) }?;
        self.function.run((), params).into_result()
    }

    fn apply_deferred(&mut self, world: &mut World) {
        if let Some(state) = &mut self.state {
            F::Param::apply(&mut state.params, &state.meta, world);
        }
    }

    fn queue_deferred(&mut self, world: DeferredWorld) {
        if let Some(state) = &mut self.state {
            F::Param::queue(&mut state.params, &state.meta, world);
        }
    }

    fn initialize(&mut self, world: &mut World) -> SystemAccess {
        let state = self.state.get_or_insert_with(|| {
            let mut meta = SystemState::<()>::new(world).meta().clone();
            meta.set_name(std::any::type_name::<F>());
            State { params: F::Param::init_state(world), meta, world: world.id() }
        });
        assert_eq!(state.world, world.id(), "a system belongs to one world");
        let mut access = SystemAccess::default();
        F::Param::init_access(&state.params, &mut state.meta, &mut access, world);
        assert!(!access.is_exclusive(), "a system that has the world to itself is not run this way");
        access
    }

    fn check_change_tick(&mut self, _check: CheckChangeTicks) {}

    fn default_system_sets(&self) -> Vec<InternedSystemSet> {
        self.sets.clone()
    }

    fn get_last_run(&self) -> Tick {
        Tick::new(0)
    }

    fn set_last_run(&mut self, _last_run: Tick) {}
}
