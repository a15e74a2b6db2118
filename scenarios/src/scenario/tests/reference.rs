//! The scenario of the interface description, word for word, and the forms that it promises.

use manyworlds_components::time::Frame;
use manyworlds_engine::ClockMode;
use manyworlds_systems::exchange::settings::{FillRule, LatencyModel};
use manyworlds_systems::orchestrator::settings::{ModelSettings, Pool, Sizing, WeightRule};

use super::{changed, load};
use crate::scenario::{DataSettings, EquityRecord, OrchestratorSettings, Preset, Scenario};

const EXAMPLE: &str = r#"
    Scenario(
        name: "btc_eth_basic",
        seed: 7,
        clock: Bar("1m"),
        venues: [(name: "binance", fees: (maker_bps: 2.0, taker_bps: 5.0), latency: Constant(ms: 20), fills: NextOpen)],
        symbols: [
            (symbol: "BTCUSDT", venue: "binance", tick_size: 0.01, lot_size: 0.00001,
             data: [Bars(path: "BTCUSDT-1m.csv.gz", frame: "1m")]),
            (symbol: "ETHUSDT", venue: "binance", tick_size: 0.01, lot_size: 0.0001,
             data: [Synthetic(like: "BTCUSDT", correlation: 0.8)]),
        ],
        orchestrator: (type: configurable, modules: {"market_analysis": (volatility_window: 60), "correlation": ()}),
        models: [SmaCross(fast: 10, slow: 30)],
        combine: (pool: Linear, weights: Equal),
        accounts: [(name: "base", cash: 100_000.0, policy: (entry: 0.6, exit: 0.45, size: Fraction(1.0), side: LongOnly))],
        record: (equity: Bar("1m"), features: []),
    )
"#;

#[test]
fn the_example_means_what_it_says() {
    let s = Scenario::from_ron(EXAMPLE).unwrap();
    assert_eq!((s.name.as_str(), s.seed, s.clock), ("btc_eth_basic", 7, ClockMode::Bar(Frame::MINUTE)));
    let venue = &s.venues[0];
    assert_eq!((venue.fees.maker_bps, venue.fees.taker_bps), (2.0, 5.0));
    assert_eq!(
        (venue.latency.clone(), venue.fills),
        (LatencyModel::Constant { ms: 20.0 }, FillRule::NextOpen)
    );
    assert_eq!((s.symbols[0].tick_size.value(), s.symbols[0].lot_size.value()), (0.01, 0.00001));
    let DataSettings::Bars(bars) = &s.symbols[0].data[0] else { panic!() };
    assert!(bars.path.0[0].is_absolute() && bars.path.0[0].ends_with("BTCUSDT-1m.csv.gz"));
    assert_eq!(bars.frame, Some(Frame::MINUTE));
    let DataSettings::Synthetic(twin) = &s.symbols[1].data[0] else { panic!() };
    assert_eq!((twin.like.as_deref(), twin.correlation), (Some("BTCUSDT"), 0.8));
    let modules = s.orchestrator.modules();
    assert_eq!(
        modules.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
        ["market_analysis", "correlation"]
    );
    assert_eq!(modules[0].settings.text(), "(volatility_window: 60)");
    assert_eq!(modules[0].settings.place(), ("scenario", 13));
    assert_eq!(s.models, [ModelSettings::SmaCross { fast: 10, slow: 30 }]);
    assert_eq!((s.combine.pool, s.combine.weights), (Pool::Linear, WeightRule::Equal));
    let account = &s.accounts[0];
    assert_eq!((account.cash, account.policy.size), (100_000.0, Sizing::Fraction(1.0)));
    assert_eq!(s.record.equity, EquityRecord::Bar(Frame::MINUTE));
}

#[test]
fn modules_may_be_named_in_each_form() {
    let modules = |form: &str| {
        let text = changed(r#"(type: configurable, modules: {"market_analysis": (window: 60)})"#, form);
        let orchestrator = load(&text).unwrap().scenario.orchestrator;
        let names = orchestrator.modules().into_iter().map(|m| m.name).collect::<Vec<_>>().join(" ");
        (orchestrator, names)
    };
    assert_eq!(modules("(type: basic)"), (OrchestratorSettings::Basic, String::new()));
    let original = r#"(type: configurable, modules: ["cob_module", "neural_fusion_module"])"#;
    assert_eq!(modules(original).1, "cob neural_fusion");
    assert_eq!(modules(r#"(type: "configurable", modules: {"cob_module": ()})"#).1, "cob");
    assert_eq!(modules("(type: configurable, modules: (extrema: (), cob: ()))").1, "extrema cob");
    assert_eq!(modules("(type: configurable)").1, "");
    let (full, names) = modules(r#"(type: preset, name: "full")"#);
    assert_eq!(full, OrchestratorSettings::Preset { preset: Preset::Full });
    assert_eq!(names, "cob neural_fusion market_analysis pivot_analysis");
    assert_eq!(modules(r#"(type: preset, name: "research")"#).1, "market_analysis extrema training");
    assert_eq!(modules(r#"(type: preset, name: "enhanced")"#).1.split(' ').count(), 9);
    assert_eq!(modules(r#"(type: preset, name: "basic")"#).1, "");
}

#[test]
fn some_and_inner_parentheses_may_be_written_or_left_out() {
    let plain = changed("data: [Synthetic()]", r#"data: [Bars(path: "x.csv", frame: "1h")]"#);
    let full = changed("data: [Synthetic()]", r#"data: [Bars((path: "x.csv", frame: Some("1h")))]"#);
    let several = changed("data: [Synthetic()]", r#"data: [Bars(path: ["x.csv"], frame: "1h")]"#);
    let read = |text: &str| load(text).unwrap().scenario;
    assert_eq!(read(&plain), read(&full));
    assert_eq!(read(&plain), read(&several));
}

#[test]
fn times_may_be_texts_or_nanoseconds() {
    let text =
        changed("name: \"good\",", "from: \"2023-01-01\", to: 1680307200000000000, clock: Every(\"100ms\"),");
    let s = load(&text).unwrap().scenario;
    assert_eq!(s.from.unwrap().to_string(), "2023-01-01T00:00:00Z");
    assert_eq!(s.to.unwrap().to_string(), "2023-04-01T00:00:00Z");
    assert_eq!(s.clock, ClockMode::Every("100ms".parse().unwrap()));
    assert_eq!(s.name, "scenario", "a text without a name");
}

#[test]
fn the_only_venue_is_the_default() {
    let s = load(&changed(r#""BTCUSDT", venue: "binance","#, r#""BTCUSDT","#)).unwrap().scenario;
    assert_eq!(s.symbols[0].venue, "binance");
}
