//! Simulation state: registered once, and from then on seen by snapshot, restore, fork and digest alike.

mod digest;
mod register;
mod snapshot;
mod staged;

use bevy_ecs::component::{Component, Mutable};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use digest::StateDigest;
pub(crate) use digest::digest_values;
pub(crate) use register::Registry;
pub use snapshot::Snapshot;
pub(crate) use staged::Staged;

/// What every stateful component and resource must be: clonable for forks, serializable for digests. Implemented
/// for every type that qualifies.
pub trait State: Component<Mutability = Mutable> + Clone + Serialize + DeserializeOwned {}

impl<T: Component<Mutability = Mutable> + Clone + Serialize + DeserializeOwned> State for T {}
