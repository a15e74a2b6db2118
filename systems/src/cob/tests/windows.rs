//! Means over time: by hand, and against the integral as it is defined.

use manyworlds_components::time::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::book_world::MS;
use crate::cob::rolling::{GRID_NS, RollingMeans};

/// Mean of (from, value) steps between two times, and the share of the time in which there was a value.
fn integral(steps: &[(i64, Option<f64>)], from: i64, to: i64) -> (f64, f64) {
    let (mut sum, mut known) = (0.0, 0.0);
    for (i, (begin, value)) in steps.iter().enumerate() {
        let end = steps.get(i + 1).map_or(to, |next| next.0).min(to);
        let length = (end - (*begin).max(from)).max(0) as f64;
        if let Some(value) = value {
            sum += value * length;
            known += length;
        }
    }
    (sum / known, known / (to - from) as f64)
}

proptest! {
    #[test]
    fn means_are_integrals(
        steps in proptest::collection::vec((1i64..700, proptest::option::weighted(0.8, -1.0f64..1.0)), 1..200),
    ) {
        let windows = [100, 300, 1_000, 5_000].map(|ms| Frame::from_nanos(ms * MS).unwrap());
        let mut means = RollingMeans::new(&windows);
        let (mut now, mut seen) = (1_000_000_123 * MS, Vec::new());
        for (wait, value) in steps {
            now += wait * MS * 3 / 2 + 77;
            seen.push((now, value));
            means.push(Timestamp(now), value);
            let since = seen.iter().find(|s| s.1.is_some()).map(|s| s.0);
            for window in windows {
                // Windows begin at multiples of 100 ms.
                let from = (now - window.nanos()).div_euclid(GRID_NS) * GRID_NS;
                let (mean, share) = integral(&seen, from, now);
                match means.mean(window) {
                    Some(found) => {
                        prop_assert!(since.unwrap() <= from && share > 0.49999);
                        prop_assert!((found - mean).abs() < 1e-8, "{found} {mean}");
                    }
                    None => prop_assert!(since.is_none_or(|since| since > from) || share < 0.50001),
                }
            }
        }
    }
}

/// A value that stands for very long moves the window by more than all that is remembered.
#[test]
fn long_steps() {
    let mut means = RollingMeans::new(&[seconds(1), seconds(60)]);
    means.push(Timestamp(0), Some(0.5));
    assert_eq!(means.mean(seconds(1)), None);
    means.push(Timestamp(3_600 * 1_000 * MS), Some(-0.5));
    assert_eq!((means.mean(seconds(1)), means.mean(seconds(60))), (Some(0.5), Some(0.5)));
    means.push(Timestamp(3_600 * 1_000 * MS + 500 * MS), None);
    assert_eq!(means.mean(seconds(1)), Some(0.0), "half a second of each");
    means.push(Timestamp(4_000 * 1_000 * MS), Some(0.25));
    assert_eq!(means.mean(seconds(60)), None, "nobody knows what it was");
    assert_eq!(RollingMeans::new(&[]).mean(seconds(1)), None);
}

/// 1 s of imbalance 0.5 and then -0.5: masked until there is a whole window.
#[test]
fn means_of_a_book() {
    let mut events = snapshot(0, 0, &[(25_000, 30)], &[(25_010, 10)]);
    events.extend((1..10).map(|i| at(100 * i, 0, ask(25_010, 10))));
    events.push(at(1_000, 0, bid(25_000, 10)));
    events.push(at(1_000, 0, ask(25_010, 30)));
    events.extend((1..=20).map(|i| at(1_000 + 100 * i, 0, ask(25_010, 30))));
    let mut simulation = world(events, 1, CobSettings::default());
    run(&mut simulation, |now| {
        let ms = now.clock().now.0 / MS;
        let mean = feature(now, "imbalance_1s");
        // Before the first step, at 0 ms, nothing was known.
        assert_eq!(mean.is_some(), ms >= 1_000, "{ms}");
        match ms {
            1_000 => assert_eq!(mean, Some(0.5)),
            1_500 => assert_eq!(mean, Some(0.0)),
            2_000 => assert_eq!(mean, Some(-0.5)),
            _ => {}
        }
        assert_eq!(feature(now, "imbalance_5s"), None);
    });
}
