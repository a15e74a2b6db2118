//! Against a plain consolidation of maps, at every step of random feeds.

use std::collections::BTreeMap;

use manyworlds_components::book::OrderBook;
use manyworlds_components::side::BookSide;
use manyworlds_engine::Kind;
use proptest::prelude::*;

use super::*;
use crate::book_world::random_books;
use crate::cob::BucketSize;

/// A level: its price in ticks of the symbol, lots, venue.
type Level = (f64, i64, usize);

/// All levels of the venues that are in.
fn levels(now: &Simulation, side: BookSide, rates: &[f64]) -> Vec<Level> {
    let listings = now.roster().entities(Kind::Listing);
    let live = |venue: &usize| cob(now).venues()[*venue].is_live();
    let of = |venue: usize| {
        let book = now.world().get::<OrderBook>(listings[venue]).unwrap();
        book.levels(side).map(move |l| (l.price.0 as f64 * rates[venue], l.size.0, venue)).collect::<Vec<_>>()
    };
    (0..listings.len()).filter(live).flat_map(of).collect()
}

/// Sums within prices, by bucket (lots and venues), by depth, by venue.
struct Plain {
    lots: i64,
    buckets: BTreeMap<i64, (i64, Vec<usize>)>,
    depths: Vec<i64>,
    venues: Vec<i64>,
}

fn plain(levels: &[Level], side: BookSide, mid: f64, settings: &CobSettings, venues: usize) -> Plain {
    let reach = mid * (settings.range_bps * 1e-4);
    let mut plain = Plain {
        lots: 0,
        buckets: BTreeMap::new(),
        depths: vec![0; settings.depth_bps.len()],
        venues: vec![0; venues],
    };
    let near = 1e-9;
    for (price, lots, venue) in levels {
        if *price < mid - reach - near || *price > mid + reach + near {
            continue;
        }
        let (from, size) = match settings.bucket {
            BucketSize::Bps(bps) => (mid, mid * bps * 1e-4),
            BucketSize::Quote(quote) => (0.0, quote * 10.0),
            BucketSize::Auto => (0.0, 10.0),
        };
        let bucket = match side {
            BookSide::Bid => ((price - from + near) / size).floor(),
            BookSide::Ask => ((price - from - near) / size).ceil(),
        } as i64;
        let entry = plain.buckets.entry(bucket).or_default();
        entry.0 += lots;
        if !entry.1.contains(venue) {
            entry.1.push(*venue);
        }
        plain.lots += lots;
        plain.venues[*venue] += lots;
        for (depth, bps) in plain.depths.iter_mut().zip(&settings.depth_bps) {
            let away = if side == BookSide::Bid { mid - price } else { price - mid };
            *depth += if away <= mid * *bps as f64 * 1e-4 + near { *lots } else { 0 };
        }
    }
    plain
}

