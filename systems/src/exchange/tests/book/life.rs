//! Cancels, replacements, expiry, and what an account knows of it.

use manyworlds_components::order::*;
use manyworlds_components::own_orders::OwnStatus::{self, Accepted, CancelPending, Requested};
use manyworlds_components::side::Side::Buy;
use manyworlds_components::time::Timestamp;

use super::helper::*;
use crate::exchange::settings::*;

fn slow(entry_ms: f64, response_ms: f64) -> VenueSettings {
    VenueSettings { latency: LatencyModel::PerDirection { entry_ms, response_ms }, ..lender() }
}

#[test]
fn a_late_cancel_does_not_cancel() {
    let run = |ms: f64| {
        let desk = desk(slow(ms, 0.0), [at(2_300, sold(9_990, 1)), at(2_400, bid(9_000, 1))]);
        desk.ask(1, ticks(Buy, 10, 9_999)).send(2, cancel(1)).run()
    };
    let in_time = run(299.0);
    assert_eq!((in_time.deals().len(), *in_time.life(1).last().unwrap()), (0, OrderStatus::Canceled));
    let late = run(301.0);
    assert_eq!(late.deals(), [(2_300, 9_999, 10)]);
    let refused = OrderStatus::CancelRejected(RejectReason::TooLateToCancel);
    assert_eq!(late.life(1)[2..], [OrderStatus::Filled, refused]);
    assert_eq!((late.totals[0].cancel_rejects, late.totals[0].rejections), (1, 0));
}

#[test]
fn a_cancel_of_what_has_filled_unheard_is_sent_and_comes_too_late() {
    // Filled at 2.3 s, done with by the end of the third step, heard of at 6.3 s: a cancel at the end of the fourth cannot know.
    let ticker = |s: i64| at(1_000 * s + 400, bid(9_000, s));
    let events = [at(2_300, sold(9_990, 1))].into_iter().chain((3..9).map(ticker));
    let desk = desk(slow(100.0, 4_000.0), events).ask(1, ticks(Buy, 10, 9_999)).send(4, cancel(1));
    let ledger = desk.run();
    let refused = OrderStatus::CancelRejected(RejectReason::TooLateToCancel);
    assert_eq!(ledger.life(1)[2..], [OrderStatus::Filled, refused]);
    let told = ledger.orders.last().unwrap().ts;
    let steps = watched(&desk);
    let status = |i: usize| steps[i].orders.first().map(|o| o.status);
    assert_eq!(told, Timestamp(4_100_000_000), "at the venue: when it was sent, and the way there");
    assert_eq!(
        (status(2), status(3), status(4)),
        (Some(Requested), Some(CancelPending), Some(CancelPending))
    );
    assert!(steps[7].orders.is_empty(), "the fill is heard of: {:?}", steps[7]);
    assert_eq!((ledger.totals[0].cancel_rejects, ledger.totals[0].rejections), (1, 0));
}

#[test]
fn what_is_replaced_keeps_its_place_only_if_it_asks_for_less() {
    // 60 of 100 are traded before the replacement comes, 100 more behind; then 45.
    let run = |message| {
        let events = [
            at(1_100, sold(9_999, 60)),
            at(1_100, bid(9_999, 40)),
            at(1_200, bid(9_999, 140)),
            at(2_100, sold(9_999, 45)),
        ];
        desk(lender(), events).ask(1, ticks(Buy, 10, 9_999)).send(2, message).run().deals()
    };
    assert_eq!(run(replace(1, None, Some(3))), [(2_100, 9_999, 3)], "40 were ahead");
    assert_eq!(run(replace(1, Some(9_999), Some(10))), [(2_100, 9_999, 5)]);
    assert_eq!(run(replace(1, None, Some(11))), [], "behind 140");
    assert_eq!(run(replace(1, Some(10_000), None)), [(2_100, 10_000, 10)]);
    assert_eq!(run(replace(1, Some(10_001), None)), [(2_000, 10_001, 10)], "it takes");
}

#[test]
fn good_till_a_date() {
    let until = |ms: i64| {
        let request = with(TimeInForce::Gtd(Timestamp(ms * 1_000_000)), ticks(Buy, 10, 9_999));
        desk(lender(), [at(1_300, sold(9_990, 1)), at(1_400, bid(9_000, 1))]).ask(1, request).run()
    };
    assert_eq!(until(1_299).life(1).last(), Some(&OrderStatus::Expired));
    assert_eq!(until(1_300).deals(), [(1_300, 9_999, 10)]);
    assert_eq!(until(900).life(1), [OrderStatus::Requested, OrderStatus::Expired]);
}

#[test]
fn an_account_knows_after_the_answer() {
    let events = [
        at(4_100, sold(9_999, 104)),
        at(4_200, bid(9_999, 50)),
        at(7_000, bid(9_000, 1)),
        at(9_000, bid(9_000, 2)),
    ];
    // Steps end at 1, 2, 3 ... seconds.
    let desk = desk(slow(700.0, 1_600.0), events).ask(1, ticks(Buy, 10, 9_999)).send(6, cancel(1));
    let seen: Vec<(i64, Option<(i64, OwnStatus)>)> = watched(&desk)
        .iter()
        .map(|own| (own.lots, own.orders.first().map(|o| (o.remaining.0, o.status))))
        .collect();
    let expected = [
        (0, Some((10, Requested))),
        (0, Some((10, Requested))),
        (0, Some((10, Requested))),
        (0, Some((10, Accepted))), // at 1.7, heard at 3.3
        (0, Some((10, Accepted))),
        (4, Some((6, CancelPending))), // 4 lots at 4.1, heard at 5.7; then it sends the cancel
        (4, Some((6, CancelPending))),
        (4, Some((6, CancelPending))),
        (4, None), // at 6.7, heard at 8.3
    ];
    assert_eq!(seen[..9], expected);
}

#[test]
fn a_refused_replacement_leaves_the_order_as_it_was() {
    let desk = desk(slow(100.0, 0.0), [at(3_500, bid(9_000, 1))]);
    let desk = desk
        .ask(1, ticks(Buy, 10, 9_999))
        .send(2, replace(1, Some(-5), None))
        .send(3, replace(1, Some(9_998), Some(25)));
    let own = watched(&desk);
    let state =
        |i: usize| own[i].orders.first().map(|o| (o.price.unwrap().0, o.remaining.0, o.status)).unwrap();
    assert_eq!(state(1), (9_999, 10, CancelPending));
    assert_eq!(state(2), (9_999, 10, CancelPending), "refused, and the next one sent");
    assert_eq!(state(3), (9_998, 25, Accepted));
}
