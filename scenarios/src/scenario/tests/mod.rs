//! Scenarios as people write them, right and wrong.

mod defaults;
mod extends;
mod library;
mod overrides;
mod policies;
mod reference;
mod round_trip;
mod wrong;

use super::{Environment, Loaded, Loader, ScenarioError};

/// A small scenario that is right; tests change a part of it.
const GOOD: &str = r#"Scenario(
    name: "good",
    venues: [(name: "binance", fees: (maker_bps: 2.0, taker_bps: 5.0))],
    symbols: [
        (symbol: "BTCUSDT", venue: "binance", data: [Synthetic()]),
        (symbol: "ETHUSDT", venue: "binance", data: [Synthetic(like: "BTCUSDT", correlation: 0.8)]),
    ],
    orchestrator: (type: configurable, modules: {"market_analysis": (window: 60)}),
    models: [SmaCross(fast: 10, slow: 30)],
    accounts: [(name: "base", cash: 1000.0, policy: (entry: 0.6, exit: 0.45))],
)
"#;

fn load(text: &str) -> Result<Loaded, ScenarioError> {
    let loader = Loader::default().files_must_exist(false).environment(Environment::fixed([]));
    loader.load_text("test.ron", text)
}

/// `GOOD` with one part replaced.
fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}
