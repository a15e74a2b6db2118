//! Known answers, worked out by hand.

use manyworlds_components::price::Step;
use manyworlds_components::side::BookSide::{Ask, Bid};

use super::*;
use crate::cob::{Bucket, BucketSize};

/// The example of the catalogue, in ticks of 0.1 and lots of 0.5: bids 2500.4 x 2, 2500.1 x 1, 2499.7 x 3; asks 2500.9 x 2,
/// 2501.2 x 4.
const BIDS: [(i64, i64); 3] = [(25_004, 4), (25_001, 2), (24_997, 6)];
const ASKS: [(i64, i64); 2] = [(25_009, 4), (25_012, 8)];

fn buckets(simulation: &Simulation, side: manyworlds_components::side::BookSide) -> Vec<(f64, f64, u32)> {
    let bucket = |b: Bucket| (b.price, b.size, b.venues);
    cob(simulation).buckets(side).map(bucket).collect()
}

#[test]
fn the_example_of_the_catalogue() {
    let now = finished(world(snapshot(5, 0, &BIDS, &ASKS), 1, CobSettings::default()));
    assert!(close(feature(&now, "mid"), 2500.65));
    assert!(close(feature(&now, "spread_bps"), 0.5 / 2500.65 * 1e4), "2.0 bps");
    assert_eq!(feature(&now, "imbalance"), Some(0.0));
    assert_eq!((feature(&now, "bid_volume"), feature(&now, "ask_volume")), (Some(6.0), Some(6.0)));
    assert_eq!(buckets(&now, Bid), [(2500.0, 3.0, 1), (2499.0, 3.0, 1)]);
    assert_eq!(buckets(&now, Ask), [(2501.0, 2.0, 1), (2502.0, 4.0, 1)]);
    assert_eq!(feature(&now, "crossed"), Some(0.0));
    // 1 bp is 0.25: 2500.40 and 2500.90; 2 bps 0.50: up to 2500.15 and 2501.15; 5 bps hold all.
    let depth = |word: &str| feature(&now, word).unwrap();
    assert_eq!((depth("bid_depth_1"), depth("bid_depth_2"), depth("bid_depth_5")), (2.0, 2.0, 6.0));
    assert_eq!((depth("ask_depth_1"), depth("ask_depth_2"), depth("ask_depth_5")), (2.0, 2.0, 6.0));
    assert_eq!(depth("ask_depth_100"), 6.0);
    assert_eq!(feature(&now, "liquidity_1"), Some(12.0));
    assert_eq!((feature(&now, "liquidity_2"), feature(&now, "stale_2")), (None, None), "there is no second");
    assert_eq!((feature(&now, "stale_1"), feature(&now, "venues")), (Some(0.0), Some(1.0)));
    // The step is at 100 ms, the snapshot came at 5 ms.
    assert!(close(feature(&now, "age_ms"), 95.0) && close(feature(&now, "age_ms_1"), 95.0));
}

/// The line through the origin over the outer borders of all buckets of the range.
#[test]
fn the_slope_by_hand() {
    let settings = CobSettings { range_bps: 10.0, depth_bps: vec![], ..CobSettings::default() };
    let now = finished(world(snapshot(5, 0, &BIDS, &ASKS), 1, settings));
    let mid = 2500.65;
    let fit = |points: &[(f64, f64)]| {
        let bps = |price: f64| ((price - mid).abs() / mid * 1e4).min(10.0);
        let xv: f64 = points.iter().map(|(price, v)| bps(*price) * v).sum();
        xv / points.iter().map(|(price, _)| bps(*price).powi(2)).sum::<f64>()
    };
    // 10 bps are 2.5: the last borders lie beyond and count as 10 bps.
    let bids = fit(&[(2500.0, 3.0), (2499.0, 6.0), (2498.0, 6.0)]);
    let asks = fit(&[(2501.0, 2.0), (2502.0, 6.0), (2503.0, 6.0), (2504.0, 6.0)]);
    assert!(close(feature(&now, "bid_slope"), bids), "{:?} {bids}", feature(&now, "bid_slope"));
    assert!(close(feature(&now, "ask_slope"), asks), "{:?} {asks}", feature(&now, "ask_slope"));
}

#[test]
fn three_venues_add_up_and_the_best_is_named() {
    let mut events = snapshot(1, 0, &BIDS, &ASKS);
    events.extend(snapshot(2, 1, &[(25_004, 5), (25_003, 1)], &[(25_008, 3)]));
    events.extend(snapshot(3, 2, &[(25_001, 1)], &[(25_008, 2), (25_300, 9)]));
    let now = finished(world(events, 3, CobSettings::default()));
    assert!(close(feature(&now, "mid"), 2500.6));
    // Both at 2500.4, but venue 2 has more there; likewise at 2500.8.
    assert_eq!((feature(&now, "best_bid_venue"), feature(&now, "best_ask_venue")), (Some(2.0), Some(2.0)));
    assert_eq!(buckets(&now, Bid), [(2500.0, 6.5, 3), (2499.0, 3.0, 1)]);
    // 2530.0 is more than 1% away.
    assert_eq!(buckets(&now, Ask), [(2501.0, 4.5, 3), (2502.0, 4.0, 1)]);
    let parts: Vec<f64> = (1..=3).map(|k| feature(&now, &format!("liquidity_{k}")).unwrap()).collect();
    assert_eq!(parts, [12.0, 4.5, 1.5]);
    assert!(close(feature(&now, "imbalance"), (9.5 - 8.5) / 18.0));
}

