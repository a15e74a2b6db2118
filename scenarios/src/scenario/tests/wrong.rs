//! Every kind of mistake, with its line, its path and what would be right.

use super::{changed, load};
use crate::scenario::{Diagnostic, Environment, Loader};

/// The only error of a text.
fn error(text: &str) -> Diagnostic {
    let error = load(text).expect_err(text);
    assert_eq!(error.diagnostics().len(), 1, "{error}");
    error.diagnostics()[0].clone()
}

#[track_caller]
fn assert_error(from: &str, to: &str, line: usize, path: &str, parts: &[&str]) {
    let e = error(&changed(from, to));
    assert_eq!((e.line(), e.path.as_str(), e.file()), (Some(line), path, Some("test.ron")), "{e}");
    for part in parts {
        assert!(e.to_string().contains(part), "{part}: {e}");
    }
}

#[test]
fn unknown_fields_get_the_nearest_name() {
    assert_error("name: \"good\"", "nmae: \"good\"", 2, "nmae", &["unknown field", "did you mean `name`?"]);
    assert_error("taker_bps", "taker_bp", 3, "venues[0].fees.taker_bp", &["did you mean `taker_bps`?"]);
    assert_error("entry: 0.6", "entri: 0.6", 10, "accounts[0].policy.entri", &["did you mean `entry`?"]);
    assert_error(
        "correlation: 0.8",
        "corelation: 0.8",
        6,
        "symbols[1].data[0].corelation",
        &["`correlation`?"],
    );
    assert_error("slow: 30", "slow: 30, sloow: 30", 9, "models[0].sloow", &["did you mean `slow`?"]);
    let column = error(&changed("taker_bps", "taker_bp")).column();
    assert_eq!(column, Some("    venues: [(name: \"binance\", fees: (maker_bps: 2.0, ".len() + 1));
}

#[test]
fn unknown_names_get_the_nearest_one() {
    assert_error(
        "\"market_analysis\"",
        "\"market_analisis\"",
        8,
        "orchestrator.modules",
        &["unknown module `market_analisis`", "did you mean `market_analysis`?"],
    );
    assert_error("SmaCross", "SmaCros", 9, "models[0]", &["`SmaCros`", "did you mean `SmaCross`?"]);
    assert_error(
        "like: \"BTCUSDT\"",
        "like: \"BTCUSD\"",
        6,
        "symbols[1].data[0].like",
        &["did you mean `BTCUSDT`?"],
    );
    assert_error(
        "\"BTCUSDT\", venue: \"binance\"",
        "\"BTCUSDT\", venue: \"binanse\"",
        5,
        "symbols[0].venue",
        &["unknown venue `binanse`", "did you mean `binance`?"],
    );
    assert_error(
        "exit: 0.45",
        "models: [\"sma_cross_10_20\"]",
        10,
        "accounts[0].policy.models[0]",
        &["unknown model", "did you mean `sma_cross_10_30`?"],
    );
    assert_error("type: configurable", "type: configurabel", 8, "orchestrator.type", &["`configurable`?"]);
    assert_error(
        "maker_bps: 2.0, taker_bps: 5.0)",
        "), fills: NextOpne",
        3,
        "venues[0].fills",
        &["`NextOpen`?"],
    );
    let toggles = r#"toggles: [(at: "2024-01-05", module: "cobb", enabled: true)], models"#;
    assert_error(
        "models",
        toggles,
        9,
        "toggles[0].module",
        &["unknown module `cobb`", "did you mean `cob`?"],
    );
    assert_error(
        "models",
        "record: (features: [\"extrem.top\"]), models",
        9,
        "record.features[0]",
        &["`extrema`?"],
    );
    let preset = r#"(type: preset, name: "ful")"#;
    let form = r#"(type: configurable, modules: {"market_analysis": (window: 60)})"#;
    assert_error(form, preset, 8, "orchestrator.name", &["unknown preset `\"ful\"`", "did you mean `full`?"]);
    assert_error(form, "(type: basic, modules: [])", 8, "orchestrator.modules", &["has no `modules`"]);
}

