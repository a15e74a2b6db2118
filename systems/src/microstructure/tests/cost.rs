//! What the module costs per event, beside the walk over books alone. Run it by hand, in an optimized build.

use std::time::{Duration, Instant};

use manyworlds_components::market::MarketEvent;
use manyworlds_components::side::AggressorSide;
use manyworlds_engine::{ClockMode, StepOutcome};

use super::super::{MicrostructureModule, MicrostructureSettings};
use super::ms;
use crate::bar_world::Uniform;
use crate::book_world::{ask, bid, book_blueprint, eth, trade};

const EVENTS: i64 = 1_000_000;

/// As the benchmark of feeds: an event every 0.7 ms, one in five a trade, levels the nearer the oftener.
fn tape() -> Vec<MarketEvent> {
    let mut random = Uniform(9);
    let mut below = |n: f64| (random.draw() * n) as i64;
    let mut price = 60_000;
    let event = |i: i64| {
        let side = below(2.0);
        let data = if below(5.0) == 0 {
            let aggressor = if side == 0 { AggressorSide::Seller } else { AggressorSide::Buyer };
            trade((price + side) as f64 * 0.1, 0.5 * (1 + below(40.0)) as f64, aggressor)
        } else {
            if below(64.0) == 0 {
                price += 2 * below(2.0) - 1;
            }
            let away = 3 * (-(random_log(below(1e6)))) as i64 + below(4.0);
            let size = if below(4.0) == 0 { 0 } else { 1 + below(9_000.0) };
            if side == 0 { bid(price - away, size) } else { ask(price + 1 + away, size) }
        };
        MarketEvent { ts_recv: ts(i), ts_event: ts(i), ..crate::book_world::at(0, 0, data) }
    };
    (0..EVENTS).map(event).collect()
}

fn random_log(draw: i64) -> f64 {
    ((draw + 1) as f64 * 1e-6).log2()
}

fn ts(i: i64) -> manyworlds_components::time::Timestamp {
    manyworlds_components::time::Timestamp(i * 700_000)
}

#[test]
#[ignore = "prints times, asserts nothing about them"]
fn cost_per_event() {
    let run = |on: bool, levels: u64| -> Duration {
        let settings = MicrostructureSettings { levels, ..MicrostructureSettings::default() };
        let mut blueprint =
            book_blueprint(eth(), tape(), 1, ClockMode::Every(ms(100)), MicrostructureModule(settings));
        blueprint.modules[0].1 = on;
        let mut world = blueprint.build().unwrap();
        let start = Instant::now();
        while world.step().unwrap() != StepOutcome::Finished {}
        start.elapsed()
    };
    for _ in 0..3 {
        let [off, one, five] = [(false, 1), (true, 1), (true, 5)].map(|(on, levels)| run(on, levels));
        let ns = |d: Duration| d.as_nanos() as f64 / EVENTS as f64;
        println!("off {:.1}, 1 level {:.1}, 5 levels {:.1} ns per event", ns(off), ns(one), ns(five));
    }
}
