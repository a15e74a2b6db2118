use std::collections::BTreeMap;

use manyworlds_components::bar::Bar;
use ndarray::s;
use proptest::prelude::*;

use super::*;

const FRAMES: [Frame; SERIES] = [Frame::SECOND, Frame::MINUTE, Frame::HOUR, Frame::DAY, Frame::SECOND];

fn at(frame: Frame, i: i64) -> Timestamp {
    Timestamp(i * frame.nanos())
}

fn bar(frame: Frame, i: i64, close: f64) -> Bar {
    Bar::new(at(frame, i), frame, [close - 1.0, close + 2.0, close - 2.0, close, 3.0])
}

fn series(frame: Frame, rows: &[(i64, f64)]) -> BarSeries {
    let mut series = BarSeries::new(1_000);
    rows.iter().for_each(|(i, close)| series.push(&bar(frame, *i, *close), 1));
    series
}

fn closes(aligned: &AlignedSeries, k: usize) -> Vec<f64> {
    aligned.view().slice(s![k, .., 4]).to_vec()
}

#[test]
fn the_view_is_the_store_itself() {
    let mut aligned = AlignedSeries::new(Some(FRAMES), 300);
    let address = aligned.window.as_ptr();
    let bars = series(Frame::MINUTE, &[(0, 10.0), (1, 11.0)]);
    aligned.update(1, at(Frame::MINUTE, 1), &bars, 2);
    let view = aligned.view();
    assert_eq!(view.shape(), [5, 300, 6]);
    assert!(view.is_standard_layout() && view.as_ptr() == address, "one contiguous array, not a copy");
    assert_eq!(view.slice(s![1, 299, ..]).to_vec(), [60_000.0, 10.0, 13.0, 9.0, 11.0, 3.0]);
    assert_eq!(view.slice(s![1, 298, ..]).to_vec(), [0.0, 9.0, 12.0, 8.0, 10.0, 3.0]);
    assert_eq!(aligned.mask().shape(), [5, 300]);
    assert_eq!(aligned.mask().row(1).iter().filter(|m| **m).count(), 2);
    assert_eq!(
        (aligned.quality_of(1), aligned.quality(), aligned.quality_of(5)),
        (Some(2.0 / 300.0), Some(2.0 / 1_500.0), None)
    );
}

#[test]
fn gaps_repeat_the_close_without_volume_and_are_masked() {
    let mut aligned = AlignedSeries::new(Some(FRAMES), 4);
    let bars = series(Frame::SECOND, &[(5, 10.0), (8, 20.0)]);
    aligned.update(0, at(Frame::SECOND, 9), &bars, 2);
    let view = aligned.view();
    let times: Vec<f64> = view.slice(s![0, .., 0]).to_vec();
    assert_eq!(
        times,
        [6_000.0, 7_000.0, 8_000.0, 9_000.0],
        "a second apart, up to the newest that has ended"
    );
    assert_eq!(closes(&aligned, 0), [10.0, 10.0, 20.0, 20.0]);
    assert_eq!(view.slice(s![0, .., 5]).to_vec(), [0.0, 0.0, 3.0, 0.0]);
    assert_eq!(aligned.mask().row(0).to_vec(), [false, false, true, false]);
    assert_eq!(aligned.quality_of(0), Some(0.25));
    assert_eq!(aligned.row(0, 4).unwrap().values[4], 10.0, "the first has left the array and is kept");
    assert!(aligned.row(0, 4).unwrap().present && aligned.row(0, 5).is_none());
    assert_eq!((aligned.kept(0), aligned.kept(1), aligned.is_warm()), (5, 0, false));
}

#[test]
fn nothing_before_the_first_bar() {
    let mut aligned = AlignedSeries::new(Some(FRAMES), 4);
    aligned.update(0, at(Frame::SECOND, 100), &BarSeries::new(3), 0);
    assert_eq!(
        (aligned.kept(0), aligned.row(0, 0), aligned.row_at(0, at(Frame::SECOND, 99))),
        (0, None, None)
    );
    let none = AlignedSeries::new(None, 300);
    assert_eq!((none.view().shape(), none.quality(), none.rows()), (&[5, 0, 6][..], None, 0));
    assert!(!none.is_warm() && none.window.is_empty());
}

