use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// 2023-01-02T00:00:00Z, a Monday.
const MONDAY: Timestamp = Timestamp(1_672_617_600_000_000_000);
const FRAMES: [Frame; 4] = [Frame::SECOND, Frame::MINUTE, Frame::HOUR, Frame::DAY];

fn at(seconds: i64) -> Timestamp {
    MONDAY + seconds * Frame::SECOND.nanos()
}

fn requests(frames: &[Frame]) -> Vec<FrameRequest> {
    frames.iter().map(|frame| FrameRequest { frame: *frame, rows: Some(1_000) }).collect()
}

fn second(seconds: i64, price: f64, volume: f64) -> Bar {
    Bar::new(at(seconds), Frame::SECOND, [price, price + 1.0, price - 1.0, price + 0.5, volume])
}

fn feed(series: &mut FrameSeries, bars: &[Bar]) -> Vec<(usize, Bar)> {
    let mut closed = Vec::new();
    for (step, bar) in bars.iter().enumerate() {
        let mut keep = |frame: usize, bar: &Bar| closed.push((frame, *bar));
        series.add(bar, step as u64 + 1, &mut keep);
        series.close_until(bar.close_time, step as u64 + 1, &mut keep);
    }
    closed
}

fn own() -> BarSeries {
    BarSeries::new(1)
}

fn opens(series: &FrameSeries, frame: Frame) -> Vec<i64> {
    series.bars(frame, &own()).unwrap().open_times(10_000).to_vec()
}

/// Modules.md: at 12:34:56 the newest usable bars opened at 12:33 (1m), 11:00 (1h), yesterday (1d).
#[test]
fn only_closed_bars_are_usable() {
    let now = 12 * 3_600 + 34 * 60 + 56;
    let mut series = FrameSeries::new(&requests(&FRAMES), 0);
    let feed_from = -30 * 3_600;
    let bars: Vec<Bar> = (feed_from..now).map(|s| second(s, 100.0, 1.0)).collect();
    feed(&mut series, &bars);
    let expected = [now - 1, 12 * 3_600 + 33 * 60, 11 * 3_600, -86_400];
    for (frame, expected) in FRAMES.into_iter().zip(expected) {
        assert_eq!(*opens(&series, frame).last().unwrap(), at(expected).0, "{frame}");
        let position = series.position(frame).unwrap();
        assert_eq!(series.frames()[position].newest_usable(at(now)), at(expected), "{frame}");
    }
}

#[test]
fn sixty_seconds_are_a_minute_exactly() {
    let bars: Vec<Bar> = (0..60).map(|s| second(s, 100.0 + (s * 7 % 11) as f64, (s + 1) as f64)).collect();
    let mut series = FrameSeries::new(&requests(&FRAMES), 0);
    let closed = feed(&mut series, &bars);
    let minutes: Vec<&Bar> = closed.iter().filter(|(frame, _)| *frame == 1).map(|(_, bar)| bar).collect();
    let expected = Bar::new(at(0), Frame::MINUTE, [100.0, 111.0, 99.0, 100.0 + 6.0 + 0.5, 1_830.0]);
    assert_eq!(59 * 7 % 11, 6);
    assert_eq!(minutes, [&expected], "at the close of the last second, not later");
    assert_eq!(series.updated_step(), 60);
}

/// What a plain program makes of the pieces that lie in each frame.
fn grouped(bars: &[Bar], frame: Frame, now: Timestamp) -> Vec<Bar> {
    let mut groups: BTreeMap<Timestamp, Bar> = BTreeMap::new();
    for bar in bars {
        let open_time = Timestamp(bar.open_time.0.div_euclid(frame.nanos()) * frame.nanos());
        let group = groups.entry(open_time).or_insert(Bar {
            open_time,
            close_time: open_time + frame.nanos(),
            volume: 0.0,
            ..*bar
        });
        group.high = group.high.max(bar.high);
        group.low = group.low.min(bar.low);
        group.close = bar.close;
        group.volume += bar.volume;
    }
    groups.into_values().filter(|bar| bar.close_time <= now).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Every frame from 1 s to 1 d from one feed of seconds with gaps of any length, after every step.
    #[test]
    fn frames_are_plain_aggregates(gaps in prop::collection::vec((prop_oneof![9 => 1i64..3, 2 => 1i64..4_000, 1 => 1i64..200_000], 1u32..500, 0u32..9), 1..60)) {
        let frames = [Frame::SECOND, "15s".parse().unwrap(), Frame::MINUTE, "7m".parse().unwrap(), Frame::HOUR, "4h".parse().unwrap(), Frame::DAY];
        let mut series = FrameSeries::new(&requests(&frames), 0);
        let (mut bars, mut now) = (Vec::new(), 0);
        for (step, (gap, price, volume)) in gaps.iter().enumerate() {
            now += gap;
            bars.push(second(now, f64::from(*price), f64::from(*volume)));
            feed(&mut series, &bars[step..]);
            for (position, frame) in frames.iter().enumerate() {
                let expected = grouped(&bars, *frame, at(now + 1));
                let (times, closes) = (opens(&series, *frame), series.series(position, &own()).closes(10_000).to_vec());
                prop_assert_eq!(&times, &expected.iter().map(|b| b.open_time.0).collect::<Vec<_>>(), "{}", frame);
                prop_assert_eq!(closes, expected.iter().map(|b| b.close).collect::<Vec<_>>());
                if let Some(last) = expected.last() {
                    prop_assert_eq!(series.series(position, &own()).last(), Some(*last));
                    let span = (last.open_time - expected[0].open_time) / frame.nanos() + 1;
                    prop_assert_eq!(series.missing(position, &own(), 10_000), span as u64 - expected.len() as u64);
                }
            }
        }
    }
}

