//! Known answers, and the best of all ways to trade found by trying each.

use manyworlds_components::bar::Bar;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_systems::orchestrator::settings::AllowedSide;
use proptest::prelude::*;
use proptest::sample::select;

use super::{LabelError, Move, MoveCosts, perfect_moves};

fn bars(closes: &[f64]) -> Vec<Bar> {
    let bar = |(i, c): (usize, &f64)| {
        Bar::new(Timestamp::from_seconds(60 * i as i64), Frame::MINUTE, [*c, *c, *c, *c, 1.0])
    };
    closes.iter().enumerate().map(bar).collect()
}

fn fee(per_round_trip: f64) -> MoveCosts {
    MoveCosts { per_round_trip, per_side_bps: 0.0 }
}

const KNOWN: [f64; 6] = [1.0, 3.0, 2.0, 8.0, 4.0, 9.0];

#[test]
fn known_answers() {
    let bars = bars(&KNOWN);
    for (cost, total, trades) in [(2.0, 8.0, 2), (0.0, 13.0, 3), (20.0, 0.0, 0)] {
        let perfect = perfect_moves(&bars, fee(cost), AllowedSide::LongOnly).unwrap();
        assert_eq!((perfect.total(), perfect.moves().len()), (total, trades), "fee {cost}");
    }
    let perfect = perfect_moves(&bars, fee(2.0), AllowedSide::LongOnly).unwrap();
    let long = |entry, exit, gain| Move { position: 1, entry, exit, gain };
    assert_eq!(perfect.moves(), [long(0, 3, 5.0), long(4, 5, 3.0)]);
    assert_eq!(perfect.positions(), [1, 1, 1, 0, 1, 0]);
    assert_eq!(perfect.known_at(), Some(Timestamp::from_seconds(360)));
    // Both sides and free: every change is earned. Short only: the falls.
    let both = perfect_moves(&bars, fee(0.0), AllowedSide::Both).unwrap();
    assert_eq!((both.total(), both.positions()), (18.0, vec![1, -1, 1, -1, 1, 0]));
    let short = perfect_moves(&bars, fee(0.5), AllowedSide::ShortOnly).unwrap();
    assert_eq!((short.total(), short.positions()), (4.0, vec![0, -1, 0, -1, 0, 0]));
}

#[test]
fn costs_in_bps_are_of_each_close() {
    let bars = bars(&[100.0, 110.0]);
    let costs = |per_side_bps| MoveCosts { per_round_trip: 1.0, per_side_bps };
    let perfect = perfect_moves(&bars, costs(100.0), AllowedSide::Both).unwrap();
    assert!((perfect.total() - (10.0 - 1.0 - 1.0 - 1.1)).abs() < 1e-12);
    assert!(perfect_moves(&bars, costs(450.0), AllowedSide::Both).unwrap().moves().is_empty());
}

#[test]
fn of_equal_closes_the_first_and_nothing_for_nothing() {
    let flat = bars(&[5.0; 9]);
    assert!(perfect_moves(&flat, fee(0.0), AllowedSide::Both).unwrap().moves().is_empty());
    let plateaus = bars(&[3.0, 3.0, 4.0, 4.0, 2.0]);
    let perfect = perfect_moves(&plateaus, fee(0.1), AllowedSide::LongOnly).unwrap();
    assert_eq!(perfect.positions(), [1, 1, 0, 0, 0]);
    for few in [&[][..], &[7.0]] {
        let bars = bars(few);
        let perfect = perfect_moves(&bars, fee(0.0), AllowedSide::Both).unwrap();
        assert_eq!(
            (perfect.total(), perfect.positions(), perfect.known_at().is_some()),
            (0.0, vec![0; few.len()], !few.is_empty())
        );
    }
}

#[test]
fn wrong_input_is_named() {
    let mut twice = bars(&[1.0, 2.0, 3.0]);
    twice[2].open_time = twice[1].open_time;
    let error = |bars: &[Bar], costs| perfect_moves(bars, costs, AllowedSide::Both).unwrap_err();
    assert_eq!(error(&twice, fee(0.0)), LabelError::Order { row: 2, open_time: Timestamp::from_seconds(60) });
    assert_eq!(error(&bars(&[1.0, 0.0]), fee(0.0)), LabelError::Close { row: 1, close: 0.0 });
    assert!(error(&bars(&[f64::NAN]), fee(0.0)).to_string().contains("bar 0: close NaN"));
    assert_eq!(error(&[], fee(-1.0)), LabelError::Costs { field: "per_round_trip", value: -1.0 });
    let nan = MoveCosts { per_round_trip: 0.0, per_side_bps: f64::INFINITY };
    assert!(error(&[], nan).to_string().starts_with("per_side_bps: inf"));
}

