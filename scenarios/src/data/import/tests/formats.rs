//! Layouts of text and Parquet files.

use std::fs::{self, File};
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use manyworlds_components::time::{Frame, Timestamp};
use parquet::arrow::ArrowWriter;

use super::{bars, folder_with, import_quietly, import_text, klines, message, trades};
use crate::data::import::{ImportSpec, SourceFormat, Stamp, TimeUnit};
use crate::data::tape::{Tape, TapeKind, TradeRow};

const HEADER: &str = "open_time,open,high,low,close,volume,close_time,quote_volume,count,\
    taker_buy_volume,taker_buy_quote_volume,ignore\n";

#[test]
fn klines_with_and_without_header_in_milliseconds_and_microseconds() {
    let spec = ImportSpec::default();
    let (plain, outcome) = import_text("AB-1m.csv", klines(0, 50), &spec).unwrap();
    assert_eq!(outcome.path.file_name().unwrap(), "binance-AB-bars-1m.arrow");
    let first = bars(&plain)[0];
    assert_eq!((first.ts_event, first.ts_recv), (1_672_531_200_000_000_000, 1_672_531_260_000_000_000));
    assert_eq!((first.ohlcv, first.trades), ([100.0, 100.5, 100.0, 100.25, 1.5], Some(7)));
    let with_header = import_text("AB-1m.csv", format!("{HEADER}{}", klines(0, 50)), &spec).unwrap();
    assert_eq!(with_header.0.digest(), plain.digest());
    assert!(with_header.1.files[0].1.has_header && !outcome.files[0].1.has_header);
    let micros: String = klines(0, 50)
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            cells[0].push_str("000");
            cells[6].push_str("999");
            cells.join(",") + "\n"
        })
        .collect();
    let (tape, outcome) = import_text("AB-1m.csv", micros, &spec).unwrap();
    assert_eq!(tape.digest(), plain.digest());
    assert_eq!(outcome.files[0].1.time, "epoch microseconds");
    assert!(outcome.report.defects.is_empty());
}

#[test]
fn files_join_in_time_order_across_a_change_of_unit() {
    let folder = tempfile::tempdir().unwrap();
    let micros =
        klines(100, 100).lines().map(|l| l.replacen(",", "000,", 1)).fold(String::new(), |all, line| {
            let close = line.split(',').nth(6).unwrap().to_owned();
            all + &line.replace(&format!(",{close},"), &format!(",{close}999,")) + "\n"
        });
    let files = ["z.csv", "a.csv"].map(|name| folder.path().join(name));
    fs::write(&files[0], klines(0, 100)).unwrap();
    fs::write(&files[1], micros).unwrap();
    let spec = ImportSpec { symbol: Some("AB".to_owned()), ..ImportSpec::default() };
    let reversed = [files[1].clone(), files[0].clone()];
    let outcome = import_quietly(&reversed, &folder.path().join("out"), &spec).unwrap();
    assert!(outcome.report.defects.is_empty(), "{:?}", outcome.report);
    let tape = Tape::open(&outcome.path).unwrap();
    assert_eq!(tape.rows(), 200);
    assert_eq!(tape.meta().sources.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["z.csv", "a.csv"]);
}

#[test]
fn agg_trades_and_trades() {
    let spec = ImportSpec::default();
    let row = |trade_id, ms: i64, price, quantity, aggressor_side| TradeRow {
        ts_event: ms * 1_000_000,
        ts_recv: ms * 1_000_000,
        trade_id,
        price,
        quantity,
        aggressor_side,
    };
    let agg = "7,100.5,0.25,10,12,1672531200000,true,true\n8,100.6,1.5,13,13,1672531200001,false,true\n";
    let header =
        "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,best_match\n";
    let expected = [row(7, 1_672_531_200_000, 100.5, 0.25, -1), row(8, 1_672_531_200_001, 100.6, 1.5, 1)];
    for text in [agg.to_owned(), format!("{header}{agg}")] {
        let (tape, outcome) = import_text("AB-aggTrades-2023-01.csv", text, &spec).unwrap();
        assert_eq!(trades(&tape), expected);
        assert_eq!(outcome.files[0].1.format, SourceFormat::BinanceAggTrades);
        assert_eq!((tape.meta().kind, tape.meta().frame), (TapeKind::Trades, None));
        assert_eq!(outcome.path.file_name().unwrap(), "binance-AB-trades.arrow");
    }
    let plain = "7,100.5,0.25,25.125,1672531200000,True,True\n8,100.6,1.5,150.9,1672531200001,False,True\n";
    let header = "id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n";
    for text in [plain.to_owned(), format!("{header}{plain}")] {
        let (tape, outcome) = import_text("AB-trades-2023-01.csv", text, &spec).unwrap();
        assert_eq!(trades(&tape), expected);
        assert_eq!(outcome.files[0].1.format, SourceFormat::BinanceTrades);
    }
}

