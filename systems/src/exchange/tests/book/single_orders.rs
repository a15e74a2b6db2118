//! Feeds of single orders: exact queues.

use manyworlds_components::book_event::{OrderAction, OrderUpdate};
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::BookSide::{self, Ask, Bid};
use manyworlds_components::side::Side::Buy;

use super::helper::*;
use OrderAction::*;

fn update(ms: i64, order: u64, action: OrderAction, side: BookSide, price: i64, size: i64) -> MarketEvent {
    let (price, size) = (Ticks(price), Lots(size));
    at(ms, MarketData::Order(OrderUpdate { order, action, side, price, size }))
}

/// A buy of 10 lots at 9,999 joins orders 1 (30 lots) and 2 (20 lots).
fn joined(events: Vec<MarketEvent>) -> Vec<(i64, i64, i64)> {
    let mut desk = desk(lender(), events);
    let first = [
        update(100, 1, Add, Bid, 9_999, 30),
        update(100, 2, Add, Bid, 9_999, 20),
        update(100, 3, Add, Ask, 10_001, 50),
        at(200, sold(9_999, 1)),
    ];
    desk.events[0].splice(..6, first);
    desk.events[0].pop();
    desk.events[0].push(update(9_000, 99, Add, Bid, 5_000, 1));
    desk.ask(1, ticks(Buy, 10, 9_999)).run().deals()
}

#[test]
fn its_turn_comes_when_one_behind_it_is_dealt() {
    let behind = update(1_100, 4, Add, Bid, 9_999, 100);
    let ahead = [update(1_200, 1, Execute, Bid, 0, 30), update(1_300, 2, Delete, Bid, 0, 0)];
    let one = joined(vec![behind, ahead[0], update(1_400, 4, Reduce, Bid, 0, 50)]);
    assert_eq!(one, [], "cancels behind it say nothing");
    let both = joined(vec![behind, ahead[0], ahead[1], update(1_400, 4, Execute, Bid, 0, 7)]);
    assert_eq!(both, [(1_400, 9_999, 7)]);
    // A fill that the book is told of later counts at once, and only once.
    let told = [update(1_400, 4, Fill, Bid, 0, 7), update(1_400, 4, Reduce, Bid, 0, 7)];
    assert_eq!(joined(vec![behind, ahead[0], ahead[1], told[0], told[1]]), [(1_400, 9_999, 7)]);
}

#[test]
fn who_changes_price_or_size_stands_behind() {
    let grown = [update(1_100, 1, Modify, Bid, 9_999, 31), update(1_200, 2, Execute, Bid, 0, 20)];
    let ours = joined(vec![grown[0], grown[1], update(1_300, 1, Execute, Bid, 0, 31)]);
    assert_eq!(ours, [(1_300, 9_999, 10)]);
    let shrunk = update(1_100, 1, Modify, Bid, 9_999, 5);
    assert_eq!(joined(vec![shrunk, update(1_300, 1, Execute, Bid, 0, 5)]), [], "it has kept its place");
}

#[test]
fn a_deal_at_a_worse_price_or_an_ask_at_its_own_fills_it() {
    let below = [update(1_100, 5, Add, Bid, 9_998, 9), update(1_200, 5, Execute, Bid, 0, 1)];
    assert_eq!(joined(below.to_vec()), [(1_200, 9_999, 10)]);
    assert_eq!(joined(vec![update(1_100, 6, Add, Ask, 9_999, 1)]), [(1_100, 9_999, 10)]);
    assert_eq!(joined(vec![at(1_100, sold(9_999, 500))]), [], "prints at the price are told by executions");
}
