//! Interventions at the exchange: known answers. Bar i opens at minute i; what is asked for in step k fills at bar k.

use manyworlds_components::decision::DecisionRule;
use manyworlds_components::fill::FillReason;
use manyworlds_components::ids::{OrderId, SymbolId};
use manyworlds_components::order::{OrderStatus, RejectReason, VenueMessage};
use manyworlds_components::side::Side::{Buy, Sell};
use manyworlds_components::time::Timestamp;

use super::helper::*;
use crate::exchange::intervention::{Act, VenueChange};
use crate::exchange::settings::*;

/// Twelve bars that open and close at 100, from 90 to 110.
fn desk(venue: VenueSettings) -> Desk {
    Desk::bars(venue, &[[100.0, 110.0, 90.0, 100.0]; 12])
}

fn fees(taker_bps: f64) -> FeeModel {
    FeeModel { maker_bps: 0.0, taker_bps, per_unit: 0.0, minimum: 0.0, tiers: vec![] }
}

/// Buys one unit at each of these steps.
fn buys(desk: Desk, steps: impl IntoIterator<Item = u64>) -> Desk {
    steps.into_iter().fold(desk, |desk, step| desk.ask(step, market(Buy, 1_000)))
}

fn minutes(ledger: &Ledger) -> Vec<i64> {
    ledger.fills.iter().map(|f| f.ts.0 / MINUTE).collect()
}

#[test]
fn fees_are_those_of_the_time_of_the_fill() {
    let desk = desk(VenueSettings { fees: fees(10.0), ..venue() });
    let ledger = buys(desk.change(3, 5, VenueChange::Fees(fees(100.0))), [2, 3, 4, 5]).run();
    let paid: Vec<f64> = ledger.fills.iter().map(|f| f.fee).collect();
    assert_eq!((minutes(&ledger), paid), (vec![2, 3, 4, 5], vec![0.1, 1.0, 1.0, 0.1]));
}

#[test]
fn in_an_outage_nothing_fills_and_new_orders_are_refused() {
    let cancel = VenueMessage::Cancel(OrderId(2));
    let desk = desk(venue()).change(3, 6, VenueChange::Outage);
    // Sent before, arrives within: it waits. A resting limit waits, too, and its cancel until the venue is back.
    let late = VenueSettings { latency: LatencyModel::Constant { ms: 61_000.0 }, ..venue() };
    let waiting = Desk { venue: late, ..desk.clone() }.ask(2, market(Buy, 1_000)).run();
    assert_eq!(minutes(&waiting), [6]);
    let ledger = buys(desk.clone(), [2, 3, 5, 6]).run();
    assert_eq!(minutes(&ledger), [2, 6]);
    for decision in [1, 2] {
        assert_eq!(ledger.decisions[decision].reasons.cut, Some(RejectReason::VenueOutage));
    }
    assert_eq!(ledger.totals[0].rejections, 2);
    let resting = desk.ask(1, market(Buy, 1_000)).ask(2, limit(Sell, 1_000, 115.0)).send(4, cancel).run();
    let canceled = resting.orders.iter().find(|e| e.order == OrderId(2) && e.status == OrderStatus::Canceled);
    assert_eq!(canceled.unwrap().ts, Timestamp(4 * MINUTE), "as of its arrival, once the venue is back");
    let last = resting.orders.last().unwrap();
    assert_eq!(last.status, OrderStatus::Canceled);
}

#[test]
fn in_a_halt_orders_are_taken_and_canceled_but_do_not_fill() {
    let desk = desk(venue()).change(3, 6, VenueChange::Halt);
    assert_eq!(minutes(&buys(desk.clone(), [2, 3, 5]).run()), [2, 6, 6]);
    let ledger = desk.ask(3, market(Buy, 1_000)).send(4, VenueMessage::Cancel(OrderId(1))).run();
    assert!(ledger.fills.is_empty());
    assert_eq!(ledger.life(1), [OrderStatus::Requested, OrderStatus::Canceled]);
    // A stop loss whose price is passed during the halt fills at the reopening.
    let mut rows = [[100.0; 4]; 10];
    rows[4..].fill([80.0; 4]);
    let held = Desk::bars(venue(), &rows).change(3, 6, VenueChange::Halt);
    let stopped = held.ask(1, market(Buy, 1_000)).ask(2, stop(Sell, 1_000, 95.0)).run();
    assert_eq!((minutes(&stopped), stopped.fills[1].price), (vec![1, 6], 80.0));
}