#[test]
fn wrong_types_say_what_was_expected() {
    assert_error("1000.0", "\"much\"", 10, "accounts[0].cash", &["expected a number", "`\"much\"`"]);
    assert_error("fast: 10", "fast: 1.5", 9, "models[0].fast", &["a whole number from 0", "`1.5`"]);
    assert_error("fast: 10", "fast: -1", 9, "models[0].fast", &["a whole number from 0", "`-1`"]);
    assert_error("\"good\"", "good", 2, "name", &["expected a text", "quotation marks", "\"good\""]);
    assert_error("[SmaCross(fast: 10, slow: 30)]", "(fast: 10)", 9, "models", &["expected a list"]);
    assert_error("SmaCross(fast: 10, slow: 30)", "SmaCross", 9, "models[0]", &["`SmaCross(fast: ..."]);
    assert_error("(name: \"base\"", "7, (name: \"base\"", 10, "accounts[0]", &["fields in parentheses"]);
    assert_error("name: \"good\"", "clock: Bar(\"1x\")", 2, "clock", &["`1x` is not a frame"]);
    assert_error(
        "name: \"good\"",
        "clock: \"1m\"",
        2,
        "clock",
        &["without quotation marks", "Bar, Every, Event"],
    );
    assert_error("name: \"good\"", "from: \"soon\"", 2, "from", &["`soon` is not a time"]);
    assert_error("venue: \"binance\", data", "tick_size: 0.0, data", 5, "symbols[0].tick_size", &["above 0"]);
    assert_error(
        "(window: 60)",
        "60",
        8,
        "orchestrator.modules.market_analysis",
        &["settings in parentheses"],
    );
}

#[test]
fn values_out_of_range_say_the_range() {
    assert_error("taker_bps: 5.0", "taker_bps: 1e6", 3, "venues[0].fees.taker_bps", &["from -1000 to 10000"]);
    assert_error("exit: 0.45", "exit: 0.3", 10, "accounts[0].policy.exit", &["above 1/3"]);
    assert_error("1000.0", "-5", 10, "accounts[0].cash", &["-5 is not a number above 0"]);
    assert_error("slow: 30", "slow: 5", 9, "models[0].slow", &["5 is not a whole number from 11"]);
    assert_error(
        "correlation: 0.8",
        "correlation: 1.5",
        6,
        "symbols[1].data[0].correlation",
        &["1.5 is not from -1 to 1"],
    );
    assert_error(
        "Synthetic()",
        "Synthetic(jumps: (sd: 9))",
        5,
        "symbols[0].data[0].jumps.sd",
        &["from 0 to 1"],
    );
    assert_error("data: [Synthetic()]", "data: []", 5, "symbols[0].data", &["at least one source"]);
    assert_error("1000.0", "NaN", 10, "accounts[0].cash", &["NaN is not a number above 0"]);
    let defects = "venue: \"binance\", defects: (gap: skip), data";
    assert_error("venue: \"binance\", data", defects, 5, "symbols[0].defects.gap", &["no row to leave out"]);
    let latency = "taker_bps: 5.0), latency: Uniform(min_ms: 9, max_ms: 1";
    assert_error(
        "taker_bps: 5.0",
        latency,
        3,
        "venues[0].latency.max_ms",
        &["at least 9".trim_start_matches("at least ")],
    );
    let text = changed("name: \"good\",", "from: \"2024-02-01\",\nto: \"2024-01-01\",");
    let e = error(&text);
    assert_eq!((e.line(), e.path.as_str()), (Some(3), "to"), "{e}");
}

#[test]
fn a_venue_without_fees_is_an_error() {
    let fees = ", fees: (maker_bps: 2.0, taker_bps: 5.0)";
    assert_error(
        fees,
        "",
        3,
        "venues[0].fees",
        &["the field `fees` is missing", "no default", "maker_bps: 2.0"],
    );
}

