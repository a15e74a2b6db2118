//! Files that look like something else: the message says what they are, where, and what to say instead.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use manyworlds_components::ids::SymbolId;
use manyworlds_components::time::{Frame, Timestamp};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel};
use parquet::file::properties::WriterProperties;
use zip::write::SimpleFileOptions;

use super::{bars, folder_with, import_text, klines, message};
use crate::data::feed::{BarSource, TradeSource};
use crate::data::import::{ImportSpec, SourceFormat, TimeUnit, import_feeds};
use crate::data::open_or_import;
use crate::data::validate::Policies;

const HEADER: &str = "time,open,high,low,close,volume\n";

fn named(format: SourceFormat) -> ImportSpec {
    ImportSpec { format, ..ImportSpec::default() }
}

/// A Parquet file of bars, its times as counts.
fn parquet(times: [i64; 2], compression: Compression) -> Vec<u8> {
    let prices = |from: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![from, from + 1.0])) };
    let times: ArrayRef = Arc::new(Int64Array::from(times.to_vec()));
    let columns = [
        ("time", times),
        ("open", prices(1.0)),
        ("high", prices(3.0)),
        ("low", prices(1.0)),
        ("close", prices(2.0)),
        ("volume", prices(5.0)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn numbers_that_would_tell_a_time_long_ago_or_far_ahead_are_not_believed() {
    let spec = ImportSpec::default();
    let lean = "34200000,1455,1460,1455,1458,100\n34260000,1458,1459,1455,1457,100\n";
    let text = message("20131007_trade.csv", lean, &spec);
    for words in [
        "20131007_trade.csv, row 1, column `time`: `34200000` is not a time between 1990 and 2100",
        "1971-01-31T20:00:00Z in epoch seconds",
        "say the kind `lean_minute`",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let far = format!("{HEADER}1672531200,1,3,1,2,5\n4102444800,1,3,1,2,5\n");
    let text = message("AB.csv", far, &spec);
    assert!(
        text.contains("row 3, column `time`: `4102444800` is not a time between 1990 and 2100"),
        "{text}"
    );
    let text = message("AB.parquet", parquet([631_152_000, 631_151_999], Compression::SNAPPY), &spec);
    assert!(text.contains("row 2, column `time`: `631151999` is not a time between 1990 and 2100"), "{text}");
    let edges = format!("{HEADER}631152000,1,3,1,2,5\n4102444799,1,3,1,2,5\n");
    let second = ImportSpec { frame: "1s".parse().ok(), ..spec.clone() };
    assert_eq!(import_text("AB.csv", edges, &second).unwrap().0.rows(), 2);
    // What a person says is taken at its word, and so is a date.
    let old = format!("{HEADER}86400,1,3,1,2,5\n172800,1,3,1,2,5\n");
    for spec in [named(SourceFormat::Bars), ImportSpec { time_unit: TimeUnit::Seconds, ..spec.clone() }] {
        assert_eq!(bars(&import_text("AB.csv", &old, &spec).unwrap().0)[0].ts_event, Frame::DAY.nanos());
    }
    let dates = format!("{HEADER}1962-01-02,1,3,1,2,5\n1962-01-03,1,3,1,2,5\n");
    assert_eq!(import_text("AB.csv", dates, &spec).unwrap().0.rows(), 2);
}

#[test]
fn daily_bars_of_lean_are_divided_where_their_kind_is_named() {
    let daily = "19980105 00:00,136300,162500,135000,162500,6315000\n\
        19980106 00:00,165000,165600,151900,160000,5677300\n";
    let text = message("aapl.csv", daily, &ImportSpec::default());
    for words in ["aapl.csv, row 1: ", "Lean", "1/10,000 (open `136300`)", "`lean_daily`", "`bars`"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let (tape, _) = import_text("aapl.csv", daily, &named(SourceFormat::LeanDaily)).unwrap();
    let rows = bars(&tape);
    assert_eq!(rows[0].ohlcv, [13.63, 16.25, 13.5, 16.25, 6_315_000.0]);
    assert_eq!(
        (Timestamp(rows[1].ts_event).to_string().as_str(), tape.meta().frame),
        ("1998-01-06T00:00:00Z", Some(Frame::DAY))
    );
    let (tape, _) = import_text("aapl.csv", daily, &named(SourceFormat::Bars)).unwrap();
    assert_eq!(bars(&tape)[0].ohlcv[0], 136_300.0);
    let hourly = daily.replace(" 00:00", " 09:00");
    let text = message("aapl.csv", hourly, &named(SourceFormat::LeanDaily));
    assert!(text.contains("row 1, column `time`: `19980105 09:00` is not midnight"), "{text}");
    // Prices with decimals are not Lean's of shares.
    let plain = "20180101 00:00,13.5,16.5,13.0,16,100\n20180102 00:00,13.5,16.5,13.0,16,100\n";
    assert_eq!(import_text("aapl.csv", plain, &ImportSpec::default()).unwrap().0.rows(), 2);
}

#[test]
fn parquet_in_every_codec_that_is_built_in() {
    let times = [1_672_531_200, 1_672_617_600];
    let spec = ImportSpec::default();
    let plain = import_text("AB.parquet", parquet(times, Compression::UNCOMPRESSED), &spec).unwrap().0;
    let gzip = Compression::GZIP(GzipLevel::default());
    for codec in [Compression::SNAPPY, gzip, Compression::LZ4, Compression::LZ4_RAW] {
        let (tape, _) = import_text("AB.parquet", parquet(times, codec), &spec).unwrap();
        assert_eq!(tape.digest(), plain.digest(), "{codec}");
    }
    // As one that is compressed with brotli says in its footer: the codec is the number behind a column's path.
    let mut bytes = parquet(times, Compression::SNAPPY);
    let path = b"\x04open\x15\x02";
    let at = bytes.windows(path.len()).position(|window| window == path).unwrap() + path.len() - 1;
    bytes[at] = 8;
    assert_eq!(
        message("AB.parquet", bytes, &spec),
        "AB.parquet: column `open` is compressed with brotli, which is not read; write the file with zstd, snappy, gzip, \
         lz4_raw or without compression"
    );
}

#[test]
fn the_newest_row_first_is_unsorted() {
    let spec = ImportSpec::default();
    let newest_first = format!("{HEADER}1672617600,2,4,2,3,6\n1672531200,1,3,1,2,5\n1672444800,1,3,1,2,5\n");
    let text = message("AB.csv", &newest_first, &spec);
    assert!(
        text.starts_with("AB.csv, row 3: unsorted: 2023-01-01T00:00:00Z after 2023-01-02T00:00:00Z")
            && text.ends_with("the oldest first, one row a bar"),
        "{text}"
    );
    let text = message("AB.csv", newest_first, &ImportSpec { frame: Some(Frame::DAY), ..spec.clone() });
    assert!(text.starts_with("AB.csv, row 3: unsorted"), "{text}");
    let same = format!("{HEADER}1672617600,2,4,2,3,6\n1672617600,1,3,1,2,5\n");
    let text = message("AB.csv", same, &spec);
    assert!(text.starts_with("AB.csv, row 3: duplicate: 2023-01-02T00:00:00Z after"), "{text}");
}

#[test]
fn a_column_that_is_there_twice_is_refused() {
    let spec = ImportSpec::default();
    let text = message("AB.csv", "Date,Open,High,Low,Close,Volume,close\n2023-01-01,1,3,1,2,5,9\n", &spec);
    assert!(
        text.contains(
            "AB.csv, row 1: columns 5 (`Close`) and 7 (`close`) have the same name: rename or remove"
        ),
        "{text}"
    );
    let trades = "id,price,qty,quote_qty,time,is_buyer_maker,price\n7,1.5,1,1.5,1672531200000,true,1.5\n";
    let text = message("AB-trades.csv", trades, &spec);
    assert!(text.contains("columns 2 (`price`) and 7 (`price`)"), "{text}");
    // Columns that nobody reads may be called alike, or nothing.
    let more =
        "Date,Open,High,Low,Close,Volume,,,x,x\n2023-01-01,1,3,1,2,5,1,2,3,4\n2023-01-02,1,3,1,2,5,1,2,3,4\n";
    assert_eq!(import_text("AB.csv", more, &spec).unwrap().0.rows(), 2);
}

#[test]
fn bars_for_trades_name_the_file_that_was_named() {
    let (folder, path) = folder_with("AB-1m.csv", klines(0, 5));
    let cache = folder.path().join("cache");
    for _ in 0..2 {
        let tape = open_or_import(std::slice::from_ref(&path), &ImportSpec::default(), &cache).unwrap();
        assert!(BarSource::new(tape.clone(), SymbolId(0)).is_ok());
        let text = TradeSource::new(tape, SymbolId(0)).unwrap_err().to_string();
        let words = format!("{}: it holds bars, and a tape of trades is needed here; ", path.display());
        assert!(text.starts_with(&words), "{text}");
    }
}

#[test]
fn an_archive_says_which_member_to_name() {
    let zip = |note: &str| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in [(note, "Some words\n"), ("z.csv", &klines(0, 5))] {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let spec = ImportSpec::default();
    let text = message("AB-1m.zip", zip("about.txt"), &spec);
    assert!(text.starts_with("AB-1m.zip (about.txt), row 1: ") && text.contains("`--member`"), "{text}");
    let chosen = ImportSpec { member: Some(".csv".to_owned()), ..spec.clone() };
    for (note, spec) in [("about.txt", &chosen), ("README.txt", &spec), ("LICENSE", &spec)] {
        assert_eq!(import_text("AB-1m.zip", zip(note), spec).unwrap().0.rows(), 5, "{note}");
    }
}

/// Imports a feed, and gives the message of its failure.
fn feed_error(folder: &Path, name: &str, content: &str, spec: &ImportSpec) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    let error = import_feeds(&[path], &folder.join("out"), spec, &|_, _| {}).unwrap_err();
    error.to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn values_too_large_to_be_counted_name_the_row_that_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let row = |price: &str, amount: &str| {
        format!(
            "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n\
             bitmex,XY,1609459200000000,1609459200000001,true,bid,100.0,1.5\n\
             bitmex,XY,1609459200000000,1609459200000001,true,ask,{price},{amount}\n"
        )
    };
    let spec = ImportSpec { policies: Policies::of_feeds(), ..named(SourceFormat::Tardis) };
    for (price, amount, words) in [
        ("1e18", "1", "b.csv, row 3, column `price`: `1000000000000000000` is not below"),
        ("101", "1e30", "b.csv, row 3, column `size`: `1000000000000000000000000000000` is not below"),
    ] {
        let text = feed_error(folder.path(), "b.csv", &row(price, amount), &spec);
        assert!(text.starts_with(words), "{text}");
    }
}

#[test]
fn what_is_no_lobster_is_told_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let spec = ImportSpec { policies: Policies::of_feeds(), ..named(SourceFormat::Lobster) };
    let stream = "1723161255000000000 {\"stream\":\"xy@depth\",\"data\":{}}\n";
    let text = feed_error(folder.path(), "xy.log", stream, &spec);
    assert!(text.starts_with("xy.log, row 1: it looks like binance_stream, not lobster"), "{text}");
    let text = feed_error(folder.path(), "xy.csv", "34200.1,1,7,10,1000200,1\n", &spec);
    assert!(text.contains("import setting `date`") && text.contains("AMZN_2012-06-21"), "{text}");
}