#[test]
fn latency_is_added_to_what_is_sent_meanwhile() {
    let desk = desk(venue()).change(3, 4, VenueChange::Latency(90_000.0));
    assert_eq!(minutes(&buys(desk, [2, 3, 4]).run()), [2, 4, 5], "of step 3 after 4.5 minutes, at bar 5");
}

#[test]
fn a_wider_spread_costs_its_half_within_the_bar() {
    let wide = |factor, at_least_bps| VenueChange::Spread { factor, at_least_bps };
    let prices = |slippage, change| {
        let venue = VenueSettings { slippage, ..venue() };
        let ledger = buys(desk(venue).change(3, 4, change), [2, 3, 4]).run();
        ledger.fills.iter().map(|f| (f.price * 1e6).round() / 1e6).collect::<Vec<_>>()
    };
    let spread = SlippageModel::Spread { bps: 100.0 };
    assert_eq!(prices(spread, wide(4.0, 0.0)), [100.5, 102.0, 100.5]);
    assert_eq!(prices(spread, wide(2.0, 800.0)), [100.5, 104.0, 100.5], "at least so much");
    assert_eq!(prices(spread, wide(90.0, 0.0)), [100.5, 110.0, 100.5], "no fill leaves its bar");
    assert_eq!(prices(SlippageModel::Bps(50.0), wide(4.0, 0.0)), [100.5, 102.0, 100.5]);
    assert_eq!(prices(SlippageModel::None, wide(9.0, 400.0)), [100.0, 102.0, 100.0], "where there was none");
}

#[test]
fn drained_depth_limits_what_fills_and_raises_impact() {
    // Bars have a volume of 10.
    let desk = |venue| Desk { cash: 1e6, ..desk(venue) };
    let ledger = desk(venue()).change(3, 5, VenueChange::Depth(0.1)).ask(3, market(Buy, 5_000)).run();
    assert_eq!(ledger.prices(), [(100.0, 1_000), (100.0, 1_000), (100.0, 3_000)]);
    let rows: Vec<[f64; 4]> = (0..12).map(|i| [100.0, 110.0, 90.0, 100.0 + f64::from(i % 2)]).collect();
    let slippage = SlippageModel::SquareRoot { coefficient: 1.0, window: 4 };
    let tape = Desk { cash: 1e6, ..Desk::bars(VenueSettings { slippage, ..venue() }, &rows) };
    let price = |desk: Desk| desk.ask(8, market(Buy, 1_000)).run().fills[0].price / 100.0 - 1.0;
    let (full, drained) = (price(tape.clone()), price(tape.change(8, 9, VenueChange::Depth(0.25))));
    assert!(full > 0.0 && (drained / full - 2.0).abs() < 1e-9, "a quarter of the volume, twice the impact");
}

#[test]
fn borrow_rates_are_charged_for_their_time_alone() {
    let rates = BorrowModel { short_rate: 0.876, cash_rate: 0.0 };
    let desk = Desk::bars(margin_venue(), &[[100.0; 4]; 12]).ask(1, market(Sell, 10_000));
    // From minute 1 on 10 units at 100 are short; 3 minutes at 0.876 a year.
    let ledger = desk.change(4, 7, VenueChange::Borrow(rates)).run();
    let expected = 1_000.0 * 0.876 * 3.0 / (365.0 * 1_440.0);
    assert!((ledger.totals[0].borrow - expected).abs() < 1e-12, "{} {expected}", ledger.totals[0].borrow);
    assert!(ledger.unexplained(0).abs() < 1e-9);
}

