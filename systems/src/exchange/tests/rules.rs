//! Order type x fill rule: does it fill on the bar after, and where?

use manyworlds_components::order::OrderKind;
use manyworlds_components::side::Side::{self, Buy, Sell};

use super::helper::*;
use crate::exchange::settings::*;
use FillRule::{Close, NextOpen, OhlcPath, WorstCase};

/// The bar on which everything is tried: nearer extreme 95, so its path is 100, 95, 110, 105.
const BAR: [f64; 4] = [100.0, 110.0, 95.0, 105.0];
const FLAT: [f64; 4] = [100.0, 100.0, 100.0, 100.0];

fn fill(rule: FillRule, kind: OrderKind, side: Side) -> Option<f64> {
    let venue = VenueSettings { fills: rule, ..margin_venue() };
    let ledger = Desk::bars(venue, &[FLAT, BAR]).ask(1, order(side, 1_000, kind)).run();
    assert!(ledger.unexplained(0).abs() < 1e-9);
    ledger.fills.first().map(|f| f.price)
}

#[test]
fn market_orders() {
    let at = |rule, side| fill(rule, OrderKind::Market, side).unwrap();
    assert_eq!((at(NextOpen, Buy), at(NextOpen, Sell)), (100.0, 100.0));
    assert_eq!((at(Close, Buy), at(Close, Sell)), (105.0, 105.0));
    assert_eq!((at(WorstCase, Buy), at(WorstCase, Sell)), (110.0, 95.0));
    assert_eq!((at(OhlcPath, Buy), at(OhlcPath, Sell)), (100.0, 100.0));
}

#[test]
fn limits_stops_and_their_gaps_are_the_same_under_every_rule() {
    let limit = |p| OrderKind::Limit { price: cents(p) };
    let stop = |p| OrderKind::Stop { trigger: cents(p) };
    let table = [
        (limit(97.0), Buy, Some(97.0)),
        (limit(95.0), Buy, Some(95.0)),
        (limit(94.99), Buy, None),
        (limit(103.0), Buy, Some(100.0)),
        (limit(108.0), Sell, Some(108.0)),
        (limit(110.01), Sell, None),
        (limit(98.0), Sell, Some(100.0)),
        (stop(108.0), Buy, Some(108.0)),
        (stop(99.0), Buy, Some(100.0)),
        (stop(110.01), Buy, None),
        (stop(97.0), Sell, Some(97.0)),
        (stop(101.0), Sell, Some(100.0)),
        (stop(94.99), Sell, None),
    ];
    for rule in [NextOpen, Close, WorstCase, OhlcPath] {
        for (kind, side, expected) in table {
            assert_eq!(fill(rule, kind, side), expected, "{rule:?} {side:?} {kind:?}");
        }
    }
}

#[test]
fn stop_limits_wait_for_what_is_known() {
    let kind = |t, p| OrderKind::StopLimit { trigger: cents(t), price: cents(p) };
    for rule in [NextOpen, Close, WorstCase, OhlcPath] {
        assert_eq!(fill(rule, kind(108.0, 109.0), Buy), Some(108.0), "{rule:?}: wakes within its limit");
        assert_eq!(
            fill(rule, kind(99.0, 101.0), Buy),
            Some(100.0),
            "{rule:?}: the open is beyond the trigger"
        );
        assert_eq!(
            fill(rule, kind(99.0, 96.0), Buy),
            Some(96.0),
            "{rule:?}: awake at the open, filled in the range"
        );
        assert_eq!(fill(rule, kind(99.0, 94.0), Buy), None, "{rule:?}");
        assert_eq!(fill(rule, kind(111.0, 112.0), Buy), None, "{rule:?}: never wakes");
    }
    // Awake at 108 on the way up to 110; the close proves that the price was back at 106, the low proves nothing.
    for rule in [NextOpen, Close, WorstCase, OhlcPath] {
        assert_eq!(fill(rule, kind(108.0, 106.0), Buy), Some(106.0), "{rule:?}");
        assert_eq!(fill(rule, kind(108.0, 97.0), Buy), None, "{rule:?}");
    }
}

