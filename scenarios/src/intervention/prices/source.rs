//! A source with all that is intervened with on its symbol. Row by row it is the source: cursors fit both.

use std::sync::Arc;

use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::EventSource;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::delay::Delay;
use super::layer::Layer;

/// What becomes of the events of one symbol.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Changes {
    /// Before this time nothing.
    pub from: Timestamp,
    /// One after the other.
    pub prices: Vec<Layer>,
    /// They do not overlap.
    pub sides: Vec<Sides>,
    /// They do not overlap.
    pub delays: Vec<Delay>,
    /// Of order books only. They do not overlap.
    pub spreads: Vec<Widening>,
    /// Of order books only. They do not overlap.
    pub depth: Vec<Drain>,
}

/// A wider spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Widening {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Times what is usual.
    pub factor: f64,
    /// The whole spread, in basis points of the price.
    pub at_least_bps: f64,
}

/// Less size at each price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drain {
    pub from: Timestamp,
    pub until: Timestamp,
    /// The share that is left.
    pub left: f64,
}

/// Prints of an imbalance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sides {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Buyers less sellers, as a share of both.
    pub imbalance: f64,
    pub seed: u64,
}

/// A source with changes.
pub(crate) struct IntervenedSource {
    inner: Arc<dyn EventSource>,
    changes: Arc<Changes>,
}

impl IntervenedSource {
    pub(crate) fn new(inner: Arc<dyn EventSource>, changes: Arc<Changes>) -> Self {
        Self { inner, changes }
    }
}

impl Changes {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_only_late() && self.delays.is_empty()
    }

    /// Whether nothing is changed but when it is learned.
    pub(crate) fn is_only_late(&self) -> bool {
        self.prices.is_empty() && self.sides.is_empty() && self.spreads.is_empty() && self.depth.is_empty()
    }

    /// The side that took liquidity in a print, where it is drawn anew.
    pub(crate) fn aggressor(&self, t: Timestamp, row: u64) -> Option<AggressorSide> {
        self.sides.iter().find(|s| s.from <= t && t < s.until).map(|sides| sides.draw(row))
    }

    fn learned(&self, t: Timestamp) -> Timestamp {
        self.delays.iter().fold(t, |t, delay| delay.learned(t))
    }

    fn known_by(&self, t: Timestamp) -> Timestamp {
        self.delays.iter().rev().fold(t, |t, delay| delay.known_by(t))
    }

    fn change(&self, event: &mut MarketEvent, row: u64) {
        match &mut event.data {
            MarketData::Bar(bar) if bar.close_time > self.from => {
                self.prices.iter().for_each(|layer| layer.bar(bar));
            }
            MarketData::Bar(_) => {}
            MarketData::Trade(trade) => {
                let t = event.ts_event;
                if t >= self.from {
                    trade.price = self.prices.iter().fold(trade.price, |price, layer| layer.price(t, price));
                }
                trade.aggressor = self.aggressor(t, row).unwrap_or(trade.aggressor);
            }
            _ => {}
        }
        event.ts_recv = self.learned(event.ts_recv);
    }
}

impl Sides {
    fn draw(&self, row: u64) -> AggressorSide {
        let word = xxh3_64_with_seed(&row.to_le_bytes(), self.seed);
        let share = (word >> 11) as f64 / (1u64 << 53) as f64;
        if 2.0 * share < 1.0 + self.imbalance { AggressorSide::Buyer } else { AggressorSide::Seller }
    }
}

impl EventSource for IntervenedSource {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn ts_recv(&self, row: u64) -> Timestamp {
        self.changes.learned(self.inner.ts_recv(row))
    }

    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let before = out.len();
        let next = self.inner.fill(from, self.changes.known_by(until), limit, out);
        for (event, row) in out[before..].iter_mut().zip(from..) {
            if event.ts_recv >= self.changes.from {
                self.changes.change(event, row);
            }
        }
        next
    }

    fn seek(&self, t: Timestamp) -> u64 {
        self.inner.seek(self.changes.known_by(t + -1) + 1)
    }
}
