//! The module in a world of bars.

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::ids::VenueId;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::price::Step;
use manyworlds_components::regime::Regime;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Annotation, Blueprint, ClockMode, Journal, Module, Roster, Simulation, StepOutcome};

use super::super::*;
use super::{bar, walk};
use crate::bar_world::EventTape;
use crate::market::MarketModule;

/// A world of one symbol that steps every `clock`.
fn world(bars: Vec<Bar>, settings: &MarketAnalysisSettings, clock: Frame) -> Simulation {
    let roster = Roster::new(vec!["venue".into()], vec!["S".into()], vec![], vec![]);
    let instrument = Instrument {
        symbol: "S".into(),
        venue: VenueId(0),
        base: "B".into(),
        quote: "Q".into(),
        tick_size: Step::new(0.01).unwrap(),
        lot_size: Step::new(0.01).unwrap(),
    };
    let (instruments, frames) = (vec![instrument], vec![Frame::MINUTE]);
    let market = MarketModule { instruments, frames, bars_kept: 50, closes_kept: 0 };
    let mut blueprint = Blueprint::new(ClockMode::Bar(clock), 1, roster);
    blueprint.sources = vec![Arc::new(EventTape::bars(0, &bars))];
    blueprint.core = vec![Arc::new(market)];
    blueprint.modules = vec![(Arc::new(MarketAnalysisModule(settings.clone())) as Arc<dyn Module>, true)];
    blueprint.build().unwrap()
}

fn short() -> MarketAnalysisSettings {
    MarketAnalysisSettings {
        percentile_window: 50,
        variance_ratio_window: 40,
        hmm: HmmSettings { first_fit: 60, window: 100, refit: 40, ..HmmSettings::default() },
        changes: ChangeSettings { baseline: 40, ..ChangeSettings::default() },
        ..MarketAnalysisSettings::default()
    }
}

/// Runs to the end; features by name after each step, and all annotations.
fn run(simulation: &mut Simulation) -> (Vec<Vec<Option<f64>>>, Vec<Annotation>) {
    let mut rows = Vec::new();
    while simulation.step().unwrap() != StepOutcome::Finished {
        let features = simulation.features("S").unwrap();
        rows.push((0..simulation.schema().len()).map(|i| features.get(i)).collect());
    }
    (rows, simulation.world().resource::<Journal>().annotations.clone())
}

fn column(simulation: &Simulation, word: &str) -> usize {
    simulation.schema().offset(&format!("market_analysis.{word}")).unwrap()
}

fn state(simulation: &Simulation) -> (MarketAnalysis, MarketRegime) {
    let entity = simulation.roster().entities(Kind::Symbol)[0];
    let world = simulation.world();
    (world.get::<MarketAnalysis>(entity).unwrap().clone(), world.get::<MarketRegime>(entity).unwrap().clone())
}

/// Every feature has its first value exactly when its warm-up says so, under two settings.
#[test]
fn warm_up_is_exact() {
    for (settings, n) in [(short(), 200), (MarketAnalysisSettings::default(), 300)] {
        let mut simulation = world(walk(3, n, |_| (0.0, 0.001)), &settings, Frame::MINUTE);
        let (rows, _) = run(&mut simulation);
        for (i, spec) in simulation.schema().features().iter().enumerate() {
            let first = rows.iter().position(|row| row[i].is_some()).map(|t| t as u64 + 1);
            if spec.name.ends_with("change_point_age") {
                assert!(first.is_none_or(|f| f >= spec.warmup_bars), "there may be no change");
            } else {
                assert_eq!(first, Some(spec.warmup_bars), "{}", spec.name);
            }
        }
    }
}

