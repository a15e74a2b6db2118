//! The module in a world: features by name, annotations, settings.

use manyworlds_components::time::Frame;
use manyworlds_engine::{ClockMode, Module, Simulation};

use super::super::settings::PivotAnalysisSettings;
use super::super::swings::SwingSide;
use super::super::{Distance, MarketStructure, PivotAnalysisModule, PivotFamily, SessionPivots};
use super::{batch, streamed};
use crate::bar_world::{annotations, bar_world, of_symbol, run, walk};
use crate::setting::Checker;

fn feature(simulation: &Simulation, symbol: &str, word: &str) -> Option<f64> {
    let name = format!("pivot_analysis.{word}");
    let offset = simulation.schema().offset(&name).unwrap_or_else(|| panic!("no feature {name}"));
    simulation.features(symbol).unwrap().get(offset)
}

#[test]
fn features_and_annotations_of_a_run() {
    let tapes = [walk(3, 700), walk(4, 700)];
    let settings = PivotAnalysisSettings {
        session: Frame::HOUR,
        families: vec![PivotFamily::Classic, PivotFamily::DeMark],
        ..PivotAnalysisSettings::default()
    };
    let mut simulation = bar_world(&tapes, ClockMode::Bar(Frame::MINUTE), PivotAnalysisModule(settings));
    let heights: Vec<f64> = tapes[1].iter().map(|b| -b.low).collect();
    let lows = batch(&heights, 5, 1);
    let mut bars = 0;
    run(&mut simulation, |now| {
        bars += 1;
        let newest = lows[2].iter().rfind(|(_, confirmed)| *confirmed < bars);
        assert_eq!(feature(now, "S1", "swing_low_3"), newest.map(|(bar, _)| tapes[1][*bar].low));
        assert_eq!(feature(now, "S1", "swing_low_age_3"), newest.map(|(bar, _)| (bars - 1 - bar) as f64));
        // The first session ends with the sixtieth bar; the ATR is long warm.
        for word in ["classic_r1_bps", "demark_p_atr"] {
            assert_eq!(feature(now, "S0", word).is_some(), bars >= 60, "{word} at {bars}");
        }
    });
    let trend = of_symbol::<MarketStructure>(&simulation, 0).trend(2).unwrap();
    assert_eq!(feature(&simulation, "S0", "trend_2"), Some(trend.signed()));
    let pivots = of_symbol::<SessionPivots>(&simulation, 0);
    let session = pivots.previous().unwrap();
    let (r1, close) =
        (2.0 * (session.high + session.low + session.close) / 3.0 - session.low, tapes[0][699].close);
    let expected = (close - r1) / close * 1e4;
    assert!((feature(&simulation, "S0", "classic_r1_bps").unwrap() - expected).abs() < 1e-6);

    // From level 2 on, each pivot once, when it was confirmed.
    let notes = annotations(&simulation);
    for (i, tape) in tapes.iter().enumerate() {
        for (side, label) in
            [(SwingSide::High, "pivot_analysis.swing_high"), (SwingSide::Low, "pivot_analysis.swing_low")]
        {
            let prices: Vec<f64> =
                tape.iter().map(|b| if side == SwingSide::High { b.high } else { b.low }).collect();
            for (k, pivots) in (1..).zip(streamed(side, &prices, 5, 1)) {
                let expected = pivots.iter().filter(|_| k >= 2).map(|p| {
                    let (pivot, confirming) = (&tape[p.pivot_bar as usize], &tape[p.confirmed_bar as usize]);
                    (confirming.close_time, pivot.open_time, p.price)
                });
                let noted =
                    notes.iter().filter(|a| a.symbol.index() == i && a.label == label && a.level == k);
                assert!(noted.map(|a| (a.ts, a.at, a.value)).eq(expected), "{label} {k} of S{i}");
            }
        }
    }
    assert!(notes.iter().all(|a| a.ts > a.at) && notes.is_sorted_by_key(|a| a.ts));
}

/// A step that brings sixty bars makes the same state as sixty steps, but all is known only at its end.
#[test]
fn several_bars_of_a_step() {
    let tape = [walk(9, 600)];
    let module = || {
        PivotAnalysisModule(PivotAnalysisSettings {
            session: Frame::HOUR,
            ..PivotAnalysisSettings::default()
        })
    };
    let mut minutes = bar_world(&tape, ClockMode::Bar(Frame::MINUTE), module());
    let mut hours = bar_world(&tape, ClockMode::Bar(Frame::HOUR), module());
    run(&mut minutes, |_| {});
    run(&mut hours, |_| {});
    assert_eq!(of_symbol::<SessionPivots>(&minutes, 0), of_symbol::<SessionPivots>(&hours, 0));
    let found =
        |s: &Simulation| -> Vec<_> { annotations(s).iter().map(|a| (a.at, a.label, a.level)).collect() };
    assert_eq!(found(&minutes), found(&hours));
    assert!(annotations(&hours).iter().all(|a| a.ts == Frame::HOUR.floor(a.ts)));
    let ages = |s: &Simulation| feature(s, "S0", "swing_high_age_1");
    assert_eq!(ages(&minutes), ages(&hours));
}

#[test]
fn what_the_module_says_of_itself() {
    let info = PivotAnalysisModule::default().info();
    let feature =
        |name: &str| info.features.iter().find(|f| f.name == format!("pivot_analysis.{name}")).unwrap();
    assert_eq!(info.features.len(), 41);
    assert_eq!((feature("trend_1").warmup_bars, feature("trend_5").warmup_bars), (5, 95));
    assert_eq!((feature("swing_high_5").warmup_bars, feature("swing_high_5").unit.as_str()), (63, "quote"));
    assert_eq!((feature("classic_s3_atr").warmup_bars, feature("classic_s3_atr").unit.as_str()), (15, "atr"));
    assert_eq!(info.settings.len(), 8);
    let all = PivotAnalysisSettings {
        families: PivotFamily::ALL.to_vec(),
        fractals: false,
        levels: 2,
        ..PivotAnalysisSettings::default()
    };
    assert_eq!(PivotAnalysisModule(all).info().features.len(), 2 * 5 + 2 * (7 + 7 + 8 + 5 + 3));
}

#[test]
fn settings_are_checked() {
    let wrong = PivotAnalysisSettings {
        families: vec![PivotFamily::Classic, PivotFamily::Woodie, PivotFamily::Classic],
        distances: vec![Distance::Atr],
        levels: 6,
        strength: 0,
        ..PivotAnalysisSettings::default()
    };
    let paths: Vec<String> = Checker::run(&wrong).into_iter().map(|e| e.path).collect();
    assert_eq!(paths, ["families", "levels", "strength"]);
    assert!(Checker::run(&PivotAnalysisSettings::default()).is_empty());
    let read = "(session: \"1w\", families: [Camarilla], strength: 3)";
    let read: PivotAnalysisSettings = ron::from_str(read).unwrap();
    assert_eq!((read.session, read.strength, read.levels), (Frame::WEEK, 3, 5));
}
