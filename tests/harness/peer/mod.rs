//! One quoting strategy over the same events in a world of ours and in the hftbacktest crate.

mod ours;
mod quoting;
mod theirs;

use manyworlds::data::synthetic::book::{BookSpec, synthetic_books};
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::MarketEvent;
use manyworlds_components::price::Step;
use manyworlds_systems::exchange::book::queue::QueueModel;

pub use ours::{blueprint, run_ours};
pub use quoting::{Known, Quoting, Wish};
pub use theirs::{FirstStays, Front, Theirs, rows, run_theirs};

/// Between two decisions, in nanoseconds.
pub const INTERVAL_NS: i64 = 100_000_000;
/// Price grid.
pub const TICK: f64 = 0.01;
/// Quantity grid.
pub const LOT: f64 = 0.001;
/// Makers are paid, takers pay; as fractions of the value.
pub const FEES: (f64, f64) = (-0.000_05, 0.000_7);

/// What both are told beside the strategy.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// From a decision to the venue, and back, in nanoseconds.
    pub latency_ns: (i64, i64),
    /// How queues are estimated.
    pub queue: QueueModel,
}

/// An execution: (time at the venue, signed lots, price in ticks, whether it added liquidity).
pub type Execution = (i64, i64, i64, bool);

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// In the order of time.
    pub fills: Vec<Execution>,
    /// In lots.
    pub position: i64,
    /// Cash and position at the mid, less what was there at the start; net of fees.
    pub equity: f64,
    /// Fees less rebates.
    pub fees: f64,
    /// Sum of price x quantity.
    pub traded_value: f64,
}

/// A zero-intelligence market of one symbol (levels and trades). `thickness` times as many orders come as in the paper, so that
/// as many more stand at a price, and it changes the more seldom.
pub fn market(
    seed: u64,
    duration: &str,
    (speed, thickness): (f64, f64),
    feed_latency_ms: f64,
) -> Vec<MarketEvent> {
    let plain = BookSpec::default();
    let spec = BookSpec {
        limit_rates: plain.limit_rates.iter().map(|rate| rate * thickness).collect(),
        duration: duration.parse().unwrap_or_else(|e| panic!("{e}")),
        initial_price: 1_000.0,
        speed,
        feed_latency_ms,
        tick_size: step(TICK),
        lot_size: step(LOT),
        ..plain
    };
    let books = synthetic_books("S", &spec, seed, SymbolId(0), &[SymbolId(0).primary()]);
    books.unwrap_or_else(|e| panic!("{e}")).remove(0)
}

fn step(size: f64) -> Step {
    Step::new(size).unwrap_or_else(|e| panic!("{e}"))
}
