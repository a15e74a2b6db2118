//! Time in force, cancel, replace, OCO, reduce-only.

use manyworlds_components::ids::OrderId;
use manyworlds_components::order::OrderStatus::*;
use manyworlds_components::order::{OrderKind, OrderRequest, RejectReason, TimeInForce, VenueMessage};
use manyworlds_components::price::Lots;
use manyworlds_components::side::Side::{Buy, Sell};
use manyworlds_components::time::Timestamp;

use super::helper::*;
use crate::exchange::settings::*;

const FLAT: [f64; 4] = [100.0, 100.0, 100.0, 100.0];
const DIP: [f64; 4] = [100.0, 100.0, 90.0, 100.0];

fn with(time_in_force: TimeInForce, request: OrderRequest) -> OrderRequest {
    OrderRequest { time_in_force, ..request }
}

#[test]
fn immediate_orders_have_one_moment() {
    let run = |request| Desk::bars(margin_venue(), &[FLAT, DIP, DIP]).ask(1, request).run();
    let ioc = run(with(TimeInForce::Ioc, limit(Buy, 1_000, 95.0)));
    assert_eq!((ioc.life(1), ioc.fills.len()), (vec![Requested, Accepted, Canceled], 0));
    let fok = run(with(TimeInForce::Fok, limit(Buy, 1_000, 95.0)));
    assert_eq!(fok.life(1).last(), Some(&Rejected(RejectReason::CannotFill)));
    assert_eq!(run(with(TimeInForce::Ioc, limit(Buy, 1_000, 101.0))).prices(), [(100.0, 1_000)]);
    assert_eq!(run(with(TimeInForce::Fok, market(Buy, 1_000))).prices(), [(100.0, 1_000)]);
    // A sleeping stop is not immediate until it wakes.
    assert_eq!(run(with(TimeInForce::Ioc, stop(Sell, 1_000, 95.0))).prices(), [(95.0, -1_000)]);
}

#[test]
fn participation_fills_in_parts() {
    let venue = VenueSettings { participation: Some(0.05), ..margin_venue() };
    let run = |tif| Desk::bars(venue.clone(), &[FLAT; 5]).ask(1, with(tif, market(Buy, 1_200))).run();
    let gtc = run(TimeInForce::Gtc);
    assert_eq!(gtc.prices(), [(100.0, 500), (100.0, 500), (100.0, 200)]);
    assert_eq!(gtc.life(1), [Requested, Accepted, PartiallyFilled, PartiallyFilled, Filled]);
    let once = Desk::bars(venue.clone(), &[FLAT, DIP]).ask(1, limit(Buy, 1_200, 101.0)).run();
    assert_eq!(once.prices(), [(100.0, 500)], "the open took the bar's share; the range adds none");
    let ioc = run(TimeInForce::Ioc);
    assert_eq!((ioc.prices(), ioc.life(1).last()), (vec![(100.0, 500)], Some(&Canceled)));
    let fok = run(TimeInForce::Fok);
    assert_eq!((fok.prices(), fok.life(1).last()), (vec![], Some(&Rejected(RejectReason::CannotFill))));
    assert_eq!(fok.totals[0].rejections, 1);
}

#[test]
fn good_till_date_ends() {
    let until = |minutes: f64| TimeInForce::Gtd(Timestamp((minutes * MINUTE as f64) as i64));
    let run = |t| {
        Desk::bars(margin_venue(), &[FLAT, FLAT, FLAT, DIP]).ask(1, with(until(t), limit(Buy, 1, 95.0))).run()
    };
    assert_eq!(run(4.0).prices(), [(95.0, 1)]);
    let within = run(3.5);
    assert_eq!(
        (within.prices(), within.life(1).last()),
        (vec![], Some(&Expired)),
        "the dip may have come too late"
    );
    assert_eq!(run(2.0).life(1), [Requested, Accepted, Expired]);
    let market = Desk::bars(margin_venue(), &[FLAT, FLAT]).ask(1, with(until(1.5), market(Buy, 1))).run();
    assert_eq!(market.prices(), [(100.0, 1)], "the open was in time");
}

