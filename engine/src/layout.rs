//! Whether anything may have moved in a world's memory since a system parameter last looked.
//!
//! Finding a component or resource takes some thirty instructions, and a step has forty such look-ups: as much as the
//! work itself. While a simulation steps, entities and components stay where they are, so that an address found in
//! one step holds in the next. A [`Scope`] names such a stretch by a number that is never used twice; whoever may have
//! moved something ends it: exclusive systems and commands within a step ([`moved`]), and all that touches the world
//! between steps (the simulation then enters a scope of a new number). Outside of a scope nothing is remembered.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use bevy_ecs::world::WorldId;

static NEXT: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static CURRENT: Cell<(u64, Option<WorldId>)> = const { Cell::new((NONE, None)) };
}

/// No scope.
const NONE: u64 = 0;

/// What an address that was never found is stamped with.
pub(crate) const NEVER: u64 = u64::MAX;

/// The scope that a world is in on this thread; [`NONE`] if it is in none.
#[inline]
pub(crate) fn current(world: WorldId) -> u64 {
    let (number, of) = CURRENT.get();
    if of == Some(world) { number } else { NONE }
}

/// Whether addresses found now may be remembered.
#[inline]
pub(crate) fn holds(number: u64) -> bool {
    number != NONE
}

/// Ends the current scope, if there is one, and begins another of the same world.
pub(crate) fn moved() {
    if let (_, Some(world)) = CURRENT.get() {
        CURRENT.set((fresh(), Some(world)));
    }
}

/// Runs something that may move things, outside of any scope.
pub(crate) fn moving<R>(work: impl FnOnce() -> R) -> R {
    let (number, world) = CURRENT.replace((NONE, None));
    // Also where the work panics, the scope is a new one afterwards.
    let _scope = Scope { before: if holds(number) { (fresh(), world) } else { (NONE, None) } };
    work()
}

fn fresh() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A stretch of steps of one world. Ends when dropped.
pub(crate) struct Scope {
    before: (u64, Option<WorldId>),
}

impl Scope {
    /// Enters the scope of a number that [`Scope::leave`] gave, if nothing was moved since, or else a new one.
    pub fn enter(known: Option<u64>, world: WorldId) -> Self {
        Self { before: CURRENT.replace((known.unwrap_or_else(fresh), Some(world))) }
    }

    /// Leaves it, to be entered again.
    pub fn leave(self) -> Option<u64> {
        Some(CURRENT.get().0)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}
