//! Trends, ages and warm-up of the structure.

use proptest::prelude::*;

use super::super::swings::{SwingSide, fewest_bars};
use super::super::{MarketStructure, Trend, TrendDirection};
use super::batch;
use crate::bar_world::{minute_bar, walk};
use manyworlds_components::bar::Bar;

fn push(structure: &mut MarketStructure, bar: &Bar) -> usize {
    let mut confirmed = 0;
    structure.push(bar, bar.close_time, |_, _, _| confirmed += 1);
    confirmed
}

#[test]
fn trend_by_the_last_two_swings() {
    let trend = |highs, lows| {
        let trend = Trend::of(highs, lows);
        (trend.direction, trend.signed())
    };
    // Moved by 2 + 2 with amplitudes of 4: half.
    assert_eq!(trend([12.0, 10.0], [8.0, 6.0]), (TrendDirection::Up, 4.0 / 12.0));
    assert_eq!(trend([14.0, 10.0], [10.0, 6.0]), (TrendDirection::Up, 0.5));
    assert_eq!(trend([10.0, 12.0], [6.0, 8.0]), (TrendDirection::Down, -4.0 / 12.0));
    for (highs, lows) in [([12.0, 10.0], [6.0, 8.0]), ([10.0, 12.0], [8.0, 6.0]), ([10.0, 10.0], [8.0, 6.0])]
    {
        assert_eq!(trend(highs, lows), (TrendDirection::Sideways, 0.0));
    }
}

#[test]
fn flat_and_ramp_fire_nothing() {
    for slope in [0.0, 0.5, -0.5] {
        let mut structure = MarketStructure::new(5, 1, true);
        for i in 0..500 {
            let p = 1_000.0 + slope * i as f64;
            assert_eq!(push(&mut structure, &minute_bar(i, [p, p + 1.0, p - 1.0, p, 1.0])), 0);
        }
        assert_eq!((structure.fractal_high(), structure.fractal_low()), (None, None));
        assert_eq!(structure.trend(1), None);
    }
}

/// Wide bars at the turns of a binary tree of heights: the shortest history that has pivots of every level.
#[test]
fn the_fewest_bars_are_the_warm_up() {
    for (level, strength) in [(1u8, 1u64), (2, 1), (5, 1), (1, 3), (3, 2)] {
        let mut structure = MarketStructure::new(5, strength as u32, false);
        let (mut first_high, mut first_trend) = (None, None);
        for i in 0..400u64 {
            // The m-th turn reaches as far as m can be halved; higher the later, so that neighbors differ.
            let turn = (i + 1) / (strength + 1);
            let reach =
                if (i + 1) % (strength + 1) == 0 { f64::from(turn.trailing_zeros() + 1) } else { 0.0 };
            // The second pivot of the level is higher than the first, and so are they all.
            let (high, low) =
                (1_000.0 + 10.0 * reach + 0.01 * i as f64, 900.0 - 10.0 * reach + 0.01 * i as f64);
            push(&mut structure, &minute_bar(i as usize, [950.0, high, low, 950.0, 1.0]));
            if structure.highs().last(level).is_some() {
                first_high.get_or_insert(i + 1);
            }
            if structure.trend(level).is_some() {
                first_trend.get_or_insert(i + 1);
            }
        }
        assert_eq!(first_high, Some(fewest_bars(level, strength, 1)), "level {level}, strength {strength}");
        assert!(first_trend >= Some(fewest_bars(level, strength, 2)), "level {level}, strength {strength}");
    }
}