#[test]
fn prints_make_bars_of_the_finest_frame() {
    let mut series = FrameSeries::new(&requests(&FRAMES), 0);
    let print = |t: Timestamp, price| Bar {
        open_time: t,
        close_time: t,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: 2.0,
    };
    let mut closed = Vec::new();
    for (t, price) in [(at(0) + 5, 10.0), (at(0) + 9, 12.0), (at(1), 11.0)] {
        series.add(&print(t, price), 1, &mut |frame, bar| closed.push((frame, *bar)));
    }
    assert_eq!(
        closed,
        [(0, Bar::new(at(0), Frame::SECOND, [10.0, 12.0, 10.0, 12.0, 4.0]))],
        "a print at a border begins the next bar"
    );
}

#[test]
fn a_frame_finer_than_the_feed_stays_empty_and_coarser_ones_do_not() {
    let mut series = FrameSeries::new(&requests(&FRAMES), 0);
    let minutes: Vec<Bar> =
        (0..180).map(|m| Bar::new(at(60 * m), Frame::MINUTE, [1.0, 2.0, 1.0, 2.0, 1.0])).collect();
    feed(&mut series, &minutes);
    let counts = FRAMES.map(|frame| series.bars(frame, &own()).unwrap().count());
    assert_eq!(counts, [0, 180, 3, 0]);
    assert_eq!(series.frames()[0].left_out_across(), 180);
    assert_eq!(series.bars(Frame::HOUR, &own()).unwrap().last().unwrap().volume, 60.0);
}

#[test]
fn what_comes_late_changes_nothing() {
    let mut series = FrameSeries::new(&requests(&[Frame::MINUTE]), 0);
    feed(&mut series, &[second(10, 1.0, 1.0), second(70, 2.0, 1.0)]);
    let before = series.bars(Frame::MINUTE, &own()).unwrap().last();
    feed(&mut series, &[second(20, 9.0, 9.0)]);
    assert_eq!(series.frames()[0].left_out_late(), 1);
    feed(&mut series, &[second(110, 3.0, 1.0), second(119, 4.0, 1.0)]);
    assert_eq!(opens(&series, Frame::MINUTE), [at(0).0, at(60).0]);
    assert_eq!(before.unwrap().volume, 1.0);
    assert_eq!(
        series.bars(Frame::MINUTE, &own()).unwrap().last().unwrap().volume,
        3.0,
        "the open bar went on"
    );
    feed(&mut series, &[second(61, 9.0, 9.0)]);
    assert_eq!((series.frames()[0].left_out_late(), opens(&series, Frame::MINUTE).len()), (2, 2));
}

#[test]
fn frames_that_had_begun_are_left_out() {
    let mut series = FrameSeries::new(&requests(&[Frame::MINUTE, Frame::HOUR]), 0);
    series.begin(at(90));
    series.begin(at(0));
    let bars: Vec<Bar> = (90..7_200).map(|s| second(s, 1.0, 1.0)).collect();
    feed(&mut series, &bars);
    assert_eq!(opens(&series, Frame::MINUTE)[0], at(120).0);
    assert_eq!(opens(&series, Frame::HOUR), [at(3_600).0]);
}

/// A market that trades from 22:00 to 21:00: its day is one bar, not two, and hours on the half hour work too.
#[test]
fn days_may_begin_at_another_hour() {
    let hour = Frame::HOUR.nanos();
    let bars: Vec<Bar> =
        (-2 * 60..21 * 60).map(|m| Bar::new(at(60 * m), Frame::MINUTE, [1.0, 2.0, 1.0, 2.0, 1.0])).collect();
    let mut series = FrameSeries::new(&requests(&[Frame::HOUR, Frame::DAY]), 22 * hour);
    feed(&mut series, &bars);
    assert_eq!(opens(&series, Frame::DAY), [0; 0], "the session's frame is still open at 21:00");
    series.close_until(at(22 * 3_600), 9, &mut |_, _| {});
    let day = series.bars(Frame::DAY, &own()).unwrap().last().unwrap();
    assert_eq!((day.open_time, day.close_time, day.volume), (at(-7_200), at(22 * 3_600), 23.0 * 60.0));

    let mut half = FrameSeries::new(&requests(&[Frame::HOUR]), hour / 2);
    feed(&mut half, &bars);
    assert_eq!(opens(&half, Frame::HOUR)[1], at(-5_400).0);
}

#[test]
fn a_frame_of_the_own_series_is_read_there() {
    let mut series = FrameSeries::new(
        &[
            FrameRequest { frame: Frame::HOUR, rows: Some(5) },
            FrameRequest { frame: Frame::MINUTE, rows: None },
        ],
        0,
    );
    let mut own = BarSeries::new(3);
    let minutes: Vec<Bar> =
        (0..120).map(|m| Bar::new(at(60 * m), Frame::MINUTE, [1.0, 2.0, 1.0, 2.0, 1.0])).collect();
    let closed = feed(&mut series, &minutes);
    minutes.iter().for_each(|bar| own.push(bar, 1));
    assert_eq!(series.bars(Frame::MINUTE, &own).unwrap(), &own);
    assert_eq!(closed.iter().filter(|(frame, _)| *frame == 0).count(), 120, "its bars are told all the same");
    assert_eq!(series.bars(Frame::HOUR, &own).unwrap().count(), 2);
    assert_eq!(series.bars(Frame::DAY, &own), None);
}

/// 168 hours are 24 bars of seven hours, but those do not begin on Mondays.
#[test]
fn weeks_are_made_of_what_begins_on_mondays() {
    let seven = "7h".parse().unwrap();
    assert!(
        divides(Frame::DAY, Frame::WEEK)
            && !divides(seven, Frame::WEEK)
            && !divides(Frame::HOUR, "90m".parse().unwrap())
    );
}