#[test]
fn missing_parts_are_named() {
    assert_error("symbol: \"BTCUSDT\", ", "", 5, "symbols[0].symbol", &["the field `symbol` is missing"]);
    let e = load("Scenario(name: \"x\")").unwrap_err();
    let paths: Vec<&str> = e.diagnostics().iter().map(|d| d.path.as_str()).collect();
    assert_eq!(paths, ["venues", "symbols"], "{e}");
    assert!(error("").to_string().contains("the scenario is empty"));
    assert!(error("// only a comment\n").to_string().contains("nothing here"));
    assert!(error("Plan()").to_string().contains("expected a scenario, found `Plan(...)`"));
}

#[test]
fn names_must_differ() {
    assert_error(
        "\"ETHUSDT\"",
        "\"BTCUSDT\"",
        6,
        "symbols[1].symbol",
        &["two symbols", "the first is in line 5"],
    );
    let twice = "SmaCross(fast: 10, slow: 30), SmaCross(fast: 10, slow: 30)";
    assert_error("SmaCross(fast: 10, slow: 30)", twice, 9, "models[1]", &["sma_cross_10_30"]);
    assert_error("name: \"good\",", "name: \"good\", name: \"b\",", 2, "name", &["there twice"]);
    let twice = r#"modules: ["cob", "cob_module"])"#;
    let form = r#"modules: {"market_analysis": (window: 60)})"#;
    assert_error(form, twice, 8, "orchestrator.modules.cob", &["named twice"]);
}

#[test]
fn circles_of_synthetic_symbols_are_shown() {
    let e = load(&changed("Synthetic()", "Synthetic(like: \"ETHUSDT\")")).unwrap_err();
    assert!(e.to_string().contains("BTCUSDT -> ETHUSDT -> BTCUSDT"), "{e}");
}

#[test]
fn several_venues_leave_no_default() {
    let text = changed("venues: [", "venues: [(name: \"other\", fees: ()), ").replacen(
        "venue: \"binance\", ",
        "",
        1,
    );
    let e = error(&text);
    assert_eq!((e.line(), e.path.as_str()), (Some(5), "symbols[0].venue"), "{e}");
}

#[test]
fn everything_is_reported_at_once() {
    let text = changed("taker_bps: 5.0", "taker_bps: \"x\", maker: 1")
        .replacen("SmaCross(fast: 10, slow: 30)", "SmaCross(fast: 10, slow: 5), Moment(lookback: 3)", 1)
        .replacen("cash: 1000.0", "cash: true, typo: 1", 1)
        .replacen("entry: 0.6", "entry: 2, exti: 1", 1);
    let e = load(&text).unwrap_err();
    let found: Vec<(usize, &str)> =
        e.diagnostics().iter().map(|d| (d.line().unwrap(), d.path.as_str())).collect();
    assert_eq!(
        found,
        [
            (3, "venues[0].fees.taker_bps"),
            (3, "venues[0].fees.maker"),
            (9, "models[0].slow"),
            (9, "models[1]"),
            (10, "accounts[0].cash"),
            (10, "accounts[0].typo"),
            (10, "accounts[0].policy.exti"),
        ]
    );
}

#[test]
fn odd_scenarios_load_with_warnings() {
    let warnings = |text: &str| -> Vec<(String, Option<usize>)> {
        load(text).unwrap().warnings.iter().map(|w| (w.path.clone(), w.line())).collect()
    };
    assert_eq!(warnings(super::GOOD), []);
    assert_eq!(
        warnings(&changed("exit: 0.45", "exit: 0.7")),
        [("accounts[0].policy.exit".to_owned(), Some(10))]
    );
    assert_eq!(
        warnings(&changed("exit: 0.45", "side: Both")),
        [("accounts[0].policy.side".to_owned(), Some(10))]
    );
    let text = changed("[SmaCross(fast: 10, slow: 30)]", "[]").replacen(
        r#"configurable, modules: {"market_analysis": (window: 60)}"#,
        "basic",
        1,
    );
    assert_eq!(warnings(&text), [("models".to_owned(), Some(9))]);
    let rank = "select: Rank(top: 0.5, rebalance: Daily)";
    let eth = "        (symbol: \"ETHUSDT\", venue: \"binance\", data: [Synthetic(like: \"BTCUSDT\", correlation: 0.8)]),\n";
    let text = changed("exit: 0.45", rank).replacen(eth, "", 1);
    assert_eq!(warnings(&text), [("accounts[0].policy.select".to_owned(), Some(9))]);
}

