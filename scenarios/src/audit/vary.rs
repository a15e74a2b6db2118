//! Market data that are the same up to a time and something else afterwards.

use std::sync::Arc;

use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Blueprint, EventSource};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What becomes of everything after a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Variation {
    /// Another market at the same times: every price, volume and side is drawn anew, from a quarter to four times of what
    /// it was.
    Scrambled,
    /// Nothing: the data end there.
    Truncated,
    /// Prices twice and volumes three times as high.
    Scaled,
}

impl Variation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scrambled, Self::Truncated, Self::Scaled];

    /// Its name.
    pub fn name(self) -> &'static str {
        ["scrambled", "truncated", "scaled"][self as usize]
    }
}

/// The blueprint with everything varied that becomes known after `after`. The data themselves stay shared.
pub(super) fn vary(blueprint: &Blueprint, how: Variation, after: Timestamp, seed: u64) -> Blueprint {
    let mut varied = blueprint.clone();
    for (i, source) in varied.sources.iter_mut().enumerate() {
        let rows = match how {
            Variation::Truncated => source.seek(after + 1),
            _ => source.len(),
        };
        let seed = draw(seed, "market", i as u64);
        *source = Arc::new(VariedSource { inner: source.clone(), how, after, rows, seed });
    }
    varied
}

/// A number drawn for `what`, the `i`-th of its kind.
pub(super) fn draw(seed: u64, what: &str, i: u64) -> u64 {
    xxh3_64_with_seed(&[what.as_bytes(), &i.to_le_bytes()].concat(), seed)
}

/// The same, uniform in [0, 1).
pub(super) fn draw_share(seed: u64, what: &str, i: u64) -> f64 {
    (draw(seed, what, i) >> 11) as f64 / (1u64 << 53) as f64
}

struct VariedSource {
    inner: Arc<dyn EventSource>,
    how: Variation,
    after: Timestamp,
    rows: u64,
    seed: u64,
}

impl EventSource for VariedSource {
    fn len(&self) -> u64 {
        self.rows
    }

    fn ts_recv(&self, row: u64) -> Timestamp {
        self.inner.ts_recv(row)
    }

    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let left = usize::try_from(self.rows.saturating_sub(from)).unwrap_or(usize::MAX);
        let before = out.len();
        let next = self.inner.fill(from, until, limit.min(left), out);
        for (event, row) in out[before..].iter_mut().zip(from..) {
            if event.ts_recv > self.after {
                self.change(event, row);
            }
        }
        next
    }

    fn seek(&self, t: Timestamp) -> u64 {
        self.inner.seek(t).min(self.rows)
    }
}

impl VariedSource {
    fn change(&self, event: &mut MarketEvent, row: u64) {
        let (price, volume) = match self.how {
            Variation::Scaled => (2.0, 3.0),
            _ => (self.factor("price", row), self.factor("volume", row)),
        };
        match &mut event.data {
            MarketData::Bar(bar) => {
                for level in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *level *= price;
                }
                bar.volume *= volume;
            }
            MarketData::Trade(trade) => {
                trade.price *= price;
                trade.quantity *= volume;
                if self.how == Variation::Scrambled && draw(self.seed, "side", row) & 1 == 1 {
                    trade.aggressor = match trade.aggressor {
                        AggressorSide::Buyer => AggressorSide::Seller,
                        AggressorSide::Seller => AggressorSide::Buyer,
                        AggressorSide::Unknown => AggressorSide::Unknown,
                    };
                }
            }
            MarketData::Depth(update) => {
                update.price.0 = self.ticks(update.price.0, row);
                update.size.0 = (update.size.0 as f64 * volume) as i64;
            }
            MarketData::Order(update) => {
                update.price.0 = self.ticks(update.price.0, row);
                update.size.0 = (update.size.0 as f64 * volume) as i64;
            }
            MarketData::Quote(quote) => {
                quote.bid.0 = self.ticks(quote.bid.0, row);
                quote.ask.0 = self.ticks(quote.ask.0, row);
                quote.bid_size.0 = (quote.bid_size.0 as f64 * volume) as i64;
                quote.ask_size.0 = (quote.ask_size.0 as f64 * volume) as i64;
            }
            MarketData::Signal(_) => {}
        }
    }

    /// Another price of a book: twice it, or up to eight ticks away, never where it was.
    fn ticks(&self, ticks: i64, row: u64) -> i64 {
        match self.how {
            Variation::Scaled => ticks.saturating_mul(2),
            _ => {
                let draw = draw(self.seed, "ticks", row);
                let away = 1 + (draw >> 1 & 7) as i64;
                ticks.saturating_add(if draw & 1 == 0 { away } else { -away })
            }
        }
    }

    /// From 1/4 to 4, as likely above 1 as below.
    fn factor(&self, what: &str, row: u64) -> f64 {
        (4.0 * draw_share(self.seed, what, row) - 2.0).exp2()
    }
}

#[cfg(test)]
mod tests;
