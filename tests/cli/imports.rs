//! `import`: foreign files into tapes.

use std::sync::Arc;

use arrow::array::{Float64Array, RecordBatch, TimestampMillisecondArray};
use manyworlds_tests::program::Sandbox;

use super::FROM_FILE;
use super::files::{KLINES_HEADER, START_MS, csv, good, gzip, klines, zip};

/// Imports one file and gives the report.
#[track_caller]
fn import(sandbox: &Sandbox, kind: &str, file: &str, flags: &[&str]) -> serde_json::Value {
    let arguments = ["import", kind, file, "--out", "tapes", "--json"];
    sandbox.run(arguments.iter().chain(flags)).json()
}

/// The digest of a run over a file.
fn digest(sandbox: &Sandbox, file: &str) -> serde_json::Value {
    let set = format!("symbols.AAA.data=[Bars(path: {file:?}, frame: \"1m\")]");
    sandbox.run(["backtest", "s.ron", "--json", "--out", "out", "--set", &set]).json()["digest"].clone()
}

#[test]
fn klines_in_every_wrapping_are_the_same_bars() {
    let sandbox = Sandbox::with(&[("s.ron", FROM_FILE), ("AAA-1m-ms.csv", &good(300))]);
    let with_header = KLINES_HEADER.to_owned() + &good(300);
    let us = csv(&klines(300, START_MS, 1_000));
    sandbox.write("AAA-1m-header.csv", &with_header);
    sandbox.write("AAA-1m-us.csv", &us);
    sandbox.write("AAA-1m-ms.csv.gz", gzip(&good(300)));
    sandbox.write("AAA-1m-us.zip", zip("AAA-1m.csv", &us));
    sandbox.write("AAA-1m-header.zip", zip("AAA-1m.csv", &with_header));
    let first = digest(&sandbox, "AAA-1m-ms.csv");
    for (file, time, header) in [
        ("AAA-1m-ms.csv", "milliseconds", false),
        ("AAA-1m-header.csv", "milliseconds", true),
        ("AAA-1m-us.csv", "microseconds", false),
        ("AAA-1m-ms.csv.gz", "milliseconds", false),
        ("AAA-1m-us.zip", "microseconds", false),
        ("AAA-1m-header.zip", "milliseconds", true),
    ] {
        for kind in ["auto", "binance_klines"] {
            let report = import(&sandbox, kind, file, &["--tick-size", "0.01", "--lot-size", "0.001"]);
            assert_eq!(report["symbol"], "AAA", "{file}");
            assert_eq!((&report["kind"], &report["frame"]), (&"bars".into(), &"1m".into()), "{file}");
            assert_eq!(report["rows"], 300, "{file}");
            assert_eq!(report["report"]["defects"], serde_json::json!({}), "{file}");
        }
        let tape = import(&sandbox, "auto", file, &["--venue", "sim"])["tape"].as_str().unwrap().to_owned();
        assert!(sandbox.path(&tape).exists(), "{tape}");
        assert_eq!(digest(&sandbox, file), first, "{file}");
        let tape = sandbox.path(&tape);
        assert_eq!(digest(&sandbox, tape.to_str().unwrap()), first, "{file} as a tape");
        let text = sandbox.run(["import", "auto", file, "--out", "tapes"]).ok();
        assert!(text.contains(time) && text.contains("with a header") == header, "{file}: {text}");
    }
}

#[test]
fn generic_csv_in_any_words() {
    let sandbox = Sandbox::new();
    let rows: String = (1..=20).map(|d| format!("2023-02-{d:02},10,12,9,11,{d}\n")).collect();
    sandbox.write("XYZ.csv", "Date,Open,High,Low,Close,Volume\n".to_owned() + &rows);
    let report = import(&sandbox, "bars", "XYZ.csv", &[]);
    assert_eq!(
        (&report["symbol"], &report["frame"], &report["rows"]),
        (&"XYZ".into(), &"1d".into(), &20.into())
    );
    let seconds: String = (0..20).map(|i| format!("{},10,12,9,11,5\n", START_MS / 1_000 + i * 60)).collect();
    sandbox.write("S_1.csv", "timestamp,open,high,low,close,volume\n".to_owned() + &seconds);
    let text = sandbox.run(["import", "auto", "S_1.csv", "--out", "tapes"]).ok();
    assert!(text.contains("seconds") && text.contains("20 rows read, 20 kept"), "{text}");
    // Stamps at the close of the bar.
    let report = import(&sandbox, "bars", "S_1.csv", &["--stamp", "close", "--frame", "1m", "--symbol", "T"]);
    assert_eq!(report["rows"], 20);
}

#[test]
fn generic_parquet() {
    let sandbox = Sandbox::new();
    let times: Vec<i64> = (0..50).map(|i| START_MS + i * 60_000).collect();
    let prices = |p: f64| Arc::new(Float64Array::from(vec![p; 50])) as arrow::array::ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("Timestamp", Arc::new(TimestampMillisecondArray::from(times)) as arrow::array::ArrayRef),
        ("Open", prices(10.0)),
        ("High", prices(12.0)),
        ("Low", prices(9.0)),
        ("Close", prices(11.0)),
        ("Volume", prices(5.0)),
    ])
    .unwrap();
    let file = std::fs::File::create(sandbox.path("PQ.parquet")).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let report = import(&sandbox, "bars", "PQ.parquet", &[]);
    assert_eq!(
        (&report["symbol"], &report["frame"], &report["rows"]),
        (&"PQ".into(), &"1m".into(), &50.into())
    );
}