/// Up, sideways, down, wild: each is recognized, annotated once or nearly so, and dated.
#[test]
fn regimes_are_recognized_and_annotated() {
    let part = |i: usize| i / 300;
    let step =
        |i: usize| [(0.0, 0.001), (0.0008, 0.001), (0.0, 0.001), (-0.0008, 0.001), (0.0, 0.004)][part(i)];
    let mut simulation = world(walk(8, 1_500, step), &short(), Frame::MINUTE);
    let (rows, annotations) = run(&mut simulation);
    let (regime, age) = (column(&simulation, "regime"), column(&simulation, "regime_age"));
    for (which, expected) in [(1, Regime::TrendingUp), (3, Regime::TrendingDown)] {
        let inside = &rows[300 * which + 60..300 * which + 300];
        let right = inside.iter().filter(|row| row[regime] == Some(expected.index() as f64)).count();
        assert!(right as f64 > 0.8 * inside.len() as f64, "{expected:?}: {right} of {}", inside.len());
    }
    let p_high = column(&simulation, "hmm_p_high");
    assert!(rows[1_300][p_high].unwrap() > 0.9 && rows[1_150][p_high].unwrap() < 0.5);
    let changes: Vec<&Annotation> =
        annotations.iter().filter(|a| a.label == "market_analysis.regime").collect();
    let mut inferred = None;
    let mut expected = Vec::new();
    for (t, row) in rows.iter().enumerate() {
        if row[regime] != inferred {
            inferred = row[regime];
            assert_eq!(row[age], Some(1.0));
            expected.push((bar(t, [1.0; 4]).close_time, inferred.unwrap() as u8));
        }
    }
    assert_eq!(changes.iter().map(|a| (a.ts, a.level)).collect::<Vec<_>>(), expected);
    assert!(changes.iter().all(|a| a.at <= a.ts && a.value > 0.25 && a.value <= 1.0), "{changes:?}");
    assert!(changes[1..].iter().all(|a| (a.ts - a.at) / Frame::MINUTE.nanos() == 4), "five bars confirm");
    let wild = bar(1_200, [1.0; 4]).close_time;
    let found =
        annotations.iter().find(|a| a.label == "market_analysis.change_point" && a.level == 2 && a.ts > wild);
    let lag = (found.unwrap().ts - wild) / Frame::MINUTE.nanos();
    assert!(lag < 20, "volatility up after {lag} bars");
}

/// Five bars in one step are what five steps of one bar are.
#[test]
fn steps_of_several_bars() {
    let bars = walk(2, 500, |_| (0.0, 0.001));
    let (mut minutes, mut fives) = (
        world(bars.clone(), &short(), Frame::MINUTE),
        world(bars, &short(), Frame::from_nanos(5 * Frame::MINUTE.nanos()).unwrap()),
    );
    let (_, by_minute) = run(&mut minutes);
    let (rows, by_five) = run(&mut fives);
    assert_eq!((rows.len(), state(&minutes)), (100, state(&fives)));
    let findings = |a: &[Annotation]| a.iter().map(|a| (a.at, a.label, a.level)).collect::<Vec<_>>();
    assert_eq!(findings(&by_minute), findings(&by_five));
    assert!(by_five.iter().all(|a| a.ts.0 % (5 * Frame::MINUTE.nanos()) == 0), "known at the step");
}

/// Bars that a feed has filled in change nothing but the times; taken for real they calm the market.
#[test]
fn idle_bars_are_passed_over() {
    let traded = walk(5, 300, |_| (0.0, 0.001));
    let mut filled = Vec::new();
    for (i, b) in traded.iter().enumerate() {
        filled.push(bar(2 * i, [b.open, b.high, b.low, b.close]));
        filled.push(Bar { volume: 0.0, ..bar(2 * i + 1, [b.close; 4]) });
    }
    let mut plain = world(traded, &short(), Frame::MINUTE);
    let mut passed = world(filled.clone(), &short(), Frame::MINUTE);
    let mut taken =
        world(filled, &MarketAnalysisSettings { skip_idle_bars: false, ..short() }, Frame::MINUTE);
    let last = |simulation: &mut Simulation, word: &str| {
        run(simulation);
        simulation.features("S").unwrap().get(column(simulation, word)).unwrap()
    };
    let yang_zhang = last(&mut plain, "yang_zhang_volatility");
    assert_eq!(last(&mut passed, "yang_zhang_volatility"), yang_zhang);
    assert_eq!(last(&mut passed, "p_ranging"), last(&mut plain, "p_ranging"));
    let annual = |simulation: &mut Simulation| last(simulation, "realized_volatility");
    assert!(
        (annual(&mut plain) / annual(&mut passed) - 2f64.sqrt()).abs() < 1e-9,
        "half as many bars in a year"
    );
    assert!(last(&mut taken, "yang_zhang_volatility") < 0.8 * yang_zhang);
}

