//! Scenarios that are wrong: the exit code is 2, and the message names file, line, field, value, and what would be right.

use manyworlds_tests::program::Sandbox;

use super::TINY;

/// The scenario with one change, run.
#[track_caller]
fn fails(from: &str, to: &str, parts: &[&str]) {
    assert!(TINY.contains(from), "{from}");
    let sandbox = Sandbox::with(&[("bad.ron", &TINY.replacen(from, to, 1))]);
    for command in ["check", "backtest"] {
        sandbox.run([command, "bad.ron"]).fails(2, parts);
        assert_eq!(sandbox.files("."), ["bad.ron"], "{command}");
    }
}

#[test]
fn unknown_field() {
    fails(
        "taker_bps",
        "taker_bp",
        &["[bad.ron:4:", "venues[0].fees.taker_bp", "unknown field", "did you mean `taker_bps`?"],
    );
    fails("models", "modles", &["[bad.ron:8:", "`modles`", "did you mean `models`?"]);
}

#[test]
fn unknown_module() {
    let modules = r#"orchestrator: (type: configurable, modules: ["market_analisis"]), models"#;
    fails(
        "models",
        modules,
        &["[bad.ron:8:", "orchestrator.modules", "unknown module `market_analisis`", "help: "],
    );
    let preset = r#"orchestrator: (type: preset, name: "basik"), models"#;
    fails("models", preset, &["[bad.ron:8:", "orchestrator.name", "unknown preset", "did you mean `basic`?"]);
    let kind = "orchestrator: (type: bsic), models";
    fails("models", kind, &["[bad.ron:8:", "orchestrator.type", "did you mean `basic`?"]);
}

#[test]
fn unknown_symbol() {
    fails(
        "Synthetic(bars: 3000)",
        "Synthetic(like: \"AAB\")",
        &["[bad.ron:6:", "symbols[0].data[0].like", "unknown symbol `AAB`", "did you mean `AAA`?"],
    );
}

#[test]
fn unknown_model_venue_and_variant() {
    fails("SmaCross", "SmaCros", &["[bad.ron:8:", "models[0]", "`SmaCros`", "did you mean `SmaCross`?"]);
    fails(
        "side: LongOnly",
        "models: [\"sma_cross_10_20\"]",
        &["[bad.ron:9:", "accounts[0].policy.models[0]", "unknown model", "did you mean `sma_cross_10_30`?"],
    );
    fails(
        "venue: \"sim\"",
        "venue: \"smi\"",
        &["[bad.ron:6:", "symbols[0].venue", "unknown venue `smi`", "venues: sim"],
    );
    fails("LongOnly", "LongOly", &["[bad.ron:9:", "accounts[0].policy.side", "did you mean `LongOnly`?"]);
}

#[test]
fn wrong_type() {
    fails("1000.0", "\"much\"", &["[bad.ron:9:", "accounts[0].cash", "expected a number", "`\"much\"`"]);
    fails("fast: 10", "fast: 1.5", &["[bad.ron:8:", "models[0].fast", "a whole number", "`1.5`"]);
    fails("name: \"tiny\"", "name: tiny", &["[bad.ron:2:", "name", "quotation marks"]);
    fails("seed: 7", "clock: Bar(\"1x\")", &["[bad.ron:3:", "clock", "`1x` is not a frame"]);
}

#[test]
fn out_of_range_setting() {
    fails(
        "taker_bps: 5.0",
        "taker_bps: 1e6",
        &["[bad.ron:4:", "venues[0].fees.taker_bps", "1000000", "from -1000 to 10000"],
    );
    fails("1000.0", "-5", &["[bad.ron:9:", "accounts[0].cash", "-5 is not a number above 0"]);
    fails("slow: 30", "slow: 5", &["[bad.ron:8:", "models[0].slow", "5 is not a whole number from 11"]);
    fails("tick_size: 0.01", "tick_size: 0", &["[bad.ron:6:", "symbols[0].tick_size", "above 0"]);
}

