//! CUSUM and change points.

use manyworlds_components::time::Timestamp;

use super::super::cusum::{Cusum, Shift, ShiftDetector};
use super::super::settings::ChangeSettings;
use super::Noise;

/// `oracles.md`, Regime: target 99, K 1, H 10; no alarm.
#[test]
fn the_table() {
    let x = [
        102.0, 94.8, 98.3, 98.4, 102.0, 98.5, 99.0, 97.7, 100.0, 98.1, 101.3, 98.7, 101.1, 98.4, 97.0, 96.7,
        100.3, 101.4, 97.2, 101.0,
    ];
    let plus =
        [2.0, 0.0, 0.0, 0.0, 2.0, 0.5, 0.0, 0.0, 0.0, 0.0, 1.3, 0.0, 1.1, 0.0, 0.0, 0.0, 0.3, 1.7, 0.0, 1.0];
    let minus =
        [0.0, 3.2, 2.9, 2.5, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.3, 0.0, 0.0, 0.8, 0.0];
    let mut sum = Cusum::default();
    for ((x, plus), minus) in x.into_iter().zip(plus).zip(minus) {
        sum.update(x - 99.0, 1.0);
        assert!((sum.plus - plus).abs() < 1e-9 && (sum.minus - minus).abs() < 1e-9, "{x}: {sum:?}");
        assert!(sum.plus < 10.0 && sum.minus < 10.0);
    }
}

/// The alarms over some values, with the value at which each was raised.
fn alarms(values: impl Iterator<Item = f64>) -> Vec<(i64, Shift)> {
    let (mut detector, settings) = (ShiftDetector::default(), ChangeSettings::default());
    let found = values.enumerate().filter_map(|(t, x)| {
        let level = detector.level(settings.threshold, settings.baseline);
        assert!(level.is_none_or(|l| l.abs() <= 1.0) && (t > 100 || level.is_none() || t == 100));
        Some((t as i64, detector.update(x, Timestamp(t as i64), &settings)?))
    });
    found.collect()
}

/// A shift by two deviations is found within some ten values, on the right side, and dated right.
#[test]
fn shifts_are_found_and_dated() {
    for (seed, size) in [(1, 2.0), (2, -2.0), (3, 2.0), (4, -2.0)] {
        let mut noise = Noise::new(seed);
        let found = alarms((0..500).map(|t| noise.normal() + if t < 300 { 0.0 } else { size }));
        let (at, shift) = found[0];
        assert!((300..320).contains(&at), "{at}: {shift:?}");
        assert_eq!(shift.up, size > 0.0);
        assert!((shift.since.0 - 300).abs() <= 12 && shift.statistic > 10.0, "{shift:?}");
        assert_eq!(found.len(), 1, "what it has learned anew does not shift");
    }
}

#[test]
fn steady_values_rarely_alarm_and_one_outlier_is_no_change() {
    let mut noise = Noise::new(5);
    let count = alarms((0..20_000).map(|_| noise.normal())).len();
    assert!(count < 20, "{count} false alarms in 20,000 values");
    let mut noise = Noise::new(6);
    assert_eq!(alarms((0..400).map(|t| if t == 300 { 1e6 } else { noise.normal() })), vec![]);
}

/// Without deviation there is nothing to measure by: the baseline goes on.
#[test]
fn a_still_market_is_never_watched() {
    let (mut detector, settings) = (ShiftDetector::default(), ChangeSettings::default());
    for t in 0..500 {
        assert_eq!(detector.update(0.0, Timestamp(t), &settings), None);
        assert_eq!(detector.level(10.0, settings.baseline), None);
    }
}
