//! Weighted mid and microprice.

mod fit;
#[cfg(test)]
mod tests;

use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::settings::MicropriceSettings;
use crate::market::Top;

pub use fit::fit;

/// (bid size - ask size) / (bid size + ask size), from -1 to 1.
pub fn imbalance(bid_size: f64, ask_size: f64) -> f64 {
    (bid_size - ask_size) / (bid_size + ask_size)
}

/// The mid weighted by the size of the other side: nearer to the side that is thinner.
pub fn weighted_mid(bid: f64, bid_size: f64, ask: f64, ask_size: f64) -> f64 {
    (bid * ask_size + ask * bid_size) / (bid_size + ask_size)
}

/// Stoikov (2018), "The micro-price": the mid that is expected in the end, given spread and imbalance.
///
/// States are imbalances in equal bins and spreads in ticks, the widest ones together. What follows on a state is counted over
/// all changes of the best levels so far, and its mirror image with it; the table of adjustments is made from the counts at
/// stated intervals, so that it knows nothing but the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Microprice {
    bins: usize,
    spreads: usize,
    /// By state and next state: changes that left the mid where it was.
    stay: Vec<u32>,
    /// By state and next state: changes that moved it.
    jump: Vec<u32>,
    /// By state: the sum of these moves, in half ticks.
    shift: Vec<i64>,
    /// The state and twice the mid in ticks.
    last: Option<(u32, i64)>,
    /// By state: what the mid is expected to move, in ticks; NaN-free: only where it is known.
    table: Vec<Option<f64>>,
    counted: u64,
    due: i64,
}

impl Microprice {
    /// Nothing seen yet.
    pub fn new(settings: &MicropriceSettings) -> Self {
        let (bins, spreads) = (settings.bins as usize, settings.spreads as usize);
        let states = bins * spreads;
        Self {
            bins,
            spreads,
            stay: vec![0; states * states],
            jump: vec![0; states * states],
            shift: vec![0; states],
            last: None,
            table: vec![None; states],
            counted: 0,
            due: i64::MIN,
        }
    }

    /// Where a whole top of book stands.
    #[inline]
    fn state(&self, top: &Top) -> usize {
        let (bid, ask) = (top.bid_size.0 as f64, top.ask_size.0 as f64);
        let bin = ((bid / (bid + ask) * self.bins as f64) as usize).min(self.bins - 1);
        let spread = ((top.ask.0 - top.bid.0 - 1) as usize).min(self.spreads - 1);
        spread * self.bins + bin
    }

    /// The best levels are these now. A book that begins anew, or has not both sides, ends the chain.
    #[inline]
    pub fn change(&mut self, top: &Top, goes_on: bool) {
        if !top.is_whole() {
            self.last = None;
            return;
        }
        let (state, mid) = (self.state(top), top.bid.0 + top.ask.0);
        if let Some((before, then)) = self.last.filter(|_| goes_on) {
            let before = before as usize;
            let at = before * self.table.len() + state;
            if mid == then {
                self.stay[at] += 1;
            } else {
                self.jump[at] += 1;
                self.shift[before] += mid - then;
            }
            self.counted += 1;
        }
        self.last = Some((state as u32, mid));
    }

    /// Makes the table anew if that is due at `now`; the first one as soon as enough is counted.
    pub fn refit(&mut self, now: i64, settings: &MicropriceSettings) {
        if now < self.due {
            return;
        }
        if self.counted < settings.changes {
            return;
        }
        self.due = settings.every.floor(Timestamp(now)).0.saturating_add(settings.every.nanos());
        if let Some(table) = fit(self.bins, &self.stay, &self.jump, &self.shift) {
            self.table = table;
        }
    }

    /// What the mid is expected to move from here, in ticks; `None` until there is a table, and in states not seen before.
    pub fn adjustment(&self, top: &Top) -> Option<f64> {
        if top.is_whole() { self.table[self.state(top)] } else { None }
    }
}
