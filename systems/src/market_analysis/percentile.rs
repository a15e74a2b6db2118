//! Where a value stands among its predecessors.

use serde::{Deserialize, Serialize};

use crate::indicators::Ring;

/// Values that are compared at once.
const LANES: usize = 8;

/// The share of the last n values (the newest included) that are below the newest, equal ones counted half: in (0, 1),
/// 0.5 where all are equal. O(n) per value, in one pass over dense memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Percentile {
    values: Ring<f64>,
}

impl Percentile {
    /// Among `length` values (at least 1).
    pub fn new(length: usize) -> Self {
        Self { values: Ring::new(length) }
    }

    /// Takes in a value; returns its rank once there are `length` values.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<f64> {
        self.values.push(value);
        if !self.values.is_full() {
            return None;
        }
        let all = self.values.unordered();
        // Independent counters, so that the comparisons run side by side.
        let (chunks, rest) = all.as_chunks::<LANES>();
        let (mut below, mut upto) = ([0u64; LANES], [0u64; LANES]);
        for chunk in chunks {
            for lane in 0..LANES {
                below[lane] += u64::from(chunk[lane] < value);
                upto[lane] += u64::from(chunk[lane] <= value);
            }
        }
        let mut twice: u64 = below.iter().chain(&upto).sum();
        for v in rest {
            twice += u64::from(*v < value) + u64::from(*v <= value);
        }
        Some(twice as f64 / (2.0 * all.len() as f64))
    }
}
