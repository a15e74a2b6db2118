//! Accounts on order books beside the module that watches them: quotes around the microprice, and the impact that is expected of
//! quotes and slices.

use std::collections::BTreeMap;

use manyworlds::output::Table;
use manyworlds::{Outcome, Scenario};
use manyworlds_tests::tables;

use super::market_making::text;

const MAKER: &str = r#"(name: "maker", market_making: (around: Microprice, quotes: Skewed(half_spread: Ticks(1), skew: 0.01),
    size: 1, max_position: 3))"#;
const MID: &str = r#"(name: "mid", market_making: (around: Mid, quotes: Skewed(half_spread: Ticks(1), skew: 0.01),
    size: 1, max_position: 3))"#;
const TWAP: &str = r#"(name: "twap", execution: (side: Buy, quantity: 4, start: "2024-01-01T00:05:00Z",
    end: "2024-01-01T00:09:00Z", slices: 8))"#;
const PASSIVE: &str = r#"(name: "passive", execution: (side: Sell, quantity: 16, start: "2024-01-01T00:05:00Z",
    end: "2024-01-01T00:09:00Z", slices: 8, orders: Passive))"#;

fn scenario(modules: &str, accounts: &[&str]) -> Scenario {
    let text = text(modules, &accounts.join(","));
    Scenario::from_ron(&text).unwrap_or_else(|e| panic!("{e}"))
}

fn run(modules: &str, accounts: &[&str]) -> Outcome {
    let mut simulation = scenario(modules, accounts).build().unwrap();
    simulation.run().unwrap();
    simulation.finish().unwrap()
}

const MODULE: &str = r#""microstructure": (span: 1, spans: 60)"#;

/// The decision table by account and first word of the reason: number of rows, expected impact of those that have one, by quantity.
type Expected = BTreeMap<(String, String), Vec<Option<f64>>>;

fn expected(outcome: &Outcome) -> Expected {
    let accounts = tables::words(outcome, Table::Decisions, "account");
    let reasons = tables::words(outcome, Table::Decisions, "reason");
    let impacts = tables::maybe_floats(outcome, Table::Decisions, "expected_impact_bps");
    let mut found = Expected::new();
    for ((account, reason), impact) in accounts.into_iter().zip(reasons).zip(impacts) {
        let rule = reason.split(' ').next().unwrap_or_default().trim_end_matches(';').to_owned();
        found.entry((account, rule)).or_default().push(impact);
    }
    found
}

#[test]
fn quotes_stand_around_the_microprice_as_soon_as_it_is_known() {
    let outcome = run(MODULE, &[MAKER, MID]);
    let [maker, mid] = &outcome.summary.accounts[..] else { panic!() };
    let (trading, of_mid) = (&maker.trading[0], &mid.trading[0]);
    assert!(trading.quotes > 300 && trading.maker_fills > 20 && trading.taker_fills == 0, "{trading:?}");
    assert!(trading.inventory_most <= 3.0 && trading.inventory_least >= -3.0);
    let split = maker.profit.unwrap();
    assert!((split.sum() - (maker.final_equity - maker.initial_cash)).abs() < 1e-6, "{split:?}");
    assert_ne!(maker.digest, mid.digest);
    let accounts = tables::words(&outcome, Table::Decisions, "account");
    let times = tables::times(&outcome, Table::Decisions, "ts");
    let first = |name: &str| accounts.iter().position(|a| a == name).map(|i| times[i]).unwrap();
    let wait = (first("maker") - first("mid")) / 1_000_000_000;
    assert!(
        (0..120).contains(&wait),
        "the first table waits for a thousand changes, not for ten minutes: {wait} s"
    );
    assert!(of_mid.quotes > trading.quotes / 3);
    // Beside another account it does what it does alone.
    assert_eq!(run(MODULE, &[MAKER]).summary.accounts[0].digest, maker.digest);
}

#[test]
fn without_the_module_it_is_refused_and_says_what_is_missing() {
    let error = scenario("", &[MAKER]).build().err().expect("an error").to_string();
    for part in ["the quoting of account `maker`", "`microstructure`"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn orders_say_what_impact_is_expected_of_them() {
    let accounts = [MID, TWAP, PASSIVE];
    let outcome = run(MODULE, &accounts);
    let found = expected(&outcome);
    let of = |account: &str, rule: &str| {
        found.get(&(account.to_owned(), rule.to_owned())).unwrap_or_else(|| panic!("{:?}", found.keys()))
    };
    assert!(of("mid", "quote").iter().all(|impact| *impact == Some(0.0)), "a quote that rests moves nothing");
    let withdrawn = found.get(&("mid".to_owned(), "withdraw".to_owned()));
    assert!(withdrawn.into_iter().flatten().all(Option::is_none), "no order, no impact");
    let mean = |rows: &[Option<f64>]| {
        rows.iter().map(|i| i.expect("known after five minutes")).sum::<f64>() / rows.len() as f64
    };
    let (twap, passive) = (of("twap", "slice"), of("passive", "slice"));
    assert!(twap.len() == 8 && twap.iter().all(|impact| impact.is_some_and(|bps| bps > 0.0)));
    // Slices of 0.5 and of 2: four times as much, by the root law about twice as far. Not all passive slices are whole.
    let ratio = mean(passive) / mean(twap);
    assert!(ratio > 1.3 && ratio < 2.5, "{ratio}");
    // Nobody charges it.
    let plain = run("", &accounts);
    assert!(expected(&plain).values().flatten().all(Option::is_none), "nobody estimates it");
    for (with, without) in outcome.summary.accounts.iter().zip(&plain.summary.accounts) {
        assert_eq!((with.final_equity, with.fills), (without.final_equity, without.fills), "{}", with.name);
    }
}
