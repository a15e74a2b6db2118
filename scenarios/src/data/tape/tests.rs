//! What is written is read, in place; what is not a tape is refused.

use std::fs;
use std::io::Cursor;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use proptest::prelude::*;

use super::{BATCH_ROWS, BarRow, SourceFile, Tape, TapeMeta, TapeWriter, TradeRow};
use crate::data::error::DataError;
use crate::data::validate::DefectReport;

fn bar(i: i64) -> BarRow {
    let price = i as f64 + 1.0;
    let trades = (i % 3 != 0).then_some(i);
    BarRow {
        ts_event: i * 10,
        ts_recv: i * 10 + 10,
        ohlcv: [price, price + 2.0, price - 0.5, price + 1.0, 3.0],
        trades,
    }
}

fn meta() -> TapeMeta {
    TapeMeta {
        tick_size: Step::new(0.01).ok(),
        lot_size: Step::new(0.00001).ok(),
        sources: vec![SourceFile { name: "a.csv".to_owned(), digest: "12".to_owned() }],
        ..TapeMeta::bars("binance", "BTCUSDT", Some(Frame::MINUTE))
    }
}

fn write(rows: impl IntoIterator<Item = BarRow>) -> (tempfile::TempDir, Tape) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.arrow");
    let mut writer = TapeWriter::create(&path, meta()).unwrap();
    rows.into_iter().for_each(|row| writer.push_bar(&row).unwrap());
    writer.finish(&DefectReport::default()).unwrap();
    let tape = Tape::open(&path).unwrap();
    (folder, tape)
}

#[test]
fn rows_come_back_across_batches() {
    let count = BATCH_ROWS as i64 * 2 + 17;
    let (_folder, tape) = write((0..count).map(bar));
    assert_eq!((tape.rows(), tape.batches()), (count as u64, 3));
    assert_eq!(tape.meta(), &meta());
    assert_eq!(tape.span(), Some((Timestamp(0), Timestamp(count * 10))));
    tape.verify().unwrap();
    for row in [0, 1, BATCH_ROWS as i64 - 1, BATCH_ROWS as i64, count - 1] {
        let (batch, at) = Tape::locate(row as u64);
        let columns = &tape.bars().unwrap()[batch];
        let expected = bar(row);
        assert_eq!(tape.ts_recv(row as u64).0, expected.ts_recv);
        assert_eq!((columns.ts_event[at], columns.high[at]), (expected.ts_event, expected.ohlcv[1]));
        assert_eq!(columns.trades_at(at), expected.trades);
        assert_eq!(tape.seek(Timestamp(expected.ts_recv)), row as u64);
        assert_eq!(tape.seek(Timestamp(expected.ts_recv + 1)), row as u64 + 1);
    }
    assert_eq!((tape.seek(Timestamp::MIN), tape.seek(Timestamp::MAX)), (0, count as u64));
    assert!(tape.trades().is_none());
}

#[test]
fn columns_are_read_in_place() {
    let (_folder, tape) = write((0..1_000).map(bar));
    let columns = &tape.bars().unwrap()[0];
    let (first, last) = (columns.ts_event.as_ptr() as usize, columns.volume.as_ptr() as usize);
    // One mapping: the columns lie behind one another, at the distance of the file's layout.
    assert!(last > first && last - first < 1_000 * 8 * 8, "{first:x} {last:x}");
    assert_eq!(first % 8, 0);
}

#[test]
fn other_arrow_programs_read_it() {
    let (_folder, tape) = write((0..10).map(bar));
    let reader = FileReader::try_new(Cursor::new(fs::read(tape.path()).unwrap()), None).unwrap();
    let schema = reader.schema();
    assert_eq!(schema.metadata()["symbol"], "BTCUSDT");
    assert_eq!(schema.metadata()["frame"], "1m");
    assert_eq!(schema.field(0).data_type().to_string(), "Timestamp(ns, \"UTC\")");
    assert_eq!(reader.custom_metadata()["rows"], "10");
    assert_eq!(reader.map(|b| b.unwrap().num_rows()).sum::<usize>(), 10);
}

