//! Laws of the recursion on random walks.

use proptest::prelude::*;

use super::super::swings::SwingSide;
use super::{bars, batch, streamed};
use crate::bar_world::Uniform;

fn random_walk(seed: u64, n: usize) -> Vec<f64> {
    let (mut random, mut sum) = (Uniform(seed), 0.0);
    (0..n)
        .map(|_| {
            sum += random.draw() - 0.5;
            sum
        })
        .collect()
}

/// Highs of a random walk are a random walk of a quarter the length, at every level; so each level is confirmed by
/// its neighbor 4^(k-1) bars later than the level below.
#[test]
fn a_quarter_of_the_highs_per_level_and_the_lag_of_a_level() {
    const N: usize = 1 << 22;
    let walk = random_walk(11, N);
    for side in [SwingSide::High, SwingSide::Low] {
        let levels = streamed(side, &walk, 5, 1);
        for (k, pivots) in (1..).zip(&levels) {
            let ratio = N as f64 / pivots.len() as f64;
            let lag: u64 = pivots.iter().map(|p| p.confirmed_bar - p.pivot_bar).sum();
            let lag = lag as f64 / pivots.len() as f64;
            let (density, law) = (4f64.powi(k), (4f64.powi(k) - 1.0) / 3.0);
            // Standard error of the count: about its root; the same share of the lag.
            let tolerance = 3.0 / (pivots.len() as f64).sqrt();
            println!("{side:?} level {k}: 1 in {ratio:.2} ({density}), {lag:.2} bars late ({law})");
            assert!((ratio / density - 1.0).abs() < tolerance, "{side:?} level {k}: 1 in {ratio}");
            assert!((lag / law - 1.0).abs() < tolerance, "{side:?} level {k}: {lag} bars late");
            assert!(
                pivots.iter().all(|p| p.confirmed_bar >= p.pivot_bar + u64::from(2u32.pow(k as u32) - 1))
            );
        }
    }
}

/// What must not be done: one list of alternating highs and lows, and its local extremes of either kind. Every inner
/// item is one, so the list only loses its ends.
#[test]
fn highs_and_lows_mixed_into_one_list_never_shrink() {
    let walk = random_walk(7, 10_000);
    let mut mixed: Vec<f64> = walk
        .windows(3)
        .filter(|w| (w[1] > w[0] && w[1] > w[2]) || (w[1] < w[0] && w[1] < w[2]))
        .map(|w| w[1])
        .collect();
    for _ in 0..5 {
        let before = mixed.len();
        let low: Vec<f64> = mixed.iter().map(|v| -v).collect();
        let mut inner: Vec<u64> = Vec::new();
        for (side, values) in [(SwingSide::High, &mixed), (SwingSide::High, &low)] {
            inner.extend(streamed(side, values, 1, 1)[0].iter().map(|p| p.pivot_bar));
        }
        inner.sort_unstable();
        mixed = inner.iter().map(|i| mixed[*i as usize]).collect();
        assert_eq!(mixed.len(), before - 2);
    }
}

proptest! {
    #[test]
    fn streaming_is_batch(values in prop::collection::vec((0i32..12).prop_map(f64::from), 0..300), levels in 1usize..6, strength in 1u32..6) {
        let found = streamed(SwingSide::High, &values, levels, strength);
        prop_assert_eq!(bars(&found), batch(&values, levels, strength as usize));
    }

    /// Each level consists of pivots of the level below, known no earlier.
    #[test]
    fn levels_are_nested(seed in any::<u64>(), strength in 1u32..4) {
        let levels = streamed(SwingSide::Low, &random_walk(seed, 2_000), 5, strength);
        for pair in levels.windows(2) {
            for pivot in &pair[1] {
                let below = pair[0].iter().find(|p| p.pivot_bar == pivot.pivot_bar);
                prop_assert!(below.is_some_and(|b| b.price == pivot.price && b.confirmed_bar < pivot.confirmed_bar));
            }
        }
    }

    /// Lows are the highs of the negated prices, in the same bars.
    #[test]
    fn mirror(values in prop::collection::vec(-9i32..9, 0..300), strength in 1u32..4) {
        let prices: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
        let negated: Vec<f64> = prices.iter().map(|v| -v).collect();
        let (low, high) = (streamed(SwingSide::Low, &prices, 5, strength), streamed(SwingSide::High, &negated, 5, strength));
        prop_assert_eq!(bars(&low), bars(&high));
        prop_assert!(low.iter().flatten().zip(high.iter().flatten()).all(|(l, h)| l.price == -h.price));
    }
}