#[test]
fn trades_of_both_kinds() {
    let sandbox = Sandbox::new();
    let rows = |line: &dyn Fn(i64) -> String| -> String { (0..50).map(|i| line(i) + "\n").collect() };
    sandbox.write("T.csv", rows(&|i| format!("{i},100.{i:02},0.5,50,{},true,true", START_MS + i)));
    sandbox.write("A.csv", rows(&|i| format!("{i},100.{i:02},0.5,{i},{i},{},false,true", START_MS + i)));
    for (kind, file) in [("auto", "T.csv"), ("binance_trades", "T.csv"), ("binance_agg_trades", "A.csv")] {
        let report = import(&sandbox, kind, file, &[]);
        assert_eq!((&report["kind"], &report["rows"]), (&"trades".into(), &50.into()), "{kind}");
    }
    let wrong = ["import", "binance_trades", "A.csv", "--out", "tapes"];
    sandbox.run(wrong).fails(3, &["A.csv, row 1", "known are"]);
}

#[test]
fn several_files_in_any_order_are_one_tape() {
    let sandbox = Sandbox::new();
    for (i, name) in ["AAA-1.csv", "AAA-2.csv", "AAA-3.csv"].iter().enumerate() {
        sandbox.write(name, csv(&klines(100, START_MS + i as i64 * 6_000_000, 1)));
    }
    let files = ["import", "auto", "AAA-3.csv", "AAA-1.csv", "AAA-2.csv", "--out", "tapes", "--json"];
    assert_eq!(sandbox.run(files).json()["rows"], 300);
    // The same file twice goes back in time.
    sandbox
        .run(["import", "auto", "AAA-1.csv", "AAA-1.csv", "--out", "tapes"])
        .fails(3, &["AAA-1.csv, row 1", "unsorted"]);
}

#[test]
fn defects_are_counted_and_shown_with_their_place() {
    let sandbox = Sandbox::new();
    let mut rows = klines(100, START_MS, 1);
    rows.drain(50..60);
    rows.insert(20, rows[19].clone());
    rows[30][5] = "0".into();
    sandbox.write("AAA.csv", csv(&rows));
    sandbox
        .run(["import", "auto", "AAA.csv", "--out", "tapes"])
        .fails(3, &["AAA.csv, row 21: duplicate", "`skip` or `flag`"]);
    assert!(!sandbox.files("tapes").iter().any(|f| f.ends_with(".arrow")), "{:?}", sandbox.files("tapes"));
    let report = import(&sandbox, "auto", "AAA.csv", &["--defect", "duplicate=skip"])["report"].clone();
    assert_eq!((&report["rows_read"], &report["rows_kept"]), (&91.into(), &90.into()));
    for (defect, count) in [("duplicate", 1), ("gap", 10), ("zero_volume", 1)] {
        assert_eq!(report["defects"][defect]["count"], count, "{defect}: {report}");
    }
    let text =
        sandbox.run(["import", "auto", "AAA.csv", "--out", "tapes", "--defect", "duplicate=skip"]).ok();
    assert!(text.contains("AAA.csv, row 21, 2023-01-01T00:19:00Z: a second bar"), "{text}");
}

#[test]
fn wrong_words_and_files() {
    let sandbox = Sandbox::with(&[("AAA.csv", &good(50))]);
    let run = |kind: &str, file: &str, flags: &[&str]| {
        sandbox.run(["import", kind, file, "--out", "tapes"].iter().chain(flags))
    };
    run("binance_klinez", "AAA.csv", &[])
        .fails(2, &["KIND", "`binance_klinez`", "did you mean `binance_klines`?"]);
    run("bars", "AAA.csv", &["--defect", "dublicate=skip"])
        .fails(2, &["--defect", "did you mean `duplicate`?"]);
    run("bars", "AAA.csv", &["--defect", "duplicate=skp"])
        .fails(2, &["--defect", "`skp`", "did you mean `skip`?"]);
    run("bars", "AAA.csv", &["--defect", "duplicate"]).fails(2, &["--defect duplicate", "DEFECT=POLICY"]);
    run("bars", "AAA.csv", &["--stamp", "clos"]).fails(2, &["--stamp", "did you mean `close`?"]);
    run("bars", "AAA.csv", &["--frame", "1x"]).fails(2, &["--frame", "`1x` is not a frame", "1m"]);
    run("bars", "AAA.csv", &["--tick-size", "0"]).fails(2, &["--tick-size"]);
    run("auto", "BBB.csv", &[]).fails(3, &["BBB.csv", "cannot open the file"]);
    sandbox.write("two.csv", "time,symbol,open,high,low,close,volume\n60,A,1,1,1,1,1\n60,B,1,1,1,1,1\n");
    run("bars", "two.csv", &[]).fails(3, &["two.csv, row 3, column `symbol`: `B`", "source_symbol"]);
    run("bars", "two.csv", &["--source-symbol", "C"]).fails(3, &["two.csv", "none is of the symbol `C`"]);
    let below_a_file = ["import", "auto", "AAA.csv", "--out", "AAA.csv/tapes"];
    sandbox.run(below_a_file).fails(2, &["AAA.csv/tapes"]);
}
