use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// TA-Lib's own 252 daily bars, where the data folder is there.
fn corpus() -> Option<Vec<f64>> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    let root = std::env::var_os("MANYWORLDS_DATA").map_or_else(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(root.join("talib/daily_ref_0.csv")) else {
        println!("skipped: no talib/daily_ref_0.csv (set MANYWORLDS_DATA)");
        return None;
    };
    Some(text.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse().unwrap()).collect())
}

#[test]
fn the_average_is_that_of_ta_lib() {
    let Some(closes) = corpus() else { return };
    let mut ema = Ema::default();
    let values: Vec<Option<f64>> = closes
        .iter()
        .map(|close| {
            ema.add(*close, 10);
            ema.get(10)
        })
        .collect();
    assert_eq!(values[8], None);
    for (bar, expected) in [(9, 93.225500), (10, 93.752682), (251, 108.975212)] {
        assert!((values[bar].unwrap() - expected).abs() < 1e-6, "{bar}: {:?}", values[bar]);
    }
    assert_eq!(ema.bars(), 252);
}

#[test]
fn a_ramp_is_a_line_and_a_flat_market_has_none() {
    let ramp: Vec<f64> = (0..10).map(|i| 100.0 + 0.5 * f64::from(i)).collect();
    assert_eq!(Line::through(&ramp), Some(Line { slope: 0.5, r2: Some(1.0) }));
    assert_eq!(Line::through(&[0.1; 7]), Some(Line { slope: 0.0, r2: None }));
    assert_eq!((Line::through(&[1.0]), Line::through(&[])), (None, None));
    // By hand: closes 1, 3, 2 have the mean 2 and the slope (2 - 1) / 2; R2 = (1 * 1) / (2 * 2).
    assert_eq!(Line::through(&[1.0, 3.0, 2.0]), Some(Line { slope: 0.5, r2: Some(0.25) }));
}

#[test]
fn a_direction_needs_both_witnesses() {
    let of = |average: f64, closes: &[f64]| Trend::measure(average, closes, 0).unwrap();
    assert_eq!(of(2.0, &[1.0, 2.0, 3.0]).direction, 1);
    assert_eq!(of(4.0, &[1.0, 2.0, 3.0]).direction, 0, "rises, but below its average");
    assert_eq!(of(2.0, &[3.0, 2.0, 1.0]).direction, -1);
    assert_eq!(of(0.5, &[3.0, 2.0, 1.0]).direction, 0);
    let up = of(2.0, &[1.0, 2.0, 3.0]);
    assert_eq!((up.distance_bps, up.signed(), up.quality), (5_000.0, Some(1.0), 1.0));
    assert!((up.slope_bps - 1e4 / 3.0).abs() < 1e-9);
    let flat = of(2.0, &[2.0, 2.0, 2.0]);
    assert_eq!(
        (flat.direction, flat.confidence, flat.signed()),
        (0, None, None),
        "not a trend of zero, but none"
    );
    // The slope of these is 0, but for what rounding leaves of it.
    let level = of(0.1, &[0.1, 0.3, 0.7, 0.7, 0.3, 0.1]);
    assert_eq!((level.direction, of(0.05, &[0.1, 0.3, 0.7, 0.7, 0.3, 0.1]).direction), (0, 0));
    assert_eq!(Trend::measure(2.0, &[1.0, 0.0], 0), None, "no price, no trend");
    assert_eq!(Trend::measure(2.0, &[1.0, 2.0, 3.0], 3).unwrap().quality, 0.5);
}

/// The textbook sums, with the closes as they are.
fn textbook(closes: &[f64]) -> (f64, f64) {
    let n = closes.len() as f64;
    let (mx, my) = ((n - 1.0) / 2.0, closes.iter().sum::<f64>() / n);
    let rows = || closes.iter().enumerate().map(|(i, c)| (i as f64 - mx, c - my));
    let (xy, xx): (f64, f64) = (rows().map(|(x, y)| x * y).sum(), rows().map(|(x, _)| x * x).sum());
    (xy / xx, xy * xy / (xx * rows().map(|(_, y)| y * y).sum::<f64>()))
}

proptest! {
    #[test]
    fn lines_are_the_textbooks(closes in prop::collection::vec(1.0f64..1_000.0, 3..40)) {
        let (slope, r2) = textbook(&closes);
        let line = Line::through(&closes).unwrap();
        prop_assert!((line.slope - slope).abs() < 1e-9 && (line.r2.unwrap() - r2).abs() < 1e-9);
    }

    #[test]
    fn trends_scale_and_mirror(closes in prop::collection::vec(900u32..1_100, 3..40), average in 950.0f64..1_050.0, by in 0.01f64..100.0) {
        let closes: Vec<f64> = closes.iter().map(|c| f64::from(*c)).collect();
        let plain = Trend::measure(average, &closes, 2).unwrap();
        let scaled = Trend::measure(average * by, &closes.iter().map(|c| c * by).collect::<Vec<_>>(), 2).unwrap();
        let mirrored = Trend::measure(2_000.0 - average, &closes.iter().map(|c| 2_000.0 - c).collect::<Vec<_>>(), 2).unwrap();
        prop_assert_eq!(mirrored.direction, -plain.direction);
        prop_assert_eq!(mirrored.confidence.is_some(), plain.confidence.is_some());
        prop_assert!((mirrored.confidence.unwrap_or(0.0) - plain.confidence.unwrap_or(0.0)).abs() < 1e-9);
        prop_assert!((scaled.slope_bps - plain.slope_bps).abs() < 1e-6 && (scaled.distance_bps - plain.distance_bps).abs() < 1e-6);
        prop_assert!((scaled.confidence.unwrap_or(0.0) - plain.confidence.unwrap_or(0.0)).abs() < 1e-9);
        // A level line has a slope of a rounding error after scaling.
        prop_assert!(scaled.direction == plain.direction || plain.slope_bps.abs() < 1e-9);
    }

    #[test]
    fn the_average_is_its_recursion(closes in prop::collection::vec(1.0f64..1_000.0, 1..80), n in 2usize..20) {
        let mut ema = Ema::default();
        let mut expected = None;
        for (i, close) in closes.iter().enumerate() {
            ema.add(*close, n);
            let alpha = 2.0 / (n as f64 + 1.0);
            expected = match expected {
                _ if i + 1 == n => Some(closes[..n].iter().sum::<f64>() / n as f64),
                Some(before) => Some(alpha * close + (1.0 - alpha) * before),
                None => None,
            };
            prop_assert_eq!(ema.get(n).is_some(), expected.is_some());
            prop_assert!((ema.get(n).unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-9);
        }
    }
}
