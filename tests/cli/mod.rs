//! The program as a person meets it: commands, flags, outputs, exit codes, and what it says about mistakes.

mod audit;
mod check;
mod compare;
mod comparison;
mod digests;
mod feed_files;
mod feeds;
mod files;
mod imports;
mod interrupted;
mod market_maker;
mod module_costs;
mod modules;
mod outputs;
mod plan_reports;
mod presets;
mod real_data;
mod reports;
mod storage;
mod usage;
mod walk_forward;
mod whatif;
mod wrong_data;
mod wrong_feeds;
mod wrong_scenario;

use std::path::PathBuf;

use manyworlds_tests::program::Sandbox;

/// Two days of synthetic minute bars, one model, one account.
const TINY: &str = r#"Scenario(
    name: "tiny",
    seed: 7,
    venues: [(name: "sim", fees: (maker_bps: 2.0, taker_bps: 5.0))],
    symbols: [
        (symbol: "AAA", venue: "sim", tick_size: 0.01, lot_size: 0.001, data: [Synthetic(bars: 3000)]),
    ],
    models: [SmaCross(fast: 10, slow: 30)],
    accounts: [(name: "base", cash: 1000.0, policy: (side: LongOnly))],
)
"#;

/// Bars of one symbol from `bars.csv`.
const FROM_FILE: &str = r#"Scenario(
    name: "from_file",
    venues: [(name: "sim", fees: (maker_bps: 2.0, taker_bps: 5.0))],
    symbols: [
        (symbol: "AAA", venue: "sim", tick_size: 0.01, lot_size: 0.001, data: [Bars(path: "bars.csv", frame: "1m")]),
    ],
    models: [SmaCross(fast: 3, slow: 5)],
    accounts: [(name: "base", cash: 1000.0, policy: (side: LongOnly))],
)
"#;

/// A sandbox with `tiny.ron`.
fn tiny() -> Sandbox {
    Sandbox::with(&[("tiny.ron", TINY)])
}

/// A scenario of the library.
fn library(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library").join(name)
}

/// The arguments of a quiet run of `tiny.ron` into `out`.
fn into(out: &str) -> Vec<String> {
    ["backtest", "tiny.ron", "--quiet", "--out", out].map(str::to_owned).to_vec()
}
