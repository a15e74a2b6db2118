//! A system parameter that is fetched only where a system gets to need it.

use bevy_ecs::change_detection::Tick;
use bevy_ecs::prelude::World;
use bevy_ecs::system::{SystemAccess, SystemMeta, SystemParam, SystemParamItem, SystemParamValidationError};
use bevy_ecs::world::unsafe_world_cell::UnsafeWorldCell;

/// Parameter `P`, fetched by [`Lazy::get`]. For systems that have nothing to do in most steps.
pub struct Lazy<'w, 's, P: SystemParam + 'static> {
    /// `None` once the parameter was fetched.
    state: Option<&'s mut P::State>,
    item: Option<SystemParamItem<'w, 's, P>>,
    meta: &'s SystemMeta,
    world: UnsafeWorldCell<'w>,
    tick: Tick,
}

/// What is remembered between runs.
#[doc(hidden)]
pub struct LazyState<S> {
    state: S,
    meta: Option<SystemMeta>,
}

impl<'w, 's, P: SystemParam + 'static> Lazy<'w, 's, P> {
    /// Fetches the parameter, the first time.
    ///
    /// # Errors
    /// As the parameter itself.
    #[inline]
    #[allow(unsafe_code)]
    pub fn get(&mut self) -> Result<&mut SystemParamItem<'w, 's, P>, SystemParamValidationError> {
        if let Some(state) = self.state.take() {
            // SAFETY: the access of `P` was registered in `init_access`, the world is that of the running system, and
            // the state is handed out once.
            self.item = Some(unsafe { P::get_param(state, self.meta, self.world, self.tick) }?);
        }
        self.item
            .as_mut()
            .ok_or_else(|| SystemParamValidationError::invalid::<Self>("it could not be fetched before"))
    }
}

#[cold]
#[inline(never)]
fn copy(meta: &SystemMeta) -> SystemMeta {
    meta.clone()
}

// SAFETY: registers exactly the access of `P`, and fetches nothing else.
#[allow(unsafe_code)]
unsafe impl<P: SystemParam + 'static> SystemParam for Lazy<'_, '_, P> {
    type State = LazyState<P::State>;
    type Item<'w, 's> = Lazy<'w, 's, P>;

    fn init_state(world: &mut World) -> Self::State {
        LazyState { state: P::init_state(world), meta: None }
    }

    fn init_access(state: &Self::State, meta: &mut SystemMeta, access: &mut SystemAccess, world: &mut World) {
        P::init_access(&state.state, meta, access, world);
    }

    fn apply(state: &mut Self::State, meta: &SystemMeta, world: &mut World) {
        P::apply(&mut state.state, meta, world);
    }

    #[inline]
    unsafe fn get_param<'w, 's>(
        state: &'s mut Self::State,
        meta: &SystemMeta,
        world: UnsafeWorldCell<'w>,
        tick: Tick,
    ) -> Result<Self::Item<'w, 's>, SystemParamValidationError> {
        // Change ticks mean nothing here, so the meta of the first run serves all of them.
        let LazyState { state, meta: kept } = state;
        let meta = kept.get_or_insert_with(|| copy(meta));
        Ok(Lazy { state: Some(state), item: None, meta, world, tick })
    }
}
