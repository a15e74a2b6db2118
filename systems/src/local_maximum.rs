//! Strict local maxima of a stream, found without looking ahead and without ever taking one back.

use serde::{Deserialize, Serialize};

/// Finds the items of a stream that are strictly above the `half_width` items on each side. An item is reported
/// when the last of those has come, `half_width` items later; a tie on either side rejects it.
///
/// Minima are the maxima of the negated stream. Each item keeps how many of its predecessors in a row are below it
/// (its span), and a new item jumps along these: O(1) amortized, and no allocation after [`LocalMaximum::new`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalMaximum<T> {
    /// The last `half_width` items: value and span (at most `half_width`).
    ring: Vec<(f64, u32)>,
    /// Where the next item goes.
    next: u32,
    filled: u32,
    candidate: Option<Candidate<T>>,
}

/// An item that is above its left side and, so far, above all on its right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Candidate<T> {
    value: f64,
    age: u32,
    item: T,
}

impl<T: Copy> LocalMaximum<T> {
    /// No item yet; `half_width` is at least 1.
    pub fn new(half_width: u32) -> Self {
        Self { ring: vec![(0.0, 0); half_width.max(1) as usize], next: 0, filled: 0, candidate: None }
    }

    /// Takes in the next item; returns the one that it confirms, if any. A NaN is above and below nothing: it
    /// rejects all that it is a neighbor of.
    #[inline]
    pub fn push(&mut self, value: f64, item: T) -> Option<T> {
        let width = self.ring.len() as u32;
        let span = self.span(value);
        let mut confirmed = None;
        match &mut self.candidate {
            Some(candidate) if value < candidate.value => {
                candidate.age += 1;
                if candidate.age == width {
                    confirmed = self.candidate.take().map(|c| c.item);
                }
            }
            candidate => *candidate = None,
        }
        if span == width {
            self.candidate = Some(Candidate { value, age: 0, item });
        }
        self.ring[self.next as usize] = (value, span);
        self.next = if self.next + 1 == width { 0 } else { self.next + 1 };
        self.filled = (self.filled + 1).min(width);
        confirmed
    }

    /// How many of the newest items in a row are below `value`, at most `half_width`.
    #[inline]
    fn span(&self, value: f64) -> u32 {
        let width = self.ring.len() as u32;
        let mut span = 0;
        while span < self.filled {
            let back = span + 1;
            let at = if self.next >= back { self.next - back } else { self.next + width - back };
            let (earlier, below_it) = self.ring[at as usize];
            if earlier < value {
                span += 1 + below_it;
            } else {
                break;
            }
        }
        span.min(width)
    }
}

/// The same over a whole history, as it is defined: index of each strict maximum and of the item that confirms it.
#[cfg(test)]
pub(crate) fn local_maxima(values: &[f64], half_width: usize) -> Vec<(usize, usize)> {
    let n = half_width;
    let is_maximum = |i: &usize| (i - n..=i + n).all(|j| j == *i || values[j] < values[*i]);
    (n..values.len().saturating_sub(n)).filter(is_maximum).map(|i| (i, i + n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn streamed(values: &[f64], half_width: u32) -> Vec<(usize, usize)> {
        let mut maxima = LocalMaximum::new(half_width);
        values.iter().enumerate().filter_map(|(i, v)| Some((maxima.push(*v, i)?, i))).collect()
    }

    proptest! {
        /// Few different values, so that ties are common.
        #[test]
        fn streaming_is_the_definition(values in prop::collection::vec((0i32..6).prop_map(f64::from), 0..80), half_width in 1u32..8) {
            prop_assert_eq!(streamed(&values, half_width), local_maxima(&values, half_width as usize));
        }

        #[test]
        fn streaming_is_the_definition_without_ties(values in prop::collection::vec(-1.0f64..1.0, 0..200), half_width in 1u32..30) {
            prop_assert_eq!(streamed(&values, half_width), local_maxima(&values, half_width as usize));
        }
    }

    #[test]
    fn flats_ramps_and_ties_fire_nothing() {
        let ramp: Vec<f64> = (0..50).map(f64::from).collect();
        let down: Vec<f64> = ramp.iter().rev().copied().collect();
        for n in [1, 2, 5] {
            assert!(
                streamed(&[3.0; 50], n).is_empty()
                    && streamed(&ramp, n).is_empty()
                    && streamed(&down, n).is_empty()
            );
        }
        assert!(streamed(&[1.0, 2.0, 2.0, 1.0], 1).is_empty());
        assert!(streamed(&[1.0, 2.0, f64::NAN, 1.0, 2.0, 1.0], 1) == [(4, 5)]);
    }

    #[test]
    fn a_snapshot_goes_on_where_it_was() {
        let values = [1.0, 4.0, 2.0, 3.0, 1.0, 5.0, 2.0, 1.0];
        let mut maxima = LocalMaximum::new(2);
        assert!(values[..3].iter().enumerate().all(|(i, v)| maxima.push(*v, i).is_none()));
        let mut other: LocalMaximum<usize> = ron::from_str(&ron::to_string(&maxima).unwrap()).unwrap();
        assert_eq!(other, maxima);
        let rest = values.iter().enumerate().skip(3);
        assert!(rest.clone().all(|(i, v)| other.push(*v, i) == maxima.push(*v, i)));
    }
}
