//! Digests of state: xxh3 over a canonical encoding (postcard), per component.

use std::fmt;

use bevy_ecs::world::World;
use postcard::ser_flavors::{Flavor, Size};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::register::Registry;
use crate::roster::Roster;

/// The digest of all registered state, component by component, in order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDigest {
    /// (name, owner, digest)
    pub components: Vec<(String, String, u64)>,
}

impl StateDigest {
    /// One number over all components.
    pub fn total(&self) -> u64 {
        let mut hasher = Xxh3::new();
        for (name, _, digest) in &self.components {
            hasher.update(name.as_bytes());
            hasher.update(&digest.to_le_bytes());
        }
        hasher.digest()
    }

    /// The same without what one module owns: equal before and after a toggle of a module that nobody reads.
    pub fn without(&self, owner: &str) -> Self {
        Self { components: self.components.iter().filter(|c| c.1 != owner).cloned().collect() }
    }

    /// The first component that differs from another digest.
    pub fn first_difference<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        let mut both = self.components.iter().zip(&other.components);
        match both.find(|(a, b)| a != b) {
            Some((a, _)) => Some(&a.0),
            None => {
                let longer = if self.components.len() > other.components.len() { self } else { other };
                longer.components.get(self.components.len().min(other.components.len())).map(|c| c.0.as_str())
            }
        }
    }

    /// Every component that differs from another digest, or that only one of the two has: (name, owner).
    pub fn differences<'a>(&'a self, other: &'a Self) -> Vec<(&'a str, &'a str)> {
        let found = |in_: &Self, c: &(String, String, u64)| in_.components.contains(c);
        let mine = self.components.iter().filter(|c| !found(other, c));
        let theirs = other.components.iter().filter(|c| !self.components.iter().any(|m| m.0 == c.0));
        mine.chain(theirs).map(|c| (c.0.as_str(), c.1.as_str())).collect()
    }

    pub(crate) fn of(registry: &Registry, world: &World, roster: &Roster) -> Self {
        let stateful = registry.entries.iter().filter_map(|e| Some((e, e.operations?)));
        let mut components: Vec<_> = stateful
            .map(|(e, o)| (e.label(), e.owners.join("+"), (o.digest)(world, &e.entities(world, roster))))
            .collect();
        components.sort();
        Self { components }
    }
}

impl fmt::Display for StateDigest {
    /// Sixteen hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.total())
    }
}

struct Hashing(Xxh3);

impl Flavor for Hashing {
    type Output = u64;

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.update(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.update(&[data]);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<u64> {
        Ok(self.0.digest())
    }
}

/// The digest of a column. A type that cannot be encoded gets the digest of its error, which never equals itself
/// by accident with a value's.
pub(crate) fn digest_values<'a, T: Serialize + 'a>(values: impl Iterator<Item = Option<&'a T>>) -> u64 {
    let mut hasher = Xxh3::new();
    for value in values {
        let digest = postcard::serialize_with_flavor(&value, Hashing(Xxh3::new()));
        hasher.update(&digest.unwrap_or(u64::MAX).to_le_bytes());
    }
    hasher.digest()
}

/// The encoded length of a column: what its heap holds, approximately.
pub(super) fn encoded_len<'a, T: Serialize + 'a>(values: impl Iterator<Item = Option<&'a T>>) -> u64 {
    values.map(|v| postcard::serialize_with_flavor(&v, Size::default()).unwrap_or(0) as u64).sum()
}
