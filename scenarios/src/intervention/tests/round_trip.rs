//! What was written and read again is the same; one of each kind.

use super::super::schema::What;
use crate::scenario::Scenario;

/// Every kind of intervention, on every kind of target.
pub(super) const ALL: &str = r#"
    (at: "2024-01-01T01:00:00Z", what: PriceShock(size: -0.2, shape: Ramp("30m"), recovery: Exponential(half_life: "2h", share: 0.6))),
    (at: "2024-01-01T01:00:00Z", on: Symbols(["A"]), what: PriceShock(size: 0.1, recovery: Linear(over: "1h"))),
    (name: "path", at: "2024-01-01T02:00:00Z", what: PricePath([("1m", -0.1), ("2m", 0.0)])),
    (at: "2024-01-01T02:00:00Z", until: "2024-01-01T03:00:00Z", what: Volatility(3.0)),
    (at: "2024-01-01T02:00:00Z", until: "2024-01-01T03:00:00Z", what: FlowImbalance(-0.5)),
    (at: "2024-01-01T02:00:00Z", what: OrderFlow(side: Sell, quantity: 3.0)),
    (at: "2024-01-01T02:00:00Z", until: "2024-01-01T02:10:00Z", on: Venues(["v"]), what: StaleFeed),
    (at: "2024-01-01T02:20:00Z", until: "2024-01-01T02:30:00Z", what: FeedDelay("7s")),
    (at: "2024-01-01T02:00:00Z", until: "2024-01-01T02:10:00Z", what: Outage),
    (at: "2024-01-01T02:10:00Z", until: "2024-01-01T02:20:00Z", what: Halt),
    (at: "2024-01-01T02:00:00Z", what: LatencySpike(add_ms: 250.0)),
    (at: "2024-01-01T02:00:00Z", what: Fees(taker_bps: 12.0)),
    (at: "2024-01-01T02:00:00Z", what: SpreadWidening(factor: 5.0, at_least_bps: 2.0)),
    (at: "2024-01-01T02:00:00Z", what: DepthDrain(0.25)),
    (at: "2024-01-01T02:00:00Z", what: Borrow(short_rate: 0.5)),
    (at: "2024-01-01T02:00:00Z", on: Symbols(["PERP"]), what: Funding(factor: -2.0, plus: 0.0005)),
    (at: "2024-01-01T02:00:00Z", on: Accounts(["base"]), what: Cash(-50.0)),
    (at: "2024-01-01T02:00:00Z", what: Liquidate),
    (at: "2024-01-01T02:00:00Z", what: Policy(entry: 0.7, size: Fraction(0.5))),
    (at: "2024-01-01T02:00:00Z", on: Accounts(["base"]), what: Order(symbol: "A", side: Buy, quantity: 0.5, impact: (coefficient: 0.0))),
    (at: "2024-01-01T02:00:00Z", on: Models(["buy_and_hold"]), what: Off),
    (at: "2024-01-01T03:00:00Z", on: Models(["buy_and_hold"]), what: On),
"#;

#[test]
fn what_was_written_is_read_again() {
    let scenario = super::scenario(ALL);
    assert_eq!(scenario.interventions.len(), 22);
    let text = scenario.to_ron();
    let again = Scenario::from_ron(&text).unwrap_or_else(|e| panic!("{}\n{text}", e.report(false, 100)));
    assert_eq!(again, scenario);
    assert_ne!(super::scenario(&ALL.replace("-50.0", "-51.0")).digest(), scenario.digest());
    assert!(!super::scenario("").to_ron().contains("interventions"), "digests of others stay");
}

#[test]
fn each_says_what_it_is_in_words() {
    let words: Vec<String> = super::scenario(ALL).interventions.iter().map(ToString::to_string).collect();
    assert_eq!(words[0], "price shock -20% over 30m, 60% back with a half-life of 2h on all");
    assert_eq!(words[2], "path: price path to -10%, then 0% on all".replace("then 0%", "then +0%"));
    assert_eq!(words[6], "stale feed on venue v until 2024-01-01T02:10:00Z");
    assert_eq!(words[15], "funding rates x -2 +5 bps on symbol PERP");
    assert_eq!(words[19], "order to buy 0.5 A on account base");
    assert!(words.iter().all(|w| !w.is_empty() && w.len() < 100));
}

#[test]
fn modules_are_switched_by_toggles() {
    let text = r#"(at: "2024-01-01T02:00:00Z", on: Modules(["extrema", "cob_module"]), what: On)"#;
    let scenario = super::scenario(text);
    assert!(scenario.interventions.is_empty());
    let toggles: Vec<_> = scenario.toggles.iter().map(|t| (t.module.as_str(), t.enabled)).collect();
    assert_eq!(toggles, [("extrema", true), ("cob", true)]);
}

#[test]
fn all_kinds_are_here() {
    // A new kind fails to compile here until it is in the list above.
    let kind = |what: &What| match what {
        What::PriceShock { .. } => 0,
        What::PricePath(_) => 1,
        What::Volatility(_) => 2,
        What::FlowImbalance(_) => 3,
        What::OrderFlow { .. } => 4,
        What::StaleFeed => 5,
        What::FeedDelay(_) => 6,
        What::Outage => 7,
        What::Halt => 8,
        What::LatencySpike { .. } => 9,
        What::Fees(_) => 10,
        What::SpreadWidening { .. } => 11,
        What::DepthDrain(_) => 12,
        What::Borrow(_) => 13,
        What::Cash(_) => 14,
        What::Liquidate => 15,
        What::Policy(_) => 16,
        What::Order { .. } => 17,
        What::On => 18,
        What::Off => 19,
        What::Funding { .. } => 20,
    };
    let kinds: std::collections::BTreeSet<i32> =
        super::scenario(ALL).interventions.iter().map(|i| kind(&i.what)).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), (0..21).collect::<Vec<_>>());
}