#[test]
fn trailing_stops() {
    let trailing = |offset: f64| OrderKind::TrailingStop { offset: cents(offset), trigger: None };
    // Trigger at the open: 100 - 4 = 96, which the low of 95 reaches.
    for rule in [NextOpen, Close, WorstCase, OhlcPath] {
        assert_eq!(fill(rule, trailing(4.0), Sell), Some(96.0), "{rule:?}");
    }
    // 100 - 6 = 94 is not reached; the high moves it to 104, which the close of 105 does not reach.
    assert_eq!(fill(NextOpen, trailing(6.0), Sell), None);
    assert_eq!(fill(OhlcPath, trailing(6.0), Sell), None);
    assert_eq!(fill(WorstCase, trailing(6.0), Sell), Some(104.0), "the low may have come after the high");
    // For a short: 100 + 11 = 111; the low moves it to 106, which the close of 105 does not prove, but the path does.
    assert_eq!(fill(NextOpen, trailing(11.0), Buy), None);
    assert_eq!(fill(OhlcPath, trailing(11.0), Buy), Some(106.0));
    assert_eq!(fill(NextOpen, trailing(10.0), Buy), Some(110.0), "100 + 10 is in the range");
    let venue = margin_venue();
    let rows = [FLAT, FLAT, [100.0, 120.0, 99.0, 118.0], [117.0, 118.0, 112.0, 113.0]];
    let ledger = Desk::bars(venue, &rows).ask(1, order(Sell, 1_000, trailing(5.0))).run();
    assert_eq!(ledger.prices(), [(115.0, -1_000)], "120 - 5, on the bar after");
}

#[test]
fn an_order_waits_for_a_bar_that_begins_after_its_arrival() {
    let rows = [[100.0; 4], [101.0; 4], [102.0; 4], [103.0; 4]];
    let desk = |ms, fills| {
        let venue = VenueSettings { latency: LatencyModel::Constant { ms }, fills, ..margin_venue() };
        let ledger = Desk::bars(venue, &rows).ask(1, market(Buy, 1_000)).run();
        (ledger.fills[0].price, ledger.fills[0].ts.0 / MINUTE)
    };
    assert_eq!(desk(0.0, NextOpen), (101.0, 1));
    assert_eq!(desk(1.0, NextOpen), (102.0, 2));
    assert_eq!(desk(60_000.0, NextOpen), (102.0, 2));
    assert_eq!(desk(60_000.1, NextOpen), (103.0, 3));
    assert_eq!(desk(0.0, Close), (101.0, 2));
    assert_eq!(desk(1.0, Close), (101.0, 2), "it arrives within the bar, before its close");
    assert_eq!(desk(60_000.0, Close), (101.0, 2));
    assert_eq!(desk(60_000.1, Close), (102.0, 3));
}

#[test]
fn prints_are_bars_of_one_price() {
    let prints = [(1, 100.0, 5.0), (2, 101.0, 5.0), (3, 99.0, 5.0), (4, 103.0, 5.0)];
    for rule in [NextOpen, Close, WorstCase, OhlcPath] {
        let venue = VenueSettings { fills: rule, ..margin_venue() };
        let desk = Desk::prints(venue, &prints).ask(1, market(Buy, 1_000)).ask(1, limit(Buy, 1_000, 99.5));
        let ledger = desk.ask(1, stop(Buy, 1_000, 102.0)).run();
        assert_eq!(ledger.prices(), [(101.0, 1_000), (99.0, 1_000), (103.0, 1_000)], "{rule:?}");
    }
}

#[test]
fn slippage_is_paid_by_takers_and_stays_in_the_bar() {
    let venue = |bps| VenueSettings { slippage: SlippageModel::Bps(bps), ..margin_venue() };
    let run = |bps, request| Desk::bars(venue(bps), &[FLAT, BAR]).ask(1, request).run().fills[0].price;
    assert_eq!(run(100.0, market(Buy, 1_000)), 101.0);
    assert_eq!(run(100.0, market(Sell, 1_000)), 99.0);
    assert_eq!(run(2_000.0, market(Buy, 1_000)), 110.0, "no fill leaves the bar");
    assert_eq!(run(100.0, stop(Buy, 1_000, 105.0)), 106.05);
    assert_eq!(run(100.0, limit(Buy, 1_000, 97.0)), 97.0, "a maker pays none");
    assert_eq!(run(100.0, limit(Buy, 1_000, 100.5)), 100.5, "a taker with a limit pays no more than that");
    let prints = Desk::prints(venue(100.0), &[(1, 100.0, 1.0), (2, 100.0, 1.0)]).ask(1, market(Buy, 1_000));
    assert_eq!(prints.run().fills[0].price, 101.0, "a print has no range to stay in");
}
