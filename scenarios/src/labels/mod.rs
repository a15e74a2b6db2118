//! Labels: what would have been right, once all is over.
//!
//! Everything here looks at finished bars as a whole, so at any bar inside it knows the future. It exists to train and
//! to grade, never to decide, and the build keeps it that way:
//!
//! - These are functions of this crate, which depends on the crates whose systems decide; those cannot name it.
//! - What they return borrows the finished bars, so that it cannot be kept in a component or resource of a world
//!   (which must own what they hold): the world that decides does not have the bars.
//! - Each says from when on it may be used ([`PerfectMoves::known_at`]).
//!
//! A borrowed label is no component:
//! ```compile_fail,E0597
//! use manyworlds::labels::{MoveCosts, PerfectMoves, perfect_moves};
//! use manyworlds::systems::orchestrator::settings::AllowedSide;
//! #[derive(bevy_ecs::component::Component)]
//! struct Hindsight(PerfectMoves<'static>);
//! let bars: Vec<manyworlds::components::bar::Bar> = Vec::new();
//! let moves = perfect_moves(&bars, MoveCosts::default(), AllowedSide::Both)?;
//! bevy_ecs::world::World::new().spawn(Hindsight(moves));
//! # Ok::<(), manyworlds::labels::LabelError>(())
//! ```
//! Owned figures are (the same lines otherwise, so that nothing else is what fails above):
//! ```
//! use manyworlds::labels::{MoveCosts, perfect_moves};
//! use manyworlds::systems::orchestrator::settings::AllowedSide;
//! #[derive(bevy_ecs::component::Component)]
//! struct Owned(f64);
//! let bars: Vec<manyworlds::components::bar::Bar> = Vec::new();
//! let moves = perfect_moves(&bars, MoveCosts::default(), AllowedSide::Both)?;
//! bevy_ecs::world::World::new().spawn(Owned(moves.total()));
//! # Ok::<(), manyworlds::labels::LabelError>(())
//! ```
//! Nor is it one by itself, whatever it borrows:
//! ```compile_fail,E0277
//! fn component<T: bevy_ecs::component::Component>() {}
//! component::<manyworlds::labels::PerfectMoves<'static>>();
//! ```

mod error;
mod perfect_moves;
#[cfg(test)]
mod tests;

pub use error::LabelError;
pub use perfect_moves::{Move, MoveCosts, PerfectMoves, perfect_moves};
