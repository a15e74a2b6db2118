//! The module in worlds: what is there, what is not, and what it says of itself.

use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::Frame;
use manyworlds_engine::{ClockMode, Module, Simulation};

use super::super::sums::Sum;
use super::super::{MicrostructureModule, MicrostructureSettings, NO_PRINTS};
use super::{eth, feature, feed, ms, quick, simulation, state};
use crate::bar_world::{annotations, bar_world, run, walk};
use crate::book_world::{ask, at, bid, book_blueprint, trade};

fn valid(simulation: &Simulation) -> Vec<String> {
    let features = simulation.features(&simulation.roster().symbols[0]).unwrap();
    let names = simulation.schema().features().iter().zip(features.mask());
    names.filter(|(_, valid)| **valid).map(|(f, _)| f.name["microstructure.".len()..].to_owned()).collect()
}

fn end_of(events: Vec<MarketEvent>) -> Simulation {
    let mut world = simulation(events, ClockMode::Every(ms(100)), quick());
    run(&mut world, |_| {});
    world
}

#[test]
fn everything_wakes_up_and_books_and_trades_do_without_each_other() {
    let events = feed(11, 3_000);
    let is_trade = |e: &MarketEvent| matches!(e.data, MarketData::Trade(_));
    let mut awake = std::collections::BTreeSet::new();
    let mut whole = simulation(events.clone(), ClockMode::Every(ms(100)), quick());
    run(&mut whole, |now| awake.extend(valid(now)));
    let all = MicrostructureModule(quick()).info().features.len();
    assert_eq!(awake.len(), all, "{awake:?}");

    let trades = end_of(events.iter().copied().filter(is_trade).collect());
    let found = valid(&trades);
    for word in ["cvd", "cvd_z", "volume", "vwap", "vpin", "hawkes_intensity", "amihud", "expected_impact"] {
        assert!(found.iter().any(|f| f == word), "{word} of {found:?}");
    }
    for word in ["ofi", "ofi_r2", "quoted_spread", "effective_spread", "imbalance", "microprice"] {
        assert_eq!(feature(&trades, word), None, "{word}");
    }
    let book = end_of(events.iter().copied().filter(|e| !is_trade(e)).collect());
    for word in ["ofi", "ofi_z", "quoted_spread", "daily_volatility"] {
        assert!(feature(&book, word).is_some(), "{word}");
    }
    for word in ["cvd", "trades", "vwap", "kyle_lambda", "vpin", "hawkes_intensity", "expected_impact"] {
        assert_eq!(feature(&book, word), None, "{word}");
    }
}

#[test]
fn with_bars_alone_there_is_nothing_and_that_is_said_once() {
    let module = MicrostructureModule(quick());
    let mut world = bar_world(&[walk(1, 30), walk(2, 30)], ClockMode::Bar(Frame::MINUTE), module);
    run(&mut world, |now| assert_eq!(valid(now), [""; 0]));
    let notes: Vec<_> = annotations(&world).iter().map(|a| (a.label, a.symbol.index())).collect();
    assert_eq!(notes, [(NO_PRINTS, 0), (NO_PRINTS, 1)]);
}

