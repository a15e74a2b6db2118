//! What is wrong is said with its line and what would be right.

use crate::scenario::{Diagnostic, Loader};

fn diagnostics(interventions: &str) -> Vec<Diagnostic> {
    let text = format!(
        r#"Scenario(
    from: "2024-01-01", to: "2024-02-01",
    venues: [(name: "binance", fees: ())],
    symbols: [(symbol: "BTCUSDT", data: [Synthetic()])],
    models: [BuyAndHold],
    accounts: [(name: "base"), (name: "ranked", policy: (select: Rank(top: 1.0, rebalance: Daily)))],
    interventions: [
        {interventions}
    ],
)"#
    );
    match Loader::default().load_text("test.ron", &text) {
        Ok(loaded) => loaded.warnings,
        Err(error) => error.diagnostics().to_vec(),
    }
}

#[track_caller]
fn assert_says(interventions: &str, line: usize, path: &str, parts: &[&str]) {
    let found = diagnostics(interventions);
    let found: Vec<_> = found.iter().filter(|d| !d.path.starts_with("accounts")).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].line(), found[0].path.as_str()), (Some(line), path), "{}", found[0]);
    for part in parts {
        assert!(found[0].to_string().contains(part), "{part}: {}", found[0]);
    }
}

#[test]
fn names_that_are_not_there() {
    let on = |on: &str, what: &str| format!(r#"(at: "2024-01-05", on: {on}, what: {what})"#);
    let nearest = |name: &str| format!("did you mean `{name}`?");
    let (btc, venue, base) = (nearest("BTCUSDT"), nearest("binance"), nearest("base"));
    let path = "interventions[0].on[0]";
    assert_says(&on("Symbols([\"BTCUSD\"])", "Halt"), 8, path, &["unknown symbol `BTCUSD`", &btc]);
    assert_says(&on("Venues([\"binanse\"])", "Outage"), 8, path, &["unknown venue", &venue]);
    assert_says(&on("Accounts([\"bas\"])", "Liquidate"), 8, path, &["unknown account", &base]);
    assert_says(&on("Models([\"buy_and_hol\"])", "Off"), 8, path, &["`buy_and_hold`?"]);
    assert_says(&on("Modules([\"extrem\"])", "Off"), 8, path, &["`extrema`?"]);
    let order = "Order(symbol: \"BTCUSD\", side: Buy, quantity: 1.0)";
    assert_says(&on("All", order), 8, "interventions[0].what.symbol", &[&btc]);
    assert_says(&on("All", "Hault"), 8, "interventions[0].what", &["`Hault`", "did you mean `Halt`?"]);
    assert_says(&on("Symbols([])", "Halt"), 8, "interventions[0].on", &["no symbol is named"]);
}

#[test]
fn targets_of_the_wrong_kind() {
    let says = |on: &str, what: &str, part: &str| {
        assert_says(
            &format!(r#"(at: "2024-01-05", on: {on}, what: {what})"#),
            8,
            "interventions[0].on",
            &[part],
        );
    };
    says("Accounts([\"base\"])", "Halt", "`trading halt` does not happen to account base");
    says("Symbols([\"BTCUSDT\"])", "Cash(5.0)", "write `All` or `Accounts([...])`");
    says("All", "Off", "write `Models([...])` or `Modules([...])`");
}

#[test]
fn times_outside_the_run_between_steps_and_the_wrong_way_round() {
    let says = |at: &str, what: &str, path: &str, parts: &[&str]| {
        assert_says(&format!("(at: {at}, what: {what})"), 8, &format!("interventions[0]{path}"), parts);
    };
    says(
        "\"2024-02-02\"",
        "Halt",
        ".at",
        &["outside of the run, 2024-01-01T00:00:00Z .. 2024-02-01T00:00:00Z"],
    );
    says("\"2023-12-31\"", "Cash(1.0)", ".at", &["choose a time within it"]);
    let next = "it happens at the next, 2024-01-05T00:01:00Z";
    says("\"2024-01-05T00:00:30Z\"", "Cash(1.0)", ".at", &["between steps", next, "multiples of 1m"]);
    assert!(
        diagnostics("(at: \"2024-01-05T00:00:30Z\", what: PriceShock(size: 0.1))")
            .iter()
            .all(|d| d.path.starts_with("accounts"))
    );
    says("\"2024-01-05\", until: \"2024-01-04\"", "Halt", ".until", &["is not a time after `at`"]);
    says("\"2024-01-05\", until: \"2024-01-06\"", "Liquidate", ".until", &["leave it out"]);
    says("\"2024-01-05\"", "StaleFeed", "", &["say when: `until: ...`"]);
}

#[test]
fn factors_out_of_range() {
    let says = |what: &str, path: &str, part: &str| {
        let path = format!("interventions[0].what{path}");
        assert_says(&format!("(at: \"2024-01-05\", what: {what})"), 8, &path, &[part]);
    };
    says("PriceShock(size: -1.0)", ".size", "above -1");
    says(
        "PriceShock(size: -0.1, recovery: Linear(over: \"1m\", share: 1.5))",
        ".recovery.share",
        "from 0 to 1",
    );
    says("PricePath([(\"2m\", 0.1), (\"1m\", 0.1)])", "[1]", "later than the point before it");
    says("Volatility(-1.0)", "", "from 0 to 20");
    says("DepthDrain(0.0)", "", "above 0 and up to 1");
    says("SpreadWidening(factor: 0.5, at_least_bps: 1.0)", ".factor", "from 1 to");
    says("Fees(taker_bps: 20_000.0)", ".taker_bps", "from -1000 to 10000");
    says("Cash(0.0)", "", "other than 0");
    says("OrderFlow(side: Buy, quantity: 1.0, impact: (permanent: 2.0))", ".impact.permanent", "from 0 to 1");
    says("Policy(entry: 0.2)", ".entry", "above 1/3");
    says("Policy(models: [\"a\"])", "", "without `models`, `combine` and `select`");
}

#[test]
fn what_contradicts_or_does_nothing() {
    let at = |from: &str, until: &str, what: &str| {
        format!("(at: \"2024-01-{from}\", until: \"2024-01-{until}\", what: {what})")
    };
    let two = |a: String, b: String| format!("{a},\n        {b}");
    let fees = two(at("05", "07", "Fees(taker_bps: 1.0)"), at("06", "08", "Fees(taker_bps: 2.0)"));
    assert_says(&fees, 9, "interventions[1]", &["contradicts `fees 0/1 bps`", "in line 8", "both say fees"]);
    let apart = two(at("05", "06", "Fees(taker_bps: 1.0)"), at("06", "08", "Fees(taker_bps: 2.0)"));
    assert!(diagnostics(&apart).iter().all(|d| d.path.starts_with("accounts")), "one after the other");
    let venue = two(at("05", "07", "Halt"), at("06", "08", "Outage"));
    assert_says(&venue, 9, "interventions[1]", &["both say whether the venue trades"]);
    assert_says(
        &at("05", "06", "FlowImbalance(0.5)"),
        8,
        "interventions[0]",
        &["`BTCUSDT` has no trade prints"],
    );
    let funding = at("05", "06", "Funding(factor: 3.0)");
    assert_says(
        &funding,
        8,
        "interventions[0]",
        &["`BTCUSDT` has no funding rates", "add `Funding(path: ...)`"],
    );
    let spread = at("05", "06", "SpreadWidening(factor: 2.0)");
    assert_says(&spread, 8, "interventions[0]", &["has no spread that could widen", "at_least_bps"]);
    let side = "(at: \"2024-01-05\", what: Policy(side: Both))";
    assert_says(side, 8, "interventions[0]", &["`ranked` ranks symbols", "side: LongOnly"]);
}

#[test]
fn a_time_outside_of_the_data_names_file_and_line() {
    let text = r#"Scenario(
    venues: [(name: "binance", fees: ())],
    symbols: [(symbol: "BTCUSDT", data: [Synthetic(bars: 100)])],
    models: [BuyAndHold],
    interventions: [
        (at: "2024-01-01T03:00:00Z", what: Halt),
    ],
)"#;
    let loaded = Loader::default().load_text("test.ron", text).unwrap();
    let error = loaded.scenario.build().err().unwrap().to_string();
    assert!(
        error.starts_with("test.ron:6: the intervention at 2024-01-01T03:00:00Z (trading halt on all)"),
        "{error}"
    );
    assert!(error.contains("2024-01-01T00:00:00Z .. 2024-01-01T01:40:00Z"), "{error}");
}
