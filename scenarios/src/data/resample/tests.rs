//! Resampling against grouping by hand.

use std::collections::BTreeMap;

use manyworlds_components::time::Frame;
use proptest::prelude::*;

use super::{BarMaker, BarRule, Coarsener, resample};
use crate::data::tape::{BarRow, Tape, TapeMeta, TapeWriter, TradeRow};
use crate::data::validate::DefectReport;

const SECOND: i64 = 1_000_000_000;

fn trade(ts: i64, price: f64, quantity: f64) -> TradeRow {
    TradeRow { ts_event: ts, ts_recv: ts, trade_id: 0, price, quantity, aggressor_side: 1 }
}

fn make(rule: BarRule, trades: &[TradeRow], keep_unfinished: bool) -> Vec<BarRow> {
    let (mut maker, mut bars) = (BarMaker::new(rule), Vec::new());
    trades.iter().for_each(|t| maker.push(t, &mut |bar| bars.push(bar)));
    maker.finish(keep_unfinished, &mut |bar| bars.push(bar));
    bars
}

#[test]
fn bars_of_each_rule() {
    let trades = [
        trade(SECOND / 2, 10.0, 1.0),
        trade(SECOND, 12.0, 2.0),
        trade(SECOND + 1, 11.0, 3.0),
        trade(3 * SECOND, 9.0, 4.0),
    ];
    let row = |ts_event, ts_recv, ohlcv, count| BarRow { ts_event, ts_recv, ohlcv, trades: Some(count) };
    let by_time = make(BarRule::Time(Frame::SECOND), &trades, true);
    assert_eq!(
        by_time,
        [
            row(0, SECOND, [10.0, 10.0, 10.0, 10.0, 1.0], 1),
            row(SECOND, 2 * SECOND, [12.0, 12.0, 11.0, 11.0, 5.0], 2),
            row(3 * SECOND, 4 * SECOND, [9.0, 9.0, 9.0, 9.0, 4.0], 1),
        ]
    );
    assert_eq!(make(BarRule::Time(Frame::SECOND), &trades, false), by_time[..2]);
    assert_eq!(
        make(BarRule::Ticks(3), &trades, false),
        [row(SECOND / 2, SECOND + 1, [10.0, 12.0, 10.0, 11.0, 6.0], 3)]
    );
    assert_eq!(
        make(BarRule::Ticks(1), &trades, false)[1],
        row(SECOND, SECOND + 1, [12.0, 12.0, 12.0, 12.0, 2.0], 1)
    );
    let volumes = |rule| make(rule, &trades, true).iter().map(|b| b.ohlcv[4]).collect::<Vec<_>>();
    assert_eq!(volumes(BarRule::Volume(3.0)), [3.0, 3.0, 4.0]);
    assert_eq!(volumes(BarRule::Dollars(34.0)), [3.0, 7.0]);
}

#[test]
fn a_late_trade_is_not_seen_early_and_counts_into_the_open_bar() {
    let late = TradeRow { ts_recv: 3 * SECOND, ..trade(SECOND - 1, 10.0, 1.0) };
    let older = TradeRow { ts_recv: 4 * SECOND, ..trade(5, 8.0, 1.0) };
    let next = TradeRow { ts_recv: 5 * SECOND, ..trade(4 * SECOND, 9.0, 1.0) };
    let bars = make(BarRule::Time(Frame::SECOND), &[late, next, older], true);
    assert_eq!((bars[0].ts_event, bars[0].ts_recv), (0, 3 * SECOND));
    assert_eq!((bars[1].ts_event, bars[1].ohlcv), (4 * SECOND, [9.0, 9.0, 8.0, 8.0, 2.0]));
}

#[test]
fn rules_that_fit_nothing_are_refused() {
    for rule in [BarRule::Ticks(0), BarRule::Volume(0.0), BarRule::Dollars(f64::NAN)] {
        assert!(rule.check().is_err(), "{rule:?}");
    }
}

/// A tape of minute bars, some of which are missing.
fn minutes(present: impl Iterator<Item = i64>) -> (tempfile::TempDir, Tape) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fine.arrow");
    let mut writer = TapeWriter::create(&path, TapeMeta::bars("v", "S", Some(Frame::MINUTE))).unwrap();
    for i in present {
        let price = 100.0 + (i * 7 % 13) as f64;
        let ohlcv = [price, price + 2.0, price - 3.0, price + 1.0, 1.0];
        let row =
            BarRow { ts_event: i * 60 * SECOND, ts_recv: (i + 1) * 60 * SECOND, ohlcv, trades: Some(i) };
        writer.push_bar(&row).unwrap();
    }
    writer.finish(&DefectReport::default()).unwrap();
    let tape = Tape::open(&path).unwrap();
    (folder, tape)
}

