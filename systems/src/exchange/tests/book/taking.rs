//! Orders that take liquidity.

use manyworlds_components::order::*;
use manyworlds_components::side::LiquiditySide;
use manyworlds_components::side::Side::{Buy, Sell};

use super::helper::*;
use crate::exchange::book::settings::*;
use crate::exchange::settings::*;

fn run(venue: VenueSettings, request: OrderRequest) -> Ledger {
    desk(venue, [at(1_100, bid(9_000, 1))]).ask(1, request).run()
}

#[test]
fn a_market_order_walks_the_levels() {
    let ledger = run(lender(), market(Buy, 150));
    assert_eq!(ledger.deals(), [(1_000, 10_001, 100), (1_000, 10_002, 50)]);
    assert!(ledger.fills.iter().all(|f| f.liquidity == LiquiditySide::Taker));
    assert_eq!(
        ledger.life(1),
        [OrderStatus::Requested, OrderStatus::Accepted, OrderStatus::PartiallyFilled, OrderStatus::Filled]
    );
    let mut whole = lender();
    whole.book.partial_fills = false;
    assert_eq!(run(whole, market(Sell, 5_000)).deals(), [(1_000, 9_999, -5_000)]);
}

#[test]
fn what_is_left_of_a_market_order_waits_for_more() {
    let more = [at(1_100, ask(10_003, 30)), at(2_100, ask(10_003, 45))];
    let ledger = desk(lender(), more).ask(1, market(Buy, 240)).run();
    // At the ends of steps; of a level that has another size, all is new.
    let expected = [(1_000, 10_001, 100), (1_000, 10_002, 100), (2_000, 10_003, 30), (3_000, 10_003, 10)];
    assert_eq!(ledger.deals(), expected);
    let ledger = desk(lender(), more).ask(1, with(TimeInForce::Ioc, market(Buy, 240))).run();
    assert_eq!((ledger.deals().len(), *ledger.life(1).last().unwrap()), (2, OrderStatus::Canceled));
}

#[test]
fn a_limit_takes_up_to_its_price_and_rests() {
    let rest = [at(1_100, ask(10_001, 0)), at(1_200, sold(10_001, 5)), at(1_300, sold(10_000, 5))];
    let ledger = desk(lender(), rest).ask(1, ticks(Buy, 130, 10_001)).run();
    assert_eq!(ledger.deals(), [(1_000, 10_001, 100), (1_200, 10_001, 5), (1_300, 10_001, 25)]);
    assert_eq!(ledger.fills[1].liquidity, LiquiditySide::Maker);
    let ioc = desk(lender(), rest).ask(1, with(TimeInForce::Ioc, ticks(Buy, 130, 10_001))).run();
    assert_eq!((ioc.deals().len(), *ioc.life(1).last().unwrap()), (1, OrderStatus::Canceled));
    let fok = |lots| run(lender(), with(TimeInForce::Fok, ticks(Buy, lots, 10_002)));
    assert_eq!(fok(200).deals(), [(1_000, 10_001, 100), (1_000, 10_002, 100)]);
    assert_eq!(fok(201).deals(), []);
    assert_eq!(*fok(201).life(1).last().unwrap(), OrderStatus::Rejected(RejectReason::CannotFill));
}

#[test]
fn displayed_liquidity_is_consumed_until_it_is_refreshed() {
    let twice = |venue, events: Vec<_>| {
        desk(venue, events).ask(1, market(Buy, 80)).ask(2, market(Buy, 80)).run().deals()
    };
    let quiet = vec![at(1_100, bid(9_000, 1)), at(2_100, bid(9_000, 2))];
    assert_eq!(
        twice(lender(), quiet.clone()),
        [(1_000, 10_001, 80), (2_000, 10_001, 20), (2_000, 10_002, 60)]
    );
    let refreshed = vec![at(1_100, ask(10_001, 90)), at(2_100, bid(9_000, 2))];
    assert_eq!(twice(lender(), refreshed), [(1_000, 10_001, 80), (2_000, 10_001, 80)]);
    let mut endless = lender();
    endless.book.consume_displayed = false;
    assert_eq!(twice(endless, quiet), [(1_000, 10_001, 80), (2_000, 10_001, 80)]);
}

#[test]
fn quotes_tell_nothing_beyond_their_size() {
    let events = |rules: QuoteFills| {
        let mut venue = lender();
        venue.book.quote_fills = rules;
        let mut desk = desk(venue, []);
        desk.events[0] = vec![
            at(100, quote((9_999, 100), (10_001, 100))),
            at(200, sold(9_999, 1)),
            at(1_100, quote((9_999, 100), (10_001, 40))),
            at(2_100, quote((9_998, 70), (10_000, 40))),
            at(3_100, sold(9_998, 71)),
        ];
        desk
    };
    let take = |rules| events(rules).ask(1, with(TimeInForce::Ioc, market(Buy, 130))).run().deals();
    assert_eq!(take(QuoteFills::Displayed), [(1_000, 10_001, 100)]);
    assert_eq!(take(QuoteFills::NextTick), [(1_000, 10_001, 100), (1_000, 10_002, 30)]);
    // An order behind the quote has an unknown queue: all that is shown when the quote comes there is ahead.
    let rest = events(QuoteFills::Displayed).ask(1, ticks(Buy, 10, 9_998)).run();
    assert_eq!(rest.deals(), [(3_100, 9_998, 1)]);
    let touched = events(QuoteFills::Displayed).ask(1, ticks(Buy, 10, 10_000)).run();
    assert_eq!(touched.deals(), [(2_100, 10_000, 10)], "the ask has come to its price");
}

#[test]
fn a_share_of_equity_is_worked_out_at_the_best_price() {
    let ledger = run(lender(), all_in(Buy, 0.001));
    // 10 of 10,000 at 100.01.
    assert_eq!(ledger.deals(), [(1_000, 10_001, 99)]);
}
