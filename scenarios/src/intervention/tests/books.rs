//! Order books: known answers, and a second book beside the changed one, event by event.

use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::{BookSignal, DepthUpdate};
use manyworlds_components::ids::ListingId;
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::BookSide::{self, Ask, Bid};
use proptest::prelude::*;

use super::*;
use crate::Setup;
use crate::run::RunPlan;

/// A minute of three synthetic venues.
fn text(detail: &str, interventions: &str) -> String {
    format!(
        r#"Scenario(
            from: "2024-01-01", clock: Every("100ms"),
            venues: [(name: "a", fees: ()), (name: "b", fees: ())],
            symbols: [(
                symbol: "A", venue: "a", tick_size: 0.5, lot_size: 0.01,
                data: [SyntheticBook(venues: ["a", "b"], duration: "1m", initial_price: 5_000.0, detail: {detail},
                                     order_size: 0.3, depth: 30, hawkes: (own_venue: 0.3))],
            )],
            models: [BuyAndHold],
            interventions: [{interventions}],
        )"#
    )
}

fn sources(detail: &str, interventions: &str) -> Vec<Arc<dyn EventSource>> {
    let setup = Setup::default();
    let scenario =
        setup.from_ron(&text(detail, interventions)).unwrap_or_else(|e| panic!("{}", e.report(false, 100)));
    RunPlan::new(scenario, &setup).unwrap().blueprint().sources.clone()
}

/// The events of two sources, paired by instant: before the first one of another, both are whole.
fn by_instant(source: &dyn EventSource) -> Vec<Vec<MarketEvent>> {
    let all = events(source, 1_000);
    all.chunk_by(|a, b| a.ts_recv == b.ts_recv).map(<[MarketEvent]>::to_vec).collect()
}

/// What a side should be: shifted, and a share of each order or level left.
fn expected(book: &OrderBook, side: BookSide, shift: i64, left: f64) -> Vec<(i64, i64)> {
    let part = |size: Lots| (size.0 as f64 * left).ceil() as i64;
    let level = |price: Ticks, size: Lots| match book.queue(side, price).map(|o| part(o.size)).sum() {
        0 => part(size),
        orders => orders,
    };
    book.levels(side).map(|l| (l.price.0 + shift, level(l.price, l.size))).collect()
}

fn levels(book: &OrderBook, side: BookSide) -> Vec<(i64, i64)> {
    book.levels(side).map(|l| (l.price.0, l.size.0)).collect()
}

/// Follows the changed and the recorded book of each listing; `shape` says by how many ticks the mid should have moved (as
/// far as a basis point), how much wider each side is, and what is left.
fn follow(
    detail: &str,
    interventions: &str,
    shape: impl Fn(usize, i64, f64) -> (f64, Option<i64>, f64),
) -> usize {
    let (plain, changed) = (sources(detail, ""), sources(detail, interventions));
    let mut moved_at = 0;
    for (listing, (plain, changed)) in plain.iter().zip(&changed).enumerate() {
        let (mut before, mut after) = (OrderBook::default(), OrderBook::default());
        let instants = by_instant(&**plain);
        let mut others = by_instant(&**changed).into_iter().peekable();
        for was in instants {
            let mid = before.mid_ticks();
            was.iter().for_each(|e| before.apply(e));
            // What is too small to be seen is left out.
            let is = others.next_if(|is| is[0].ts_recv == was[0].ts_recv).unwrap_or_default();
            is.iter().for_each(|e| after.apply(e));
            let (Some(mid), Some((bid, ask)), Some((low, high))) = (mid, before.top(), after.top()) else {
                continue;
            };
            let shift = [low.0 - bid.0, high.0 - ask.0];
            let since = (was[0].ts_event - at(0)) / 1_000_000;
            let (moved, wider, left) = shape(listing, since, mid);
            for (side, shift) in [(Bid, shift[0]), (Ask, shift[1])] {
                assert_eq!(
                    levels(&after, side),
                    expected(&before, side, shift, left),
                    "{detail} {since} {side:?}"
                );
            }
            let off = 0.5 * (shift[0] + shift[1]) as f64 - moved;
            assert!(off.abs() <= (1e-4 * mid).max(1.0) + 1.0, "{detail} {since}: {shift:?}, not {moved}");
            if let Some(wider) = wider {
                assert_eq!(shift[1] - shift[0], 2 * wider, "{detail} {since}");
            }
            moved_at += usize::from(shift != [0, 0] || left < 1.0);
        }
        assert!(others.next().is_none());
    }
    moved_at
}

const DETAILS: [&str; 3] = ["quotes", "levels", "orders"];

#[test]
fn a_gap_moves_all_of_the_book_and_comes_back() {
    let gap = r#"(at: "2024-01-01T00:00:20Z", on: Venues(["a"]), what: PriceShock(size: -0.1, recovery: Linear(over: "20s")))"#;
    for detail in DETAILS {
        let moved = follow(detail, gap, |listing, ms, mid| {
            let part =
                if ms < 20_000 || listing == 1 { 0.0 } else { (1.0 - (ms - 20_000) as f64 / 20e3).max(0.0) };
            (-0.1 * part * mid, Some(0), 1.0)
        });
        assert!(moved > 50, "{detail}: {moved}");
    }
}

