//! Interventions of a scenario in whole runs: what they come to, and where they are told.

use manyworlds::output::Table;
use manyworlds::{Outcome, Setup};
use manyworlds_components::decision::DecisionRule;
use manyworlds_components::time::Timestamp;
use manyworlds_tests::tables::{floats, times, words};

const TEXT: &str = r#"Scenario(
    seed: 3,
    venues: [(name: "sim", fees: (taker_bps: 5.0))],
    symbols: [(symbol: "AAA", lot_size: 0.000001, data: [Synthetic(bars: 4320, annual_volatility: 2.0)])],
    models: [BuyAndHold],
    accounts: [(name: "x", policy: (size: Fraction(1.0)))],
    record: (equity: Step, decisions: Acted),
)"#;

fn ran(text: &str) -> Outcome {
    let setup = Setup::default();
    let mut simulation = setup
        .from_ron(text)
        .unwrap_or_else(|e| panic!("{}", e.report(false, 100)))
        .build_with(&setup)
        .unwrap();
    simulation.run().unwrap();
    simulation.finish().unwrap()
}

fn with(interventions: &str) -> Outcome {
    ran(&TEXT.replace("models:", &format!("interventions: [{interventions}],\n    models:")))
}

/// Nanoseconds of a time of the first days of 2024.
fn at(day: i64, hour: i64, minute: i64) -> i64 {
    1_704_067_200_000_000_000 + ((day * 24 + hour) * 60 + minute) * 60_000_000_000
}

/// Equity at these times.
fn equity(outcome: &Outcome, at: &[i64]) -> Vec<f64> {
    let (ts, equity) = (times(outcome, Table::Equity, "ts"), floats(outcome, Table::Equity, "equity"));
    at.iter().map(|t| equity[ts.iter().position(|other| other == t).unwrap()]).collect()
}

#[test]
fn what_is_held_falls_with_its_price() {
    let plain = ran(TEXT);
    let shocked = with(
        "(at: \"2024-01-02\", what: PriceShock(size: -0.2, recovery: Linear(over: \"10m\", share: 0.5)))",
    );
    let times = [at(0, 23, 59), at(1, 0, 0), at(1, 0, 1), at(1, 0, 10), at(2, 0, 0)];
    let cash = floats(&plain, Table::Equity, "cash").pop().unwrap();
    let held = |outcome: &Outcome| equity(outcome, &times).iter().map(|e| e - cash).collect::<Vec<f64>>();
    let (plain, shocked) = (held(&plain), held(&shocked));
    let ratios: Vec<f64> = shocked.iter().zip(&plain).map(|(a, b)| a / b).collect();
    assert_eq!(ratios[..2], [1.0, 1.0], "the bar that closes at the time is as it was");
    // The first bar after it closes a minute later: a tenth of the way back.
    for (found, expected) in ratios[2..].iter().zip([0.81, 0.9, 0.9]) {
        assert!((found - expected).abs() < 1e-6, "{ratios:?}");
    }
}

#[test]
fn cash_is_capital_and_no_return() {
    let idle = TEXT
        .replace("policy: (", "policy: (entry: 1.0, ")
        .replace("BuyAndHold", "SmaCross(fast: 5, slow: 20)");
    let paid = "interventions: [(at: \"2024-01-02T10:00:00Z\", what: Cash(50_000.0))], models:";
    let account = &ran(&idle.replace("models:", paid)).summary.accounts[0];
    assert_eq!((account.initial_cash, account.final_equity), (150_000.0, 150_000.0));
    assert_eq!(
        (account.total_return, account.max_drawdown, account.statistics.total_return),
        (0.0, 0.0, Some(0.0))
    );
    assert_eq!(account.volatility.unwrap_or(0.0), 0.0);
    // Whoever is invested has the returns of the market, whatever comes in; what came in lies idle.
    let (plain, more) = (ran(TEXT), with("(at: \"2024-01-02\", what: Cash(-99.0))"));
    let (plain, more) = (&plain.summary.accounts[0], &more.summary.accounts[0]);
    let sharpe = |a: &manyworlds::output::AccountSummary| a.sharpe.unwrap();
    assert!((sharpe(plain) / sharpe(more) - 1.0).abs() < 0.02, "{} {}", sharpe(plain), sharpe(more));
    assert!((plain.total_return - more.total_return).abs() < 0.002);
}

#[test]
fn returns_are_those_of_the_capital_that_was_there() {
    // At a midnight, so that a period ends there: the return before it, then that of all that was there after it.
    let flow = |amount: f64| with(&format!("(at: \"2024-01-03\", what: Cash({amount:?}))"));
    for amount in [80_000.0, -20_000.0] {
        let outcome = flow(amount);
        let account = &outcome.summary.accounts[0];
        let ts = times(&outcome, Table::Equity, "ts");
        let [first, paid, last] = equity(&outcome, &[ts[0], at(2, 0, 0), ts[ts.len() - 1]])[..] else {
            panic!()
        };
        let expected = (paid - amount) / first * (last / paid) - 1.0;
        assert!((account.total_return - expected).abs() < 1e-9, "{} {expected}", account.total_return);
        assert_eq!(account.statistics.total_return, Some(account.total_return));
        // All else goes by the same returns: three days of 365.
        let cagr = (1.0 + account.total_return).powf(365.0 / account.statistics.observations as f64);
        let conventions = &outcome.summary.conventions;
        let cagr = if conventions.contains("252") { cagr.powf(252.0 / 365.0) } else { cagr } - 1.0;
        assert!((account.cagr.unwrap() - cagr).abs() < 1e-9 * cagr.abs().max(1.0), "{conventions}");
        assert_eq!(account.max_drawdown, account.statistics.max_drawdown.unwrap());
        assert!(account.max_drawdown > -1.0 && account.max_drawdown <= account.total_return.min(0.0));
        // Equity stays money, in the statistics too.
        assert_eq!((account.final_equity, account.statistics.final_equity), (last, Some(last)));
        assert_eq!(account.status, "active");
    }
    // More than there is: up to then it has its returns, and it is said.
    let outcome = flow(-500_000.0);
    let account = &outcome.summary.accounts[0];
    let ts = times(&outcome, Table::Equity, "ts");
    let [first, paid] = equity(&outcome, &[ts[0], at(2, 0, 0)])[..] else { panic!() };
    let expected = (paid + 500_000.0) / first - 1.0;
    assert!((account.total_return - expected).abs() < 1e-9 && account.max_drawdown > -1.0);
    assert_eq!(account.status, "overdrawn");
    let said = "account `x` was paid out more than it had at 2024-01-03T00:00:00Z";
    assert!(outcome.summary.warnings.iter().any(|w| w.starts_with(said)), "{:?}", outcome.summary.warnings);
}

