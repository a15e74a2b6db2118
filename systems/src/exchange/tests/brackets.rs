//! Exits that are armed on a fill.

use manyworlds_components::fill::FillReason::{self, *};
use manyworlds_components::order::{Bracket, OrderRequest, OrderStatus};
use manyworlds_components::side::Side::{Buy, Sell};

use super::helper::*;
use crate::exchange::settings::*;
use FillRule::{Close, NextOpen, OhlcPath, WorstCase};

const FLAT: [f64; 4] = [100.0, 100.0, 100.0, 100.0];

fn bracket(tp: f64, sl: f64) -> Option<Bracket> {
    Some(Bracket { take_profit: Some(tp), stop_loss: Some(sl), trailing_stop: None })
}

fn entry(tp: f64, sl: f64) -> OrderRequest {
    OrderRequest { bracket: bracket(tp, sl), ..market(Buy, 1_000) }
}

fn exit(rule: FillRule, rows: &[[f64; 4]], request: OrderRequest) -> Option<(f64, FillReason, i64)> {
    let venue = VenueSettings { fills: rule, ..margin_venue() };
    let ledger = Desk::bars(venue, rows).ask(1, request).run();
    assert!(ledger.unexplained(0).abs() < 1e-9);
    if let Some(trip) = ledger.trades.first() {
        assert_eq!(ledger.positions[0].lots, 0);
        assert_eq!(ledger.fills.len(), 2, "one exit cancels the other");
        assert_eq!(trip.reason, ledger.fills[1].reason);
    }
    ledger.fills.get(1).map(|f| (f.price, f.reason, f.ts.0 / MINUTE))
}

#[test]
fn exits_on_later_bars() {
    let later = |bar| [FLAT, FLAT, bar];
    for rule in [NextOpen, Close, WorstCase, OhlcPath] {
        let run = |bar| exit(rule, &later(bar), entry(0.1, 0.05));
        assert_eq!(run([100.0, 111.0, 99.0, 105.0]), Some((110.0, TakeProfit, 3)), "{rule:?}");
        assert_eq!(run([100.0, 101.0, 94.0, 99.0]), Some((95.0, StopLoss, 3)), "{rule:?}");
        assert_eq!(run([112.0, 113.0, 90.0, 100.0]), Some((112.0, TakeProfit, 2)), "{rule:?}: gaps up first");
        assert_eq!(run([91.0, 115.0, 90.0, 100.0]), Some((91.0, StopLoss, 2)), "{rule:?}: gaps down first");
        assert_eq!(run([100.0, 109.99, 95.01, 100.0]), None, "{rule:?}");
    }
    // Both within the range: the loss, unless the path says otherwise.
    let both = [102.0, 111.0, 92.0, 100.0];
    for rule in [NextOpen, Close, WorstCase] {
        assert_eq!(exit(rule, &later(both), entry(0.1, 0.05)), Some((95.0, StopLoss, 3)), "{rule:?}");
    }
    assert_eq!(
        exit(OhlcPath, &later(both), entry(0.1, 0.05)),
        Some((110.0, TakeProfit, 3)),
        "the high is nearer"
    );
}

#[test]
fn exits_of_shorts_are_mirrored() {
    let request = OrderRequest { bracket: bracket(0.1, 0.05), ..market(Sell, 1_000) };
    let run = |bar| exit(NextOpen, &[FLAT, FLAT, bar], request);
    assert_eq!(run([100.0, 101.0, 89.0, 95.0]), Some((90.0, TakeProfit, 3)));
    assert_eq!(run([100.0, 106.0, 99.0, 100.0]), Some((105.0, StopLoss, 3)));
    assert_eq!(run([107.0, 108.0, 80.0, 100.0]), Some((107.0, StopLoss, 2)));
}

#[test]
fn exits_on_the_bar_of_the_entry() {
    let at_open = |rule, bar| exit(rule, &[FLAT, bar], entry(0.1, 0.05));
    assert_eq!(
        at_open(NextOpen, [100.0, 111.0, 99.0, 100.0]),
        Some((110.0, TakeProfit, 2)),
        "all of it lies ahead"
    );
    assert_eq!(at_open(NextOpen, [100.0, 111.0, 94.0, 100.0]), Some((95.0, StopLoss, 2)));
    assert_eq!(at_open(Close, [100.0, 111.0, 94.0, 100.0]), None, "entered at the close");
    // A limit entry at 98: the high of 111 may lie before it, the low after it for sure.
    let limited = |sl| OrderRequest { bracket: bracket(0.1, sl), ..limit(Buy, 1_000, 98.0) };
    assert_eq!(exit(NextOpen, &[FLAT, [100.0, 111.0, 97.0, 100.0]], limited(0.05)), None);
    assert_eq!(
        exit(NextOpen, &[FLAT, [100.0, 111.0, 97.0, 109.0]], limited(0.05)),
        Some((107.8, TakeProfit, 2))
    );
    assert_eq!(
        exit(NextOpen, &[FLAT, [100.0, 111.0, 93.0, 109.0]], limited(0.05)),
        Some((93.1, StopLoss, 2))
    );
    // Path 100, 97, 111, 100 enters at 98 and takes 107.80 on the way up.
    assert_eq!(
        exit(OhlcPath, &[FLAT, [100.0, 111.0, 97.0, 100.0]], limited(0.05)),
        Some((107.8, TakeProfit, 2))
    );
    // Path 100, 101, 90, 95 falls through both on one leg.
    assert_eq!(exit(OhlcPath, &[FLAT, [100.0, 101.0, 90.0, 95.0]], limited(0.05)), Some((93.1, StopLoss, 2)));
}

