//! Frames in a world: one source of bars, trading hours, steps of any length, late beginnings.

use super::*;

fn minutes(from: i64, to: i64) -> Vec<Bar> {
    (from..to).map(|m| bar(m * 60, Frame::MINUTE, 100.0 + (m % 90) as f64, 2.0)).collect()
}

/// The frame of the decision series is read there, and its bars are those that the module would have built.
#[test]
fn the_decision_frame_is_the_markets_series() {
    let prints: Vec<_> = (0..6_000).map(|i| (at(i * 7) + i, 100.0 + (i * i % 31) as f64, 1.0)).collect();
    let of_frame = |decision| {
        let plan = blueprint(
            &[Feed::Prints(prints.clone())],
            ClockMode::Bar(Frame::MINUTE),
            decision,
            800,
            "(bars_kept: 800)",
        );
        let mut simulation = plan.build().unwrap();
        simulation.run_until(at(6_000 * 7)).unwrap();
        simulation
    };
    let (shared, apart) = (of_frame(Frame::MINUTE), of_frame("5m".parse().unwrap()));
    let (own, frames) = (of::<BarSeries>(&shared, 0), of::<FrameSeries>(&shared, 0));
    assert!(std::ptr::eq(frames.bars(Frame::MINUTE, own).unwrap(), own));
    let (other_own, other) = (of::<BarSeries>(&apart, 0), of::<FrameSeries>(&apart, 0));
    let built = other.bars(Frame::MINUTE, other_own).unwrap();
    assert!(!std::ptr::eq(built, other_own));
    assert_eq!(built, own, "the same bars, in the same steps");
    assert_eq!(own.count(), 700);
    let hours = |s: &Simulation| of::<FrameSeries>(s, 0).bars(Frame::HOUR, of(s, 0)).unwrap().clone();
    assert_eq!((hours(&shared), hours(&shared).count()), (hours(&apart), 11));
    let score = |s| feature(s, 0, "score").unwrap();
    assert_eq!(score(&shared), score(&apart));
}

/// Event by event, the first event of a time must not close what the second still belongs to, here and in the market.
#[test]
fn equal_times_are_over_after_their_last_event() {
    let feeds = [Feed::Bars(minutes(0, 120)), Feed::Bars(minutes(0, 120))];
    let plan = blueprint(
        &feeds,
        ClockMode::Event,
        "5m".parse().unwrap(),
        300,
        r#"(frames: {"15m": 1.0, "1h": 1.0})"#,
    );
    let mut simulation = plan.build().unwrap();
    simulation.run().unwrap();
    for symbol in 0..2 {
        let own = of::<BarSeries>(&simulation, symbol);
        assert_eq!(own.volumes(300), [10.0; 24], "S{symbol}");
        assert_eq!(opens(&simulation, symbol, Frame::HOUR), [0, 3_600]);
        let quarters = of::<FrameSeries>(&simulation, symbol).series(0, own);
        assert_eq!(quarters.volumes(300), [30.0; 8]);
    }
}

/// One feed of seconds, frames from a second to a day, a clock of minutes.
#[test]
fn frames_from_a_second_to_a_day_from_one_feed() {
    let seconds: Vec<Bar> =
        (0..86_400 + 120).map(|s| bar(s, Frame::SECOND, 100.0 + (s % 100) as f64, 1.0)).collect();
    let settings =
        r#"(frames: {"1s": 0.1, "1m": 0.3, "1h": 0.4, "1d": 0.2}, ema: 2, slope: 3, bars_kept: 50)"#;
    let clock = ClockMode::Bar(Frame::MINUTE);
    let mut simulation =
        blueprint(&[Feed::Bars(seconds)], clock, Frame::MINUTE, 300, settings).build().unwrap();
    simulation.run_until(at(12 * 3_600 + 34 * 60)).unwrap();
    let newest = |s: &Simulation, frame| *opens(s, 0, frame).last().unwrap();
    assert_eq!(newest(&simulation, Frame::SECOND), 12 * 3_600 + 34 * 60 - 1);
    assert_eq!(newest(&simulation, Frame::MINUTE), 12 * 3_600 + 33 * 60);
    assert_eq!(newest(&simulation, Frame::HOUR), 11 * 3_600);
    assert_eq!(opens(&simulation, 0, Frame::DAY), [0; 0]);
    simulation.run().unwrap();
    let day = of::<FrameSeries>(&simulation, 0).bars(Frame::DAY, of(&simulation, 0)).unwrap().last().unwrap();
    assert_eq!((day.open, day.high, day.low, day.close, day.volume), (99.0, 201.0, 97.0, 199.0, 86_400.0));
    let trends = of::<Timeframes>(&simulation, 0).frames();
    assert_eq!(trends.iter().map(|f| f.bars()).collect::<Vec<_>>(), [86_520, 1_442, 24, 1]);
}