#[test]
fn generic_bars_in_many_dresses() {
    let spec = ImportSpec::default();
    for text in [
        "Date,Open,High,Low,Close,Volume\n2023-01-01,1,3,1,2,5\n2023-01-02,2,4,2,3,6\n",
        "\u{feff}DATE;CLOSE;OPEN;LOW;HIGH;Adj Close;VOLUME\n2023-01-01;2;1;1;3;9;5\n2023-01-02;3;2;2;4;9;6\n",
        "timestamp\topen\thigh\tlow\tclose\tvolume\n1672531200\t1\t3\t1\t2\t5\n1672617600\t2\t4\t2\t3\t6\n",
        "1672531200000,1,3,1,2,5\r\n1672617600000,2,4,2,3,6\r\n",
        "\"datetime\",\"o\",\"h\",\"l\",\"c\",\"v\"\n\"2023-01-01 00:00:00\",1,3,1,2,5\n2023-01-02T00:00:00Z,2,4,2,3,6",
        "Date,Time,Open,High,Low,Close,Volume\n2023-01-01,00:00,1,3,1,2,5\n2023-01-02,00:00,2,4,2,3,6\n",
        "unix,date,symbol,open,high,low,close,Volume USD\n1672531200,x,AB,1,3,1,2,5\n1672617600,x,AB,2,4,2,3,6\n",
    ] {
        let (tape, _) = import_text("AB.csv", text, &spec).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let rows = bars(&tape);
        assert_eq!(tape.meta().frame, Some(Frame::DAY), "{text}");
        assert_eq!(
            rows.iter().map(|r| r.ohlcv).collect::<Vec<_>>(),
            [[1.0, 3.0, 1.0, 2.0, 5.0], [2.0, 4.0, 2.0, 3.0, 6.0]]
        );
        assert_eq!(Timestamp(rows[1].ts_event).to_string(), "2023-01-02T00:00:00Z", "{text}");
        assert_eq!((rows[0].trades, rows[0].ts_recv), (None, rows[1].ts_event));
    }
}

#[test]
fn stamps_at_close_and_a_given_frame_and_unit() {
    let text = "time,open,high,low,close,volume\n60,1,3,1,2,5\n180,2,4,2,3,6\n";
    let frame = Some(Frame::MINUTE);
    // Minutes of 1970 are believed where the kind is named.
    let spec = ImportSpec { format: SourceFormat::Bars, stamp: Stamp::Close, frame, ..ImportSpec::default() };
    let (tape, outcome) = import_text("AB.csv", text, &spec).unwrap();
    assert_eq!(bars(&tape).iter().map(|r| r.ts_event / 1_000_000_000).collect::<Vec<_>>(), [0, 120]);
    assert_eq!(outcome.report.counts().into_iter().collect::<Vec<_>>(), [("gap", 1)]);
    let spec =
        ImportSpec { time_unit: TimeUnit::Millis, frame: "60ms".parse().ok(), ..ImportSpec::default() };
    let (tape, _) = import_text("AB.csv", text, &spec).unwrap();
    assert_eq!((bars(&tape)[0].ts_event, bars(&tape)[0].ts_recv), (60_000_000, 120_000_000));
    let one = "time,open,high,low,close,volume\n1672531200,1,3,1,2,5\n";
    assert!(message("AB.csv", one, &ImportSpec::default()).contains("import setting `frame`"));
}

#[test]
fn a_bad_cell_names_file_row_column_and_value() {
    let spec = ImportSpec::default();
    let spoil = |row: usize, from: &str, to: &str| -> String {
        let lines = klines(0, 30);
        let spoil = |(i, line): (usize, &str)| {
            if i + 1 == row { line.replacen(from, to, 1) } else { line.to_owned() }
        };
        lines.lines().enumerate().map(spoil).map(|line| line + "\n").collect()
    };
    let text = message("AB-1m.csv", spoil(17, ",106.0,", ",oops,"), &spec);
    assert_eq!(text, "AB-1m.csv, row 17, column `open`: `oops` is not a number such as 16541.77");
    let text = message("AB-1m.csv", format!("{HEADER}{}", spoil(17, ",106.0,", ",oops,")), &spec);
    assert!(text.starts_with("AB-1m.csv, row 18, column `open`: `oops`"), "{text}");
    let text = message("AB-1m.csv", spoil(9, "1672531680000", "yesterday"), &spec);
    assert_eq!(
        text,
        "AB-1m.csv, row 9, column `open_time`: `yesterday` is not a time in epoch milliseconds, as the rows before it"
    );
    let text = message("AB-1m.csv", spoil(30, ",0", ""), &spec);
    assert!(text.starts_with("AB-1m.csv, row 30: 11 cells where 12 are needed"), "{text}");
    let text = message("AB-1m.csv", spoil(5, ",104.0,", ",nan,"), &spec);
    assert!(text.starts_with("AB-1m.csv, row 5: not_finite: open NaN"), "{text}");
    let trades = "7,100.5,0.25,25.125,1672531200000,true,true\n8,100.6,1.5,150.9,1672531200001,maybe,true\n";
    let text = message("AB-trades.csv", trades, &spec);
    assert_eq!(text, "AB-trades.csv, row 2, column `is_buyer_maker`: `maybe` is not `true` or `false`");
}