#[test]
fn the_digest_is_of_the_content() {
    let (_a, first) = write((0..100).map(bar));
    let (_b, same) = write((0..100).map(bar));
    let (_c, other) = write((0..100).map(|i| BarRow { trades: None, ..bar(i) }));
    assert_eq!(first.digest(), same.digest());
    assert_ne!(first.digest(), other.digest());
    assert_eq!(first.digest().len(), 32);
}

#[test]
fn nothing_half_written_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub/x.arrow");
    let mut writer = TapeWriter::create(&path, meta()).unwrap();
    (0..10).for_each(|i| writer.push_bar(&bar(i)).unwrap());
    assert!(!path.exists());
    drop(writer);
    assert_eq!(fs::read_dir(folder.path().join("sub")).unwrap().count(), 0);
    let mut writer = TapeWriter::create(&path, meta()).unwrap();
    writer.push_bar(&bar(5)).unwrap();
    assert!(writer.push_bar(&bar(4)).is_err(), "time goes back");
    let trade =
        TradeRow { ts_event: 90, ts_recv: 90, trade_id: 1, price: 1.0, quantity: 1.0, aggressor_side: 1 };
    assert!(writer.push_trade(&trade).is_err(), "another kind");
    let blocked = folder.path().join("file");
    fs::write(&blocked, "x").unwrap();
    assert!(matches!(TapeWriter::create(&blocked.join("x.arrow"), meta()), Err(DataError::Io { .. })));
}

#[test]
fn what_is_not_a_tape_is_refused() {
    let (folder, tape) = write((0..BATCH_ROWS as i64 + 5).map(bar));
    let bytes = fs::read(tape.path()).unwrap();
    let path = folder.path().join("bad.arrow");
    let open = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        Tape::open(&path).unwrap_err().to_string()
    };
    for cut in [0, 5, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(open(&bytes[..cut]).contains("cut off"), "{cut}");
    }
    assert!(open(b"time,open,high\n1,2,3\n").contains("not an Arrow IPC file"));
    let column: ArrayRef = std::sync::Arc::new(Int64Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
    let mut foreign = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    foreign.write(&batch).unwrap();
    assert!(open(&foreign.into_inner().unwrap()).contains("no `manyworlds.version`"));
    assert!(matches!(Tape::open(&folder.path().join("none")), Err(DataError::Io { .. })));
}

#[test]
fn a_changed_tape_is_found_by_verify() {
    let (folder, tape) = write((0..1_000).map(bar));
    let mut bytes = fs::read(tape.path()).unwrap();
    let needle = 501.0_f64.to_le_bytes();
    let at = bytes.windows(8).position(|w| w == needle).unwrap();
    bytes[at] ^= 1;
    let path = folder.path().join("changed.arrow");
    fs::write(&path, bytes).unwrap();
    let error = Tape::open(&path).unwrap().verify().unwrap_err().to_string();
    assert!(error.contains("it was changed after it was written"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn trades_round_trip(steps in prop::collection::vec((0i64..1_000, any::<i64>(), any::<f64>(), any::<f64>(), -1i8..=1), 1..300)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.arrow");
        let mut writer = TapeWriter::create(&path, TapeMeta::trades("v", "S")).unwrap();
        let mut ts = -5_000;
        let rows: Vec<TradeRow> = steps.iter().map(|(step, id, price, quantity, side)| {
            ts += step;
            TradeRow { ts_event: ts - 1, ts_recv: ts, trade_id: *id, price: *price, quantity: *quantity, aggressor_side: *side }
        }).collect();
        rows.iter().for_each(|row| writer.push_trade(row).unwrap());
        writer.finish(&DefectReport::default()).unwrap();
        let tape = Tape::open(&path).unwrap();
        tape.verify().unwrap();
        let columns = &tape.trades().unwrap()[0];
        for (i, row) in rows.iter().enumerate() {
            prop_assert_eq!((columns.ts_event[i], columns.ts_recv[i], columns.trade_id[i]), (row.ts_event, row.ts_recv, row.trade_id));
            prop_assert_eq!((columns.price[i].to_bits(), columns.quantity[i].to_bits()), (row.price.to_bits(), row.quantity.to_bits()));
            prop_assert_eq!(columns.aggressor_side[i], row.aggressor_side);
            let brute = rows.iter().position(|r| r.ts_recv >= row.ts_recv).unwrap();
            prop_assert_eq!(tape.seek(Timestamp(row.ts_recv)), brute as u64);
        }
    }
}