/// A symbol of the day session beside one that trades from 22:00 to 21:00.
#[test]
fn symbols_keep_their_own_trading_hours() {
    let day = 24 * 60;
    let office: Vec<Bar> = (0..5).flat_map(|d| minutes(d * day + 14 * 60 + 30, d * day + 21 * 60)).collect();
    let futures: Vec<Bar> = (0..5).flat_map(|d| minutes(d * day - 120, d * day + 21 * 60)).collect();
    let feeds = [Feed::Bars(office), Feed::Bars(futures)];
    let settings = r#"(frames: {"1h": 1.0, "1d": 1.0}, ema: 2, slope: 3, sessions: {"S1": "22h"})"#;
    let plan = blueprint(&feeds, ClockMode::Bar(Frame::MINUTE), Frame::MINUTE, 300, settings);
    let mut simulation = plan.build().unwrap();
    simulation.run().unwrap();
    let days = |from: i64, n: i64| (0..n).map(|d| d * 86_400 + from).collect::<Vec<_>>();
    // The last day has not ended when the feed does.
    assert_eq!(opens(&simulation, 0, Frame::DAY), days(0, 4));
    assert_eq!(opens(&simulation, 1, Frame::DAY), days(-7_200, 4));
    let last = |s: usize| {
        of::<FrameSeries>(&simulation, s).bars(Frame::DAY, of(&simulation, s)).unwrap().last().unwrap()
    };
    assert_eq!((last(0).volume, last(1).volume), (2.0 * 390.0, 2.0 * 1_380.0));
    let hours = opens(&simulation, 0, Frame::HOUR);
    assert_eq!(hours[..8], [14, 15, 16, 17, 18, 19, 20, 38].map(|h| h * 3_600), "hours stay on the hour");
    // Nights are gaps: of the newest three hours of a day none is missing, of the first two of the next, 17 are.
    assert_eq!(feature(&simulation, 0, "quality_1h"), Some(1.0));
    assert_eq!(of::<FrameSeries>(&simulation, 0).missing(0, of(&simulation, 0), 8), 17);
    assert_eq!(feature(&simulation, 0, "quality_1d"), Some(1.0));
}

/// A step of a day brings more bars than any series keeps; all of them count.
#[test]
fn no_bar_is_lost_in_a_long_step() {
    let feed = [Feed::Bars(minutes(0, 3 * 24 * 60))];
    let of_clock = |clock| {
        let mut simulation =
            blueprint(&feed, clock, Frame::MINUTE, 10, "(bars_kept: 10, slope: 3, ema: 3)").build().unwrap();
        simulation.run().unwrap();
        simulation
    };
    let (long, short) = (of_clock(ClockMode::Every(Frame::DAY)), of_clock(ClockMode::Bar(Frame::MINUTE)));
    assert_eq!((long.clock().step, short.clock().step), (3, 4_320));
    assert_eq!(of::<Timeframes>(&long, 0), of::<Timeframes>(&short, 0));
    assert_eq!(of::<Timeframes>(&long, 0).frames()[1].bars(), 72);
    assert_eq!(opens(&long, 0, Frame::DAY), [0, 86_400, 2 * 86_400]);
}

/// Switched on at 09:30, the module does not take 09:30 to 10:00 for an hour.
#[test]
fn what_had_begun_is_left_out() {
    let feed = [Feed::Bars(minutes(0, 14 * 60))];
    let settings = "(ema: 2, slope: 3)";
    let mut simulation =
        blueprint(&feed, ClockMode::Bar(Frame::MINUTE), Frame::MINUTE, 300, settings).build().unwrap();
    simulation.disable("multi_timeframe").unwrap();
    simulation.run_until(at(9 * 3_600 + 1_800)).unwrap();
    simulation.enable("multi_timeframe").unwrap();
    assert_eq!(feature(&simulation, 0, "score"), None);
    simulation.run_until(at(9 * 3_600 + 1_800 + 120)).unwrap();
    assert_eq!(feature(&simulation, 0, "trend_1m"), None, "cold, though the market's series is long");
    simulation.run_until(at(9 * 3_600 + 1_800 + 180)).unwrap();
    assert!(feature(&simulation, 0, "trend_1m").is_some());
    simulation.run().unwrap();
    assert_eq!(opens(&simulation, 0, Frame::HOUR), [10, 11, 12, 13].map(|h| h * 3_600));
}

/// A run that begins within a frame leaves that frame out, whatever stands on the tape before.
#[test]
fn a_run_from_the_middle_begins_with_whole_frames() {
    let feed = [Feed::Bars(minutes(0, 5 * 60))];
    let mut plan = blueprint(&feed, ClockMode::Bar(Frame::MINUTE), Frame::MINUTE, 300, "()");
    plan.span.0 = at(5_400);
    let mut simulation = plan.build().unwrap();
    simulation.run().unwrap();
    assert_eq!(opens(&simulation, 0, Frame::HOUR), [2, 3, 4].map(|h| h * 3_600));
}

/// Minute bars have no seconds: that frame is silent, and the score is that of the others.
#[test]
fn a_frame_finer_than_the_feed_is_left_out() {
    let run = |frames: &str| {
        let settings = format!("(frames: {frames}, ema: 2, slope: 3)");
        let feed = [Feed::Bars(minutes(0, 600))];
        let mut simulation =
            blueprint(&feed, ClockMode::Bar(Frame::MINUTE), Frame::MINUTE, 300, &settings).build().unwrap();
        simulation.run().unwrap();
        simulation
    };
    let (with, without) = (run(r#"{"1s": 0.5, "1m": 0.25, "1h": 0.25}"#), run(r#"{"1m": 0.25, "1h": 0.25}"#));
    assert_eq!(feature(&with, 0, "trend_1s"), None);
    assert_eq!(feature(&with, 0, "score"), feature(&without, 0, "score"));
    assert_eq!((feature(&with, 0, "coverage"), feature(&without, 0, "coverage")), (Some(0.5), Some(1.0)));
    assert_eq!(of::<FrameSeries>(&with, 0).frames()[0].left_out_across(), 600);
}
