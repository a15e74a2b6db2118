//! Features after every step against a plain recomputation over the whole history.

use std::collections::BTreeMap;

use manyworlds_engine::StepOutcome;
use proptest::prelude::*;

use super::*;

const FRAMES: [(&str, f64); 4] = [("1m", 0.1), ("5m", 0.3), ("7m", 0.4), ("1h", 0.2)];
const SETTINGS: &str =
    r#"(frames: {"1m": 0.1, "5m": 0.3, "7m": 0.4, "1h": 0.2}, ema: 5, slope: 4, bars_kept: 4)"#;

/// Open time and close of every frame that has ended by `now`, from all prints (time, price).
fn closed(prints: &[(Timestamp, f64)], frame: Frame, now: Timestamp) -> Vec<(i64, f64)> {
    let mut last = BTreeMap::new();
    for (t, price) in prints {
        last.insert(t.0.div_euclid(frame.nanos()) * frame.nanos(), *price);
    }
    last.into_iter().filter(|(open, _)| open + frame.nanos() <= now.0).collect()
}

/// Direction, confidence, distance, slope and quality of a frame, from all its closes.
fn trend(
    bars: &[(i64, f64)],
    frame: Frame,
    ema: usize,
    slope: usize,
) -> Option<(f64, Option<f64>, f64, f64, f64)> {
    if bars.len() < ema.max(slope) {
        return None;
    }
    let start = bars[..ema].iter().map(|b| b.1).sum::<f64>() / ema as f64;
    let average = bars[ema..].iter().fold(start, |a, b| a + 2.0 / (ema as f64 + 1.0) * (b.1 - a));
    let window = &bars[bars.len() - slope..];
    let (n, close) = (slope as f64, window[slope - 1].1);
    let mean = window.iter().map(|b| b.1).sum::<f64>() / n;
    let x = |i: usize| i as f64 - (n - 1.0) / 2.0;
    let xy: f64 = window.iter().enumerate().map(|(i, b)| x(i) * (b.1 - mean)).sum();
    let xx: f64 = (0..slope).map(|i| x(i) * x(i)).sum();
    let yy: f64 = window.iter().map(|b| (b.1 - mean).powi(2)).sum();
    let rise = if yy < 1e-12 { 0.0 } else { xy / xx };
    let direction = match (close - average, rise) {
        (above, rise) if above > 0.0 && rise > 1e-12 => 1.0,
        (above, rise) if above < 0.0 && rise < -1e-12 => -1.0,
        _ => 0.0,
    };
    let span = (window[slope - 1].0 - window[0].0) / frame.nanos() + 1;
    let r2 = (yy > 1e-12).then(|| xy * xy / (xx * yy));
    Some((direction, r2, (close / average - 1.0) * 1e4, rise / close * 1e4, n / span as f64))
}

fn assert_near(what: &str, seen: Option<f64>, expected: Option<f64>) {
    let near = match (seen, expected) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-6,
        (None, None) => true,
        _ => false,
    };
    assert!(near, "{what}: {seen:?}, expected {expected:?}");
}

fn check(simulation: &Simulation, symbol: usize, history: &[(Timestamp, f64)]) {
    let now = simulation.clock().now;
    let (mut sum, mut norm, mut weights, mut directions) = (0.0, 0.0, 0.0, vec![]);
    for (name, weight) in FRAMES {
        let frame: Frame = name.parse().unwrap();
        let expected = trend(&closed(history, frame, now), frame, 5, 4);
        let seen = |word: &str| feature(simulation, symbol, &format!("{word}_{name}"));
        let says = |what: &str| format!("S{symbol} {what} {name} at {now}");
        assert_near(&says("trend"), seen("trend"), expected.and_then(|e| Some(e.0 * e.1?)));
        assert_near(&says("distance"), seen("distance"), expected.map(|e| e.2));
        assert_near(&says("slope"), seen("slope"), expected.map(|e| e.3));
        assert_near(&says("quality"), seen("quality"), expected.map(|e| e.4));
        if let Some((direction, Some(confidence), ..)) = expected {
            sum += weight * confidence * direction;
            norm += weight * confidence;
            weights += weight;
            directions.push(direction);
        }
    }
    let score = (norm > 1e-12).then(|| sum / norm);
    assert_near("score", feature(simulation, symbol, "score"), score);
    let mean = directions.iter().sum::<f64>() / directions.len() as f64;
    assert_near("alignment", feature(simulation, symbol, "alignment"), score.map(|_| mean));
    assert_near("coverage", feature(simulation, symbol, "coverage"), score.map(|_| weights));
    let agree =
        score.filter(|s| s.abs() > 1e-9).map(|s| directions.iter().filter(|d| **d == s.signum()).count());
    if let Some(agree) = agree {
        assert_eq!(feature(simulation, symbol, "agreement"), Some(agree as f64));
    }
}

