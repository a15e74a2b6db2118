//! What the walk notes, against eq. 10 on books that are built anew at every instant.

use std::collections::BTreeMap;

use manyworlds_components::book_event::{DepthUpdate, Quote};
use proptest::prelude::*;

use super::*;

fn event(ts: i64, data: MarketData) -> MarketEvent {
    MarketEvent::primary(Timestamp(ts), Timestamp(ts), SymbolId(0), data)
}

fn depth(ts: i64, side: BookSide, price: i64, size: i64) -> MarketEvent {
    event(ts, MarketData::Depth(DepthUpdate { side, price: Ticks(price), size: Lots(size) }))
}

fn quote(ts: i64, [bid, bid_size, ask, ask_size]: [i64; 4]) -> MarketEvent {
    let quote =
        Quote { bid: Ticks(bid), bid_size: Lots(bid_size), ask: Ticks(ask), ask_size: Lots(ask_size) };
    event(ts, MarketData::Quote(quote))
}

/// The changes of events, in steps of `step` events.
fn changes(events: &[MarketEvent], levels: usize, step: usize) -> Vec<TopChange> {
    let mut books = vec![OrderBook::default()];
    let mut tops = TopChanges::new(1, levels);
    let mut all = Vec::new();
    for events in events.chunks(step) {
        tops.begin();
        (0..events.len()).for_each(|i| tops.apply(events, i, &mut books));
        all.extend(tops.changes());
    }
    all
}

/// The known answer of the paper's equation: 5, 5 and 11.
#[test]
fn order_flow_of_four_quotes() {
    let quotes = [[100, 10, 101, 12], [100, 15, 101, 12], [100, 15, 101, 7], [101, 4, 102, 9]];
    let events: Vec<_> = quotes.iter().zip(1..).map(|(q, ts)| quote(ts, *q)).collect();
    for step in [1, 2, 4] {
        let flows: Vec<i64> = changes(&events, 1, step).iter().map(|c| c.flow[0]).collect();
        assert_eq!(flows[1..], [5, 5, 11], "the first is the book's own beginning: {}", flows[0]);
        assert_eq!(flows[1..].iter().sum::<i64>(), 21);
    }
}

#[test]
fn a_message_is_one_change_and_a_book_that_begins_anew_is_no_flow() {
    use BookSide::{Ask, Bid};
    let clear = |ts| event(ts, MarketData::Signal(BookSignal::Clear));
    let gap = event(5, MarketData::Signal(BookSignal::Gap));
    let events = [
        clear(1),
        depth(1, Bid, 100, 5),
        depth(1, Ask, 102, 6),
        // Through a crossed book: the old ask goes after the new bid comes.
        depth(2, Bid, 103, 3),
        depth(2, Ask, 102, 0),
        depth(2, Ask, 104, 9),
        // Far behind: nothing.
        depth(3, Bid, 90, 1),
        // The same size again: nothing.
        depth(4, Bid, 103, 3),
        gap,
        clear(6),
        depth(6, Bid, 100, 1),
    ];
    let all = changes(&events, 1, events.len());
    let seen: Vec<_> = all.iter().map(|c| (c.event, c.flow[0], c.reset, c.top.bid_size.0)).collect();
    assert_eq!(seen, [(2, 0, true, 5), (5, 3 + 6, false, 3), (8, 0, true, 0), (10, 0, true, 1)]);
    assert!(all[1].top.is_whole() && !all[2].top.is_whole());
}

/// The plain book: sizes by price.
type Plain = [BTreeMap<i64, i64>; 2];

fn best(plain: &Plain, side: usize, levels: usize) -> Vec<Option<(i64, i64)>> {
    let pick = |(p, q): (&i64, &i64)| (*p, *q);
    let mut found: Vec<_> = match side {
        0 => plain[0].iter().rev().map(pick).take(levels).map(Some).collect(),
        _ => plain[1].iter().map(pick).take(levels).map(Some).collect(),
    };
    found.resize(levels, None);
    found
}

