//! Consolidated books in scenarios: the one of the library, and those that are refused.

use std::path::Path;

use manyworlds::Scenario;
use manyworlds_systems::cob::{ConsolidatedBook, VenueStatus};

fn refused(text: &str) -> String {
    let scenario = Scenario::from_ron(text).unwrap_or_else(|e| panic!("{e}"));
    scenario.build().map(|_| ()).unwrap_err().to_string()
}

/// A symbol on two venues; `more` are fields of it.
fn two_venues(more: &str, module: &str) -> String {
    format!(
        r#"(clock: Every("1s"), venues: [(name: "a", fees: ()), (name: "b", fees: ())],
            symbols: [(symbol: "ETHUSDT", venue: "a", tick_size: 0.1{more}, data: [
                SyntheticBook(venues: ["a", "b"], duration: "20s", initial_price: 2500.0),
            ])],
            orchestrator: (type: configurable, modules: {{"cob": {module}}}))"#
    )
}

#[test]
fn without_a_book_it_is_refused_with_the_reason() {
    let bars =
        r#"(venues: [(name: "a", fees: ())], symbols: [(symbol: "S", data: [Synthetic(bars: 100)])], MORE)"#;
    let named = bars.replace("MORE", r#"orchestrator: (type: configurable, modules: ["cob"])"#);
    let error = refused(&named);
    assert!(error.contains("module `cob` reads order books") && error.contains("SyntheticBook"), "{error}");
    let later = r#"toggles: [(at: "2024-01-01T00:10:00Z", module: "cob", enabled: true)]"#;
    assert!(refused(&bars.replace("MORE", later)).contains("module `cob` reads order books"));
    // A preset leaves it out and says so.
    let preset = bars.replace("MORE", r#"orchestrator: (type: preset, name: "full")"#);
    let simulation = Scenario::from_ron(&preset).unwrap().build().unwrap();
    assert!(simulation.world().modules().iter().all(|m| m.name != "cob"));
    let warnings = simulation.summary_now().warnings;
    assert!(warnings.iter().any(|w| w.contains("no order books") && w.contains("cob")), "{warnings:?}");
    let preset =
        two_venues("", "()").replace(r#"configurable, modules: {"cob": ()}"#, r#"preset, name: "full""#);
    let simulation = Scenario::from_ron(&preset).unwrap().build().unwrap();
    assert!(simulation.world().modules().iter().any(|m| m.name == "cob"));
}

#[test]
fn another_currency_needs_a_basis() {
    let usd = r#", quotes: {"b": "USD"}"#;
    let error = refused(&two_venues(usd, "()"));
    assert!(error.contains("`ETHUSDT` is quoted in USD on `b` and in USDT on its own venue"), "{error}");
    let build = |text: &str| Scenario::from_ron(text).unwrap().build().map(|_| ()).map_err(|e| e.to_string());
    assert_eq!(build(&two_venues(usd, r#"(basis: {"USD": 1.0004})"#)), Ok(()));
    assert_eq!(build(&two_venues(r#", quotes: {"b": "USDT"}"#, "()")), Ok(()), "the same currency");
    assert_eq!(build(&two_venues("", "()")), Ok(()));
    let error = Scenario::from_ron(&two_venues(r#", quotes: {"bb": "USD"}"#, "()")).unwrap_err().to_string();
    assert!(error.contains("unknown further venue `bb`"), "{error}");
}

#[test]
fn a_venue_of_the_library_falls_silent_and_comes_back() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library/three_venues.ron");
    let mut simulation = Scenario::load(&path).unwrap_or_else(|e| panic!("{e}")).build().unwrap();
    let symbol = simulation.symbol_entity("ETHUSDT").unwrap();
    let mut gone = Vec::new();
    let (mut crossed, mut steps) = (0, 0);
    while let manyworlds::engine::StepOutcome::Advanced(_) = simulation.step().unwrap() {
        let cob = simulation.world().world().get::<ConsolidatedBook>(symbol).unwrap();
        let out = cob.venues()[2].status == VenueStatus::Stale;
        let [a, b, c] = [0, 1, 2].map(|venue| cob.liquidity(venue).unwrap());
        assert!(a > 1.0 && b > 1.0 && (c > 1.0) != out, "{a} {b} {c} {out}");
        let seconds = (simulation.world().clock().now.0 - 1_704_067_200_000_000_000) as f64 * 1e-9;
        if out {
            gone.push(seconds);
        }
        steps += 1;
        crossed += u32::from(cob.is_crossed() == Some(true));
        assert_eq!(cob.tensor().shape(), [128, 2, 2]);
    }
    assert!((5_990..=6_001).contains(&steps), "{steps}");
    let (first, last) = (gone[0], gone[gone.len() - 1]);
    assert!((242.0..243.0).contains(&first) && (329.0..330.1).contains(&last), "{first} {last}");
    assert_eq!(gone.len(), ((last - first) * 10.0).round() as usize + 1, "without a break");
    assert!(crossed > steps / 10 && crossed < steps - steps / 10, "{crossed} of {steps}");
}
