//! Statistics of the last n values, in O(1) per value and without subtraction.
//!
//! A running sum that adds the newest value and subtracts the oldest keeps every rounding error, and what a large value
//! leaves behind can drown the small ones after it. Here values are only ever merged: time is cut into blocks of n; at
//! the end of a block its suffix sums are made (one pass backwards), and any window is a suffix of the block before
//! plus a prefix of the current one (van Herk 1992; "two stacks"). So a window of zeros is exactly zero, errors do not
//! outlive two blocks, and it works for whatever can be merged but not taken apart, such as [`Moments`].

use serde::{Deserialize, Serialize};

/// What can be pooled: associative up to rounding, with `Default` as its neutral element.
pub trait Merge: Copy + Default {
    /// Of the values of `self` and, after them, those of `later`.
    #[must_use]
    fn merge(&self, later: &Self) -> Self;
}

impl Merge for f64 {
    #[inline]
    fn merge(&self, later: &Self) -> Self {
        self + later
    }
}

impl<T: Merge> Merge for [T; 3] {
    #[inline]
    fn merge(&self, later: &Self) -> Self {
        [self[0].merge(&later[0]), self[1].merge(&later[1]), self[2].merge(&later[2])]
    }
}

/// Count, mean and sum of squared deviations of some values.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Moments {
    /// How many.
    pub count: f64,
    /// Their mean; 0 of none.
    pub mean: f64,
    /// Sum of squared deviations from the mean; exactly 0 of equal values.
    pub squares: f64,
}

impl Moments {
    /// Of one value.
    #[inline]
    pub fn of(value: f64) -> Self {
        Self { count: 1.0, mean: value, squares: 0.0 }
    }

    /// Variance with denominator n - 1; `None` for fewer than two values.
    #[inline]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1.0).then(|| self.squares / (self.count - 1.0))
    }
}

impl Merge for Moments {
    /// Chan, Golub & LeVeque (1979).
    #[inline]
    fn merge(&self, later: &Self) -> Self {
        let count = self.count + later.count;
        let share = if count > 0.0 { later.count / count } else { 0.0 };
        let delta = later.mean - self.mean;
        Self {
            count,
            mean: self.mean + delta * share,
            squares: self.squares + later.squares + delta * delta * self.count * share,
        }
    }
}

/// The merged last n values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlidingWindow<T> {
    /// Before `next`: the current block. From `next` on: suffix sums of the block before.
    rows: Vec<T>,
    next: usize,
    prefix: T,
    full: bool,
}

impl<T: Merge> SlidingWindow<T> {
    /// A window of `length` values (at least 1).
    pub fn new(length: usize) -> Self {
        Self { rows: vec![T::default(); length.max(1)], next: 0, prefix: T::default(), full: false }
    }

    /// Takes in a value; returns what the last `length` values merge to once there are as many.
    #[inline]
    pub fn push(&mut self, value: T) -> Option<T> {
        self.rows[self.next] = value;
        self.prefix = self.prefix.merge(&value);
        self.next += 1;
        if self.next == self.rows.len() {
            self.end_block();
            return Some(self.rows[0]);
        }
        self.full.then(|| self.rows[self.next].merge(&self.prefix))
    }

    fn end_block(&mut self) {
        let mut suffix = T::default();
        for row in self.rows.iter_mut().rev() {
            suffix = row.merge(&suffix);
            *row = suffix;
        }
        (self.next, self.prefix, self.full) = (0, T::default(), true);
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.rows.fill(T::default());
        (self.next, self.prefix, self.full) = (0, T::default(), false);
    }
}