fn compare(now: &Simulation, settings: &CobSettings, rates: &[f64]) -> bool {
    let cob = cob(now);
    let sides = [BookSide::Bid, BookSide::Ask].map(|side| (side, levels(now, side, rates)));
    let best = |bids: bool, of: &[Level]| {
        let prices = of.iter().map(|l| if bids { l.0 } else { -l.0 });
        prices.fold(None, |best: Option<f64>, p| Some(best.map_or(p, |b| b.max(p)))).map(f64::abs)
    };
    let (bid, ask) = (best(true, &sides[0].1), best(false, &sides[1].1));
    assert_eq!(cob.best(BookSide::Bid).map(|b| b.ticks), bid);
    assert_eq!(cob.best(BookSide::Ask).map(|b| b.ticks), ask);
    let (Some(bid), Some(ask)) = (bid, ask) else {
        assert_eq!((cob.mid(), cob.imbalance()), (None, None));
        return false;
    };
    let mid = 0.5 * (bid + ask);
    assert_eq!(cob.is_crossed(), Some(bid >= ask));
    assert!(close(cob.mid(), mid * 0.1) && close(cob.spread_bps(), (ask - bid) / mid * 1e4));
    let plains = sides.map(|(side, levels)| (side, plain(&levels, side, mid, settings, rates.len())));
    for (side, plain) in &plains {
        // Lots are 0.5.
        assert_eq!(cob.volume(*side), Some(plain.lots as f64 * 0.5), "{side:?}");
        let found: Vec<_> = cob.buckets(*side).map(|b| (b.size, b.venues)).collect();
        let mut expected: Vec<_> =
            plain.buckets.values().map(|(lots, on)| (*lots as f64 * 0.5, on.len() as u32)).collect();
        if *side == BookSide::Bid {
            expected.reverse();
        }
        assert_eq!(found, expected, "{side:?}");
        assert_eq!(found.iter().map(|f| f.0).sum::<f64>(), plain.lots as f64 * 0.5);
        for (i, lots) in plain.depths.iter().enumerate() {
            assert_eq!(cob.depth(*side, i), Some(*lots as f64 * 0.5), "{side:?} {i}");
        }
    }
    for venue in 0..rates.len() {
        let both = plains[0].1.venues[venue] + plains[1].1.venues[venue];
        assert!(cob.liquidity(venue).is_none_or(|l| l == both as f64 * 0.5));
    }
    let (b, a) = (plains[0].1.lots as f64, plains[1].1.lots as f64);
    assert_eq!(cob.imbalance(), (b + a > 0.0).then(|| (b - a) / (b + a)));
    let parts: f64 = (0..rates.len()).filter_map(|venue| cob.liquidity(venue)).sum();
    assert_eq!(parts, (b + a) * 0.5, "the venues' parts are the whole");
    true
}

fn settings() -> impl Strategy<Value = CobSettings> {
    let bucket = prop_oneof![
        Just(BucketSize::Auto),
        Just(BucketSize::Quote(0.3)),
        Just(BucketSize::Quote(7.0)),
        Just(BucketSize::Bps(1.7)),
    ];
    (bucket, 1u64..80, 20.0f64..120.0, 100i64..2_000).prop_map(|(bucket, rows, range_bps, stale_ms)| {
        CobSettings {
            bucket,
            rows,
            range_bps,
            depth_bps: vec![1, 3, 10, 20],
            stale_after: Frame::from_nanos(stale_ms * 1_000_000).unwrap(),
            ..CobSettings::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_same_as_maps_at_every_step(settings in settings(), venues in 1usize..5, seed: u64) {
        let mut now = world(random_books(seed, venues, 600), venues, settings.clone());
        let (mut steps, mut with_mid) = (0, 0);
        run(&mut now, |now| {
            steps += 1;
            with_mid += u32::from(compare(now, &settings, &vec![1.0; venues]));
        });
        prop_assert!(with_mid > 0 || settings.stale_after < Frame::SECOND, "{with_mid} of {steps}");
    }

    #[test]
    fn the_same_where_a_venue_has_another_currency(rate in 0.995f64..1.005, seed: u64) {
        let basis = [("USDT".to_owned(), rate)].into();
        let settings = CobSettings { basis, depth_bps: vec![2, 9], ..CobSettings::default() };
        let mut now = super::world::foreign(random_books(seed, 2, 300), settings.clone()).unwrap();
        run(&mut now, |now| _ = compare(now, &settings, &[1.0, rate]));
    }
}

/// What lies beyond the flat part of a book counts, too.
#[test]
fn levels_far_behind_are_within_a_wide_range() {
    let settings = CobSettings { range_bps: 5_000.0, depth_bps: vec![5_000], ..CobSettings::default() };
    let bids: Vec<(i64, i64)> = (1..60).map(|i| (25_000 - 200 * i, i)).collect();
    let asks: Vec<(i64, i64)> = (1..60).map(|i| (25_000 + 200 * i, i)).collect();
    let now = finished(world(snapshot(1, 0, &bids, &asks), 1, settings.clone()));
    assert!(compare(&now, &settings, &[1.0]));
    assert_eq!(cob(&now).buckets(BookSide::Ask).count(), 59);
}