/// The known answers that need a book: weighted mid, imbalance, a spread and what is left of it.
#[test]
fn a_book_by_hand() {
    let interval = |s: MicrostructureSettings| MicrostructureSettings { window: 2, ..s };
    let buy = AggressorSide::Buyer;
    let events = vec![
        at(10, 0, bid(1_000, 60)),
        at(10, 0, ask(1_010, 20)),
        // At 100.6 against a mid of 100.5; 130 ms later that is 100.55.
        at(50, 0, trade(100.6, 2.0, buy)),
        at(120, 0, bid(1_001, 60)),
        at(120, 0, bid(1_000, 0)),
        // Not on the own venue.
        at(150, 1, trade(90.0, 50.0, buy)),
        at(420, 0, ask(1_010, 30)),
    ];
    let mut world = simulation(events, ClockMode::Every(ms(100)), interval(quick()));
    let mut seen = Vec::new();
    run(&mut world, |now| {
        let ms = now.clock().now.0 / 1_000_000;
        seen.push((ms, feature(now, "weighted_mid"), feature(now, "imbalance"), feature(now, "ofi")));
        if ms == 200 {
            let [effective, realized, impact] =
                ["effective_spread", "realized_spread", "price_impact"].map(|f| feature(now, f).unwrap());
            let bps = |value: f64| 1e4 * value / 100.5;
            assert!((effective - bps(0.2)).abs() < 1e-6 && (realized - bps(0.1)).abs() < 1e-6);
            assert_eq!(effective, realized + impact);
            assert_eq!(feature(now, "volume"), Some(2.0));
            // 110 ms at a spread of 1, 80 at 0.9.
            let quoted = (110.0 * 1e4 / 100.5 + 80.0 * 0.9e4 / 100.55) / 190.0;
            assert!((feature(now, "quoted_spread").unwrap() - quoted).abs() < 1e-6);
        }
    });
    let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-6, "{a:?} is not {b}");
    near(seen[0].1, 100.75);
    near(seen[0].2, 0.5);
    assert_eq!(seen[0].3, None, "the window is not full");
    // 60 lots of bids and 20 of asks come, then 60 of better bids; a lot is a half.
    near(seen[1].3, 0.5 * (60.0 - 20.0 + 60.0));
}

/// A long silence is gone over in one leap, and leaves what single steps through it leave.
#[test]
fn silence() {
    let mut events = feed(5, 700);
    let later = feed(6, 700);
    let gap = 40_000_000_000;
    events.extend(later.into_iter().map(|mut e| {
        (e.ts_recv, e.ts_event) = (e.ts_recv + gap, e.ts_event + gap);
        e
    }));
    let end = |clock: i64| {
        let mut world = simulation(events.clone(), ClockMode::Every(ms(clock)), quick());
        let mut seen = None;
        run(&mut world, |now| {
            if now.clock().now.0 == 46_200_000_000 {
                seen = Some(state(now).clone());
            }
        });
        seen.unwrap()
    };
    // Steps of 46.2 seconds leap; those of 0.1 do not.
    let (leap, walk) = (end(46_200), end(100));
    assert_eq!(leap, walk);
    assert!(leap.windows.whole().get(Sum::Buys) > 0.0);
}

#[test]
fn what_it_says_of_itself() {
    let info = MicrostructureModule::default().info();
    assert_eq!((info.features.len(), info.settings.len(), info.needs_books), (42, 22, false));
    let warm = |name: &str| {
        info.features.iter().find(|f| f.name == format!("microstructure.{name}")).unwrap().warmup_bars
    };
    assert_eq!((warm("cvd"), warm("ofi"), warm("ofi_r2"), warm("microprice")), (1, 1, 30, 10));
}

/// Switched off, the walk takes no notes; switched on, it begins anew and comes to the same.
#[test]
fn switching_it_off_and_on() {
    let events = feed(8, 2_000);
    let build = || {
        let clock = ClockMode::Every(ms(100));
        book_blueprint(eth(), events.clone(), 2, clock, MicrostructureModule(quick())).build().unwrap()
    };
    let (mut through, mut switched) = (build(), build());
    for step in 0..190 {
        through.step().unwrap();
        match step {
            50 => switched.disable("microstructure").unwrap(),
            80 => switched.enable("microstructure").unwrap(),
            _ => {}
        }
        switched.step().unwrap();
        if (51..80).contains(&step) {
            assert_eq!(valid(&switched), [""; 0]);
        }
    }
    // Spans are counted from the beginning, so that regressions are of others.
    for word in ["ofi", "ofi_deep", "volume", "trades", "quoted_spread", "imbalance"] {
        assert_eq!(feature(&switched, word), feature(&through, word), "{word}");
    }
}