#[test]
fn depth_is_drained_and_sides_are_moved_apart_for_a_while() {
    let both = r#"(at: "2024-01-01T00:00:20Z", until: "2024-01-01T00:00:40Z", what: DepthDrain(0.3)),
                  (at: "2024-01-01T00:00:30Z", until: "2024-01-01T00:00:50Z", what: SpreadWidening(factor: 1.0, at_least_bps: 20.0))"#;
    for detail in DETAILS {
        let moved = follow(detail, both, |_, ms, _| {
            let left = if (20_000..40_000).contains(&ms) { 0.3 } else { 1.0 };
            (0.0, (!(30_000..50_000).contains(&ms)).then_some(0), left)
        });
        assert!(moved > 50, "{detail}: {moved}");
        let mut book = OrderBook::default();
        for event in events(&*sources(detail, both)[0], 100) {
            let ms = (event.ts_event - at(0)) / 1_000_000;
            if event.ts_recv != book.ts_recv() && (30_500..50_000).contains(&ms) {
                assert!(
                    book.spread_ticks().is_some_and(|ticks| ticks >= 17),
                    "20 bps of 10,000 ticks, less what is usual"
                );
            }
            book.apply(&event);
        }
    }
}

#[test]
fn prints_move_with_the_side_that_was_taken() {
    let listing = ListingId(0);
    let event =
        |s: i64, data| MarketEvent { ts_recv: at(s), ts_event: at(s), symbol: SymbolId(0), listing, data };
    let level = |s, side, price, size| {
        event(s, MarketData::Depth(DepthUpdate { side, price: Ticks(price), size: Lots(size) }))
    };
    let trade = |s, price, aggressor| event(s, MarketData::Trade(Trade { price, quantity: 1.0, aggressor }));
    let (buyer, seller) = (AggressorSide::Buyer, AggressorSide::Seller);
    let book = vec![
        event(0, MarketData::Signal(BookSignal::Clear)),
        level(0, Bid, 9_990, 500),
        level(0, Ask, 10_010, 400),
        trade(5, 5_005.0, buyer),
        level(10, Ask, 10_010, 300),
        level(11, Bid, 9_990, 600),
        trade(12, 5_005.0, buyer),
        trade(13, 4_995.0, seller),
        trade(14, 4_995.0, AggressorSide::Unknown),
        level(15, Bid, 9_990, 0),
    ];
    let run = |interventions: &str| {
        let setup = Setup::default();
        let scenario = setup.from_ron(&text("levels", interventions)).unwrap();
        let source: Arc<dyn EventSource> = Arc::new(MemorySource::new(book.clone()));
        let plain = apply::Sourced { symbol: SymbolId(0), listing, book: true, source };
        events(&*apply::sources(&scenario, &[plain]).unwrap()[0], 3)
    };
    // The mid is 10,000 ticks of 0.5; half of 40 bps of it is 20, of which 10 are there.
    let shifted = run(r#"(at: "2024-01-01T00:00:10Z", what: PriceShock(size: -0.1)),
                         (at: "2024-01-01T00:00:11Z", what: SpreadWidening(factor: 2.0, at_least_bps: 10.0))"#);
    assert_eq!(shifted[..4], book[..4]);
    let clear = |s| event(s, MarketData::Signal(BookSignal::Clear));
    assert_eq!(
        shifted[4..],
        [
            clear(10),
            level(10, Bid, 8_990, 500),
            level(10, Ask, 9_010, 400),
            level(10, Ask, 9_010, 300),
            clear(11),
            level(11, Bid, 8_980, 500),
            level(11, Ask, 9_020, 300),
            level(11, Bid, 8_980, 600),
            trade(12, 4_510.0, buyer),
            trade(13, 4_490.0, seller),
            trade(14, 4_495.0, AggressorSide::Unknown),
            level(15, Bid, 8_980, 0),
        ]
    );
    // Buyers alone: the sellers' prints are dealt at the ask; nothing else changes.
    let bought = run(r#"(at: "2024-01-01T00:00:10Z", what: FlowImbalance(1.0))"#);
    let prints = [trade(12, 5_005.0, buyer), trade(13, 5_005.0, buyer), trade(14, 5_005.0, buyer)];
    assert_eq!((&bought[..6], &bought[6..9], &bought[9..]), (&book[..6], &prints[..], &book[9..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn reading_step_by_step_is_reading_all(second in 1i64..59, step in 1i64..5_000, size in -0.5f64..0.5, power in 0.0f64..4.0) {
        let shock = format!(
            "(at: \"{}\", what: PriceShock(size: {size})), (at: \"{}\", what: Volatility({power}))",
            at(second), at(second + 1)
        );
        for (source, plain) in sources("levels", &shock).iter().zip(sources("levels", "")) {
            let all = events(&**source, 64);
            prop_assert!(all.is_sorted_by_key(|e| (e.ts_recv, e.data.priority())));
            let same = plain.seek(at(second));
            prop_assert_eq!(&all[..same as usize], &events(&*plain, 64)[..same as usize]);
            let (mut row, mut read) = (0, Vec::new());
            for now in (0..).map(|i| at(0) + i * step * 1_000_000).take_while(|t| *t <= at(60) + step * 1_000_000) {
                prop_assert_eq!(source.seek(now), all.partition_point(|e| e.ts_recv < now) as u64);
                row = source.fill(row, now, usize::MAX, &mut read);
                prop_assert_eq!(row, all.partition_point(|e| e.ts_recv <= now) as u64);
                prop_assert!(row == source.len() || source.ts_recv(row) > now);
            }
            prop_assert_eq!(&read, &all);
        }
    }
}
