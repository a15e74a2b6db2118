//! Whether anything may have moved in a world's memory since a system parameter last looked.
//!
//! Finding a component or resource takes some thirty instructions, and a step has forty such look-ups: as much as the
//! work itself. While a simulation steps, entities and components stay where they are, so that an address found in
//! one step holds in the next. A [`Scope`] names such a stretch by a number that is never used twice; whoever may have
//! moved something ends it: exclusive systems and commands within a step ([`moving`]), and all that touches the world
//! between steps (the simulation then enters a scope of a new number). Outside of a scope nothing is remembered.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use bevy_ecs::world::WorldId;

static NEXT: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static NUMBER: Cell<u64> = const { Cell::new(NONE) };
    static WORLD: Cell<Option<WorldId>> = const { Cell::new(None) };
}

/// No scope.
const NONE: u64 = 0;

/// The stamp of an address that is not remembered.
pub(crate) const NEVER: u64 = u64::MAX;

/// Whether an address with this stamp still holds. A parameter belongs to one world, so that the stamp tells which.
#[inline]
pub(crate) fn holds(stamp: u64) -> bool {
    NUMBER.get() == stamp
}

/// The stamp of an address that was found in `world` now.
#[inline]
pub(crate) fn stamp(world: WorldId) -> u64 {
    let number = NUMBER.get();
    if number != NONE && WORLD.get() == Some(world) { number } else { NEVER }
}

/// Runs something that may move things: outside of any scope, and what follows is in a new one, also after a panic.
pub(crate) fn moving<R>(work: impl FnOnce() -> R) -> R {
    let (number, world) = (NUMBER.replace(NONE), WORLD.take());
    let _scope = Scope { before: (if number == NONE { NONE } else { fresh() }, world) };
    work()
}

/// A stretch of steps in which nothing but the systems of the schedule touched the world: no restore, no toggle, no command
/// and no exclusive system. What a system remembers of it in scratch holds as long as [`Stretch::lasts`].
///
/// To be kept in a resource of the world that it is about.
#[derive(Debug, Default)]
pub struct Stretch(u64);

impl Stretch {
    /// The current one.
    #[inline]
    pub fn current() -> Self {
        Self(NUMBER.get())
    }

    /// Whether it is still going on. The default never does.
    #[inline]
    pub fn lasts(&self) -> bool {
        self.0 != NONE && holds(self.0)
    }
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
        Self { before: (NUMBER.replace(known.unwrap_or_else(fresh)), WORLD.replace(Some(world))) }
    }

    /// Leaves it, to be entered again.
    pub fn leave(self) -> Option<u64> {
        Some(NUMBER.get())
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        NUMBER.set(self.before.0);
        WORLD.set(self.before.1);
    }
}
