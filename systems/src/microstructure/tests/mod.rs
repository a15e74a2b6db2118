//! Tests of the module in worlds with a book.

mod batch;
mod reference;
mod symmetry;
mod world;

use manyworlds_components::book_event::BookSignal;
use manyworlds_components::market::MarketEvent;
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::Frame;
use manyworlds_engine::{ClockMode, Kind, Simulation};

use super::settings::{HawkesSettings, MicropriceSettings, VpinSettings};
use super::{Microstructure, MicrostructureModule, MicrostructureSettings};
use crate::bar_world::Uniform;
use crate::book_world::{ask, at, bid, book_blueprint, eth, signal, trade};

/// A frame in milliseconds.
pub(super) fn ms(n: i64) -> Frame {
    Frame::from_nanos(n * 1_000_000).unwrap()
}

/// Settings under which all there is happens within seconds.
pub(super) fn quick() -> MicrostructureSettings {
    MicrostructureSettings {
        interval: ms(100),
        window: 7,
        levels: 3,
        span: 3,
        spans: 20,
        large: 1.5,
        realized_after: ms(130),
        vpin: VpinSettings {
            bar: ms(200),
            sigma_bars: 6,
            bucket_volume: Some(7.0),
            buckets: 5,
            ..VpinSettings::default()
        },
        hawkes: HawkesSettings::Given { mu: 0.5, alpha: 2.0, beta: 3.0 },
        microprice: MicropriceSettings { changes: 50, every: ms(1_000), ..MicropriceSettings::default() },
        ..MicrostructureSettings::default()
    }
}

/// A feed of instants of 10 ms: messages of a few levels around a mid that walks, trades at the best prices, missing messages
/// and snapshots, and another venue that is of no concern. Some trades do not say who started them, some come in parts.
pub(super) fn feed(seed: u64, instants: usize) -> Vec<MarketEvent> {
    let mut random = Uniform(seed);
    let mut below = |n: i64| (random.draw() * n as f64) as i64;
    let (mut mid, mut events) = (25_000_i64, Vec::new());
    for i in 0..instants as i64 {
        let mut push = |venue: u32, data| events.push(at(10 * i, venue, data));
        if below(8) == 0 {
            let (side, away) =
                if below(2) == 0 { (AggressorSide::Seller, -1) } else { (AggressorSide::Buyer, 1) };
            let side = if below(4) == 0 { AggressorSide::Unknown } else { side };
            let price = (mid + away * (1 + below(2))) as f64 / 10.0;
            for _ in 0..1 + below(2) {
                push(0, trade(price, (1 + below(9)) as f64 * 0.5, side));
            }
        }
        match below(600) {
            0 => push(0, signal(BookSignal::Gap)),
            1..12 => {
                push(0, signal(BookSignal::Clear));
                (1..6).for_each(|away| push(0, bid(mid - away, 3 + away)));
                (1..6).for_each(|away| push(0, ask(mid + away, 4 + away)));
            }
            12..320 => {
                // The levels that the mid meets go.
                mid += below(3) - 1;
                (-1..2).for_each(|near| push(0, bid(mid + near, 0)));
                (-1..2).for_each(|near| push(0, ask(mid + near, 0)));
                push(0, bid(mid - 1, 1 + below(20)));
                push(0, ask(mid + 1, 1 + below(20)));
            }
            320..480 => push(0, bid(mid - 1 - below(5), below(30))),
            _ => push(0, ask(mid + 1 + below(5), below(30))),
        }
        push(1, bid(mid + 3, 1 + below(9)));
    }
    events
}

/// A world of these events.
pub(super) fn simulation(
    events: Vec<MarketEvent>,
    clock: ClockMode,
    settings: MicrostructureSettings,
) -> Simulation {
    book_blueprint(eth(), events, 2, clock, MicrostructureModule(settings)).build().unwrap()
}

/// What the module knows.
pub(super) fn state(simulation: &Simulation) -> &Microstructure {
    let entity = simulation.roster().entities(Kind::Symbol)[0];
    simulation.world().get::<Microstructure>(entity).unwrap()
}

/// A feature now.
pub(super) fn feature(simulation: &Simulation, word: &str) -> Option<f64> {
    let name = format!("microstructure.{word}");
    let offset = simulation.schema().offset(&name).unwrap_or_else(|| panic!("no feature {name}"));
    simulation.features(&simulation.roster().symbols[0]).unwrap().get(offset)
}

/// Equal up to rounding.
#[track_caller]
pub(super) fn near(found: Option<f64>, expected: Option<f64>, what: &str) {
    let close = |(a, b): (f64, f64)| (a - b).abs() <= 1e-7 * (1e-3 + a.abs().max(b.abs()));
    let same = found.is_some() == expected.is_some() && found.zip(expected).is_none_or(close);
    assert!(same, "{what}: {found:?} is not {expected:?}");
}
