//! What the tests of pivot analysis share: the structure as it is defined, over a whole history.

mod corpus;
mod laws;
mod sessions;
mod structure;
mod world;

use manyworlds_components::time::Timestamp;

use super::swings::{Extreme, Pivot, SwingSide, Swings};
use crate::local_maximum::local_maxima;

/// Per level, all (pivot bar, confirming bar) over the heights of bars (lows negated), from the definition.
pub(super) fn batch(heights: &[f64], levels: usize, strength: usize) -> Vec<Vec<(usize, usize)>> {
    let mut found: Vec<Vec<(usize, usize)>> = vec![local_maxima(heights, strength)];
    while found.len() < levels {
        let below = found.last().unwrap();
        let values: Vec<f64> = below.iter().map(|(bar, _)| heights[*bar]).collect();
        // The right neighbor confirms when it is itself confirmed.
        found.push(local_maxima(&values, 1).iter().map(|(i, j)| (below[*i].0, below[*j].1)).collect());
    }
    found
}

/// The same, one price after the other. Times are bar numbers.
pub(super) fn streamed(side: SwingSide, prices: &[f64], levels: usize, strength: u32) -> Vec<Vec<Pivot>> {
    let mut swings = Swings::new(side, levels, strength);
    let mut found = vec![Vec::new(); levels];
    for (i, price) in prices.iter().enumerate() {
        let extreme = Extreme { price: *price, time: Timestamp(i as i64), bar: i as u64 };
        swings.push(extreme, Timestamp(i as i64), |level, pivot| found[usize::from(level) - 1].push(*pivot));
    }
    found
}

/// (pivot bar, confirming bar) of each.
pub(super) fn bars(pivots: &[Vec<Pivot>]) -> Vec<Vec<(usize, usize)>> {
    let of = |p: &Pivot| (p.pivot_bar as usize, p.confirmed_bar as usize);
    pivots.iter().map(|level| level.iter().map(of).collect()).collect()
}
