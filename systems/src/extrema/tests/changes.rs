//! Directional changes, statistics of moves, and windowed extrema against their definitions.

use proptest::prelude::*;

use super::super::MoveStatistics;
use super::{Direction, Extrema, flat_bar, streamed};
use crate::bar_world::minute_bar;
use crate::local_maximum::local_maxima;

/// Index of the first of the largest.
fn peak(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// As it is defined: (up?, extremum, confirmation, confirmation before) of each, looking at all prices for each step.
fn batch(prices: &[f64], theta: f64) -> Vec<(bool, usize, usize, usize)> {
    let lows: Vec<f64> = prices.iter().map(|p| -p).collect();
    let top = |from: usize, to: usize| from + peak(&prices[from..=to]);
    let bottom = |from: usize, to: usize| from + peak(&lows[from..=to]);
    let falls = |from, to| prices[to] <= prices[top(from, to)] * (1.0 - theta);
    let rises = |from, to| prices[to] >= prices[bottom(from, to)] * (1.0 + theta);
    let Some(mut at) = (0..prices.len()).find(|j| falls(0, *j) || rises(0, *j)) else { return vec![] };
    let (mut up, mut found) = (!falls(0, at), vec![]);
    while let Some(next) = (at + 1..prices.len()).find(|j| if up { falls(at, *j) } else { rises(at, *j) }) {
        found.push((!up, if up { top(at, next) } else { bottom(at, next) }, next, at));
        (up, at) = (!up, next);
    }
    found
}

#[test]
fn a_top_is_known_once_price_has_fallen_by_the_threshold() {
    let mut extrema = Extrema::new(0.1, 2, 5);
    let mut seen = Vec::new();
    for (i, price) in [100.0, 105.0, 110.0, 121.0, 115.0, 108.9, 99.0, 108.9, 99.0].into_iter().enumerate() {
        let bar = flat_bar(i, price);
        if let Some(change) = extrema.push(&bar, bar.close_time) {
            let extremum = change.extremum;
            seen.push((change.direction, extremum.pivot_bar, extremum.confirmed_bar, change.bars));
            assert_eq!(
                (extremum.confirmed_time, extremum.price),
                (bar.close_time, [121.0, 99.0, 108.9][seen.len() - 1])
            );
        }
        match i {
            1 => {
                assert_eq!((extrema.direction(), extrema.pullback(), extrema.move_bars()), (None, None, None))
            }
            // Up by 10% from 100 at bar 2; 100 is no bottom, for what was before it is not known.
            2 => assert_eq!(
                (extrema.direction(), extrema.move_bars(), extrema.changes().last_bottom()),
                (Some(1.0), Some(0), None)
            ),
            4 => {
                assert!((extrema.changes().overshoot().unwrap() - 0.1).abs() < 1e-12, "121 over 110");
                assert!((extrema.pullback().unwrap() - 6.0 / 12.1).abs() < 1e-12, "6 of 12.1");
                assert_eq!((extrema.changes().last_top(), extrema.mean_overshoot()), (None, None));
            }
            5 => assert_eq!(
                (extrema.direction(), extrema.pullback(), extrema.moves().moves()),
                (Some(-1.0), Some(0.0), 1)
            ),
            _ => {}
        }
    }
    use Direction::{Down, Up};
    assert_eq!(seen, [(Down, 3, 5, 3), (Up, 6, 7, 2)]);
    let top = extrema.changes().last_top().unwrap();
    assert_eq!((top.price, extrema.age(top)), (121.0, 5));
    // Overshoots of 121 over 110 and of 99 under 108.9: 0.1 and 1/11, in thresholds of 0.1.
    assert!((extrema.mean_overshoot().unwrap() - (1.0 + 1.0 / 1.1) / 2.0).abs() < 1e-9);
    assert_eq!(extrema.moves().mean_bars(), Some(2.5));
}

#[test]
fn flat_and_ramp_fire_nothing() {
    for slope in [0.0, 1.0, -1.0] {
        let mut extrema = Extrema::new(0.01, 1, 3);
        for i in 0..900 {
            let bar = flat_bar(i, 1_000.0 + slope * i as f64);
            assert_eq!(extrema.push(&bar, bar.close_time), None);
        }
        assert_eq!((extrema.changes().last_top(), extrema.changes().last_bottom()), (None, None));
        assert_eq!((extrema.local_top(), extrema.local_bottom(), extrema.moves().moves()), (None, None, 0));
        assert_eq!(extrema.direction().unwrap_or_default(), slope, "a ramp has a direction");
    }
}

#[test]
fn filled_and_impossible_bars_are_passed_over() {
    let mut extrema = Extrema::new(0.01, 1, 1);
    let push = |extrema: &mut Extrema, bar: manyworlds_components::bar::Bar| {
        extrema.push(&bar, bar.close_time).is_some()
    };
    assert!(!push(&mut extrema, flat_bar(0, 10.0)) && !push(&mut extrema, flat_bar(1, 12.0)));
    let known = extrema.clone();
    for odd in [f64::NAN, 0.0, -1.0] {
        assert!(!push(&mut extrema, flat_bar(2, odd)));
    }
    assert!(!push(&mut extrema, minute_bar(5, [12.0, 12.0, 12.0, 12.0, 0.0])));
    assert_eq!(extrema, known);
    assert!(push(&mut extrema, flat_bar(6, 11.0)));
    assert_eq!(extrema.local_top().map(|t| (t.price, t.pivot_bar, t.confirmed_bar)), Some((12.0, 1, 2)));
}

proptest! {
    #[test]
    fn streaming_is_batch(steps in prop::collection::vec(-6i32..=6, 0..250), theta in 0.005f64..0.2) {
        let mut price = 100.0;
        let prices: Vec<f64> = steps.iter().map(|s| { price *= 1.0 + f64::from(*s) / 200.0; price }).collect();
        let found = streamed(&prices, theta);
        let bars: Vec<_> = found.iter().map(|c| {
            let e = c.extremum;
            (c.direction == Direction::Up, e.pivot_bar as usize, e.confirmed_bar as usize, (e.confirmed_bar - c.bars) as usize)
        }).collect();
        prop_assert_eq!(&bars, &batch(&prices, theta));
        for (change, (_, extremum, _, from)) in found.iter().zip(&bars) {
            prop_assert!((change.overshoot - (prices[*extremum] / prices[*from] - 1.0).abs()).abs() < 1e-12);
        }
        // Twice the price, the same changes.
        let double: Vec<f64> = prices.iter().map(|p| 2.0 * p).collect();
        let scaled = streamed(&double, theta);
        prop_assert!(scaled.iter().zip(&found).all(|(s, f)| s.extremum.pivot_bar == f.extremum.pivot_bar && s.overshoot == f.overshoot));
        prop_assert_eq!(scaled.len(), found.len());
    }

    /// Means over the last moves, and windowed extrema, at every bar.
    #[test]
    fn statistics_and_windows_are_batch(steps in prop::collection::vec(-3i32..=3, 1..150), window in 1u32..6, half_width in 1u32..5) {
        // Never down to 0: bars without a price are passed over, and would be counted here.
        let mut price: f64 = 100.0;
        let prices: Vec<f64> = steps.iter().map(|s| { price = (price + f64::from(*s)).max(10.0); price }).collect();
        let lows: Vec<f64> = prices.iter().map(|p| -p).collect();
        let (theta, n) = (0.03, half_width as usize);
        let all = streamed(&prices, theta);
        let mut extrema = Extrema::new(theta, window, half_width);
        for (i, price) in prices.iter().enumerate() {
            let bar = flat_bar(i, *price);
            extrema.push(&bar, bar.close_time);
            let known: Vec<_> = all.iter().filter(|c| c.extremum.confirmed_bar <= i as u64).collect();
            let last = &known[known.len().saturating_sub(window as usize)..];
            let mean = |value: &dyn Fn(&super::DirectionalChange) -> f64| {
                (last.len() == window as usize).then(|| last.iter().map(|c| value(c)).sum::<f64>() / f64::from(window))
            };
            let close = |a: Option<f64>, b: Option<f64>| a.is_some() == b.is_some() && (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-12;
            prop_assert!(close(extrema.mean_overshoot(), mean(&|c| c.overshoot / theta)));
            prop_assert!(close(extrema.moves().mean_bars(), mean(&|c| c.bars as f64)));
            prop_assert_eq!(extrema.moves().moves(), known.len() as u64);
            for (side, found) in [(&prices, extrema.local_top()), (&lows, extrema.local_bottom())] {
                let expected = local_maxima(&side[..=i], n).last().copied();
                prop_assert_eq!(found.map(|e| (e.pivot_bar as usize, e.confirmed_bar as usize)), expected);
                prop_assert!(found.is_none_or(|e| e.price == prices[e.pivot_bar as usize]));
            }
        }
    }
}

#[test]
fn a_window_has_at_least_one_move() {
    assert_eq!(MoveStatistics::new(0), MoveStatistics::new(1));
}
