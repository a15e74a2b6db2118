//! Oracles of order-book dynamics, through the generator and the book.

use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::BookSignal;
use manyworlds_components::market::MarketData;
use manyworlds_components::side::BookSide::{Ask, Bid};

use super::queues::Queues;
use super::*;

const OWN: [ListingId; 1] = [ListingId(0)];

/// The share of paths on which the mid moves up first, from a spread of one tick and these queues. A path that takes
/// more than `most` events counts half.
fn mid_up(spec: &BookSpec, bid: usize, ask: usize, paths: u64, most: usize) -> f64 {
    let mut start = Queues::new(5_000);
    (0..bid).for_each(|_| _ = start.add(Bid, 5_000));
    (0..ask).for_each(|_| _ = start.add(Ask, 5_001));
    let mut flow = BookFlow::with_queues("race", spec, vec![start.clone()], 5 + 10 * bid as u64 + ask as u64);
    let mut up = 0.0;
    for _ in 0..paths {
        flow.reset(0, start.clone());
        let mut book = OrderBook::default();
        let mut publisher = Publisher::new(spec, 0, SymbolId(0), OWN[0], &start);
        let before = 2.0 * 5_000.5;
        up += 'path: {
            for _ in 0..most {
                let event = flow.advance(i64::MAX).unwrap();
                publisher.take(&event, flow.queues(0));
                publisher.drain().iter().for_each(|event| book.apply(event));
                let (best_bid, best_ask) = (book.best_bid(), book.best_ask());
                // A side that is used up lets the mid move its way, whatever stands behind it.
                let moved = match (best_bid, best_ask) {
                    (Some(bid), Some(ask)) => (bid.price.0 + ask.price.0) as f64 - before,
                    (Some(_), None) => 1.0,
                    _ => -1.0,
                };
                if moved != 0.0 {
                    break 'path f64::from(u8::from(moved > 0.0));
                }
            }
            0.5
        };
    }
    up / paths as f64
}

/// Only what bears on the race: orders at one tick's distance, which is the best price as long as the spread is one.
fn race(limit: f64, cancel: f64, market: f64) -> BookSpec {
    BookSpec {
        limit_rates: vec![limit],
        cancel_rates: vec![cancel],
        market_rate: market,
        depth: 1,
        ..BookSpec::default()
    }
}

/// Cont, Stoikov & Talreja (2010), table 3: P(mid up first | bid queue, ask queue), spread 1.
const TABLE: [(usize, usize, f64); 4] = [(1, 1, 0.5), (1, 2, 0.336), (1, 3, 0.259), (2, 3, 0.407)];

/// To the accuracy of a million paths.
#[test]
fn mid_moves_as_in_cont_stoikov_talreja() {
    for (bid, ask, expected) in TABLE {
        let found = mid_up(&race(1.85, 0.71, 0.94), bid, ask, 1_000_000, 100_000);
        println!("P(mid up first | bid {bid}, ask {ask}): {found:.4}, in the table {expected}");
        assert!((found - expected).abs() < 0.003, "({bid}, {ask}): {found}, not {expected}");
    }
}

/// Cont & de Larrard (2013): the bid queue outlives the ask queue under balanced flow, one order at a time.
#[test]
fn queues_race_as_in_cont_de_larrard() {
    for (bid, ask, expected) in [(1, 2, 0.302347), (1, 3, 0.209389), (2, 3, 0.376714)] {
        let found = mid_up(&race(1.0, 0.0, 1.0), bid, ask, 30_000, 5_000);
        println!("phi({bid}, {ask}): {found:.4}, in closed form {expected}");
        assert!((found - expected).abs() < 0.0095, "({bid}, {ask}): {found}, not {expected}");
    }
}

fn hour(spec: &BookSpec, venues: u32, seed: u64) -> Vec<Vec<MarketEvent>> {
    let listings: Vec<ListingId> = (0..venues).map(ListingId).collect();
    synthetic_books("S", spec, seed, SymbolId(0), &listings).unwrap()
}

fn replayed(events: &[MarketEvent]) -> OrderBook {
    let mut book = OrderBook::default();
    for event in events {
        book.apply(event);
        assert!(!book.is_crossed());
    }
    book
}

