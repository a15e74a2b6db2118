//! The universal data adapter in a world.

use ndarray::s;

use super::*;

/// 12:34:56 of Tuesday, in seconds from Monday.
const NOW: i64 = 86_400 + 12 * 3_600 + 34 * 60 + 56;

/// Seconds of a symbol; every `gap`-th second and one whole minute have none.
fn seconds(seed: i64, gap: i64) -> Vec<Bar> {
    let there = |s: &i64| s % gap != 0 && !(NOW - 656..NOW - 596).contains(s);
    (0..NOW)
        .filter(there)
        .map(|s| bar(s, Frame::SECOND, 100.0 + ((s * seed) % 1_009) as f64, (1 + s % 7) as f64))
        .collect()
}

/// What a plain program makes of the seconds: the row of the frame that opens at `opens`, and whether it had any.
fn plain(bars: &[Bar], frame: Frame, opens: i64) -> ([f64; 6], bool) {
    let inside = |b: &&Bar| b.open_time >= at(opens) && b.close_time <= at(opens) + frame.nanos();
    let of: Vec<&Bar> = bars.iter().filter(inside).collect();
    let time = at(opens).0 as f64 / 1e6;
    let Some(last) = of.last() else {
        let close = bars.iter().rfind(|b| b.open_time < at(opens)).unwrap().close;
        return ([time, close, close, close, close, 0.0], false);
    };
    let high = of.iter().map(|b| b.high).fold(f64::MIN, f64::max);
    let low = of.iter().map(|b| b.low).fold(f64::MAX, f64::min);
    ([time, of[0].open, high, low, last.close, of.iter().map(|b| b.volume).sum()], true)
}

/// Modules.md: ETH 1s/1m/1h/1d and BTC 1s, 300 rows; at 12:34:56 the newest rows opened at 12:34:55, 12:33, 11:00 and yesterday.
#[test]
fn five_series_at_12_34_56() {
    let (btc, eth) = (seconds(7, 10), seconds(13, 97));
    let feeds = [Feed::Bars(btc.clone()), Feed::Bars(eth.clone())];
    let plan = blueprint(
        &feeds,
        ClockMode::Every("4s".parse().unwrap()),
        Frame::SECOND,
        300,
        r#"(adapter: (symbols: ["S1"]))"#,
    );
    let mut simulation = plan.build().unwrap();
    simulation.run_until(at(NOW)).unwrap();
    assert_eq!(simulation.clock().now, at(NOW));
    let aligned = of::<AlignedSeries>(&simulation, 1);
    let (view, mask) = (aligned.view(), aligned.mask());
    assert_eq!(view.shape(), [5, 300, 6]);
    assert!(view.as_slice().is_some(), "one contiguous array");
    let newest = [NOW - 1, 86_400 + 12 * 3_600 + 33 * 60, 86_400 + 11 * 3_600, 0, NOW - 1];
    let frames = [Frame::SECOND, Frame::MINUTE, Frame::HOUR, Frame::DAY, Frame::SECOND];
    let rows_since_start = [300, 300, 36, 1, 300];
    for (k, (frame, newest)) in frames.into_iter().zip(newest).enumerate() {
        let bars = if k == 4 { &btc } else { &eth };
        let length = frame.nanos() / Frame::SECOND.nanos();
        let mut present = 0;
        for lag in 0..rows_since_start[k] {
            let (values, had) = plain(bars, frame, newest - lag * length);
            let row = 299 - lag as usize;
            assert_eq!(view.slice(s![k, row, ..]).to_vec(), values, "series {k}, {lag} rows ago");
            assert_eq!(mask[[k, row]], had);
            present += usize::from(had);
        }
        assert!(!mask.row(k).iter().take(300 - rows_since_start[k] as usize).any(|m| *m));
        assert_eq!(aligned.quality_of(k), Some(present as f64 / 300.0));
    }
    assert_eq!(mask.row(1).iter().filter(|m| !**m).count(), 1, "the minute that nobody traded in");
    assert_eq!(aligned.quality_of(4), Some(0.9));
    let quality = feature(&simulation, 1, "input_quality").unwrap();
    assert!((quality - (0..5).map(|k| aligned.quality_of(k).unwrap()).sum::<f64>() / 5.0).abs() < 1e-12);
    assert_eq!((feature(&simulation, 0, "input_quality"), aligned.is_warm()), (None, false));
    // Three times the rows are kept, a frame apart, for scoring what was forecast then.
    for (k, frame) in frames.iter().enumerate().filter(|(k, _)| *k != 2 && *k != 3) {
        assert_eq!(aligned.kept(k), 900);
        let times = (0..900).map(|lag| aligned.row(k, lag).unwrap().values[0]);
        let times: Vec<f64> = times.collect();
        assert!(times.windows(2).all(|t| t[0] - t[1] == frame.nanos() as f64 / 1e6), "contiguous");
        let old = at(newest[k]) + -899 * frame.nanos();
        let opens = newest[k] - 899 * frame.nanos() / Frame::SECOND.nanos();
        assert_eq!(
            aligned.row_at(k, old).unwrap().values,
            plain(if k == 4 { &btc } else { &eth }, *frame, opens).0
        );
    }
}

