//! Scenarios that keep their promises raise no alarm, however much goes on in them.

use manyworlds::audit::{AuditSettings, Check};

use super::{audited, only, scenario};

fn assert_clean(text: &str, settings: &AuditSettings) {
    let report = audited(text, settings);
    let found: Vec<String> = report.findings().map(ToString::to_string).collect();
    assert!(report.passed(), "{found:#?}");
    for check in &report.checks {
        assert!(check.comparisons > 0 && check.steps_rerun > 0, "{check:?}");
    }
}

/// Portfolio constraints look at all that an account has, and at nothing that is yet to come.
const BUSY: &str = r#"Scenario(
    name: "busy",
    seed: 4,
    clock: CLOCK,
    executor: EXECUTOR,
    venues: [(
        name: "perp",
        fees: (maker_bps: 1.0, taker_bps: 4.0, tiers: [(from_value: 50_000.0, maker_bps: 0.5, taker_bps: 3.0)]),
        latency: Uniform(min_ms: 5, max_ms: 90_000),
        fills: OhlcPath,
        slippage: SquareRoot(coefficient: 1.0, window: 20),
        participation: 0.5,
        margin: (initial: 0.2, maintenance: 0.19, liquidation_fee_bps: 50.0),
        borrow: (short_rate: 0.3, cash_rate: 0.8),
    )],
    symbols: [
        (symbol: "AAA", lot_size: 0.0001, data: [Synthetic(bars: 1500, annual_volatility: 9.0, volume: (mean: 300.0))]),
        (symbol: "BBB", lot_size: 0.0001, data: [Synthetic(like: "AAA", correlation: 0.5, annual_volatility: 8.0)]),
        (symbol: "CCC", lot_size: 0.0001, data: [Synthetic(like: "AAA", kind: KIND, correlation: -0.2)]),
    ],
    models: [SmaCross(fast: 3, slow: 9), Momentum(lookback: 5, threshold: 0.001), MeanReversion(window: 12, z: 1.0)],
    combine: (weights: FixedShare(eta: 0.5, alpha: 0.05), horizon: 3),
    accounts: [
        (name: "limited", policy: (side: Both, opposite: Flips, size: Fraction(0.45), entry: 0.4, exit: 0.4,
            stop_loss: 0.004, take_profit: 0.008, trailing_stop: 0.006),
         risk: (max_position: 0.5, max_exposure: 0.9, max_orders: 20, order_window: "1h", max_drawdown: 0.02)),
        (name: "ranked", policy: (select: Rank(top: 0.5, bottom: 0.3, rebalance: Step), side: Both)),
        (name: "daily", policy: (select: Rank(top: 0.5, bottom: 0.3, rebalance: Daily), side: Both)),
        (name: "sized", policy: (side: Both, entry: 0.4, exit: 0.4,
            size: VolatilityTarget(annual: 0.5, window: 10, max_fraction: 1.5))),
        (name: "reckless", policy: (side: Both, opposite: Flips, entry: 0.4, exit: 0.4, size: Fraction(4.9))),
    ],
    record: (equity: Step, decisions: All),
)"#;

fn busy(clock: &str, executor: &str, kind: &str) -> String {
    BUSY.replace("CLOCK", clock).replace("EXECUTOR", executor).replace("KIND", kind)
}

#[test]
fn portfolio_constraints_raise_no_alarm() {
    // They do constrain: orders are refused, one account is stopped, another liquidated.
    let setup = super::setup();
    let mut simulation =
        setup.from_ron(&busy("Bar(\"1m\")", "Lean", "bars")).unwrap().build_with(&setup).unwrap();
    simulation.run().unwrap();
    let accounts = simulation.finish().unwrap().summary.accounts;
    let status = |name: &str| accounts.iter().find(|a| a.name == name).unwrap().status.clone();
    assert_eq!((status("limited"), status("reckless")), ("killed".into(), "liquidated".into()));
    assert!(accounts.iter().all(|a| a.fills >= 2 && a.borrow_paid >= 0.0), "{accounts:#?}");
    assert!(accounts.iter().any(|a| a.rejections > 0) && accounts.iter().any(|a| a.borrow_paid > 0.0));

    assert_clean(&busy("Bar(\"1m\")", "Lean", "bars"), &only(&Check::ALL));
}

/// Coarser than the data; finer, with steps in which nothing happens; and every event a step, with prints among bars.
#[test]
fn no_clock_raises_an_alarm() {
    let settings = only(&[Check::Determinism, Check::Causality, Check::Fork, Check::Accounting]);
    for (clock, executor, kind) in [
        ("Bar(\"5m\")", "Stock", "bars"),
        ("Every(\"20s\")", "Lean", "bars"),
        ("Event", "Lean", "trades"),
        ("Bar(\"1m\")", "Lean", "trades"),
    ] {
        assert_clean(&busy(clock, executor, kind), &AuditSettings { marks: 64, ..settings.clone() });
    }
}