#[test]
fn a_trailing_exit_follows_the_high() {
    let trailing = Bracket { trailing_stop: Some(0.05), ..Bracket::default() };
    let request = OrderRequest { bracket: Some(trailing), ..market(Buy, 1_000) };
    let rows =
        [FLAT, [100.0, 104.0, 99.0, 103.0], [103.0, 120.0, 100.0, 119.0], [118.0, 119.0, 110.0, 111.0]];
    assert_eq!(exit(NextOpen, &rows, request), Some((115.0, TrailingStop, 4)), "5 below 120");
    let proven = [FLAT, FLAT, [100.0, 120.0, 99.0, 114.0]];
    assert_eq!(
        exit(NextOpen, &proven, request),
        Some((115.0, TrailingStop, 3)),
        "120 came before the close of 114"
    );
}

#[test]
fn exits_go_with_the_position() {
    let rows = [FLAT, FLAT, FLAT, [100.0, 120.0, 80.0, 100.0]];
    let ledger = Desk::bars(margin_venue(), &rows).ask(1, entry(0.1, 0.05)).ask(2, market(Sell, 1_000)).run();
    assert_eq!(ledger.prices(), [(100.0, 1_000), (100.0, -1_000)]);
    assert_eq!(ledger.life(2).last(), Some(&OrderStatus::Canceled));
    assert_eq!(ledger.life(3).last(), Some(&OrderStatus::Canceled));
    // A flip cancels the old exits and arms its own for what it opened.
    let flip = OrderRequest { bracket: bracket(0.1, 0.05), ..market(Sell, 1_600) };
    let ledger = Desk::bars(margin_venue(), &rows).ask(1, entry(0.3, 0.3)).ask(2, flip).run();
    assert_eq!(ledger.prices(), [(100.0, 1_000), (100.0, -1_600), (105.0, 600)]);
    assert_eq!(ledger.trades.len(), 2, "one fill, two round trips, the second ended by its stop");
    assert!((ledger.trades[1].pnl + 0.6 * 5.0).abs() < 1e-12);
    assert_eq!(ledger.working, [0]);
}

#[test]
fn partial_fills_arm_and_shrink_exits() {
    // A tenth of volume 10 is one unit per bar: two bars to enter 1.5 units, two bars to leave them.
    let venue = VenueSettings { participation: Some(0.1), ..margin_venue() };
    let rows = [FLAT, FLAT, FLAT, [100.0, 111.0, 99.0, 111.0], [111.0, 112.0, 111.0, 112.0]];
    let request = OrderRequest { bracket: bracket(0.1, 0.05), ..market(Buy, 1_500) };
    let ledger = Desk::bars(venue, &rows).ask(1, request).run();
    assert_eq!(ledger.prices(), [(100.0, 1_000), (100.0, 500), (110.0, -1_000), (111.0, -500)]);
    use OrderStatus::*;
    assert_eq!(ledger.life(1), [Requested, Accepted, PartiallyFilled, Filled]);
    assert_eq!(ledger.life(3), [Accepted, PartiallyFilled, Filled]);
    assert_eq!(ledger.life(2), [Accepted, Canceled]);
    assert!(ledger.unexplained(0).abs() < 1e-9);
}

#[test]
fn a_stop_within_the_slippage_of_its_entry_fills_at_the_open() {
    let venue = VenueSettings { slippage: SlippageModel::Bps(100.0), ..margin_venue() };
    let bracket = Some(Bracket { stop_loss: Some(0.005), ..Bracket::default() });
    let rows = [FLAT, [100.0, 102.0, 99.5, 101.0]];
    let ledger = Desk::bars(venue, &rows).ask(1, OrderRequest { bracket, ..market(Buy, 1_000) }).run();
    assert_eq!(ledger.prices(), [(101.0, 1_000), (99.5, -1_000)], "100 less 1%, kept within the bar");
}
