//! The library of stress scenarios.

use manyworlds_systems::setting::Checker;

use super::super::schema::{Domain, Place, Target, What};
use super::super::stress::{named, names};
use super::*;

/// The deepest change of the stress's path, and the change that stays.
fn path(name: &str) -> (f64, f64) {
    let stress = named(name).unwrap();
    let points = stress.interventions.iter().find_map(|part| match &part.what {
        What::PricePath(points) => Some(points.clone()),
        _ => None,
    });
    let points = points.unwrap();
    (points.iter().map(|p| p.1).fold(0.0, f64::min), points.last().unwrap().1)
}

#[test]
fn every_stress_is_right_and_says_what_it_goes_by() {
    for name in names() {
        let stress = named(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(stress.name, name);
        assert!(stress.facts.len() >= 3 && stress.sources.len() >= 2, "{name}");
        for part in stress.at(at(0), &Target::All, &Place::default()) {
            assert_eq!(Checker::run(&part), [], "{name}");
            assert!(matches!(part.what.domain(), Domain::Data | Domain::Terms), "for any symbol");
        }
    }
    assert_eq!(named("2020-03-12").map(|s| s.name), Some("2020-03-12-covid".to_owned()));
    assert_eq!((named("2020"), named("2022-0")), (None, None));
}

#[test]
fn paths_go_as_deep_as_the_facts() {
    let expected = [
        ("2010-05-06-flash-crash", -0.052, 0.0),
        ("2020-03-12-covid", -0.49, -0.25),
        ("2021-05-19-deleveraging", -0.25, -0.08),
        ("2022-05-luna", -0.216, -0.147),
        ("2022-11-ftx", -0.197, -0.129),
        ("2024-08-05-carry-unwind", -0.158, -0.07),
    ];
    for (name, deepest, last) in expected {
        assert_eq!(path(name), (deepest, last), "{name}");
    }
}

/// On the real minutes of 2022: the path through its points is the market's own, rounded.
#[test]
fn the_paths_of_2022_are_those_of_the_market() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = std::env::var("MANYWORLDS_DATA").map_or_else(|_| root.join("../../shared/data"), Into::into);
    let file = data.join("bars-1m/derived/BTCUSDT-1m-2022-ohlcvt.parquet");
    if !file.is_file() {
        println!("skipped: no market data at {}", data.display());
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let spec =
        crate::data::ImportSpec { symbol: Some("BTCUSDT".into()), ..crate::data::ImportSpec::default() };
    let tape = crate::data::open_or_import(&[file], &spec, cache.path()).unwrap();
    let source = crate::data::feed::BarSource::new(tape, SymbolId(0)).unwrap();
    let bar = |t: Timestamp| {
        let mut out = Vec::new();
        source.fill(source.seek(t + 1), Timestamp::MAX, 1, &mut out);
        match out[0].data {
            MarketData::Bar(bar) => bar,
            _ => unreachable!(),
        }
    };
    for (name, begin) in [("2022-05-luna", "2022-05-09"), ("2022-11-ftx", "2022-11-08T15:00:00Z")] {
        let begin = crate::scenario::schema::time::parse(begin).unwrap();
        let base = bar(begin).open;
        for part in named(name).unwrap().interventions {
            let What::PricePath(points) = part.what else { continue };
            for (after, change) in points {
                // Within ten minutes of the point the market was there.
                let near = (-10..=10).map(|m| bar(begin + after.nanos() + m * Frame::MINUTE.nanos()));
                let (low, high) = near.fold((f64::MAX, 0.0f64), |(l, h), b| (l.min(b.low), h.max(b.high)));
                let there = (low / base - 1.0 - 0.006)..=(high / base - 1.0 + 0.006);
                assert!(there.contains(&change), "{name} {after}: {change} {there:?}");
            }
        }
    }
}

#[test]
fn a_scenario_applies_one_at_a_time_of_its_own() {
    let text = |stress: &str| {
        format!(
            r#"Scenario(
    venues: [(name: "v", fees: ())],
    symbols: [(symbol: "A", data: [Synthetic()]), (symbol: "B", data: [Synthetic()])],
    models: [BuyAndHold],
    stress: [{stress}],
)"#
        )
    };
    let applied =
        Scenario::from_ron(&text(r#"(name: "2010-05-06", at: "2024-01-05", on: Symbols(["B"]))"#)).unwrap();
    let parts = &applied.interventions;
    assert_eq!(
        (parts.len(), parts[3].to_string().as_str()),
        (4, "2010-05-06-flash-crash: trading halt on symbol B until 2024-01-05T00:04:32Z")
    );
    assert_eq!(parts[3].at.to_string(), "2024-01-05T00:04:27Z");
    assert_eq!(Scenario::from_ron(&applied.to_ron()).unwrap(), applied, "as plain interventions");
    let wrong = |stress: &str| Scenario::from_ron(&text(stress)).unwrap_err().to_string();
    let unknown = wrong(r#"(name: "2010-05-06-flash-crush", at: "2024-01-05")"#);
    assert!(unknown.starts_with("scenario:5:21: stress[0].name: unknown stress scenario"), "{unknown}");
    assert!(unknown.contains("did you mean `2010-05-06-flash-crash`?"), "{unknown}");
    let twice = wrong(r#"(name: "2010-05-06", at: "2024-01-05"), (name: "2022-05-luna", at: "2024-01-05")"#);
    assert!(twice.contains("contradicts") && twice.contains("both say the spread"), "{twice}");
}

#[test]
fn one_that_is_longer_than_the_data_is_cut_short() {
    let text = |stress: &str| {
        format!(
            r#"Scenario(
                venues: [(name: "v", fees: ())],
                symbols: [(symbol: "A", data: [Synthetic(bars: 120)])],
                models: [BuyAndHold],
                {stress}
            )"#
        )
    };
    let run = |stress: &str| {
        let mut simulation = Scenario::from_ron(&text(stress)).unwrap().build().map_err(|e| e.to_string())?;
        simulation.run().map_err(|e| e.to_string())?;
        Ok::<_, String>(simulation.finish().map_err(|e| e.to_string())?.summary.warnings)
    };
    let begun = run(r#"stress: [(name: "2020-03-12", at: "2024-01-01T01:00:00Z")]"#).unwrap();
    let late = begun
        .iter()
        .filter(|w| w.contains("scenario:5: the run ends at 2024-01-01T02:00:00Z, before"))
        .count();
    assert!(late >= 1, "{begun:?}");
    let error = run(r#"stress: [(name: "2020-03-12", at: "2024-01-02")]"#).unwrap_err();
    assert!(error.contains("is outside of the run"), "{error}");
}