#[test]
fn cash_is_there_at_the_first_step_and_is_no_profit() {
    let desk = Desk { cash: 150.0, ..desk(venue()) }.act(3.5, Act::Cash(50.0)).act(6.0, Act::Cash(-20.0));
    let ledger = buys(desk, [1, 2, 3, 4]).run();
    // 50 are left after the first buy; with 50 more, of step 4, there is enough for another: of step 4, as of step 3 was before.
    assert_eq!(minutes(&ledger), [1, 4]);
    let equity: Vec<f64> = ledger.equity.iter().map(|row| row.equity).collect();
    assert_eq!(equity[..7], [150.0, 150.0, 150.0, 200.0, 200.0, 180.0, 180.0]);
    assert!(ledger.equity.iter().all(|row| row.drawdown == 0.0));
    let account = ledger.accounts[0];
    assert_eq!((account.cash, account.initial_cash, account.equity), (-20.0, 180.0, 180.0));
    assert_eq!(ledger.unexplained(0), 0.0);
}

#[test]
fn a_liquidation_closes_all_at_the_next_bar_and_says_so() {
    let desk = Desk { cash: 1e6, ..desk(venue()) }.and_bars(&[[50.0; 4]; 12]);
    let second = manyworlds_components::order::OrderRequest { symbol: SymbolId(1), ..market(Buy, 4_000) };
    let desk = desk.ask(1, market(Buy, 3_000)).ask(1, second).ask(2, limit(Sell, 3_000, 120.0));
    let ledger = desk.act(4.5, Act::Liquidate).ask(8, market(Buy, 1_000)).run();
    assert_eq!(ledger.prices()[2..], [(100.0, -3_000), (50.0, -4_000), (100.0, 1_000)]);
    assert_eq!(minutes(&ledger)[2..], [5, 5, 8], "it may trade on");
    assert!(ledger.fills[2..4].iter().all(|f| f.reason == FillReason::Liquidation));
    assert_eq!(ledger.life(3).last(), Some(&OrderStatus::Canceled));
    let forced: Vec<_> =
        ledger.decisions.iter().filter(|d| d.reasons.rule == DecisionRule::Intervention).collect();
    assert_eq!(
        forced.iter().map(|d| (d.step, d.position.0, d.target.0)).collect::<Vec<_>>(),
        [(5, 3_000, 0), (5, 4_000, 0)]
    );
}

#[test]
fn an_injected_order_takes_the_way_of_any_other() {
    let act = |lots| Act::Order { symbol: SymbolId(0), side: Buy, lots };
    let late = VenueSettings { latency: LatencyModel::Constant { ms: 1_000.0 }, ..venue() };
    let ledger = desk(late).act(3.0, act(2_000)).act(6.0, act(1_000_000)).run();
    assert_eq!((minutes(&ledger), ledger.prices()), (vec![4], vec![(100.0, 2_000)]));
    assert_eq!(ledger.fills[0].reason, FillReason::Intervention);
    let cuts: Vec<_> = ledger.decisions.iter().map(|d| d.reasons.cut).collect();
    assert_eq!(cuts, [None, Some(RejectReason::InsufficientFunds)], "with its own risk checks");
    assert_eq!(ledger.decisions[0].target.0, 2_000);
}

#[test]
fn a_world_goes_on_from_a_snapshot_by_its_own_changes() {
    let plain = buys(desk(venue()), 1..10);
    let changed = plain.clone().change(5, 7, VenueChange::Halt).act(6.0, Act::Cash(7.0));
    let mut whole = changed.build();
    whole.run().unwrap();
    let mut parent = plain.build();
    parent.run_until(Timestamp(4 * MINUTE)).unwrap();
    let mut child = changed.build();
    child.restore(&parent.snapshot()).unwrap();
    child.run().unwrap();
    assert_eq!(child.digest(), whole.digest());
}
