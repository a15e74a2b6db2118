//! The last n values.

use serde::{Deserialize, Serialize};

/// The last `capacity` values, in memory that is taken once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ring<T> {
    values: Vec<T>,
    capacity: usize,
    /// Where the oldest value stands, and the next one goes, once the ring is full.
    next: usize,
}

impl<T: Copy> Ring<T> {
    /// An empty ring of `capacity` values (at least 1).
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self { values: Vec::with_capacity(capacity), capacity, next: 0 }
    }

    /// Adds a value; returns the one that it displaces, which came `capacity` values before it.
    #[inline]
    pub fn push(&mut self, value: T) -> Option<T> {
        if self.values.len() < self.capacity {
            if self.values.capacity() < self.capacity {
                // A ring that was read back from a snapshot has room for no more than it holds.
                self.values.reserve_exact(self.capacity - self.values.len());
            }
            self.values.push(value);
            return None;
        }
        let displaced = std::mem::replace(&mut self.values[self.next], value);
        self.next = if self.next + 1 == self.capacity { 0 } else { self.next + 1 };
        Some(displaced)
    }

    /// How many values there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether the next value displaces one.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.values.len() == self.capacity
    }

    /// All values, oldest first, in two pieces.
    #[inline]
    pub fn slices(&self) -> (&[T], &[T]) {
        let (new, old) = self.values.split_at(self.next);
        (old, new)
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.values.clear();
        self.next = 0;
    }
}
