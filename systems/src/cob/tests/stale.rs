//! Venues that fall silent, miss messages, are halted, and come back.

use manyworlds_components::book_event::BookSignal;
use manyworlds_engine::Annotation;

use super::*;
use crate::bar_world::annotations;
use crate::book_world::{MS, quote};
use crate::cob::{Rejoin, VenueStatus};

/// Venue 0 speaks every 100 ms up to `until`.
fn lively(until: i64) -> Vec<MarketEvent> {
    let mut events = snapshot(0, 0, &[(25_000, 10)], &[(25_010, 10)]);
    events.extend((1..until / 100).map(|i| at(100 * i - 1, 0, bid(25_000, 10 + i % 3))));
    events
}

/// By step, 100 ms each, from `from` on: whether venue 1 is in.
fn stale(mut simulation: Simulation) -> (Vec<(i64, f64)>, Simulation) {
    let mut changes: Vec<(i64, f64)> = Vec::new();
    run(&mut simulation, |now| {
        let Some(flag) = feature(now, "stale_2") else { return };
        if changes.last().is_none_or(|last| last.1 != flag) {
            changes.push((now.clock().now.0 / MS, flag));
        }
        // What is flagged is out, what is not is in.
        let (all, own) = (feature(now, "bid_volume").unwrap(), feature(now, "liquidity_2").unwrap());
        assert_eq!(own > 0.0, flag == 0.0);
        assert!(flag == 0.0 || all < 7.0, "{all}");
        assert_eq!(feature(now, "venues"), Some(2.0 - flag));
    });
    (changes, simulation)
}

fn limit(ms: i64, rejoin: Rejoin) -> CobSettings {
    CobSettings { stale_after: Frame::from_nanos(ms * MS).unwrap(), rejoin, ..CobSettings::default() }
}

fn notes(simulation: &Simulation) -> Vec<(i64, &'static str, u8, f64)> {
    let note = |a: &Annotation| (a.ts.0 / MS, a.label, a.level, (a.value * 1e9).round() / 1e9);
    annotations(simulation).iter().map(note).collect()
}

/// Silent from 250 ms to 2,050 ms, then a word, then at 3,050 ms a snapshot.
fn silence() -> Vec<MarketEvent> {
    let mut events = lively(4_000);
    events.extend(snapshot(50, 1, &[(25_001, 20)], &[(25_009, 20)]));
    events.push(at(250, 1, bid(25_001, 21)));
    events.extend((0..9).map(|i| at(2_050 + 100 * i, 1, bid(25_001, 22 + i))));
    events.extend(snapshot(3_050, 1, &[(25_001, 9)], &[(25_009, 9)]));
    events.extend((0..9).map(|i| at(3_060 + 100 * i, 1, ask(25_009, 22 + i))));
    events
}

#[test]
fn a_silent_venue_leaves_and_a_snapshot_brings_it_back() {
    let (changes, end) = stale(world(silence(), 2, limit(500, Rejoin::Snapshot)));
    // 500 ms after 250 ms it is not over the limit yet at 700 ms, but at 800 ms.
    assert_eq!(changes, [(100, 0.0), (800, 1.0), (3_100, 0.0)]);
    assert_eq!(notes(&end), [(800, "cob.stale", 2, 0.55), (3_100, "cob.back", 2, 0.04)]);
    assert!(annotations(&end).iter().all(|a| a.at <= a.ts), "known when it is noted");
    assert_eq!(cob(&end).venues()[1].status, VenueStatus::Live);
}

#[test]
fn or_any_word_where_the_feed_says_itself_what_it_misses() {
    let (changes, end) = stale(world(silence(), 2, limit(500, Rejoin::Update)));
    assert_eq!(changes, [(100, 0.0), (800, 1.0), (2_100, 0.0)]);
    assert_eq!(notes(&end).len(), 2);
}

#[test]
fn exactly_the_limit_is_not_over_it() {
    let mut events = lively(2_000);
    events.extend(snapshot(100, 1, &[(25_001, 20)], &[(25_009, 20)]));
    let (changes, _) = stale(world(events, 2, limit(500, Rejoin::Snapshot)));
    assert_eq!(changes, [(100, 0.0), (700, 1.0)], "at 600 ms it has been silent for 500");
}

#[test]
fn a_book_of_quotes_is_whole_with_every_quote() {
    let mut events = lively(3_000);
    let words = [50, 150, 1_550, 1_650];
    events.extend(words.map(|ms| at(ms, 1, quote((25_001, 20), (25_009, 20)))));
    let (changes, _) = stale(world(events, 2, limit(500, Rejoin::Snapshot)));
    assert_eq!(changes, [(100, 0.0), (700, 1.0), (1_600, 0.0), (2_200, 1.0)]);
}

#[test]
fn missing_messages_are_mended_by_a_snapshot_only() {
    let mut events = lively(2_000);
    events.extend(snapshot(50, 1, &[(25_001, 20)], &[(25_009, 20)]));
    events.push(at(350, 1, signal(BookSignal::Gap)));
    events.extend((0..5).map(|i| at(450 + 100 * i, 1, bid(25_002, 20 + i))));
    events.extend(snapshot(950, 1, &[(25_001, 20)], &[(25_009, 20)]));
    let (changes, end) = stale(world(events, 2, limit(5_000, Rejoin::Update)));
    assert_eq!(changes, [(100, 0.0), (400, 1.0), (1_000, 0.0)]);
    assert_eq!(notes(&end), [(400, "cob.gap", 2, 0.05), (1_000, "cob.back", 2, 0.05)]);
}

#[test]
fn a_halted_venue_is_out_until_it_resumes() {
    let mut events = lively(2_000);
    events.extend(snapshot(50, 1, &[(25_001, 20)], &[(25_009, 20)]));
    events.push(at(350, 1, signal(BookSignal::Halt)));
    events.push(at(950, 1, signal(BookSignal::Resume)));
    let (changes, end) = stale(world(events, 2, limit(5_000, Rejoin::Snapshot)));
    assert_eq!(changes, [(100, 0.0), (400, 1.0), (1_000, 0.0)]);
    assert_eq!(notes(&end)[0].1, "cob.halt");
}

/// A reset without levels: the venue is there, with nothing; the others stand for the book.
#[test]
fn a_reset_empties_a_venue_at_once() {
    let mut events = snapshot(0, 0, &[(25_000, 10)], &[(25_010, 10)]);
    events.extend(snapshot(50, 1, &[(25_001, 20)], &[(25_009, 20)]));
    events.push(at(150, 1, signal(BookSignal::Clear)));
    let now = finished(world(events, 2, CobSettings::default()));
    assert_eq!((feature(&now, "liquidity_2"), feature(&now, "bid_volume")), (Some(0.0), Some(5.0)));
    assert_eq!((feature(&now, "venues"), feature(&now, "best_bid_venue")), (Some(2.0), Some(1.0)));
}

/// The last venue that is in falls silent: nothing is left, and nothing is made up.
#[test]
fn with_no_venue_there_is_no_book() {
    let mut events = snapshot(0, 0, &[(25_000, 10)], &[(25_010, 10)]);
    events.push(at(3_000, 0, bid(25_000, 11)));
    let mut simulation = world(events, 1, limit(500, Rejoin::Snapshot));
    run(&mut simulation, |now| {
        let there = now.clock().now.0 <= 500 * MS;
        for word in ["mid", "imbalance", "crossed", "age_ms", "best_bid_venue", "ask_depth_5"] {
            assert_eq!(feature(now, word).is_some(), there, "{word} at {}", now.clock().now.0 / MS);
        }
    });
}
