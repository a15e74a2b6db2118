//! The module in a world: features by name, annotations, settings.

use manyworlds_components::time::Frame;
use manyworlds_engine::{ClockMode, Module, Simulation};

use super::super::{ExtremaModule, ExtremaSettings};
use super::{Direction, Extrema, streamed};
use crate::bar_world::{annotations, bar_world, of_symbol, run, walk};
use crate::setting::Checker;

const SETTINGS: ExtremaSettings =
    ExtremaSettings { threshold_bps: 20.0, statistics_window: 4, half_width: 2, annotate: true };

fn feature(simulation: &Simulation, symbol: &str, word: &str) -> Option<f64> {
    let name = format!("extrema.{word}");
    let offset = simulation.schema().offset(&name).unwrap_or_else(|| panic!("no feature {name}"));
    simulation.features(symbol).unwrap().get(offset)
}

#[test]
fn features_and_annotations_of_a_run() {
    let tapes = [walk(21, 800), walk(22, 800)];
    let mut simulation = bar_world(&tapes, ClockMode::Bar(Frame::MINUTE), ExtremaModule(SETTINGS));
    let closes = tapes.each_ref().map(|t| t.iter().map(|b| b.close).collect::<Vec<f64>>());
    let changes = closes.each_ref().map(|c| streamed(c, 0.002));
    let mut bars = 0;
    run(&mut simulation, |now| {
        bars += 1;
        for (i, symbol) in ["S0", "S1"].into_iter().enumerate() {
            let known: Vec<_> = changes[i].iter().filter(|c| c.extremum.confirmed_bar < bars).collect();
            let newest = |direction| known.iter().rfind(|c| c.direction == direction).map(|c| c.extremum);
            let top = newest(Direction::Down);
            assert_eq!(feature(now, symbol, "last_top"), top.map(|t| t.price));
            assert_eq!(feature(now, symbol, "last_top_age"), top.map(|t| (bars - 1 - t.pivot_bar) as f64));
            assert_eq!(feature(now, symbol, "last_bottom"), newest(Direction::Up).map(|t| t.price));
            assert_eq!(feature(now, symbol, "moves"), Some(known.len() as f64).filter(|n| *n > 0.0));
            if let Some(last) = known.last() {
                let up = last.direction == Direction::Up;
                assert_eq!(feature(now, symbol, "direction"), Some(if up { 1.0 } else { -1.0 }));
                let since = (bars - 1 - last.extremum.confirmed_bar) as f64;
                assert_eq!(feature(now, symbol, "move_bars"), Some(since));
                assert!((0.0..1.0).contains(&feature(now, symbol, "pullback").unwrap()));
                assert!(feature(now, symbol, "overshoot_bps").unwrap() >= 0.0);
            }
            assert_eq!(feature(now, symbol, "mean_overshoot").is_some(), known.len() >= 4);
            assert_eq!(feature(now, symbol, "mean_move_bars").is_some(), known.len() >= 4);
        }
    });
    let state = of_symbol::<Extrema>(&simulation, 1);
    assert_eq!(feature(&simulation, "S1", "local_top_2"), state.local_top().map(|t| t.price));
    assert_eq!(feature(&simulation, "S1", "local_bottom_2"), state.local_bottom().map(|t| t.price));
    let age = state.local_bottom().map(|t| state.age(t) as f64);
    assert!(age.is_some_and(|a| a >= 2.0) && feature(&simulation, "S1", "local_bottom_age_2") == age);

    let notes = annotations(&simulation);
    for (i, tape) in tapes.iter().enumerate() {
        let expected = changes[i].iter().map(|c| {
            let label = if c.direction == Direction::Down { "extrema.top" } else { "extrema.bottom" };
            let (at, ts) = (&tape[c.extremum.pivot_bar as usize], &tape[c.extremum.confirmed_bar as usize]);
            (ts.close_time, at.open_time, label, at.close)
        });
        let noted = notes.iter().filter(|a| a.symbol.index() == i).map(|a| (a.ts, a.at, a.label, a.value));
        assert!(changes[i].len() > 10 && noted.eq(expected));
    }
}

#[test]
fn annotations_can_be_left_out_and_several_bars_of_a_step_are_all_seen() {
    let tape = [walk(30, 600)];
    let quiet = ExtremaModule(ExtremaSettings { annotate: false, ..SETTINGS });
    let mut minutes = bar_world(&tape, ClockMode::Bar(Frame::MINUTE), quiet);
    let mut hours = bar_world(&tape, ClockMode::Bar(Frame::HOUR), ExtremaModule(SETTINGS));
    run(&mut minutes, |_| {});
    run(&mut hours, |_| {});
    assert_eq!((annotations(&minutes).len(), annotations(&hours).is_empty()), (0, false));
    let moves = |s: &Simulation| of_symbol::<Extrema>(s, 0).moves().clone();
    assert_eq!(moves(&minutes), moves(&hours));
}

#[test]
fn what_the_module_says_of_itself() {
    let info = ExtremaModule::default().info();
    let feature = |name: &str| info.features.iter().find(|f| f.name == format!("extrema.{name}")).unwrap();
    assert_eq!((info.features.len(), info.settings.len()), (15, 4));
    assert_eq!((feature("last_top").warmup_bars, feature("mean_overshoot").warmup_bars), (3, 22));
    assert_eq!((feature("local_top_5").warmup_bars, feature("overshoot_bps").unit.as_str()), (11, "bps"));
    let wrong =
        ExtremaSettings { threshold_bps: f64::NAN, statistics_window: 0, half_width: 0, annotate: true };
    let paths: Vec<String> = Checker::run(&wrong).into_iter().map(|e| e.path).collect();
    assert_eq!(paths, ["threshold_bps", "statistics_window", "half_width"]);
    assert!(Checker::run(&ExtremaSettings::default()).is_empty());
}

/// Every price turns by more than the threshold: values come as early as they can.
#[test]
fn the_fewest_bars_are_the_warm_up() {
    let module = ExtremaModule(ExtremaSettings { half_width: 1, ..SETTINGS });
    let warmups: Vec<(String, u64)> =
        module.info().features.iter().map(|f| (f.name.clone(), f.warmup_bars)).collect();
    // Up first in one, down first in the other.
    let tape = |first: usize| {
        let price =
            |i: usize| if (i + first).is_multiple_of(2) { 100.0 } else { 101.0 + 0.1 * (i % 5) as f64 };
        (0..20).map(|i| super::flat_bar(i, price(i))).collect::<Vec<_>>()
    };
    let mut simulation = bar_world(&[tape(0), tape(1)], ClockMode::Bar(Frame::MINUTE), module);
    let mut first = vec![u64::MAX; warmups.len()];
    let mut bars = 0;
    run(&mut simulation, |now| {
        bars += 1;
        for symbol in ["S0", "S1"] {
            let features = now.features(symbol).unwrap();
            for (first, valid) in first.iter_mut().zip(features.mask()).filter(|(_, valid)| **valid) {
                *first = (*first).min(if *valid { bars } else { u64::MAX });
            }
        }
    });
    for ((name, warmup), first) in warmups.iter().zip(&first) {
        assert_eq!(warmup, first, "{name}");
    }
}
