//! Each defect is found, counted, and treated as its policy says.

use std::path::Path;

use manyworlds_components::price::Step;
use manyworlds_components::time::Frame;
use proptest::prelude::*;

use super::{BarCheck, Defect, Place, Policies, Policy, RawBar, TradeCheck};
use crate::data::error::{DataError, Location};
use crate::data::tape::TradeRow;

const MINUTE: i64 = 60_000_000_000;

fn bar(minute: i64) -> RawBar {
    let open_time = minute * MINUTE;
    RawBar { open_time, close_time: None, ohlcv: [10.0, 12.0, 9.0, 11.0, 5.0], trades: None }
}

fn with(minute: i64, ohlcv: [f64; 5]) -> RawBar {
    RawBar { ohlcv, ..bar(minute) }
}

fn all(policy: Policy) -> Policies {
    let keep = if policy == Policy::Flag { Policy::Skip } else { policy };
    Policies {
        unsorted: keep,
        duplicate: policy,
        gap: if policy == Policy::Skip { Policy::Flag } else { policy },
        not_finite: keep,
        non_positive: policy,
        high_low: policy,
        price_jump: policy,
        off_frame: policy,
        close_time: policy,
        zero_volume: policy,
        negative_volume: policy,
        off_tick: policy,
        off_lot: policy,
        ..Policies::default()
    }
}

fn check(policies: Policies) -> BarCheck {
    BarCheck::new(Frame::MINUTE, policies, Step::new(0.5).ok(), Step::new(0.25).ok(), 0.5)
}

fn run(bars: &[RawBar], policies: Policies) -> (Vec<i64>, BarCheck, Option<DataError>) {
    let source = Location::file(Path::new("folder/x.csv"));
    let mut check = check(policies);
    let mut kept = Vec::new();
    for (i, bar) in bars.iter().enumerate() {
        match check.check(bar, Place { source: &source, row: i as u64 + 2 }) {
            Ok(Some(row)) => kept.push(row.ts_event / MINUTE),
            Ok(None) => {}
            Err(error) => return (kept, check, Some(error)),
        }
    }
    (kept, check, None)
}

/// A bar 1, the bad one, and a bar 5.
fn cases() -> Vec<(Defect, RawBar)> {
    vec![
        (Defect::Unsorted, bar(0)),
        (Defect::Duplicate, bar(1)),
        (Defect::NotFinite, with(2, [10.0, 12.0, f64::NAN, 11.0, 5.0])),
        (Defect::NotFinite, with(2, [10.0, 12.0, 9.0, 11.0, f64::INFINITY])),
        (Defect::NonPositive, with(2, [10.0, 12.0, 0.0, 11.0, 5.0])),
        (Defect::NonPositive, with(2, [10.0, 12.0, -1.0, 11.0, 5.0])),
        (Defect::HighLow, with(2, [10.0, 9.0, 12.0, 11.0, 5.0])),
        (Defect::HighLow, with(2, [10.0, 10.5, 9.0, 11.0, 5.0])),
        (Defect::HighLow, with(2, [10.0, 12.0, 10.5, 11.0, 5.0])),
        (Defect::PriceJump, with(2, [11.0, 21.0, 11.0, 20.0, 5.0])),
        (Defect::OffFrame, RawBar { open_time: 2 * MINUTE + 1, ..bar(2) }),
        (Defect::CloseTime, RawBar { close_time: Some((3 * MINUTE - 20, 1)), ..bar(2) }),
        (Defect::ZeroVolume, with(2, [10.0, 12.0, 9.0, 11.0, 0.0])),
        (Defect::NegativeVolume, with(2, [10.0, 12.0, 9.0, 11.0, -0.25])),
        (Defect::OffTick, with(2, [10.0, 12.25, 9.0, 11.0, 5.0])),
        (Defect::OffLot, with(2, [10.0, 12.0, 9.0, 11.0, 5.1])),
    ]
}

#[test]
fn each_defect_under_each_policy() {
    for (defect, bad) in cases() {
        let bars = [bar(1), bad];
        let (kept, found, error) = run(&bars, all(Policy::Reject));
        assert_eq!(kept, [1], "{defect}");
        let error = error.unwrap();
        assert!(
            matches!(&error, DataError::Defect { at, defect: d, .. } if *d == defect && at.row == Some(3))
        );
        assert!(error.to_string().starts_with(&format!("folder/x.csv, row 3: {defect}: ")), "{error}");
        assert_eq!(found.report().rows_read, 2);

        let (kept, found, error) = run(&bars, all(Policy::Skip));
        assert!(error.is_none() && kept == [1], "{defect}: {error:?} {kept:?}");
        let met = &found.report().defects[&defect];
        assert_eq!((met.count, met.skipped, found.report().rows_kept), (1, 1, 1));
        assert_eq!(
            (met.examples[0].file.as_str(), met.examples[0].row, met.examples[0].ts),
            ("x.csv", 3, bad.open_time)
        );

        let (kept, found, error) = run(&bars, all(Policy::Flag));
        assert!(error.is_none());
        assert_eq!(found.report().count(defect), 1, "{defect}");
        let may_be_kept = !matches!(defect, Defect::Unsorted | Defect::NotFinite);
        assert_eq!(kept.len(), 1 + usize::from(may_be_kept), "{defect}");
    }
}