/// Eq. 10 as it is printed, for one level; a side that is empty has its price at infinity.
fn eq_10(then: [Option<(i64, i64)>; 2], now: [Option<(i64, i64)>; 2]) -> i64 {
    let price = |level: Option<(i64, i64)>, none: i64| level.map_or(none, |l| l.0);
    let size = |level: Option<(i64, i64)>| level.map_or(0, |l| l.1);
    let [b0, a0] = [price(then[0], i64::MIN), price(then[1], i64::MAX)];
    let [b1, a1] = [price(now[0], i64::MIN), price(now[1], i64::MAX)];
    i64::from(b1 >= b0) * size(now[0])
        - i64::from(b1 <= b0) * size(then[0])
        - i64::from(a1 <= a0) * size(now[1])
        + i64::from(a1 >= a0) * size(then[1])
}

proptest! {
    #[test]
    fn flows_are_those_of_books_built_anew(
        rows in proptest::collection::vec((any::<bool>(), 0i64..12, 0i64..4, 0i64..3), 1..150),
        levels in 1usize..=MAX_WATCHED,
        step in 1usize..40,
    ) {
        // Times that do not straddle steps: a step ends an instant.
        let mut ts = 0;
        let mut events = Vec::new();
        for (i, (bid, away, size, wait)) in rows.iter().enumerate() {
            ts += if i % step == 0 { 1 } else { *wait };
            let (side, price) = if *bid { (BookSide::Bid, 100 - away) } else { (BookSide::Ask, 101 + away) };
            events.push(depth(ts, side, price, *size));
        }
        let mut plain = Plain::default();
        let mut expected: BTreeMap<i64, [i64; 2]> = BTreeMap::new();
        for instant in events.chunk_by(|a, b| a.ts_recv == b.ts_recv) {
            let before: Vec<_> = (0..2).map(|s| best(&plain, s, levels)).collect();
            for event in instant {
                let MarketData::Depth(update) = event.data else { continue };
                let side = &mut plain[update.side as usize];
                if update.size.0 > 0 { side.insert(update.price.0, update.size.0) } else { side.remove(&update.price.0) };
            }
            let after: Vec<_> = (0..2).map(|s| best(&plain, s, levels)).collect();
            let parts = (0..levels).map(|i| eq_10([before[0][i], before[1][i]], [after[0][i], after[1][i]]));
            let parts: Vec<i64> = parts.collect();
            expected.insert(instant[0].ts_recv.0, [parts[0], parts.iter().sum()]);
        }
        expected.retain(|_, flow| *flow != [0, 0]);
        let noted = changes(&events, levels, step);
        let noted: BTreeMap<i64, [i64; 2]> =
            noted.iter().filter(|c| c.flow != [0, 0]).map(|c| (c.ts_recv.0, c.flow)).collect();
        prop_assert_eq!(noted, expected);
    }

    /// Bids for asks and asks for bids: what was bought is sold.
    #[test]
    fn a_mirrored_book_has_the_opposite_flow(
        rows in proptest::collection::vec((any::<bool>(), 0i64..8, 0i64..4), 1..100),
        levels in 1usize..=MAX_WATCHED,
    ) {
        let of = |mirrored: bool| -> Vec<[i64; 2]> {
            let row = |(i, (bid, away, size)): (usize, &(bool, i64, i64))| match *bid != mirrored {
                true => depth(i as i64, BookSide::Bid, 100 - away, *size),
                false => depth(i as i64, BookSide::Ask, 101 + away, *size),
            };
            let events: Vec<_> = rows.iter().enumerate().map(row).collect();
            changes(&events, levels, 7).iter().map(|c| c.flow).collect()
        };
        let mirrored: Vec<[i64; 2]> = of(true).iter().map(|f| [-f[0], -f[1]]).collect();
        prop_assert_eq!(of(false), mirrored);
    }
}