fn clocks() -> impl Strategy<Value = ClockMode> {
    let minutes = |m: i64| Frame::from_nanos(m * Frame::MINUTE.nanos()).unwrap();
    prop_oneof![
        4 => Just(ClockMode::Bar(Frame::MINUTE)),
        1 => Just(ClockMode::Bar(minutes(5))),
        1 => Just(ClockMode::Every(minutes(3))),
        1 => Just(ClockMode::Every(minutes(60))),
        1 => Just(ClockMode::Event),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// A symbol of minute bars and one of prints, with gaps, under clocks whose steps bring no bar, one, or more than the
    /// series keep; the series of the world have one of the frames, or none of them.
    #[test]
    fn streaming_is_batch(
        rows in prop::collection::vec((prop_oneof![12 => 1i64..2, 2 => 1i64..5, 1 => 1i64..200], 0i64..60, 900u32..1_100), 20..160),
        clock in clocks(),
        decision in prop_oneof![3 => Just(1i64), 1 => Just(5), 1 => Just(2)],
        kept in 4usize..9,
    ) {
        let (mut minute, mut bars, mut prints) = (0, vec![], vec![]);
        for (gap, second, price) in &rows {
            minute += gap;
            bars.push(bar(minute * 60, Frame::MINUTE, f64::from(*price), 1.0));
            prints.push((at(minute * 60 + second), f64::from(*price), 1.0));
        }
        let feeds = [Feed::Bars(bars.clone()), Feed::Prints(prints.clone())];
        let decision = Frame::from_nanos(decision * Frame::MINUTE.nanos()).unwrap();
        // A line needs its window in the series: the lookback that the module asks for is 4.
        let mut simulation = blueprint(&feeds, clock, decision, kept, SETTINGS).build().unwrap();
        while simulation.step().unwrap() != StepOutcome::Finished {
            let now = simulation.clock().now;
            let of_bars: Vec<_> = bars.iter().filter(|b| b.close_time <= now).map(|b| (b.open_time, b.close)).collect();
            let of_prints: Vec<_> = prints.iter().filter(|p| p.0 <= now).map(|p| (p.0, p.1)).collect();
            // Among events of one time, some are not there yet.
            if clock != ClockMode::Event || simulation.clock().next != Some(now) {
                check(&simulation, 0, &of_bars);
                check(&simulation, 1, &of_prints);
            }
        }
    }
}

/// The first values come with the bar that the declared warm-up names.
#[test]
fn warm_up_is_exact() {
    let minutes: Vec<Bar> =
        (0..400).map(|m| bar(m * 60, Frame::MINUTE, 100.0 + (m * m * m % 101) as f64, 1.0)).collect();
    let settings = r#"(frames: {"1m": 1.0, "1h": 1.0}, ema: 5, slope: 4)"#;
    let plan = blueprint(&[Feed::Bars(minutes)], ClockMode::Bar(Frame::MINUTE), Frame::MINUTE, 300, settings);
    let mut simulation = plan.build().unwrap();
    let specs = simulation.schema().features().to_vec();
    while simulation.step().unwrap() != StepOutcome::Finished {
        let (features, step) = (simulation.features("S0").unwrap(), simulation.clock().step);
        for (spec, valid) in specs.iter().zip(features.mask()) {
            let bars = if spec.meaning.ends_with("bars of 1h") { step / 60 } else { step };
            assert_eq!(*valid, bars >= spec.warmup_bars, "{} at step {step}", spec.name);
        }
    }
}