#[test]
fn a_crossed_book_is_flagged_and_left_as_it_is() {
    let mut events = snapshot(1, 0, &[(25_004, 4)], &[(25_009, 4)]);
    events.extend(snapshot(1, 1, &[(25_030, 2)], &[(25_040, 2)]));
    let now = finished(world(events, 2, CobSettings::default()));
    assert_eq!(feature(&now, "crossed"), Some(1.0));
    assert!(close(feature(&now, "mid"), 0.5 * (2503.0 + 2500.9)));
    assert!(feature(&now, "spread_bps").unwrap() < 0.0);
    // Bids lie above asks: floor and ceil as ever.
    assert_eq!(buckets(&now, Bid), [(2503.0, 1.0, 1), (2500.0, 2.0, 1)]);
    assert_eq!(buckets(&now, Ask), [(2501.0, 2.0, 1), (2504.0, 1.0, 1)]);
    assert_eq!((feature(&now, "bid_volume"), feature(&now, "ask_volume")), (Some(3.0), Some(3.0)));
    // What is better than mid is within every depth.
    assert_eq!(feature(&now, "bid_depth_1"), Some(1.0));
}

#[test]
fn without_one_side_there_is_no_mid_and_nothing_around_it() {
    let now = finished(world(snapshot(1, 0, &BIDS, &[]), 1, CobSettings::default()));
    for word in ["mid", "spread_bps", "imbalance", "bid_volume", "bid_depth_1", "bid_slope", "crossed"] {
        assert_eq!(feature(&now, word), None, "{word}");
    }
    assert_eq!(feature(&now, "best_bid_venue"), Some(1.0));
    assert_eq!((feature(&now, "venues"), feature(&now, "liquidity_1")), (Some(1.0), None));
}

#[test]
fn buckets_of_basis_points_count_from_mid() {
    let settings = CobSettings { bucket: BucketSize::Bps(2.0), ..CobSettings::default() };
    let now = finished(world(snapshot(5, 0, &BIDS, &ASKS), 1, settings));
    // A bucket is 0.50013 wide: bids 0.25, 0.55, 0.95 below mid; asks 0.25 and 0.55 above.
    let width = 2500.65 * 2e-4;
    let near = |found: Vec<(f64, f64, u32)>, expected: &[(f64, f64)]| {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((price, size, _), (k, expected)) in found.iter().zip(expected) {
            assert!((price - (2500.65 + k * width)).abs() < 1e-9 && size == expected, "{found:?}");
        }
    };
    near(buckets(&now, Bid), &[(-1.0, 2.0), (-2.0, 4.0)]);
    near(buckets(&now, Ask), &[(1.0, 2.0), (2.0, 4.0)]);
}

#[test]
fn the_width_of_a_bucket_goes_by_the_base() {
    let of = |base: &str, tick: f64, size| {
        let tick_size = Step::new(tick).unwrap();
        let instrument = Instrument { base: base.to_owned(), tick_size, ..eth() };
        crate::cob::buckets::Buckets::of(size, &instrument)
    };
    use crate::cob::buckets::Buckets::{Bps, Ticks};
    assert_eq!(of("ETH", 0.01, BucketSize::Auto), Ok(Ticks(100)));
    assert_eq!(of("BTC", 0.1, BucketSize::Auto), Ok(Ticks(100)));
    assert_eq!(of("SOL", 0.01, BucketSize::Auto), Ok(Bps(2.0)));
    assert_eq!(of("ETH", 0.3, BucketSize::Auto), Ok(Bps(2.0)), "1 is no whole number of ticks");
    assert_eq!(of("ETH", 0.1, BucketSize::Quote(0.5)), Ok(Ticks(5)));
    assert!(of("ETH", 0.1, BucketSize::Quote(0.25)).unwrap_err().contains("no whole number of ticks"));
}

/// 1 USDT is 0.999 USD on the second venue: 2503.0 there is 2500.497 here.
#[test]
fn other_currencies_are_converted_at_the_basis() {
    let mut events = snapshot(1, 0, &BIDS, &ASKS);
    events.extend(snapshot(1, 1, &[(25_030, 2)], &[(25_036, 2)]));
    let settings = CobSettings { basis: [("USDT".to_owned(), 0.999)].into(), ..CobSettings::default() };
    let now = finished(super::world::foreign(events, settings).unwrap());
    let mid = 0.5 * (2503.0 * 0.999 + 2500.9);
    assert!(close(feature(&now, "mid"), mid), "{:?}", feature(&now, "mid"));
    assert_eq!((feature(&now, "best_bid_venue"), feature(&now, "best_ask_venue")), (Some(2.0), Some(1.0)));
    // 2503.6 x 0.999 = 2501.0964: the second bucket of asks.
    assert_eq!(buckets(&now, Ask), [(2501.0, 2.0, 1), (2502.0, 5.0, 2)]);
    assert_eq!(buckets(&now, Bid), [(2500.0, 4.0, 2), (2499.0, 3.0, 1)]);
    // 1 bp reaches down to 2500.448 and up to 2500.949.
    assert_eq!((feature(&now, "bid_depth_1"), feature(&now, "ask_depth_1")), (Some(1.0), Some(2.0)));
}