#[test]
fn a_restored_world_has_the_same_rows() {
    let feeds = [Feed::Bars(seconds(7, 10)), Feed::Bars(seconds(13, 3))];
    let settings = r#"(adapter: (rows: 20))"#;
    let plan = blueprint(&feeds, ClockMode::Bar(Frame::MINUTE), Frame::SECOND, 300, settings);
    let mut simulation = plan.clone().build().unwrap();
    simulation.run_until(at(20_000)).unwrap();
    let (snapshot, then) = (simulation.snapshot(), of::<AlignedSeries>(&simulation, 1).clone());
    assert!(then.quality().unwrap() > 0.0);
    simulation.run_until(at(40_000)).unwrap();
    let later = of::<AlignedSeries>(&simulation, 1).clone();
    assert_ne!(then, later);
    let mut other = plan.build().unwrap();
    other.restore(&snapshot).unwrap();
    assert_eq!(of::<AlignedSeries>(&other, 1), &then);
    other.run_until(at(40_000)).unwrap();
    assert_eq!(of::<AlignedSeries>(&other, 1), &later);
    assert_eq!(other.digest().first_difference(&simulation.digest()), None);
}

/// Steps of an hour: every second of it gets its row, as the series that the adapter reads keep as much as it does.
#[test]
fn long_steps_fill_all_that_is_kept() {
    let feeds = [Feed::Bars(seconds(7, 10))];
    let run = |clock, decision| {
        let mut simulation = blueprint(&feeds, clock, decision, 60, "(adapter: (rows: 20))").build().unwrap();
        simulation.run_until(at(36 * 3_600)).unwrap();
        of::<AlignedSeries>(&simulation, 0).clone()
    };
    let (long, short) = (
        run(ClockMode::Every(Frame::HOUR), Frame::MINUTE),
        run(ClockMode::Every(Frame::SECOND), Frame::MINUTE),
    );
    assert_eq!(long.view(), short.view());
    assert_eq!((long.mask(), long.quality()), (short.mask(), short.quality()));
    for (k, lag) in [(0, 59), (0, 20), (1, 59), (2, 30), (4, 40)] {
        assert_eq!(long.row(k, lag), short.row(k, lag));
    }
}

/// Off, it costs nothing: no component, no system, no longer series.
#[test]
fn without_its_setting_there_is_none() {
    let simulation =
        blueprint(&[Feed::Bars(vec![])], ClockMode::Event, Frame::MINUTE, 300, "()").build().unwrap();
    assert!(simulation.world().get::<AlignedSeries>(simulation.roster().entities(Kind::Symbol)[0]).is_none());
    assert_eq!(simulation.systems_of("multi_timeframe").len(), 1);
    assert_eq!(simulation.schema().offset("multi_timeframe.input_quality"), None);
}