#[test]
fn unknown_layouts_say_what_is_known() {
    let spec = ImportSpec::default();
    assert!(
        message("AB.csv", "1,2,3\n4,5,6\n", &spec)
            .contains("3 columns without a header are of no known layout")
    );
    assert!(message("AB.csv", "a,b\n1,2\n", &spec).contains("the header has no `time` column"));
    assert!(message("AB.csv", "time,open,high,low,volume\n1,2,3,4,5\n", &spec).contains("no `close` column"));
    let forced = ImportSpec { format: SourceFormat::BinanceTrades, ..spec };
    assert!(message("AB.csv", klines(0, 3), &forced).contains("12 columns"));
    let with_header = format!("{HEADER}{}", klines(0, 3));
    assert!(
        message("AB.csv", with_header, &forced).contains("it looks like binance_klines, not binance_trades")
    );
}

#[test]
fn several_symbols_in_one_file_need_a_choice() {
    let text = "date,open,high,low,close,volume,Name\n2023-01-01,1,3,1,2,5,AA\n2023-01-02,1,3,1,2,5,AA\n\
        2023-01-01,2,4,2,3,6,BB\n2023-01-02,2,4,2,3,6,BB\n";
    let error = message("all.csv", text, &ImportSpec::default());
    assert!(error.contains("row 4, column `Name`: `BB`") && error.contains("source_symbol"), "{error}");
    let spec = ImportSpec { source_symbol: Some("BB".to_owned()), ..ImportSpec::default() };
    let (tape, _) = import_text("all.csv", text, &spec).unwrap();
    assert_eq!((tape.rows(), tape.meta().symbol.as_str(), bars(&tape)[0].ohlcv[0]), (2, "BB", 2.0));
}

#[test]
fn bars_and_trades_do_not_mix() {
    let (folder, first) = folder_with("AB-1m.csv", klines(0, 5));
    let second = folder.path().join("AB-trades.csv");
    fs::write(&second, "8,100.6,1.5,150.9,1672531200001,true,true\n").unwrap();
    let error = import_quietly(&[first, second], folder.path(), &ImportSpec::default()).unwrap_err();
    assert!(error.to_string().contains("import bars and trades one after the other"), "{error}");
}

#[test]
fn parquet_of_other_types() {
    let prices = |from: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![from, from + 1.0])) };
    let times: [(&str, ArrayRef); 3] = [
        ("Date", Arc::new(Date32Array::from(vec![19_358, 19_359]))),
        ("open_time", Arc::new(Int64Array::from(vec![1_672_531_200_000_000, 1_672_617_600_000_000]))),
        ("time", Arc::new(StringArray::from(vec!["2023-01-01", "2023-01-02 00:00"]))),
    ];
    for (name, time) in times {
        let columns = [
            (name, time),
            ("Open", prices(1.0)),
            ("High", prices(3.0)),
            ("Low", prices(1.0)),
            ("Close", prices(2.0)),
            ("Volume", Arc::new(Int64Array::from(vec![5, 6])) as ArrayRef),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("AB.parquet");
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let outcome =
            import_quietly(std::slice::from_ref(&path), folder.path(), &ImportSpec::default()).unwrap();
        let rows = bars(&Tape::open(&outcome.path).unwrap());
        assert_eq!(
            (rows[0].ts_event, rows[1].ts_event),
            (1_672_531_200_000_000_000, 1_672_617_600_000_000_000)
        );
        assert_eq!(rows[1].ohlcv, [2.0, 4.0, 2.0, 3.0, 6.0]);
        let bytes = fs::read(&path).unwrap();
        let text = message("AB.parquet", &bytes[..bytes.len() - 20], &ImportSpec::default());
        assert!(text.starts_with("AB.parquet, row 1: the file is truncated or corrupt"), "{text}");
    }
}
