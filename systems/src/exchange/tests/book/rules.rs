//! What a venue allows.

use manyworlds_components::book_event::BookSignal;
use manyworlds_components::order::*;
use manyworlds_components::price::Ticks;
use manyworlds_components::side::Side::{Buy, Sell};

use super::helper::*;
use crate::exchange::book::settings::*;
use crate::exchange::intervention::VenueChange;
use crate::exchange::settings::*;

fn last(ledger: &Ledger, id: u64) -> OrderStatus {
    *ledger.life(id).last().unwrap()
}

#[test]
fn post_only_never_takes() {
    let post = |price| {
        let request = with(TimeInForce::Gtx, ticks(Buy, 10, price));
        desk(lender(), [at(1_100, sold(9_990, 1))]).ask(1, request).run()
    };
    let crossing = post(10_001);
    assert_eq!(crossing.life(1), [OrderStatus::Requested, OrderStatus::Rejected(RejectReason::WouldCross)]);
    assert_eq!(post(10_000).deals(), [(1_100, 10_000, 10)]);
    // Replaced to a price at which it would take, it is gone.
    let request = with(TimeInForce::Gtx, ticks(Buy, 10, 9_999));
    let moved = desk(lender(), [at(2_100, bid(9_000, 1))]).ask(1, request);
    let moved = moved.send(2, replace(1, Some(10_002), None)).run();
    assert_eq!((moved.deals().len(), last(&moved, 1)), (0, OrderStatus::Rejected(RejectReason::WouldCross)));
}

#[test]
fn orders_of_one_account_that_would_meet() {
    let run = |rule| {
        let mut venue = lender();
        venue.book.self_trade = rule;
        let events = [at(1_100, bid(9_000, 1)), at(2_100, bid(9_000, 2)), at(2_200, sold(9_997, 5))];
        let desk = desk(venue, events).ask(1, ticks(Sell, 10, 10_000));
        let ledger = desk.ask(2, ticks(Buy, 10, 10_000)).run();
        (last(&ledger, 1), last(&ledger, 2))
    };
    use OrderStatus::{Accepted, Canceled, Filled, Rejected};
    let refused = Rejected(RejectReason::SelfTrade);
    assert_eq!(run(SelfTradePrevention::Off), (Accepted, Filled));
    assert_eq!(run(SelfTradePrevention::CancelTaker), (Accepted, refused));
    assert_eq!(run(SelfTradePrevention::CancelMaker), (Canceled, Filled));
    assert_eq!(run(SelfTradePrevention::CancelBoth), (Canceled, refused));
}

#[test]
fn a_price_band() {
    let mut venue = lender();
    venue.book.price_band = Some(0.0001);
    let run = |request| desk(venue.clone(), [at(1_100, bid(9_000, 1))]).ask(1, request).run();
    // 9,999 to 10,001 around a mid of 10,000.
    let refused = OrderStatus::Rejected(RejectReason::PriceBand);
    assert_eq!(last(&run(ticks(Buy, 10, 10_002)), 1), refused);
    assert_eq!(last(&run(ticks(Sell, 10, 9_998)), 1), refused);
    assert_eq!(last(&run(ticks(Buy, 10, 9_000)), 1), OrderStatus::Accepted, "far away, but not too dear");
    let ioc = run(with(TimeInForce::Ioc, market(Buy, 150)));
    assert_eq!((ioc.deals(), last(&ioc, 1)), (vec![(1_000, 10_001, 100)], OrderStatus::Canceled));
}