#[test]
fn a_late_bar_takes_its_row() {
    let mut aligned = AlignedSeries::new(Some(FRAMES), 3);
    aligned.update(0, at(Frame::SECOND, 7), &series(Frame::SECOND, &[(0, 10.0), (6, 60.0)]), 2);
    // Second 4 is in the array? Rows 5, 6, 7 are; 1 .. 4 stand in the older ones.
    aligned.update(0, at(Frame::SECOND, 7), &series(Frame::SECOND, &[(4, 40.0)]), 1);
    let row = |i| aligned.row_at(0, at(Frame::SECOND, i)).map(|row| (row.values[4], row.present));
    assert_eq!(
        [row(3), row(4), row(5), row(6)],
        [Some((10.0, false)), Some((40.0, true)), Some((40.0, false)), Some((60.0, true))]
    );
    assert_eq!(aligned.quality_of(0), Some(1.0 / 3.0));
    assert_eq!(aligned.view()[[0, 0, 5]], 0.0, "no volume was made up");
    let mut same = aligned.clone();
    same.update(0, at(Frame::SECOND, 7), &series(Frame::SECOND, &[(4, 41.0)]), 1);
    assert_eq!(same, aligned, "what was there is not replaced");
    aligned.update(0, at(Frame::SECOND, 7), &series(Frame::SECOND, &[(5, 50.0)]), 1);
    assert_eq!(aligned.quality_of(0), Some(2.0 / 3.0));
}

#[test]
fn all_five_are_warm_when_their_windows_are_full() {
    let mut aligned = AlignedSeries::new(Some(FRAMES), 2);
    for (k, frame) in FRAMES.into_iter().enumerate() {
        assert!(!aligned.is_warm());
        aligned.update(k, at(frame, 1), &series(frame, &[(0, 1.0), (1, 2.0)]), 2);
    }
    assert!(aligned.is_warm());
    assert_eq!(aligned.quality(), Some(1.0));
}

/// What a series must look like, from everything that happened.
struct Plain {
    bars: BTreeMap<i64, f64>,
    until: i64,
}

impl Plain {
    fn row(&self, frame: Frame, i: i64) -> Option<([f64; COLUMNS], bool)> {
        let (first, _) = self.bars.first_key_value()?;
        let (newest, close) = self.bars.range(..=i).next_back()?;
        if i < *first || i > self.until {
            return None;
        }
        let time = at(frame, i).0 as f64 / 1e6;
        Some(match newest == &i {
            true => ([time, close - 1.0, close + 2.0, close - 2.0, *close, 3.0], true),
            false => ([time, *close, *close, *close, *close, 0.0], false),
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Array, mask, quality and kept rows, after every update, against a plain map of bars; steps bring no bar, one, or
    /// several, and gaps may be longer than all that is kept.
    #[test]
    fn streaming_is_the_plain_map(
        rows in 1usize..6,
        steps in prop::collection::vec((prop_oneof![6 => 1i64..3, 2 => 1i64..12, 1 => 1i64..60], prop::collection::vec(any::<bool>(), 60)), 1..25),
    ) {
        let mut aligned = AlignedSeries::new(Some(FRAMES), rows);
        let mut plain: [Plain; SERIES] = std::array::from_fn(|_| Plain { bars: BTreeMap::new(), until: -1 });
        let mut rings: [BarSeries; SERIES] = std::array::from_fn(|_| BarSeries::new(KEPT * rows));
        for (n, (advance, present)) in steps.iter().enumerate() {
            for k in 0..SERIES {
                // The five move at their own paces.
                if n % (k + 1) != 0 {
                    continue;
                }
                let from = plain[k].until + 1;
                plain[k].until += advance;
                for i in (from..=plain[k].until).filter(|i| present[(*i as usize + k) % 60]) {
                    plain[k].bars.insert(i, 100.0 + i as f64);
                    rings[k].push(&bar(FRAMES[k], i, 100.0 + i as f64), n as u64 + 1);
                }
                aligned.update(k, at(FRAMES[k], plain[k].until), &rings[k], rings[k].fresh(n as u64 + 1));
            }
            for (k, plain) in plain.iter().enumerate() {
                let expected = |lag: usize| plain.row(FRAMES[k], plain.until - lag as i64);
                let kept = (0..KEPT * rows).take_while(|lag| expected(*lag).is_some()).count();
                prop_assert_eq!(aligned.kept(k), kept);
                for lag in 0..KEPT * rows + 2 {
                    let row = aligned.row(k, lag).map(|row| (row.values.to_vec(), row.present));
                    let wanted = expected(lag).filter(|_| lag < kept).map(|(values, present)| (values.to_vec(), present));
                    prop_assert_eq!(&row, &wanted, "series {} lag {}", k, lag);
                    let opens = at(FRAMES[k], plain.until - lag as i64);
                    prop_assert_eq!(aligned.row_at(k, opens).map(|row| row.values.to_vec()), wanted.map(|(values, _)| values));
                    prop_assert!(aligned.row_at(k, opens + 1).is_none());
                }
                let mut present = 0;
                for lag in 0..rows {
                    let (values, had) = expected(lag).unwrap_or_default();
                    prop_assert_eq!(aligned.view().slice(s![k, rows - 1 - lag, ..]).to_vec(), values.to_vec());
                    prop_assert_eq!(aligned.mask()[[k, rows - 1 - lag]], had);
                    present += usize::from(had);
                }
                prop_assert_eq!(aligned.quality_of(k), Some(present as f64 / rows as f64));
            }
        }
    }
}
