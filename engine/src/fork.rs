//! Forks: a world of its own that is where another one is now.
//!
//! The fork's modules register themselves as in any build, but what they put on entities is taken from the parent at
//! once: nothing is made that would be thrown away.

use std::sync::Arc;

use crate::blueprint::Blueprint;
use crate::clock::Clock;
use crate::error::RunError;
use crate::feed::{FeedCursors, Feeds};
use crate::roster::Kind;
use crate::simulation::Simulation;
use crate::state::State;

impl Simulation {
    /// An independent world that is where this one is now. Subscribers and the recorder stay here.
    ///
    /// # Errors
    /// As building and restoring; neither fails for a simulation that could be built.
    pub fn fork(&self) -> Result<Self, RunError> {
        self.fork_into(self.blueprint.clone())
    }

    /// As [`Simulation::fork`], into a world that goes on by another blueprint: one of the same names, whose events up to
    /// now are those of this one.
    ///
    /// # Errors
    /// A world that cannot be built, or that this one's state does not fit.
    pub fn fork_into(&self, blueprint: Arc<Blueprint>) -> Result<Self, RunError> {
        let built = Self::build_from(blueprint, Some(self));
        let mut fork = built.map_err(|e| RunError::Toggle(e.into()))?;
        let handed = self.registry.hand_over((&self.world, &self.roster), &fork.registry, (&mut fork.world, &fork.roster));
        handed.map_err(RunError::ForeignSnapshot)?;
        fork.find_next_step();
        Ok(fork)
    }

    /// Looks up the next step after a restore: the one that was next, but for a world whose events are learned at other
    /// times from here on.
    pub(crate) fn find_next_step(&mut self) {
        let (now, cursors) = (self.clock().now, self.world.resource::<FeedCursors>());
        let next = self.world.resource::<Feeds>().next_step(now, cursors);
        self.world.resource_mut::<Clock>().next = next;
    }

    /// Before the modules are built: those are on that are on in `parent`, found if need be where it found them.
    pub(crate) fn switched_as(&mut self, parent: &Self) {
        for slot in &mut self.slots {
            slot.enabled = slot.core || parent.is_enabled(&slot.info.name);
        }
        for theirs in parent.slots.iter().filter(|slot| slot.enabled) {
            if !self.slots.iter().any(|slot| slot.info.name == theirs.info.name) {
                self.slots.push(theirs.clone());
            }
        }
    }

    /// A stateful component of an entity, if it has it.
    pub(crate) fn value<T: State>(&self, kind: Kind, index: usize) -> Option<T> {
        self.roster.entities(kind).get(index).and_then(|entity| self.world.get::<T>(*entity)).cloned()
    }
}