/// A price of zero restarts the symbol: no value is made of it.
#[test]
fn a_bar_that_cannot_be_restarts() {
    let mut bars = walk(6, 260, |_| (0.0, 0.001));
    bars[130].low = 0.0;
    let mut simulation = world(bars, &short(), Frame::MINUTE);
    let (rows, _) = run(&mut simulation);
    assert!(rows[129].iter().filter(|v| v.is_some()).count() > 20);
    assert!(rows[130].iter().all(Option::is_none));
    let specs = simulation.schema().features().to_vec();
    for (i, spec) in specs.iter().enumerate().filter(|(_, s)| !s.name.contains("change_point")) {
        assert!(
            rows[131..130 + spec.warmup_bars as usize].iter().all(|row| row[i].is_none()),
            "{}",
            spec.name
        );
        assert!(rows[130 + spec.warmup_bars as usize][i].is_some(), "{}", spec.name);
    }
}

/// A market that never moves has a volatility of zero, and no regime.
#[test]
fn a_still_market_has_no_regime() {
    let mut simulation = world((0..300).map(|i| bar(i, [7.0; 4])).collect(), &short(), Frame::MINUTE);
    let (rows, annotations) = run(&mut simulation);
    let last = rows.last().unwrap();
    let value = |word: &str| last[column(&simulation, word)];
    assert_eq!((value("realized_volatility"), value("atr")), (Some(0.0), Some(0.0)));
    for word in [
        "adx",
        "plus_di",
        "efficiency_ratio",
        "variance_ratio",
        "hmm_p_high",
        "cusum_drift",
        "regime",
        "p_ranging",
    ] {
        assert_eq!(value(word), None, "{word}");
    }
    assert_eq!(annotations, vec![]);
}

/// Switched off and on again it is cold.
#[test]
fn enabled_late_it_begins_cold() {
    let mut simulation = world(walk(7, 400, |_| (0.0, 0.001)), &short(), Frame::MINUTE);
    for _ in 0..200 {
        simulation.step().unwrap();
    }
    assert!(state(&simulation).1.regime.is_some());
    simulation.disable("market_analysis").unwrap();
    simulation.step().unwrap();
    simulation.enable("market_analysis").unwrap();
    simulation.step().unwrap();
    let (state, regime) = state(&simulation);
    assert_eq!((state.bars, regime), (1, MarketRegime::default()));
}

/// Twice the price, the same regime; mirrored in logs, the other side.
#[test]
fn invariances() {
    let bars = walk(9, 600, |i| if i < 300 { (0.0, 0.001) } else { (0.0006, 0.001) });
    let with = |f: &dyn Fn(f64) -> f64| -> Vec<Bar> {
        let turned = |b: &Bar| {
            let (x, y) = (f(b.high), f(b.low));
            Bar { open: f(b.open), high: x.max(y), low: x.min(y), close: f(b.close), ..*b }
        };
        bars.iter().map(turned).collect()
    };
    let rows = |bars: Vec<Bar>| run(&mut world(bars, &short(), Frame::MINUTE)).0;
    let (plain, doubled, mirrored) = (rows(bars.clone()), rows(with(&|p| 2.0 * p)), rows(with(&|p| 1e4 / p)));
    let simulation = world(vec![], &short(), Frame::MINUTE);
    let at = |word: &str| column(&simulation, word);
    for (a, b) in plain.iter().zip(&doubled) {
        for i in (0..a.len()).filter(|i| *i != at("atr")) {
            assert_eq!(a[i], b[i]);
        }
        assert_eq!(a[at("atr")].map(|v| 2.0 * v), b[at("atr")]);
    }
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-6,
        (a, b) => a == b,
    };
    for (a, b) in plain.iter().zip(&mirrored) {
        for word in [
            "close_close_volatility",
            "rogers_satchell_volatility",
            "yang_zhang_volatility",
            "variance_ratio",
        ] {
            assert!(near(a[at(word)], b[at(word)]), "{word}: {:?} {:?}", a[at(word)], b[at(word)]);
        }
        assert!(near(a[at("hmm_p_high")], b[at("hmm_p_high")]));
        assert!(near(a[at("cusum_volatility")], b[at("cusum_volatility")]));
        assert!(near(a[at("cusum_drift")], b[at("cusum_drift")].map(|v| -v)));
    }
    let last = |rows: &[Vec<Option<f64>>]| rows[580][at("regime")];
    assert_eq!((last(&plain), last(&mirrored)), (Some(0.0), Some(1.0)));
}
