//! Market making and execution, as a person meets them.

use manyworlds_tests::program::{Finished, Sandbox};

use super::library;

/// A quarter of an hour of the library's market maker.
fn run(sandbox: &Sandbox, more: &[&str]) -> Finished {
    let mut command = sandbox.command(["backtest", "--to", "2024-01-01T00:15:00Z", "--out", "out"]);
    command.arg(library("market_maker.ron")).args(more);
    Finished::of(command)
}

#[test]
fn the_market_maker_runs_with_no_data_and_says_where_its_profit_came_from() {
    let sandbox = Sandbox::new();
    let finished = run(&sandbox, &[]);
    assert_eq!(finished.stderr, "");
    let text = finished.ok();
    for part in [
        "market_maker (complete)",
        "9001 steps",
        "dealer",
        "  spread",
        "  inventory",
        "Quotes filled",
        " bps",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let summary = sandbox.json("out/summary.json");
    for account in summary["accounts"].as_array().unwrap() {
        let split = &account["profit"];
        let part = |name: &str| split[name].as_f64().unwrap();
        let sum: f64 =
            ["spread", "inventory", "fees", "borrow", "funding"].iter().map(|name| part(name)).sum();
        assert!((sum - part("total")).abs() < 1e-6, "{split}");
    }
    assert!(summary["accounts"][0]["trading"][0]["quotes"].as_u64().unwrap() > 100);
    assert!(summary["accounts"][3]["execution"]["arrival_price"].as_f64().unwrap() > 0.0);
    let report = sandbox.read("out/report.html");
    for part in [
        ">Market making and execution</h2>",
        "Profit by cause",
        "Implementation shortfall",
        ">Order book and own quotes</h2>",
        "step by step, with the quotes of",
        "class=\"own bid\"",
        "class=\"depth\"",
        "size of the best 10 levels",
    ] {
        assert!(report.contains(part), "{part}");
    }
    assert!(report.len() < 4_000_000, "{}", report.len());
}

#[test]
fn settings_are_reached_by_set() {
    let sandbox = Sandbox::new();
    let skew = "accounts.skewed.market_making.quotes.skew=0.05";
    run(&sandbox, &["--set", skew, "--set", "accounts.skewed.market_making.max_position=0.3", "--quiet"])
        .ok();
    let trading = sandbox.json("out/summary.json")["accounts"][0]["trading"][0].clone();
    assert!(trading["inventory_most"].as_f64().unwrap() <= 0.3 + 1e-9, "{trading}");
    assert!(sandbox.read("out/run.ron").contains("skew: 0.05"));
}

#[test]
fn check_names_the_line() {
    let text = r#"Scenario(
    venues: [(name: "v", fees: ())],
    symbols: [(symbol: "S", data: [Synthetic(bars: 100)])],
    accounts: [
        (name: "a", market_making: (size: 1)),
        (name: "b", policy: (), execution: (side: Buy, quantity: 1, end: "2024-01-02")),
    ],
)"#;
    let sandbox = Sandbox::with(&[("bad.ron", text)]);
    let finished = sandbox.run(["check", "bad.ron"]);
    assert_eq!(finished.code, Some(2));
    for part in [
        "[bad.ron:5:",
        "accounts[0].market_making",
        "makes markets",
        "[bad.ron:6:",
        "accounts[1].execution",
        "has both",
    ] {
        assert!(finished.stderr.contains(part), "{part}: {}", finished.stderr);
    }
}
