//! Golden digests: what a few scenarios come to, bit by bit. A change of any of them is a change of behavior, wanted or not.
//!
//! Floating-point functions of the standard library differ between platforms, so the values hold for one of them.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use manyworlds::output::Table;
use manyworlds::scenario::DataSettings;
use manyworlds::{Outcome, Scenario};
use manyworlds_tests::tables;
use serde::{Deserialize, Serialize};

/// What the file holds.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Golden {
    /// Why the values are what they are: one line, of the last time they were minted.
    reason: String,
    runs: BTreeMap<String, Run>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Run {
    /// Of the state at the end.
    state: String,
    /// In the shortest form that reads back as the same number.
    final_equity: BTreeMap<String, String>,
    /// Rows and content of every output table.
    tables: BTreeMap<String, String>,
}

const MINT: &str = "MANYWORLDS_MINT=1 MANYWORLDS_MINT_REASON=\"what changed\" cargo test -p manyworlds-tests --test all golden";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/golden.json")
}

/// The scenarios of the library that need no file, on at most this many bars.
const BARS: u64 = 6_000;

fn library(name: &str) -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library").join(format!("{name}.ron"));
    let mut scenario = Scenario::load(&path).unwrap_or_else(|e| panic!("{e}"));
    for data in scenario.symbols.iter_mut().flat_map(|s| &mut s.data) {
        if let DataSettings::Synthetic(settings) = data {
            settings.bars = settings.bars.map(|bars| bars.min(BARS));
        }
    }
    outcome(&scenario)
}

fn outcome(scenario: &Scenario) -> Outcome {
    let mut simulation = scenario.build().unwrap_or_else(|e| panic!("{e}"));
    simulation.run().unwrap();
    simulation.finish().unwrap()
}

/// Everything at once on trades: several models of each kind, all weights, random latency, partial fills.
const MIXTURE: &str = r#"Scenario(
    name: "mixture",
    seed: 99,
    clock: Bar("1m"),
    venues: [
        (
            name: "spot",
            fees: (maker_bps: -0.5, taker_bps: 4.0, per_unit: 0.01, minimum: 0.2),
            latency: Uniform(min_ms: 1, max_ms: 70_000),
            fills: OhlcPath,
            slippage: SquareRoot(coefficient: 0.8, window: 30),
            participation: 0.3,
        ),
        (name: "perp", fees: (taker_bps: 2.0), fills: WorstCase, margin: (initial: 0.25, maintenance: 0.1), borrow: (short_rate: 0.1)),
    ],
    symbols: [
        (symbol: "AUSD", venue: "spot", data: [Synthetic(bars: 3_000, initial_price: 100.0, kind: trades)]),
        (symbol: "BUSD", venue: "perp", data: [Synthetic(like: "AUSD", correlation: -0.4, bars: 3_000, initial_price: 25.0)]),
    ],
    models: [
        SmaCross(fast: 5, slow: 20), EmaCross(fast: 5, slow: 20), Momentum(lookback: 30), MeanReversion(window: 30, z: 1.5),
        Breakout(window: 40), MajorityClass(window: 100), BuyAndHold,
    ],
    combine: (pool: Log, weights: FixedShare(eta: 0.4, alpha: 0.02), floor: 0.02, horizon: 5, neutral_bps: 2.0, shrinkage: 10.0),
    accounts: [
        (name: "bracket", policy: (entry: 0.4, exit: 0.36, size: Fraction(0.4), stop_loss: 0.004, take_profit: 0.008)),
        (name: "trailing", policy: (entry: 0.4, exit: 0.36, size: Notional(20_000.0), trailing_stop: 0.005, pyramid: 2)),
        (name: "flips", policy: (entry: 0.38, exit: 0.36, size: VolatilityTarget(annual: 0.3, window: 60), side: Both, opposite: Flips)),
        (name: "ranked", policy: (select: Rank(top: 0.5, rebalance: Daily), combine: Some((weights: Hedge(eta: 0.3))))),
    ],
    record: (equity: Bar("5m"), decisions: Acted, prices: "1h"),
)"#;

fn describe(outcome: &Outcome) -> Run {
    let accounts = &outcome.summary.accounts;
    Run {
        state: outcome.summary.digest.clone().unwrap_or_default(),
        final_equity: accounts.iter().map(|a| (a.name.clone(), a.final_equity.to_string())).collect(),
        tables: Table::ALL.map(|t| (t.name().to_owned(), tables::digest(outcome, t))).into(),
    }
}

fn runs() -> BTreeMap<String, Run> {
    let names = ["quickstart", "bracket_orders", "margin_short", "three_venues", "market_maker"];
    let mut runs: BTreeMap<String, Run> =
        names.map(|name| (name.to_owned(), describe(&library(name)))).into();
    let mixture = Scenario::from_ron(MIXTURE).unwrap_or_else(|e| panic!("{e}"));
    runs.insert("mixture".to_owned(), describe(&outcome(&mixture)));
    runs
}

#[test]
fn results_are_what_they_were() {
    let runs = runs();
    if std::env::var_os("MANYWORLDS_MINT").is_some_and(|v| v == "1") {
        let reason =
            std::env::var("MANYWORLDS_MINT_REASON").unwrap_or_else(|_| "minted without a reason".to_owned());
        let text = serde_json::to_string_pretty(&Golden { reason, runs }).unwrap();
        std::fs::write(file(), text + "\n").unwrap();
        return;
    }
    let text = std::fs::read_to_string(file())
        .unwrap_or_else(|e| panic!("{}: {e}; mint it:\n  {MINT}", file().display()));
    let golden: Golden = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file().display()));
    let mut differences = Vec::new();
    for (name, run) in &runs {
        let Some(known) = golden.runs.get(name) else {
            differences.push(format!("{name}: not in the file"));
            continue;
        };
        for (account, equity) in &run.final_equity {
            let before = known.final_equity.get(account);
            if before != Some(equity) {
                differences.push(format!("{name}: final equity of {account} is {equity}, was {before:?}"));
            }
        }
        for (table, digest) in &run.tables {
            let before = known.tables.get(table);
            if before != Some(digest) {
                differences.push(format!("{name}: {table} is {digest}, was {before:?}"));
            }
        }
        if known.state != run.state {
            differences.push(format!("{name}: the state at the end is {}, was {}", run.state, known.state));
        }
    }
    differences
        .extend(golden.runs.keys().filter(|k| !runs.contains_key(*k)).map(|k| format!("{k}: no such run")));
    assert!(
        differences.is_empty(),
        "results changed (golden values of: {}):\n  {}\nIf that is wanted, mint new values, with the reason, in the same \
         change:\n  {MINT}",
        golden.reason,
        differences.join("\n  ")
    );
}

/// The digest of a table sees every cell and no batch.
#[test]
fn the_same_run_twice_gives_the_same_tables() {
    let scenario = Scenario::from_ron(MIXTURE).unwrap_or_else(|e| panic!("{e}"));
    let (one, two) = (describe(&outcome(&scenario)), describe(&outcome(&scenario)));
    assert_eq!(one, two);
    let mut other = scenario;
    other.seed += 1;
    let other = describe(&outcome(&other));
    assert!(one.state != other.state && one.tables["equity"] != other.tables["equity"]);
    assert_eq!(one.tables["features"], "empty", "nothing was asked for");
    for table in ["equity", "trades", "fills", "decisions", "orders", "prices"] {
        assert_ne!(one.tables[table], "empty", "{table}");
    }
}