#[test]
fn bars_of_a_filled_gap_are_no_neighbors() {
    let peak = [[1.0, 2.0, 0.5, 1.0, 5.0], [1.0, 4.0, 1.0, 3.0, 5.0]];
    let filled = [3.0, 3.0, 3.0, 3.0, 0.0];
    let mut structure = MarketStructure::new(1, 1, false);
    for (i, ohlcv) in peak.iter().chain([&filled; 4]).enumerate() {
        assert_eq!(push(&mut structure, &minute_bar(i, *ohlcv)), 0, "bar {i}");
    }
    assert_eq!(push(&mut structure, &minute_bar(6, [3.0, 3.0, 0.1, 1.0, 5.0])), 1);
    let high = *structure.highs().last(1).unwrap();
    assert_eq!((high.price, high.pivot_bar, high.confirmed_bar, structure.age(&high)), (4.0, 1, 2, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Trend, pivots and ages at every bar against the whole history.
    #[test]
    fn at_every_bar_as_over_the_whole_history(seed in any::<u64>(), strength in 1u32..4) {
        let bars = walk(seed, 300);
        let heights: [Vec<f64>; 2] = [bars.iter().map(|b| b.high).collect(), bars.iter().map(|b| -b.low).collect()];
        let all = heights.each_ref().map(|h| batch(h, 5, strength as usize));
        let mut structure = MarketStructure::new(5, strength, false);
        for (i, bar) in bars.iter().enumerate() {
            push(&mut structure, bar);
            for k in 1..=5u8 {
                let known = |side: usize| -> Vec<usize> {
                    all[side][usize::from(k) - 1].iter().filter(|(_, at)| *at <= i).map(|(pivot, _)| *pivot).collect()
                };
                let (highs, lows) = (known(0), known(1));
                let high = structure.highs().last(k);
                prop_assert_eq!(high.map(|p| p.pivot_bar as usize), highs.last().copied());
                prop_assert_eq!(high.map(|p| structure.age(p)), highs.last().map(|b| (i - b) as u64));
                prop_assert_eq!(structure.lows().last(k).map(|p| p.price), lows.last().map(|b| bars[*b].low));
                let expected = match (highs.as_slice(), lows.as_slice()) {
                    ([.., h1, h0], [.., l1, l0]) => {
                        Some(Trend::of([bars[*h0].high, bars[*h1].high], [bars[*l0].low, bars[*l1].low]))
                    }
                    _ => None,
                };
                prop_assert_eq!(structure.trend(k), expected);
                prop_assert!(expected.is_none_or(|t| (0.0..=1.0).contains(&t.strength)));
            }
        }
        prop_assert!(structure.highs().last(0).is_none() && structure.lows().before_last(6).is_none());
    }

    /// Upside down, up is down; twice the price, the same strength.
    #[test]
    fn mirror_and_scale(seed in any::<u64>()) {
        let (mut up, mut down, mut double) =
            (MarketStructure::new(3, 1, true), MarketStructure::new(3, 1, true), MarketStructure::new(3, 1, true));
        for bar in walk(seed, 200) {
            push(&mut up, &bar);
            push(&mut down, &Bar { open: -bar.open, high: -bar.low, low: -bar.high, close: -bar.close, ..bar });
            push(&mut double, &Bar { open: 2.0 * bar.open, high: 2.0 * bar.high, low: 2.0 * bar.low, close: 2.0 * bar.close, ..bar });
            for k in 1..=3 {
                let signed = |s: &MarketStructure| s.trend(k).map(Trend::signed);
                prop_assert_eq!(signed(&up), signed(&down).map(|s| 0.0 - s));
                prop_assert_eq!(signed(&up), signed(&double));
            }
            prop_assert_eq!(up.fractal_high().map(|p| -p.price), down.fractal_low().map(|p| p.price));
        }
    }
}

/// Sides are told apart.
#[test]
fn a_bar_can_be_a_swing_on_both_sides() {
    let mut structure = MarketStructure::new(1, 1, false);
    let mut seen = Vec::new();
    for (i, reach) in [1.0, 2.0, 1.0].iter().enumerate() {
        let bar = minute_bar(i, [10.0, 10.0 + reach, 10.0 - reach, 10.0, 1.0]);
        structure.push(&bar, bar.close_time, |side, level, pivot| seen.push((side, level, pivot.price)));
    }
    assert_eq!(seen, [(SwingSide::High, 1, 12.0), (SwingSide::Low, 1, 8.0)]);
}