#[test]
fn levels_orders_and_quotes_tell_the_same_book() {
    let of = |detail| hour(&BookSpec { detail, speed: 2.0, ..BookSpec::default() }, 1, 3).remove(0);
    let [levels, orders, quotes] = [BookDetail::Levels, BookDetail::Orders, BookDetail::Quotes].map(of);
    let trades =
        |events: &[MarketEvent]| events.iter().filter(|e| e.data.is_print()).copied().collect::<Vec<_>>();
    assert!(trades(&levels).len() > 1_000);
    assert_eq!(trades(&levels), trades(&orders));
    assert_eq!(trades(&levels), trades(&quotes));
    let [levels, orders, quotes] = [levels, orders, quotes].map(|events| replayed(&events));
    for side in [Bid, Ask] {
        assert_eq!(levels.levels(side).collect::<Vec<_>>(), orders.levels(side).collect::<Vec<_>>());
        assert_eq!(levels.best(side), quotes.best(side));
    }
    assert!(orders.order_count() > 20 && orders.counts().unmatched_orders == 0);
}

#[test]
fn times_rise_and_trades_come_before_what_they_leave() {
    let spec = BookSpec { feed_latency_ms: 3.0, ..BookSpec::default() };
    let events = hour(&spec, 1, 1).remove(0);
    let order = |e: &MarketEvent| (e.ts_recv, e.data.priority());
    assert!(events.is_sorted_by_key(order));
    assert!(events.iter().all(|e| e.ts_recv - e.ts_event == 3_000_000));
    assert_eq!(events, hour(&spec, 1, 1).remove(0), "a function of settings and seed");
    assert_ne!(events, hour(&spec, 1, 2).remove(0));
}

/// Mean rate mu / (1 - n) a side; the Fano factor of counts in long windows is 1 / (1 - n)^2.
#[test]
fn excited_market_orders_cluster() {
    let hawkes = HawkesFlow { own_venue: 0.5, other_venues: 0.0, decay_rate: 5.0 };
    let spec = BookSpec {
        hawkes,
        duration: "10h".parse().unwrap(),
        depth: 5,
        market_rate: 0.5,
        ..BookSpec::default()
    };
    let mut flow = BookFlow::new("S", &spec, 1, 9);
    let mut counts = vec![0.0; 1_200];
    while let Some(event) = flow.advance(spec.duration_ns()) {
        if event.flow == Flow::Market && event.side == Ask {
            counts[(event.at / 30_000_000_000) as usize] += 1.0;
        }
    }
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (counts.len() - 1) as f64;
    assert!((mean / 30.0 - 1.0).abs() < 0.05, "rate {}", mean / 30.0);
    assert!((variance / mean / 4.0 - 1.0).abs() < 0.2, "Fano factor {}", variance / mean);
}

#[test]
fn venues_move_together_and_one_comes_back_with_a_snapshot() {
    let hawkes = HawkesFlow { own_venue: 0.4, other_venues: 0.3, decay_rate: 5.0 };
    let (after, length) = ("10m".parse().unwrap(), "5m".parse().unwrap());
    let outages = vec![Outage { venue: 2, after, length }];
    let duration = "20m".parse().unwrap();
    let spec = BookSpec { hawkes, outages, duration, depth: 10, ..BookSpec::default() };
    let feeds = hour(&spec, 3, 4);
    let mids: Vec<f64> = feeds.iter().map(|events| replayed(events).mid_ticks().unwrap()).collect();
    for mid in &mids[1..] {
        assert!((mid - mids[0]).abs() < 15.0, "{mids:?}");
    }
    let minute = |n: i64| spec.start + n * 60_000_000_000;
    let silent = |e: &&MarketEvent| e.ts_event >= minute(10) && e.ts_event < minute(15);
    assert_eq!(feeds[2].iter().filter(silent).count(), 0);
    assert!(feeds[0].iter().filter(silent).count() > 500);
    let clears = |events: &[MarketEvent]| {
        events.iter().filter(|e| matches!(e.data, MarketData::Signal(BookSignal::Clear))).count()
    };
    assert_eq!(feeds.iter().map(|f| clears(f)).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(feeds[1][0].listing, ListingId(1));
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |spec: BookSpec, field: &str| {
        let error = spec.validate(1).unwrap_err();
        assert_eq!(error.field, field);
    };
    let base = BookSpec::default;
    refused(BookSpec { limit_rates: vec![], ..base() }, "limit_rates");
    refused(BookSpec { limit_rates: vec![1.0, f64::NAN], ..base() }, "limit_rates[1]");
    refused(BookSpec { speed: 0.0, ..base() }, "speed");
    refused(BookSpec { depth: 0, ..base() }, "depth");
    refused(BookSpec { order_size: 0.0001, ..base() }, "order_size");
    refused(BookSpec { initial_price: 0.1, ..base() }, "initial_price");
    let hawkes = HawkesFlow { own_venue: 0.6, other_venues: 0.5, decay_rate: 1.0 };
    refused(BookSpec { hawkes, ..base() }, "hawkes");
    let length = "1m".parse().unwrap();
    let outages = vec![Outage { venue: 1, after: length, length }];
    refused(BookSpec { outages, ..base() }, "outages[0].venue");
}
