//! What the tests of consolidated books share: worlds of single events, and reading features by name.

mod known;
mod naive;
mod stale;
mod tensor;
mod windows;
mod world;

use manyworlds_components::book_event::BookSignal;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::MarketEvent;
use manyworlds_components::time::Frame;
use manyworlds_engine::{ClockMode, Simulation};

use super::{CobModule, CobSettings, ConsolidatedBook};
use crate::bar_world::{of_symbol, run};
use crate::book_world::{ask, at, bid, book_blueprint, eth, signal};

/// A world of ETH/USD (ticks of 0.1, lots of 0.5) stepped every 100 ms.
fn world(events: Vec<MarketEvent>, venues: usize, settings: CobSettings) -> Simulation {
    world_of(eth(), events, venues, settings)
}

fn world_of(
    instrument: Instrument,
    mut events: Vec<MarketEvent>,
    venues: usize,
    settings: CobSettings,
) -> Simulation {
    events.sort_by_key(|event| event.ts_recv);
    let clock = ClockMode::Every("100ms".parse().unwrap());
    book_blueprint(instrument, events, venues, clock, CobModule(settings)).build().unwrap()
}

/// The snapshot of a venue: bids and asks as (ticks, lots).
fn snapshot(ms: i64, venue: u32, bids: &[(i64, i64)], asks: &[(i64, i64)]) -> Vec<MarketEvent> {
    let clear = [at(ms, venue, signal(BookSignal::Clear))];
    let bids = bids.iter().map(|(price, size)| at(ms, venue, bid(*price, *size)));
    let asks = asks.iter().map(|(price, size)| at(ms, venue, ask(*price, *size)));
    clear.into_iter().chain(bids).chain(asks).collect()
}

/// A feature of the symbol now.
fn feature(simulation: &Simulation, word: &str) -> Option<f64> {
    let name = format!("cob.{word}");
    let offset = simulation.schema().offset(&name).unwrap_or_else(|| panic!("no feature {name}"));
    simulation.features(&simulation.roster().symbols[0]).unwrap().get(offset)
}

fn cob(simulation: &Simulation) -> &ConsolidatedBook {
    of_symbol(simulation, 0)
}

/// After all its events.
fn finished(mut simulation: Simulation) -> Simulation {
    run(&mut simulation, |_| {});
    simulation
}

fn close(a: Option<f64>, b: f64) -> bool {
    a.is_some_and(|a| (a - b).abs() <= 1e-9 * b.abs().max(1.0))
}

fn seconds(n: i64) -> Frame {
    Frame::from_nanos(n * Frame::SECOND.nanos()).unwrap()
}
