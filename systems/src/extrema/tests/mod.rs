//! Tests of extrema.

mod changes;
mod laws;
mod world;

use manyworlds_components::bar::Bar;
use manyworlds_components::time::Timestamp;

use super::Extrema;
use super::directional_change::{Direction, DirectionalChange, DirectionalChanges};
use crate::bar_world::minute_bar;
use crate::pivot_analysis::Extreme;

/// A bar of one price.
pub(super) fn flat_bar(i: usize, price: f64) -> Bar {
    minute_bar(i, [price, price, price, price, 1.0])
}

/// The changes that prices confirm, one after the other. Times are numbers of prices.
pub(super) fn streamed(prices: &[f64], theta: f64) -> Vec<DirectionalChange> {
    let mut changes = DirectionalChanges::new(theta);
    let point =
        |(i, price): (usize, &f64)| Extreme { price: *price, time: Timestamp(i as i64), bar: i as u64 };
    prices.iter().enumerate().map(point).filter_map(|p| changes.push(p, p.time)).collect()
}