#[test]
fn a_gap_counts_what_is_missing() {
    let bars = [bar(1), bar(2), bar(5), bar(6), bar(10)];
    let (kept, found, error) = run(&bars, Policies::default());
    assert!(error.is_none() && kept.len() == 5);
    assert_eq!(
        (found.report().count(Defect::Gap), found.report().defects[&Defect::Gap].examples.len()),
        (5, 2)
    );
    let (kept, _, error) = run(&bars, Policies { gap: Policy::Reject, ..Policies::default() });
    assert_eq!(kept, [1, 2]);
    let text = error.unwrap().to_string();
    assert!(text.contains("row 4: gap: 2 bars missing") && text.ends_with("to `flag`"), "{text}");
}

#[test]
fn sound_bars_have_no_defect() {
    let bars: Vec<RawBar> = (0..100)
        .map(|i| RawBar { close_time: Some(((i + 1) * MINUTE - 1_000_000, 1_000_000)), ..bar(i) })
        .collect();
    let (kept, found, error) = run(&bars, all(Policy::Reject));
    assert!(error.is_none() && kept.len() == 100 && found.report().defects.is_empty());
}

#[test]
fn a_late_close_is_not_seen_early() {
    let source = Location::file(Path::new("x.csv"));
    let late = RawBar { close_time: Some((MINUTE + 7, 1)), ..bar(0) };
    let mut check = check(Policies::default());
    let place = Place { source: &source, row: 1 };
    assert_eq!(check.check(&late, place).unwrap().unwrap().ts_recv, MINUTE + 7);
    let very_late = RawBar { close_time: Some((9 * MINUTE, 1)), ..bar(1) };
    assert_eq!(check.check(&very_late, place).unwrap().unwrap().ts_recv, 9 * MINUTE);
    // Later bars wait for it: what is on the tape stays in order.
    assert_eq!(check.check(&bar(2), place).unwrap().unwrap().ts_recv, 9 * MINUTE);
}

#[test]
fn policies_that_cannot_be_carried_out_are_refused() {
    let default = Policies::default();
    assert!(default.check().is_ok());
    for bad in [
        Policies { unsorted: Policy::Flag, ..default.clone() },
        Policies { not_finite: Policy::Flag, ..default.clone() },
        Policies { gap: Policy::Skip, ..default.clone() },
    ] {
        assert!(matches!(bad.check(), Err(DataError::Setting { .. })));
    }
    let read: Policies = ron::from_str("(gap: reject, zero_volume: skip)").unwrap();
    assert_eq!((read.gap, read.zero_volume, read.unsorted), (Policy::Reject, Policy::Skip, Policy::Reject));
    assert!(ron::from_str::<Policies>("(gaps: reject)").is_err());
}

#[test]
fn trades_are_checked_too() {
    let source = Location::file(Path::new("x.csv"));
    let trade = |ts, trade_id, price, quantity| TradeRow {
        ts_event: ts,
        ts_recv: ts,
        trade_id,
        price,
        quantity,
        aggressor_side: 1,
    };
    for (defect, bad) in [
        (Defect::Unsorted, trade(9, 2, 100.0, 1.0)),
        (Defect::Unsorted, trade(11, 0, 100.0, 1.0)),
        (Defect::Duplicate, trade(10, 1, 100.0, 1.0)),
        (Defect::NotFinite, trade(11, 2, f64::NAN, 1.0)),
        (Defect::NonPositive, trade(11, 2, 100.0, 0.0)),
        (Defect::PriceJump, trade(11, 2, 200.0, 1.0)),
        (Defect::OffTick, trade(11, 2, 100.2, 1.0)),
        (Defect::OffLot, trade(11, 2, 100.0, 1.1)),
    ] {
        let mut check = TradeCheck::new(all(Policy::Skip), Step::new(0.5).ok(), Step::new(0.25).ok(), 0.5);
        let place = Place { source: &source, row: 1 };
        assert!(check.check(&trade(10, 1, 100.0, 1.0), place).unwrap());
        assert!(!check.check(&bad, place).unwrap(), "{defect}");
        assert_eq!(check.report().count(defect), 1, "{defect}");
    }
    let mut check = TradeCheck::new(Policies::default(), None, None, 0.5);
    let place = Place { source: &source, row: 1 };
    for row in [trade(10, 1, 100.0, 1.0), trade(10, 2, 100.0, 1.0), trade(12, 6, 100.0, 1.0)] {
        assert!(check.check(&row, place).unwrap());
    }
    assert_eq!(check.report().count(Defect::Gap), 3);
}

proptest! {
    /// Whatever comes, what is kept is sorted, finite, and counted.
    #[test]
    fn kept_rows_are_sorted(minutes in prop::collection::vec(-5i64..20, 0..60), prices in prop::collection::vec(-1.0f64..50.0, 60)) {
        let bars: Vec<RawBar> = minutes
            .iter()
            .zip(&prices)
            .map(|(m, p)| with(*m, [*p, p + 1.0, p - 1.0, *p, 1.0]))
            .collect();
        let (kept, found, error) = run(&bars, all(Policy::Skip));
        prop_assert!(error.is_none());
        prop_assert!(kept.windows(2).all(|w| w[0] < w[1]));
        let report = found.report();
        let skipped: u64 = report.defects.values().map(|d| d.skipped).sum();
        prop_assert_eq!(report.rows_read, bars.len() as u64);
        prop_assert_eq!(report.rows_kept, kept.len() as u64);
        prop_assert_eq!(report.rows_read, report.rows_kept + skipped);
    }
}