#[test]
fn cancel_and_replace() {
    let desk = Desk::bars(margin_venue(), &[FLAT, FLAT, DIP, DIP]).ask(1, limit(Buy, 1_000, 95.0));
    let canceled = desk.clone().send(2, VenueMessage::Cancel(OrderId(1))).run();
    assert_eq!((canceled.life(1), canceled.working[0]), (vec![Requested, Accepted, Canceled], 0));
    let message = |price, lots| VenueMessage::Replace { order: OrderId(1), price, lots };
    let replaced = desk.clone().send(2, message(Some(cents(92.0)), Some(Lots(400)))).run();
    assert_eq!(replaced.prices(), [(92.0, 400)]);
    assert_eq!(replaced.life(1), [Requested, Accepted, Replaced, Filled]);
    let bad = desk.clone().send(2, message(Some(cents(-1.0)), None)).run();
    assert_eq!((bad.prices(), bad.totals[0].cancel_rejects), (vec![(95.0, 1_000)], 1));
    assert!(bad.life(1).contains(&CancelRejected(RejectReason::InvalidPrice)));
    let unknown = desk.clone().send(2, VenueMessage::Cancel(OrderId(9))).run();
    assert_eq!((unknown.totals[0].cancel_rejects, unknown.totals[0].rejections), (1, 0));
    assert_eq!(unknown.life(9), [CancelRejected(RejectReason::UnknownOrder)]);
    // Sent before the dip, but on its way for a minute and a half: too late.
    let mut slow = desk.send(2, VenueMessage::Cancel(OrderId(1)));
    slow.venue.latency = LatencyModel::Constant { ms: 59_000.0 };
    let slow = slow.run();
    assert_eq!(slow.prices(), [(95.0, 1_000)], "the cancel arrives within the bar that fills the order");
    assert_eq!(slow.life(1).last(), Some(&CancelRejected(RejectReason::TooLateToCancel)));
    assert_eq!((slow.totals[0].cancel_rejects, slow.totals[0].rejections), (1, 0));
}

#[test]
fn a_replacement_below_what_was_filled_ends_the_order() {
    let venue = VenueSettings { participation: Some(0.05), ..margin_venue() };
    let replace = VenueMessage::Replace { order: OrderId(1), price: None, lots: Some(Lots(100)) };
    let ledger = Desk::bars(venue, &[FLAT; 5]).ask(1, market(Buy, 1_200)).send(2, replace).run();
    assert_eq!(ledger.prices(), [(100.0, 500)]);
    assert_eq!(ledger.life(1), [Requested, Accepted, PartiallyFilled, Replaced, Canceled]);
}

#[test]
fn one_cancels_the_other_across_symbols() {
    let grouped = |symbol: u32, request: OrderRequest| OrderRequest {
        symbol: manyworlds_components::ids::SymbolId(symbol),
        oco_group: Some(5),
        ..request
    };
    let ledger = Desk::bars(margin_venue(), &[FLAT, FLAT, DIP])
        .and_bars(&[FLAT, DIP, DIP])
        .ask(1, grouped(0, limit(Buy, 1_000, 95.0)))
        .ask(1, grouped(1, limit(Buy, 1_000, 95.0)))
        .run();
    assert_eq!(ledger.fills.len(), 1);
    assert_eq!((ledger.fills[0].symbol.0, ledger.life(1).last()), (1, Some(&Canceled)));
}

#[test]
fn reduce_only_never_flips() {
    let reduce = |request| OrderRequest { reduce_only: true, ..request };
    let desk = Desk::bars(margin_venue(), &[FLAT; 5]);
    let ledger = desk.clone().ask(1, market(Buy, 1_000)).ask(2, reduce(market(Sell, 5_000))).run();
    assert_eq!((ledger.prices(), ledger.positions[0].lots), (vec![(100.0, 1_000), (100.0, -1_000)], 0));
    let flat = desk.clone().ask(1, reduce(market(Sell, 1_000))).run();
    assert_eq!(flat.life(1), [Rejected(RejectReason::ReduceOnly)]);
    assert_eq!(flat.decisions[0].reasons.cut, Some(RejectReason::ReduceOnly));
    // Two reducers of one position: the second finds nothing left.
    let two = desk
        .ask(1, market(Buy, 1_000))
        .ask(2, reduce(market(Sell, 1_000)))
        .ask(2, reduce(market(Sell, 1_000)));
    let two = two.run();
    assert_eq!(two.life(3).last(), Some(&Rejected(RejectReason::ReduceOnly)));
}

#[test]
fn order_numbers_rise_and_refused_requests_have_one() {
    let desk =
        Desk::bars(venue(), &[FLAT; 4]).ask(1, market(Sell, 1)).ask(1, market(Buy, 1)).ask(2, market(Buy, 0));
    let ledger = desk.ask(2, order(Buy, 1, OrderKind::Limit { price: cents(0.0) })).run();
    assert_eq!(ledger.life(1), [Rejected(RejectReason::ShortNotAllowed)]);
    assert_eq!(ledger.life(2), [Requested, Accepted, Filled]);
    assert_eq!(ledger.life(3), [Rejected(RejectReason::BelowLotSize)]);
    assert_eq!(ledger.life(4), [Rejected(RejectReason::InvalidPrice)]);
    assert_eq!(ledger.totals[0].rejections, 3);
}