#[test]
fn a_policy_changes_from_its_time_on() {
    let text = TEXT
        .replace("BuyAndHold", "SmaCross(fast: 5, slow: 20)")
        .replace("policy: (", "policy: (entry: 0.4, exit: 0.36, ");
    let change = "interventions: [(at: \"2024-01-02T00:00:30Z\", what: Policy(entry: 0.4, exit: 0.36, size: Quantity(0.5)))], models:";
    let (plain, changed) = (ran(&text), ran(&text.replace("models:", change)));
    let bought = |outcome: &Outcome| {
        let (ts, side) = (times(outcome, Table::Fills, "ts"), words(outcome, Table::Fills, "side"));
        let quantity = floats(outcome, Table::Fills, "quantity");
        let all = ts.into_iter().zip(side).zip(quantity).filter(|((_, side), _)| side == "buy");
        all.map(|((ts, _), quantity)| (ts, quantity)).collect::<Vec<_>>()
    };
    let (plain, changed) = (bought(&plain), bought(&changed));
    // Decided in the step of 00:01 at the earliest, filled at the open of the bar that begins then.
    let split = |all: &[(i64, f64)]| all.partition_point(|(ts, _)| *ts < at(1, 0, 1));
    let (a, b) = (split(&plain), split(&changed));
    assert!(a > 10 && plain[..a] == changed[..b]);
    assert!(changed.len() > b + 10 && changed[b..].iter().all(|(_, quantity)| (quantity - 0.5).abs() < 1e-9));
    assert!(plain[a..].iter().all(|(_, quantity)| *quantity > 1.0));
}

#[test]
fn a_model_that_is_off_does_not_speak() {
    let text = TEXT
        .replace("BuyAndHold", "SmaCross(fast: 5, slow: 20)")
        .replace("policy: (", "policy: (entry: 0.4, exit: 0.36, ");
    let switch = r#"interventions: [
        (at: "2024-01-02", on: Models(["sma_cross_5_20"]), what: Off),
        (at: "2024-01-02T12:00:00Z", on: Models(["sma_cross_5_20"]), what: On)], models:"#;
    let outcome = ran(&text.replace("models:", switch));
    let fills = times(&outcome, Table::Fills, "ts");
    let within = |from: i64, to: i64| fills.iter().filter(|t| (from..to).contains(*t)).count();
    assert!(within(at(0, 12, 0), at(1, 0, 0)) > 10);
    assert_eq!(within(at(1, 0, 0), at(1, 12, 0)), 0);
    let reasons = words(&outcome, Table::Decisions, "reason");
    assert!(reasons.iter().any(|r| r.starts_with("all_models_cold")), "which is said once");
    assert!(within(at(1, 12, 0), at(2, 0, 0)) > 10);
}

#[test]
fn what_is_learned_late_is_learned() {
    let plain = ran(TEXT);
    let stale = with("(at: \"2024-01-02\", until: \"2024-01-02T01:00:30Z\", what: StaleFeed)");
    assert_eq!((stale.summary.events, stale.summary.steps), (plain.summary.events, plain.summary.steps - 61));
    let ts = times(&stale, Table::Equity, "ts");
    assert!(ts.contains(&at(0, 23, 59)) && !ts.contains(&at(1, 0, 0)) && ts.contains(&at(1, 1, 1)));
    assert_eq!(stale.summary.accounts[0].final_equity, plain.summary.accounts[0].final_equity);
}

#[test]
fn an_order_of_the_account_is_told_with_its_reason() {
    let order = "(at: \"2024-01-02\", what: Order(symbol: \"AAA\", side: Sell, quantity: 1.0))";
    let sold = with(order);
    let reasons = words(&sold, Table::Decisions, "reason");
    assert!(reasons.iter().any(|r| r == DecisionRule::Intervention.name()), "{reasons:?}");
    assert_eq!(words(&sold, Table::Fills, "reason")[..2], ["signal", "intervention"]);
    let notes = &sold.summary.warnings;
    assert!(notes.iter().any(|w| w.contains("`AAA` is synthetic: it goes on from the price")), "{notes:?}");
    let told = &sold.summary.interventions[0];
    assert_eq!(
        (told.at.as_str(), told.what.as_str(), told.on.as_str()),
        ("2024-01-02T00:00:00Z", "order to sell 1 AAA", "all")
    );
    // It pays for its own impact.
    let free = with(&order.replace("quantity: 1.0", "quantity: 1.0, impact: (coefficient: 0.0)"));
    let price = |outcome: &Outcome| floats(outcome, Table::Fills, "price")[1];
    assert!(price(&sold) < price(&free) && price(&sold) > 0.99 * price(&free));
    assert_eq!(times(&sold, Table::Fills, "ts")[1], Timestamp(at(1, 0, 0)).0);
}