#[test]
fn a_halt_and_a_gap_in_the_feed() {
    for (stop, go) in [
        (BookSignal::Halt, vec![signal(BookSignal::Resume)]),
        (BookSignal::Gap, vec![signal(BookSignal::Clear), bid(9_998, 100), ask(10_001, 70)]),
    ] {
        let mut events = vec![at(1_100, signal(stop)), at(1_200, sold(9_990, 5)), at(1_300, bid(9_000, 9))];
        events.extend(go.into_iter().map(|data| at(2_500, data)));
        events.push(at(3_100, sold(9_998, 5)));
        let resting = desk(lender(), events.clone()).ask(1, ticks(Buy, 10, 9_999)).run();
        assert_eq!(resting.deals(), [(3_100, 9_999, 10)], "{stop:?}");
        let mut venue = lender();
        venue.latency = LatencyModel::Constant { ms: 500.0 };
        let coming = desk(venue, events).ask(1, market(Buy, 10)).run();
        assert_eq!(coming.deals(), [(3_000, 10_001, 10)], "{stop:?}");
        assert_eq!(coming.orders[1].status, OrderStatus::Accepted);
        assert_eq!(coming.orders[1].ts.0, 1_500_000_000);
    }
}

#[test]
fn an_outage() {
    let events = vec![at(61_100, sold(9_990, 5)), at(125_000, bid(9_000, 9)), at(126_100, sold(9_990, 5))];
    let down = desk(lender(), events).change(1, 2, VenueChange::Outage);
    let ledger = down.ask(1, ticks(Buy, 10, 9_999)).send(61, cancel(1)).ask(62, market(Buy, 1)).run();
    assert_eq!(ledger.deals(), [], "the cancel gets through before the trade");
    assert_eq!(last(&ledger, 1), OrderStatus::Canceled);
    assert_eq!(ledger.life(2), [OrderStatus::Rejected(RejectReason::VenueOutage)]);
}

#[test]
fn stops_wake_on_trades() {
    let events = [
        at(1_100, bought(10_000, 1)),
        at(1_200, bought(10_002, 1)),
        at(1_300, ask(10_001, 0)),
        at(1_400, bid(9_000, 1)),
    ];
    let run = |kind| desk(lender(), events).ask(1, order(Buy, 10, kind)).run();
    let trigger = Ticks(10_002);
    assert_eq!(run(OrderKind::Stop { trigger }).deals(), [(1_200, 10_001, 10)]);
    let limit = run(OrderKind::StopLimit { trigger, price: Ticks(10_000) });
    assert_eq!((limit.deals().len(), last(&limit, 1)), (0, OrderStatus::Accepted));
    let events = [
        at(1_100, bought(10_020, 1)),
        at(1_200, sold(10_011, 1)),
        at(1_300, sold(10_009, 1)),
        at(1_400, bid(9_000, 1)),
    ];
    let trailing = OrderKind::TrailingStop { offset: Ticks(10), trigger: None };
    let ledger = desk(lender(), events).ask(1, order(Sell, 10, trailing)).run();
    assert_eq!(ledger.deals(), [(1_300, 9_999, -10)], "10 below 10,020");
}

#[test]
fn brackets() {
    let bracket = Bracket { take_profit: Some(0.001), stop_loss: Some(0.001), trailing_stop: None };
    let run = |events: Vec<_>| {
        desk(lender(), events).ask(1, OrderRequest { bracket: Some(bracket), ..market(Buy, 10) }).run()
    };
    // Bought at 10,001: out at 10,011 or, at best, at the market once it trades at 9,991.
    let win = run(vec![at(1_100, bid(9_000, 1)), at(1_200, bought(10_012, 1)), at(1_300, bid(9_000, 2))]);
    assert_eq!(win.deals(), [(1_000, 10_001, 10), (1_200, 10_011, -10)]);
    assert_eq!(last(&win, 2), OrderStatus::Canceled, "the stop loss");
    let loss = run(vec![at(1_100, bid(9_000, 1)), at(1_200, sold(9_991, 1)), at(1_300, bid(9_000, 2))]);
    assert_eq!(loss.deals(), [(1_000, 10_001, 10), (1_200, 9_999, -10)]);
    assert_eq!(last(&loss, 3), OrderStatus::Canceled, "the take profit");
}
