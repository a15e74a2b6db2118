//! Real exchange files, with the counts that their description gives. Skipped, with a word, where they are not at hand.

use std::path::PathBuf;

use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};

use super::{bars, import_quietly};
use crate::data::import::{ImportSpec, SourceFormat, detect};
use crate::data::tape::Tape;
use crate::data::validate::Defect;

fn data(relative: &str) -> Option<PathBuf> {
    let root = std::env::var_os("MANYWORLDS_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")),
        PathBuf::from,
    );
    let path = root.join(relative);
    if !path.exists() {
        println!("skipped: no {relative} (set MANYWORLDS_DATA)");
        return None;
    }
    Some(path)
}

/// 2022 as Parquet and the first three months of 2023 as tar.xz, given out of order.
fn fifteen_months(symbol: &str) -> Option<Vec<PathBuf>> {
    let months = ["02", "03", "01"].map(|m| format!("bars-1m/binance-spot/{symbol}-1m-2023-{m}.tar.xz"));
    let year = format!("bars-1m/derived/{symbol}-1m-2022-ohlcvt.parquet");
    months.iter().chain([&year]).map(|path| data(path)).collect()
}

#[test]
fn fifteen_months_join_and_have_the_known_defects() {
    for (symbol, lot, fine_volumes) in [("BTCUSDT", 0.00001, 259), ("ETHUSDT", 0.0001, 155)] {
        let Some(files) = fifteen_months(symbol) else { return };
        let out = tempfile::tempdir().unwrap();
        let (tick_size, lot_size) = (Step::new(0.01).ok(), Step::new(lot).ok());
        let spec = ImportSpec { tick_size, lot_size, ..ImportSpec::default() };
        let outcome = import_quietly(&files, out.path(), &spec).unwrap();
        let report = &outcome.report;
        assert_eq!((report.rows_read, report.rows_kept, outcome.rows), (655_120, 655_120, 655_120));
        let counts: Vec<_> = report.counts().into_iter().collect();
        assert_eq!(
            counts,
            [("close_time", 1), ("gap", 80), ("off_lot", fine_volumes), ("zero_volume", 72)],
            "{symbol}"
        );
        let gap = &report.defects[&Defect::Gap].examples[0];
        assert_eq!(gap.member.as_deref(), Some(format!("{symbol}-1m-2023-03-24.csv").as_str()));
        assert_eq!(Timestamp(gap.ts).to_string(), "2023-03-24T14:00:00Z");
        let order: Vec<_> =
            outcome.files.iter().map(|(path, _)| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(order[0], *format!("{symbol}-1m-2022-ohlcvt.parquet"));
        assert!(order[1..].is_sorted());

        let tape = Tape::open(&outcome.path).unwrap();
        tape.verify().unwrap();
        assert_eq!((tape.meta().symbol.as_str(), tape.meta().frame), (symbol, Some(Frame::MINUTE)));
        assert_eq!(tape.defects(), report);
        let (from, to) = tape.span().unwrap();
        assert_eq!(from.to_string(), "2022-01-01T00:00:00Z");
        assert_eq!(to.to_string(), "2023-04-01T00:00:00Z");
        // The join: the last minute of 2022, then the first of 2023, a minute apart.
        let (last, first) = (tape.ts_event(525_599), tape.ts_event(525_600));
        assert_eq!(first.to_string(), "2023-01-01T00:00:00Z");
        assert_eq!(first - last, Frame::MINUTE.nanos());
        if symbol == "BTCUSDT" {
            let rows = bars(&tape);
            assert_eq!(rows[525_600].ohlcv, [16541.77, 16544.76, 16538.45, 16543.67, 83.08143]);
            assert_eq!(rows[525_600].trades, Some(2_687));
        }
    }
}

#[test]
fn they_are_told_apart() {
    let spec = ImportSpec::default();
    let Some(path) = data("bars-1m/binance-spot/ETHUSDT-1m-2023-03.tar.xz") else { return };
    let peek = detect(&path, &spec).unwrap();
    assert_eq!(peek.detected.format, SourceFormat::BinanceKlines);
    assert_eq!(peek.detected.time, "epoch milliseconds");
    assert_eq!((peek.frame, peek.detected.has_header), (Some(Frame::MINUTE), false));
    let Some(path) = data("bars-1m/derived/ETHUSDT-1m-2022-ohlcvt.parquet") else { return };
    let peek = detect(&path, &spec).unwrap();
    assert_eq!(peek.detected.format, SourceFormat::Bars);
    assert_eq!(
        (peek.detected.time.as_str(), peek.frame),
        ("timestamps in milliseconds", Some(Frame::MINUTE))
    );
}

#[test]
fn one_share_of_an_archive_of_many() {
    let Some(path) = data("bars-daily/sp500-2013-2018.tar.xz") else { return };
    let out = tempfile::tempdir().unwrap();
    let spec = ImportSpec {
        member: Some("/AAPL_data".to_owned()),
        symbol: Some("AAPL".to_owned()),
        ..ImportSpec::default()
    };
    let outcome = import_quietly(&[path], out.path(), &spec).unwrap();
    let tape = Tape::open(&outcome.path).unwrap();
    assert_eq!((outcome.rows, tape.meta().frame), (1_259, Some(Frame::DAY)));
    assert_eq!(tape.span().unwrap().0.to_string(), "2013-02-08T00:00:00Z");
    // Weekends and holidays are missing from a daily grid, and nothing else is wrong.
    assert_eq!(outcome.report.counts().into_keys().collect::<Vec<_>>(), ["gap"]);
}
