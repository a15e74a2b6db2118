//! Values that clones share until one of them is written to.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use triomphe::Arc;

/// A value behind a counted pointer: a clone costs a count, and whoever writes first while others share it takes a copy of
/// its own. What is large and sits on every symbol belongs here, so that a fork of a world copies only what the worlds
/// then do differently. Encoded as the value itself.
///
/// There are no weak pointers to it: those of the standard library cost a locked instruction with every write, which is as
/// much as all the rest of taking in a bar.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CopyOnWrite<T>(Arc<T>);

impl<T> CopyOnWrite<T> {
    /// A value that nobody shares yet.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// Whether another clone has the same value in the same place.
    #[inline]
    pub fn is_shared(&self) -> bool {
        !Arc::is_unique(&self.0)
    }
}

impl<T> Deref for CopyOnWrite<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for CopyOnWrite<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Serialize> Serialize for CopyOnWrite<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for CopyOnWrite<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_shared_until_it_is_written_to() {
        let mut one = CopyOnWrite::new(vec![1, 2]);
        let two = one.clone();
        assert!(one.is_shared() && std::ptr::eq(one.as_ptr(), two.as_ptr()));
        one.push(3);
        assert_eq!((&one[..], &two[..]), (&[1, 2, 3][..], &[1, 2][..]));
        assert!(!one.is_shared() && !two.is_shared());
        let place = one.as_ptr();
        one[0] = 7;
        assert_eq!(place, one.as_ptr(), "what nobody shares is written to where it is");
    }
}