#[test]
fn a_tape_of_minutes_becomes_one_of_hours() {
    let (folder, fine) = minutes((0..200).filter(|i| *i != 59));
    let path = folder.path().join("coarse.arrow");
    let hour = BarRule::Time(Frame::HOUR);
    let (_, rows) = resample(&fine, hour, false, &path).unwrap();
    let coarse = Tape::open(&path).unwrap();
    assert_eq!((rows, coarse.rows(), coarse.meta().frame), (3, 3, Some(Frame::HOUR)));
    let columns = &coarse.bars().unwrap()[0];
    assert_eq!(columns.volume.to_vec(), [59.0, 60.0, 60.0]);
    assert_eq!(columns.trades_at(1), Some((60..120).sum()));
    assert_eq!(resample(&fine, hour, true, &path).unwrap().1, 4);
    let odd = BarRule::Time("90s".parse().unwrap());
    assert!(
        resample(&fine, odd, false, &path)
            .unwrap_err()
            .to_string()
            .contains("whole multiple of the tape's 1m")
    );
    assert!(
        resample(&fine, BarRule::Ticks(5), false, &path).unwrap_err().to_string().contains("made of trades")
    );
    assert!(
        resample(&fine, BarRule::Time(Frame::DAY), false, &path)
            .unwrap_err()
            .to_string()
            .contains("no whole bar")
    );
    assert_eq!(Tape::open(&path).unwrap().rows(), 4, "a failure leaves what was there");
}

#[test]
fn a_tape_of_trades_becomes_bars() {
    let folder = tempfile::tempdir().unwrap();
    let (fine, coarse) = (folder.path().join("fine.arrow"), folder.path().join("coarse.arrow"));
    let mut writer = TapeWriter::create(&fine, TapeMeta::trades("v", "S")).unwrap();
    (0..100).for_each(|i| writer.push_trade(&trade(i * SECOND / 10, 5.0, 2.0)).unwrap());
    writer.finish(&DefectReport::default()).unwrap();
    let tape = Tape::open(&fine).unwrap();
    for (rule, rows) in [
        (BarRule::Time(Frame::SECOND), 9),
        (BarRule::Ticks(7), 14),
        (BarRule::Volume(20.0), 10),
        (BarRule::Dollars(50.0), 20),
    ] {
        assert_eq!(resample(&tape, rule, false, &coarse).unwrap().1, rows, "{rule:?}");
        assert_eq!(Tape::open(&coarse).unwrap().meta().frame, rule.frame());
    }
}

proptest! {
    #[test]
    fn time_bars_equal_grouping(steps in prop::collection::vec((0i64..4_000_000_000, 1.0f64..99.0, 0.1f64..9.0), 1..200)) {
        let mut ts = 0;
        let trades: Vec<TradeRow> = steps.iter().map(|(step, price, quantity)| {
            ts += step;
            trade(ts, *price, *quantity)
        }).collect();
        let mut groups = BTreeMap::<i64, Vec<&TradeRow>>::new();
        trades.iter().for_each(|t| groups.entry(t.ts_event / (5 * SECOND)).or_default().push(t));
        let bars = make(BarRule::Time("5s".parse().unwrap()), &trades, true);
        prop_assert_eq!(bars.len(), groups.len());
        for (bar, (frame, group)) in bars.iter().zip(groups) {
            let prices = || group.iter().map(|t| t.price);
            prop_assert_eq!(bar.ts_event, frame * 5 * SECOND);
            prop_assert_eq!(bar.ts_recv, (frame + 1) * 5 * SECOND);
            prop_assert_eq!(bar.ohlcv[0], group[0].price);
            prop_assert_eq!(bar.ohlcv[1], prices().fold(f64::MIN, f64::max));
            prop_assert_eq!(bar.ohlcv[2], prices().fold(f64::MAX, f64::min));
            prop_assert_eq!(bar.ohlcv[3], group[group.len() - 1].price);
            prop_assert_eq!(bar.ohlcv[4], group.iter().fold(0.0, |sum, t| sum + t.quantity));
            prop_assert_eq!(bar.trades, Some(group.len() as i64));
        }
    }

    /// Two steps of coarsening equal one (up to the sum's rounding), whatever is missing.
    #[test]
    fn coarsening_composes(present in prop::collection::btree_set(0i64..300, 1..200)) {
        let bar = |i: &i64| BarRow {
            ts_event: i * 60 * SECOND,
            ts_recv: (i + 1) * 60 * SECOND,
            ohlcv: [*i as f64, *i as f64 + 2.0, *i as f64 - 2.0, *i as f64 + 1.0, 1.0],
            trades: Some(1),
        };
        let fine: Vec<BarRow> = present.iter().map(bar).collect();
        let coarsen = |from: Frame, to: Frame, bars: &[BarRow]| {
            let (mut coarsener, mut out) = (Coarsener::new(from, to), Vec::new());
            bars.iter().for_each(|b| coarsener.push(b, &mut |bar| out.push(bar)));
            coarsener.finish(true, &mut |bar| out.push(bar));
            out
        };
        let five: Frame = "5m".parse().unwrap();
        let in_two = coarsen(five, Frame::HOUR, &coarsen(Frame::MINUTE, five, &fine));
        let in_one = coarsen(Frame::MINUTE, Frame::HOUR, &fine);
        prop_assert_eq!(&in_two, &in_one);
        prop_assert_eq!(in_one.iter().map(|b| b.trades.unwrap()).sum::<i64>(), fine.len() as i64);
    }
}
