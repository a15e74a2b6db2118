//! Orders that rest, and when they fill.

use manyworlds_components::side::LiquiditySide;
use manyworlds_components::side::Side::{Buy, Sell};

use super::helper::*;
use crate::exchange::book::queue::QueueModel;
use crate::exchange::book::settings::BookMatching;
use crate::exchange::settings::*;

fn queue(queue: QueueModel) -> VenueSettings {
    VenueSettings { book: BookMatching { queue, ..BookMatching::default() }, ..lender() }
}

/// A buy of 10 lots joins 100 at 9,999 at the end of the first second.
fn joined(venue: VenueSettings, events: &[manyworlds_components::market::MarketEvent]) -> Ledger {
    desk(venue, events.iter().copied()).ask(1, ticks(Buy, 10, 9_999)).run()
}

#[test]
fn it_waits_for_its_turn() {
    let ledger = joined(lender(), &[at(1_100, sold(9_999, 60)), at(1_100, bid(9_999, 40))]);
    assert_eq!(ledger.deals(), []);
    let turn = [at(1_100, sold(9_999, 60)), at(1_100, bid(9_999, 40)), at(1_200, sold(9_999, 40))];
    assert_eq!(joined(lender(), &turn).deals(), [], "first in the queue, and nothing left of the trade");
    let more = [at(1_300, sold(9_999, 4)), at(1_400, sold(9_999, 30))];
    let ledger = joined(lender(), &[&turn[..], &more].concat());
    assert_eq!(ledger.deals(), [(1_300, 9_999, 4), (1_400, 9_999, 6)], "as much as was traded beyond");
    assert!(ledger.fills.iter().all(|f| f.liquidity == LiquiditySide::Maker));
    let mut whole = lender();
    whole.book.partial_fills = false;
    assert_eq!(joined(whole, &[&turn[..], &more].concat()).deals(), [(1_300, 9_999, 10)]);
}

#[test]
fn trades_that_are_not_for_it() {
    let others =
        [at(1_100, bought(10_001, 1_000)), at(1_200, sold(10_000, 1_000)), at(1_300, bought(9_999, 500))];
    assert_eq!(joined(lender(), &others).deals(), []);
}

#[test]
fn a_trade_below_it_or_an_ask_at_it_fills_it_whole() {
    assert_eq!(joined(lender(), &[at(1_100, sold(9_998, 1))]).deals(), [(1_100, 9_999, 10)]);
    let asked = [at(1_100, bid(9_999, 0)), at(1_100, ask(9_999, 1))];
    assert_eq!(joined(lender(), &asked).deals(), [(1_100, 9_999, 10)]);
    let sell = |events: Vec<_>| desk(lender(), events).ask(1, ticks(Sell, 10, 10_001)).run().deals();
    assert_eq!(sell(vec![at(1_100, bought(10_002, 1))]), [(1_100, 10_001, -10)]);
    assert_eq!(sell(vec![at(1_100, ask(10_001, 0)), at(1_200, bid(10_003, 1))]), [(1_200, 10_001, -10)]);
    assert_eq!(sell(vec![at(1_100, bid(10_000, 100))]), []);
}

#[test]
fn cancels_ahead_move_it_up_by_the_model() {
    // The level falls from 100 to 20 with 40 traded: 40 were canceled.
    let events = [
        at(1_050, bid(9_999, 180)),
        at(1_100, sold(9_999, 40)),
        at(1_100, bid(9_999, 100)),
        at(1_200, sold(9_999, 56)),
    ];
    assert_eq!(joined(queue(QueueModel::RiskAverse), &events).deals(), [], "60 are ahead");
    // Of 40, as many as back is of front and back: 60 ahead, 120 behind (the trades have left the front).
    let fills = joined(queue(QueueModel::PowerProbability(1.0)), &events).deals();
    assert_eq!(fills, [(1_200, 9_999, 9)], "60 - 40 * 60 / 180 = 46.67 are ahead");
}

#[test]
fn two_orders_of_an_account_share_what_is_traded() {
    let events = [at(1_100, sold(9_999, 112))];
    let both = desk(lender(), events).ask(1, ticks(Buy, 10, 9_999)).ask(1, ticks(Buy, 10, 9_999)).run();
    assert_eq!(both.deals(), [(1_100, 9_999, 10), (1_100, 9_999, 2)]);
}

#[test]
fn an_order_inside_the_spread_is_first() {
    let run = |events: Vec<_>| desk(lender(), events).ask(1, ticks(Buy, 10, 10_000)).run().deals();
    assert_eq!(
        run(vec![at(1_100, sold(10_000, 3)), at(1_200, sold(9_999, 1))]),
        [(1_100, 10_000, 3), (1_200, 10_000, 7)]
    );
    assert_eq!(run(vec![at(1_100, bid(10_000, 50)), at(1_200, sold(10_000, 3))]), [(1_200, 10_000, 3)]);
}

#[test]
fn nothing_that_happened_before_it_arrived() {
    let mut venue = lender();
    venue.latency = LatencyModel::Constant { ms: 150.0 };
    // What the feed brings late happened before.
    let events =
        [late(1_100, 200, sold(9_998, 5)), late(1_149, 151, sold(9_998, 5)), at(1_300, bid(9_000, 1))];
    assert_eq!(joined(venue.clone(), &events).deals(), []);
    let events = [late(1_100, 200, sold(9_998, 5)), late(1_151, 149, sold(9_998, 5))];
    assert_eq!(joined(venue, &events).deals(), [(1_151, 9_999, 10)]);
}