#[test]
fn several_mistakes_are_told_at_once() {
    let text = TINY.replace("taker_bps", "taker_bp").replace("slow: 30", "slow: 5");
    let sandbox = Sandbox::with(&[("bad.ron", &text)]);
    sandbox.run(["check", "bad.ron"]).fails(2, &["[bad.ron:4:", "[bad.ron:8:"]);
}

#[test]
fn no_fees() {
    fails(
        ", fees: (maker_bps: 2.0, taker_bps: 5.0)",
        "",
        &["[bad.ron:4:", "venues[0].fees", "the field `fees` is missing", "no default", "maker_bps: 2.0"],
    );
}

#[test]
fn text_that_is_no_scenario() {
    fails("models: [", "models: ", &["[bad.ron:"]);
    let sandbox = Sandbox::with(&[("empty.ron", ""), ("plan.ron", "Plan()")]);
    sandbox
        .run(["check", "empty.ron"])
        .fails(2, &["empty.ron", "the scenario is empty", "Scenario(field: value"]);
    sandbox.run(["check", "plan.ron"]).fails(2, &["[plan.ron:1:", "expected a scenario", "Plan"]);
    sandbox.run(["check", "plam.ron"]).fails(2, &["there is no file `plam.ron`", "did you mean `plan.ron`?"]);
    sandbox.run(["check", "."]).fails(2, &["cannot read `.`"]);
    sandbox.write("bytes.ron", b"Scenario(\n\xff)");
    sandbox.run(["check", "bytes.ron"]).fails(2, &["`bytes.ron` is not a text", "line 2"]);
}

#[test]
fn extends_in_a_circle_or_into_nothing() {
    let sandbox = Sandbox::with(&[
        ("a.ron", "Scenario(\n    extends: \"b.ron\",\n)"),
        ("b.ron", "Scenario(extends: \"c.ron\")"),
        ("c.ron", "Scenario(extends: \"a.ron\")"),
        ("self.ron", "Scenario(extends: \"self.ron\")"),
        ("lost.ron", "Scenario(\n    extends: \"d.ron\",\n)"),
    ]);
    sandbox
        .run(["backtest", "a.ron"])
        .fails(2, &["[c.ron:1:", "in a circle: a.ron -> b.ron -> c.ron -> a.ron"]);
    sandbox.run(["check", "self.ron"]).fails(2, &["in a circle: self.ron -> self.ron"]);
    sandbox.run(["check", "lost.ron"]).fails(2, &["[lost.ron:2:", "extends", "there is no file `d.ron`"]);
}

#[test]
fn missing_data_file_and_variable() {
    let files = [("bad.ron", super::FROM_FILE)];
    let sandbox = Sandbox::with(&files);
    sandbox
        .run(["backtest", "bad.ron"])
        .fails(2, &["[bad.ron:5:", "symbols[0].data[0].path", "there is no file", "bars.csv", "help: "]);
    sandbox.write("bras.csv", "");
    sandbox.run(["backtest", "bad.ron"]).fails(2, &["[bad.ron:5:", "did you mean", "bras.csv"]);
    let text = super::FROM_FILE.replace("bars.csv", "${NO_SUCH_VARIABLE}/bars.csv");
    sandbox.write("bad.ron", text);
    sandbox
        .run(["check", "bad.ron"])
        .fails(2, &["[bad.ron:5:", "variable `NO_SUCH_VARIABLE` is not set", "help: set it"]);
}

#[test]
fn readers_of_features_need_a_module_that_offers_them() {
    fails(
        "SmaCross(fast: 10, slow: 30)",
        "MarketStructure()",
        &["model `market_structure`", "`market_analysis`", "`pivot_analysis`", "one or more of them"],
    );
    fails(
        "side: LongOnly",
        "side: LongOnly, size: Regime(trending: 1.0, ranging: 0.5, volatile: 0.1, unknown: 0.2)",
        &["the size of account `base`", "reads features of `market_analysis`: add it"],
    );
}
