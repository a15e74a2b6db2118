//! What positions are valued at, and what follows from it.

use manyworlds_components::fill::FillReason;
use manyworlds_components::market::LastPrice;
use manyworlds_components::order::*;
use manyworlds_components::price::Ticks;
use manyworlds_components::side::Side::{Buy, Sell};
use manyworlds_engine::{Kind, StepOutcome};

use super::helper::*;
use crate::exchange::FundingRate;
use crate::market::MarkRule;

#[test]
fn a_margin_call_sells_into_the_book() {
    let fall = [
        at(1_500, bid(9_999, 0)),
        at(1_500, bid(9_998, 0)),
        at(1_500, bid(9_000, 60)),
        at(1_500, bid(8_990, 60)),
        at(1_600, sold(9_000, 1)),
    ];
    let mut desk = desk(margin_venue(), fall).ask(1, market(Buy, 100));
    // A tenth of 10 is needed to open, a twentieth to keep; one unit of money is lost.
    desk.cash = 1.2;
    let ledger = desk.run();
    assert_eq!(ledger.deals(), [(1_000, 10_001, 100), (2_000, 9_000, -60), (2_000, 8_990, -40)]);
    assert!(ledger.fills[1..].iter().all(|f| f.reason == FillReason::Liquidation));
    assert!(ledger.unexplained(0).abs() < 1e-12);
}

#[test]
fn without_trades_the_mid_is_the_mark() {
    let mut desk =
        desk(lender(), [at(1_100, bid(10_000, 10)), at(2_100, ask(10_001, 0)), at(2_200, ask(10_002, 7))]);
    desk.events[0].retain(|e| e.data.is_book());
    desk.books = Some((SECOND, MarkRule::Mid));
    let stop = order(Sell, 10, OrderKind::Stop { trigger: Ticks(10_000) });
    let desk = desk.ask(1, market(Buy, 10)).ask(1, stop);
    let mut simulation = desk.build();
    let (mut marks, mut prices) = (Vec::new(), Vec::new());
    while matches!(simulation.step().unwrap(), StepOutcome::Advanced(_)) {
        let symbol = simulation.roster().entities(Kind::Symbol)[0];
        prices.push(simulation.world().get::<LastPrice>(symbol).unwrap().price);
        marks.push(simulation.world().resource::<crate::exchange::ExchangeState>().marks.prices[0]);
    }
    assert_eq!(prices[..3], [100.0, 0.5 * (100.0 + 100.01), 0.5 * (100.0 + 100.02)]);
    assert_eq!(prices, marks);
    // The best bid comes to the trigger, or begins there: it wakes at the first instant that it sees.
    assert_eq!(desk.run().deals(), [(1_000, 10_001, 10), (1_100, 10_000, -10)]);
}

#[test]
fn until_the_first_trade_the_mid_is_the_mark_too() {
    let mut desk = desk(lender(), [at(1_100, bid(9_000, 1))]).ask(1, market(Buy, 10));
    desk.events[0].retain(|e| e.data.is_book());
    assert_eq!(desk.run().deals(), [(1_000, 10_001, 10)]);
}

#[test]
fn funding_on_a_book() {
    let mut desk = desk(lender(), [at(3_100, bid(9_000, 1))]).ask(1, market(Buy, 100));
    let at = manyworlds_components::time::Timestamp(2 * SECOND);
    desk.funding = vec![FundingRate { at, symbol: Default::default(), rate: 0.001 }];
    let ledger = desk.run();
    assert!((ledger.totals[0].borrow - 0.1 * 99.99 * 0.001).abs() < 1e-12);
    assert!(ledger.unexplained(0).abs() < 1e-12);
}
