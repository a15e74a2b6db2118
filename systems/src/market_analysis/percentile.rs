//! Where a value stands among its predecessors.

use serde::{Deserialize, Serialize};

use crate::indicators::Ring;

/// The share of the last n values (the newest included) that are below the newest, equal ones counted half: in (0, 1),
/// 0.5 where all are equal. The values are kept in order, so that a new one costs three binary searches and one move
/// of what lies between it and the one that it displaces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Percentile {
    values: Ring<f64>,
    sorted: Vec<f64>,
}

impl Percentile {
    /// Among `length` values (at least 1).
    pub fn new(length: usize) -> Self {
        Self { values: Ring::new(length), sorted: Vec::with_capacity(length.max(1)) }
    }

    /// Takes in a finite value; returns its rank once there are `length` values.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<f64> {
        let to = self.sorted.partition_point(|x| *x < value);
        let below = match self.values.push(value) {
            None => {
                self.sorted.insert(to, value);
                to
            }
            Some(displaced) => {
                let from = self.sorted.partition_point(|x| *x < displaced);
                if from < to {
                    self.sorted.copy_within(from + 1..to, from);
                    self.sorted[to - 1] = value;
                    to - 1
                } else {
                    self.sorted.copy_within(to..from, to + 1);
                    self.sorted[to] = value;
                    to
                }
            }
        };
        if !self.values.is_full() {
            return None;
        }
        let equal = self.sorted[below..].partition_point(|x| *x <= value);
        Some((below as f64 + 0.5 * equal as f64) / self.sorted.len() as f64)
    }
}
