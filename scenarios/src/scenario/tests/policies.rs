//! Accounts that make markets or work an order.

use manyworlds_components::side::Side;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_systems::execution::ExecutionSettings;
use manyworlds_systems::execution::settings::{ScheduleRule, SliceOrders, VolumeProfile};
use manyworlds_systems::market_making::HalfSpread;
use manyworlds_systems::market_making::settings::QuoteRule;
use proptest::prelude::*;

use super::load;
use crate::scenario::{AccountSettings, Scenario};

/// Accounts that do not go by signals, for the round trip.
pub(super) fn otherwise() -> impl Strategy<Value = AccountSettings> {
    (1e-6..1e6, 0i64..4_000_000_000_000_000_000, any::<bool>()).prop_map(|(weight, ns, first)| {
        let execution = ExecutionSettings {
            symbol: Some("S".into()),
            side: if first { Side::Buy } else { Side::Sell },
            quantity: 1e9,
            start: first.then(|| Timestamp(ns - 1)),
            end: Timestamp(ns),
            schedule: match first {
                true => ScheduleRule::Vwap { profile: VolumeProfile::Given(vec![weight, 0.0]) },
                false => ScheduleRule::Vwap { profile: VolumeProfile::default() },
            },
            slices: 2,
            orders: SliceOrders::Passive,
        };
        AccountSettings { execution: Some(execution), ..AccountSettings::default() }
    })
}

/// Accounts in line 6, on a book and on bars.
fn text(account: &str) -> String {
    format!(
        "(\n venues: [(name: \"v\", fees: ())],\n symbols: [\n  (symbol: \"BOOK\", data: [SyntheticBook()]),\n  \
         (symbol: \"BARS\", data: [Synthetic()])],\n accounts: [{account}])"
    )
}

#[track_caller]
fn wrong(account: &str, path: &str, parts: &[&str]) {
    let error = load(&text(account)).expect_err(account);
    let [found] = error.diagnostics() else { panic!("{error}") };
    assert_eq!((found.line(), found.path.as_str()), (Some(6), path), "{found}");
    for part in parts {
        assert!(found.to_string().contains(part), "{part}: {found}");
    }
}

#[test]
fn they_are_what_they_say() {
    let account = r#"(name: "m", market_making: (symbols: ["BOOK"], quotes: Skewed(half_spread: Bps(2), skew: 0.1), requote: "1s"))"#;
    let loaded = load(&text(account)).unwrap();
    assert!(loaded.warnings.is_empty(), "nobody waits for signals: {:?}", loaded.warnings);
    let settings = loaded.scenario.accounts[0].market_making.clone().unwrap();
    let quotes = QuoteRule::Skewed { half_spread: HalfSpread::Bps(2.0), skew: 0.1 };
    assert_eq!((settings.quotes, settings.size, settings.post_only), (quotes, 1.0, true));
    let written = loaded.scenario.to_ron();
    assert!(!written.contains("policy"), "{written}");
    assert_eq!(Scenario::from_ron(&written).unwrap(), loaded.scenario);
    let account = r#"(name: "m", market_making: (around: Mid, min_position: -3,
        quotes: AvellanedaStoikov(gamma: 0.1, k: 1.5, horizon: "1m", until: "2024-01-01T12:00:00Z")))"#;
    let dealer = load(&text(account)).unwrap().scenario;
    assert_eq!(Scenario::from_ron(&dealer.to_ron()).unwrap(), dealer);

    let account = r#"(name: "x", execution: (symbol: "BARS", side: Sell, quantity: 5, start: "2024-01-01", end: "2024-01-02",
        schedule: AlmgrenChriss(risk_aversion: 1e-6, volatility: 100, temporary_impact: 1)))"#;
    let scenario = Scenario::from_ron(&text(account)).unwrap();
    let settings = scenario.accounts[0].execution.clone().unwrap();
    assert_eq!((settings.side, settings.slices, settings.orders), (Side::Sell, 10, SliceOrders::Market));
    assert_eq!(settings.end - settings.start.unwrap(), Frame::DAY.nanos());
}

#[test]
fn what_is_wrong_with_them_is_said_where_it_stands() {
    let end = "end: \"2024-01-02\"";
    wrong(
        "(name: \"m\", policy: (entry: 0.5), market_making: ())",
        "accounts[0].market_making",
        &["both `policy` and `market_making`", "one way"],
    );
    let both = format!(
        "(name: \"m\", market_making: (), execution: (symbol: \"BARS\", side: Buy, quantity: 1, {end}))"
    );
    wrong(&both, "accounts[0].execution", &["both `market_making` and `execution`"]);
    let making = |settings: &str| format!("(name: \"m\", market_making: ({settings}))");
    let field = |f: &str| format!("accounts[0].market_making.{f}");
    wrong(&making("requot: \"1s\""), &field("requot"), &["did you mean `requote`?"]);
    wrong(&making("around: Micropice"), &field("around"), &["did you mean `Microprice`?"]);
    wrong(&making("size: -1"), &field("size"), &["-1 is not a number above 0"]);
    wrong(&making("quotes: Skewed(half_spread: Ticks(0))"), &field("quotes.half_spread"), &["`Best`"]);
    wrong(
        &making("symbols: [\"BOK\"]"),
        &field("symbols[0]"),
        &["unknown symbol `BOK`", "did you mean `BOOK`?"],
    );
    wrong(&making("symbols: [\"BARS\"]"), &field("symbols[0]"), &["no order book", "SyntheticBook()"]);
    let working = |settings: &str| format!("(name: \"x\", execution: ({settings}))");
    let field = |f: &str| format!("accounts[0].execution{f}");
    wrong(&working(&format!("side: Buy, quantity: 1, {end}")), &field(""), &["several", "symbol: \"BOOK\""]);
    let named = |more: &str| working(&format!("symbol: \"BARS\", side: Buy, {more}"));
    wrong(&named(&format!("quantity: 0, {end}")), &field(".quantity"), &["above 0"]);
    wrong(&named(&format!("quantity: 1, slices: 0, {end}")), &field(".slices"), &["from 1"]);
    wrong(&named(&format!("quantity: 1, start: \"2024-01-03\", {end}")), &field(".end"), &["after `start`"]);
    let weights = format!("quantity: 1, slices: 3, schedule: Vwap(profile: Given([1, 2])), {end}");
    wrong(&named(&weights), &field(".schedule.profile"), &["one per slice"]);
}

#[test]
fn bars_have_no_queues() {
    let bars = text("(name: \"m\", market_making: ())").replace("SyntheticBook()", "Synthetic()");
    let error = load(&bars).unwrap_err();
    let found = &error.diagnostics()[0];
    assert_eq!((found.line(), found.path.as_str()), (Some(6), "accounts[0].market_making"));
    assert!(found.to_string().contains("no symbol has an order book"), "{found}");
}