#[test]
fn a_run_without_modules_or_fills_is_clean() {
    let text = scenario("").replace("policy: (", "policy: (entry: 1.0, ");
    assert_clean(&text, &only(&Check::ALL));
}

/// Modules come and go; what begins later does as the scenario says by then.
#[test]
fn toggles_raise_no_alarm() {
    let toggles = r#"toggles: [
        (at: "2024-01-01T02:30:00Z", module: "hasty", enabled: false),
        (at: "2024-01-01T03:30:00Z", module: "hasty", enabled: true)],
        models:"#;
    let text = scenario(r#""hasty""#).replace("models:", toggles);
    assert_clean(&text, &only(&[Check::Determinism, Check::Causality, Check::Fork, Check::Accounting]));
}

/// Whatever happens to the market, the venue, the accounts and the models: it is a function of time.
#[test]
fn interventions_raise_no_alarm() {
    let list = r#"interventions: [
        (at: "2024-01-01T04:10:00Z", what: PriceShock(size: -0.15, shape: Ramp("20m"), recovery: Exponential(half_life: "1h", share: 0.7))),
        (at: "2024-01-01T05:00:30Z", until: "2024-01-01T06:00:00Z", on: Symbols(["BBB"]), what: Volatility(2.5)),
        (at: "2024-01-01T05:00:00Z", until: "2024-01-01T05:30:00Z", on: Symbols(["AAA"]), what: Halt),
        (at: "2024-01-01T06:00:00Z", until: "2024-01-01T06:10:00Z", what: Outage),
        (at: "2024-01-01T06:30:00Z", until: "2024-01-01T06:44:30Z", what: StaleFeed),
        (at: "2024-01-01T07:00:00Z", until: "2024-01-01T09:00:00Z", on: Symbols(["CCC"]), what: FeedDelay("3m")),
        (at: "2024-01-01T08:00:00Z", until: "2024-01-01T09:00:00Z", what: LatencySpike(add_ms: 30_000.0)),
        (at: "2024-01-01T08:00:00Z", until: "2024-01-01T10:00:00Z", what: Fees(taker_bps: 30.0)),
        (at: "2024-01-01T09:00:00Z", until: "2024-01-01T11:00:00Z", what: SpreadWidening(factor: 3.0, at_least_bps: 20.0)),
        (at: "2024-01-01T10:00:00Z", until: "2024-01-01T12:00:00Z", what: DepthDrain(0.1)),
        (at: "2024-01-01T10:30:00Z", what: Borrow(short_rate: 2.0, cash_rate: 1.0)),
        (at: "2024-01-01T11:00:00Z", on: Accounts(["sized"]), what: Cash(25_000.0)),
        (at: "2024-01-01T11:30:00Z", on: Accounts(["daily"]), what: Cash(-10_000.0)),
        (at: "2024-01-01T12:00:00Z", on: Accounts(["ranked", "sized"]), what: Liquidate),
        (at: "2024-01-01T13:00:00Z", on: Accounts(["sized"]), what: Order(symbol: "AAA", side: Buy, quantity: 2.0)),
        (at: "2024-01-01T14:00:00Z", on: Accounts(["sized"]), what: Policy(entry: 0.36, exit: 0.35, side: Both, size: Fraction(0.3))),
        (at: "2024-01-01T15:00:00Z", on: Models(["momentum_5"]), what: Off),
        (at: "2024-01-01T17:00:00Z", on: Models(["momentum_5"]), what: On),
        (at: "2024-01-01T18:00:00Z", what: OrderFlow(side: Sell, quantity: 900.0)),
    ], models:"#;
    let settings = only(&[Check::Determinism, Check::Causality, Check::Fork, Check::Accounting]);
    for (clock, executor, kind) in
        [("Bar(\"1m\")", "Lean", "bars"), ("Event", "Stock", "trades"), ("Bar(\"5m\")", "Lean", "trades")]
    {
        let text = busy(clock, executor, kind).replace("models:", list);
        let settings = AuditSettings { marks: 96, times: 4, ..settings.clone() };
        assert_clean(&text, &settings);
    }
}

/// What an audit says of a plan does not depend on its threads, and its draws come from its seed.
#[test]
fn an_audit_repeats_itself() {
    let settings =
        |threads, seed| AuditSettings { threads, seed, ..only(&[Check::Causality, Check::WarmUp]) };
    let text = |threads, seed| {
        let mut report = audited(&scenario(r#""hasty", "prophet""#), &settings(threads, seed));
        report.checks.iter_mut().for_each(|check| check.seconds = 0.0);
        report.to_json()
    };
    assert_eq!(text(1, None), text(4, None));
    assert_ne!(text(1, None), text(1, Some(99)));
}
