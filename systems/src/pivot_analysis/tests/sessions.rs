//! Which session the pivot points come from, and distances to them.

use manyworlds_components::bar::Bar;
use manyworlds_components::time::{Frame, Timestamp};
use proptest::prelude::*;

use super::super::{Distance, PivotFamily, PivotLevel, SessionPivots};
use crate::bar_world::minute_bar;

const HOUR: Frame = Frame::HOUR;

fn bar(minute: usize, price: f64) -> Bar {
    minute_bar(minute, [price, price + 1.0, price - 1.0, price, 2.0])
}

#[test]
fn a_session_is_finished_by_the_bar_that_ends_it() {
    let mut pivots = SessionPivots::new(HOUR, 14);
    (0..59).for_each(|m| pivots.push(&bar(m, 100.0 + m as f64)));
    assert_eq!(pivots.previous(), None);
    pivots.push(&bar(59, 50.0));
    let session = Bar::new(Timestamp(0), HOUR, [100.0, 159.0, 49.0, 50.0, 120.0]);
    assert_eq!(pivots.previous(), Some(&session));
    // The next one changes nothing until it is finished - here by a bar after a long silence.
    (60..90).for_each(|m| pivots.push(&bar(m, 10.0)));
    assert_eq!(pivots.previous(), Some(&session));
    pivots.push(&bar(500, 20.0));
    assert_eq!(pivots.previous().map(|s| (s.open_time.0, s.close)), Some((HOUR.nanos(), 10.0)));
}

#[test]
fn a_session_that_was_not_seen_from_its_beginning_does_not_count() {
    let mut pivots = SessionPivots::new(HOUR, 14);
    (30..119).for_each(|m| pivots.push(&bar(m, 100.0)));
    assert_eq!(pivots.previous(), None);
    pivots.push(&bar(119, 100.0));
    assert_eq!(pivots.previous().map(|s| s.open_time.0), Some(HOUR.nanos()));
}

#[test]
fn bars_as_long_as_a_session_are_sessions_and_longer_ones_are_none() {
    let day = |i: i64| Bar::new(Timestamp(i * Frame::DAY.nanos()), Frame::DAY, [2.0, 3.0, 1.0, 2.5, 1.0]);
    let mut pivots = SessionPivots::new(Frame::DAY, 1);
    pivots.push(&day(0));
    assert_eq!(pivots.previous(), Some(&day(0)));
    let mut pivots = SessionPivots::new(HOUR, 1);
    (0..3).for_each(|i| pivots.push(&day(i)));
    assert_eq!((pivots.previous(), pivots.average_true_range()), (None, Some(2.0)));
}

#[test]
fn distances_have_a_sign_a_unit_and_may_be_missing() {
    let mut pivots = SessionPivots::new(HOUR, 14);
    let central = |p: &SessionPivots, unit| p.distance(PivotFamily::Classic, PivotLevel::Central, unit);
    assert_eq!((central(&pivots, Distance::Bps), central(&pivots, Distance::Atr)), (None, None));
    // Sessions of ten minutes would be too short for the ATR; this hour is not.
    (0..60).for_each(|m| pivots.push(&bar(m, 100.0)));
    pivots.push(&bar(60, 104.0));
    assert_eq!(pivots.price(PivotFamily::Classic, PivotLevel::Central), Some(100.0));
    let bps = central(&pivots, Distance::Bps).unwrap();
    assert!((bps - 4.0 / 104.0 * 1e4).abs() < 1e-9, "{bps}");
    // True ranges of 2, and one of 105 - 100.
    let range = (2.0 * 13.0 + 5.0) / 14.0;
    let atr = central(&pivots, Distance::Atr).unwrap();
    assert!((atr - 4.0 / range).abs() < 1e-9, "{atr}");
    assert!(pivots.distance(PivotFamily::Classic, PivotLevel::Resistance(2), Distance::Bps).unwrap() > 0.0);
    assert!(pivots.distance(PivotFamily::Classic, PivotLevel::Resistance(3), Distance::Bps).unwrap() < bps);
    assert_eq!(pivots.distance(PivotFamily::Camarilla, PivotLevel::Central, Distance::Bps), None);
}

#[test]
fn nothing_is_measured_by_a_range_of_nothing() {
    let mut pivots = SessionPivots::new(HOUR, 14);
    // Flat prices, traded: a range of 0, which cannot measure anything.
    (0..60).for_each(|m| pivots.push(&minute_bar(m, [5.0, 5.0, 5.0, 5.0, 1.0])));
    assert_eq!(pivots.average_true_range(), Some(0.0));
    let central = |unit| pivots.distance(PivotFamily::Classic, PivotLevel::Central, unit);
    assert_eq!((central(Distance::Bps), central(Distance::Atr)), (Some(0.0), None));
}

#[test]
fn filled_bars_do_not_count_towards_the_range() {
    let (mut plain, mut filled) = (SessionPivots::new(HOUR, 3), SessionPivots::new(HOUR, 3));
    for m in 0..10 {
        plain.push(&bar(m, 100.0 + m as f64));
        filled.push(&bar(2 * m, 100.0 + m as f64));
        filled.push(&minute_bar(
            2 * m + 1,
            [[100.0 + m as f64; 4].as_slice(), &[0.0]].concat().try_into().unwrap(),
        ));
        assert_eq!(plain.average_true_range(), filled.average_true_range());
    }
}

proptest! {
    /// At every bar, against the history cut into sessions.
    #[test]
    fn streaming_is_batch(steps in prop::collection::vec((1usize..40, 1.0f64..100.0), 1..120), begin in 0usize..100) {
        let mut minute = begin;
        let bars: Vec<Bar> = steps.iter().map(|(step, price)| { minute += step; bar(minute, *price) }).collect();
        let mut pivots = SessionPivots::new(HOUR, 14);
        for (i, newest) in bars.iter().enumerate() {
            pivots.push(newest);
            let mut sessions: Vec<Bar> = Vec::new();
            for (j, bar) in bars[..=i].iter().enumerate() {
                let open_time = HOUR.floor(bar.open_time);
                match sessions.last_mut().filter(|s| s.open_time == open_time) {
                    Some(session) => session.absorb(bar),
                    None => sessions.push(Bar { open_time, close_time: open_time + HOUR.nanos(), ..*bar }),
                }
                // Seen too late: marked, and left out below.
                if j == 0 && bar.open_time != open_time {
                    sessions[0].volume = f64::NAN;
                }
            }
            let finished = sessions.iter().rfind(|s| s.close_time <= newest.close_time);
            prop_assert_eq!(pivots.previous(), finished.filter(|s| !s.volume.is_nan()));
        }
    }
}