/// What a path of positions earns, from the definition: each change of position is a trade at that close.
fn earned(closes: &[f64], positions: &[i8], costs: MoveCosts) -> f64 {
    let (mut held, mut sum) = (0i8, 0.0);
    for (close, position) in closes.iter().zip(positions) {
        if *position != held {
            let side = close * costs.per_side_bps / 1e4;
            sum -= if held != 0 { side } else { 0.0 };
            sum -= if *position != 0 { side + costs.per_round_trip } else { 0.0 };
            sum += f64::from(held - position) * close;
            held = *position;
        }
    }
    assert_eq!(held, 0);
    sum
}

/// The best of all 3^(n-1) paths.
fn best(closes: &[f64], costs: MoveCosts, allowed: &[i8]) -> f64 {
    let free = closes.len().saturating_sub(1) as u32;
    let path = |code: usize| {
        let mut rest = code;
        let mut positions: Vec<i8> = (0..free)
            .map(|_| {
                let position = allowed[rest % allowed.len()];
                rest /= allowed.len();
                position
            })
            .collect();
        positions.push(0);
        positions
    };
    (0..allowed.len().pow(free)).map(|code| earned(closes, &path(code), costs)).fold(0.0, f64::max)
}

fn costs() -> impl Strategy<Value = MoveCosts> {
    let fees = select(vec![0.0, 0.5, 1.0, 2.5]);
    (fees, select(vec![0.0, 10.0, 300.0]))
        .prop_map(|(per_round_trip, per_side_bps)| MoveCosts { per_round_trip, per_side_bps })
}

proptest! {
    #[test]
    fn as_good_as_the_best_of_all_ways(closes in prop::collection::vec((1u32..12).prop_map(f64::from), 1..8), costs in costs()) {
        let bars = bars(&closes);
        for (sides, allowed) in [(AllowedSide::LongOnly, &[0, 1][..]), (AllowedSide::ShortOnly, &[0, -1]), (AllowedSide::Both, &[0, 1, -1])] {
            let perfect = perfect_moves(&bars, costs, sides).unwrap();
            let best = best(&closes, costs, allowed);
            prop_assert!((perfect.total() - best).abs() < 1e-9, "{:?}: {} of {}", sides, perfect.total(), best);
            prop_assert!((earned(&closes, &perfect.positions(), costs) - best).abs() < 1e-9);
            prop_assert!(perfect.positions().iter().all(|p| allowed.contains(p)));
            prop_assert!(perfect.moves().iter().all(|m| m.gain > 0.0 && m.entry < m.exit));
            prop_assert!(perfect.moves().windows(2).all(|w| w[0].exit <= w[1].entry));
        }
    }

    #[test]
    fn costs_only_take_and_sides_only_give(closes in prop::collection::vec(1.0f64..100.0, 2..200), fee in 0.0f64..5.0) {
        let bars = bars(&closes);
        let total = |fee, sides| perfect_moves(&bars, MoveCosts { per_round_trip: fee, per_side_bps: 0.0 }, sides).unwrap().total();
        let both = total(fee, AllowedSide::Both);
        let (long, short) = (total(fee, AllowedSide::LongOnly), total(fee, AllowedSide::ShortOnly));
        prop_assert!(both >= long.max(short) - 1e-9 && both <= long + short + 1e-9);
        prop_assert!(both <= total(fee / 2.0, AllowedSide::Both) + 1e-9);
        let changes: f64 = closes.windows(2).map(|w| (w[1] - w[0]).abs()).sum();
        prop_assert!((total(0.0, AllowedSide::Both) - changes).abs() < 1e-9 * changes.max(1.0));
        // Upside down, longs are shorts.
        let mirrored: Vec<f64> = closes.iter().map(|c| 101.0 - c).collect();
        let mirrored = super::tests::bars(&mirrored);
        let shorts = perfect_moves(&mirrored, MoveCosts { per_round_trip: fee, per_side_bps: 0.0 }, AllowedSide::ShortOnly).unwrap().total();
        prop_assert!((shorts - long).abs() < 1e-9);
    }
}