#[test]
fn files_that_are_not_there_are_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("bars.csv"), "").unwrap();
    let write = |data: &str| {
        let path = directory.path().join("test.ron");
        std::fs::write(&path, changed("data: [Synthetic()]", data)).unwrap();
        path
    };
    let loader = Loader::default().environment(Environment::fixed([("DIR", "sub")]));
    let errors = |path| {
        let e = loader.load(path).unwrap_err();
        e.diagnostics().iter().map(|d| (d.line(), d.path.clone(), d.to_string())).collect::<Vec<_>>()
    };
    let found = errors(write("data: [Bars(path: [\"bars.csv\", \"barz.csv\"])]"));
    assert_eq!((found[0].0, found[0].1.as_str(), found.len()), (Some(5), "symbols[0].data[0].path[1]", 1));
    assert!(found[0].2.contains("there is no file") && found[0].2.contains("bars.csv`?"), "{found:?}");
    let found = errors(write("data: [Bars(path: \"${NOWHERE}/bars.csv\")]"));
    assert_eq!((found[0].0, found[0].1.as_str(), found.len()), (Some(5), "symbols[0].data[0].path", 1));
    assert!(found[0].2.contains("the environment variable `NOWHERE` is not set"), "{found:?}");
    let found = errors(write("data: [Bars(path: \"${DIR}/bars.csv\")]"));
    assert!(found[0].2.contains("/sub/bars.csv"), "{found:?}");
    loader.load(write("data: [Bars(path: \"bars.csv\")]")).unwrap();
    let e = loader.load(directory.path().join("tset.ron")).unwrap_err();
    assert!(e.to_string().contains("there is no file") && e.to_string().contains("test.ron`?"), "{e}");
    std::fs::write(directory.path().join("binary.ron"), [b'(', b'\n', 0xff]).unwrap();
    let e = loader.load(directory.path().join("binary.ron")).unwrap_err();
    assert!(e.to_string().contains("line 2 is not UTF-8"), "{e}");
}

#[test]
fn reports_show_the_line() {
    let report = load(&changed("taker_bps", "taker_bp")).unwrap_err().report(false, 100);
    for part in
        ["test.ron:3", "unknown field `taker_bp`", "fees: (maker_bps: 2.0, taker_bp: 5.0)", "did you mean"]
    {
        assert!(report.contains(part), "{part}:\n{report}");
    }
}

#[test]
fn modules_read_their_own_settings() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        window: u32,
    }
    impl manyworlds_systems::setting::Check for Settings {
        fn check(&self, c: &mut manyworlds_systems::setting::Checker) {
            c.whole("window", self.window.into(), 2, 100);
        }
    }
    let read = |settings: &str| {
        let scenario = load(&changed("(window: 60)", settings)).unwrap().scenario;
        scenario.orchestrator.modules()[0].settings.read::<Settings>()
    };
    assert_eq!(read("(window: 60)").unwrap().window, 60);
    for (settings, part) in [
        ("(windw: 60)", "did you mean `window`?"),
        ("(window: 1)", "1 is not a whole number from 2 to 100"),
        ("(window: \"x\")", "expected a whole number"),
    ] {
        let e = read(settings).unwrap_err();
        assert!(e.to_string().contains(part), "{e}");
        assert_eq!(e.diagnostics()[0].line(), Some(8), "{e}");
        assert!(e.diagnostics()[0].path.starts_with("orchestrator.modules.market_analysis"), "{e}");
    }
}
