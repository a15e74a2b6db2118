//! Order-book feeds that are wrong: the exit code is 3, the message names file, row, field, value and what would be right,
//! and no tape is left.

use dbn::Schema;
use manyworlds_tests::program::Sandbox;

use super::feed_files::{
    BOTH, BUY, binance, bitstamp, book_ticker, dbn, dbn_of, lobster, npy, npy_of, tardis_book, tardis_trades,
};
use super::files::{good, gzip, zip};

const MESSAGES: &str = "XY_2012-06-21_34200000_57600000_message_1.csv";
const BOOKS: &str = "XY_2012-06-21_34200000_57600000_orderbook_1.csv";

/// Imports a file, which fails with all of `parts` in its message and leaves nothing.
#[track_caller]
fn fails(kind: &str, name: &str, content: impl AsRef<[u8]>, flags: &[&str], parts: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.write(name, content);
    let arguments = [&["import", kind, name, "--symbol", "XY", "--out", "tapes"], flags].concat();
    sandbox.run(arguments).fails(3, &[&[name], parts].concat());
    assert!(sandbox.files("tapes").is_empty(), "{kind}: {:?}", sandbox.files("tapes"));
}

/// The same with messages of LOBSTER, and their order book file.
#[track_caller]
fn lobster_fails(spoil: impl FnOnce(&mut Vec<String>), flags: &[&str], parts: &[&str]) {
    let sandbox = Sandbox::new();
    let (messages, books) = lobster(spoil);
    sandbox.write(MESSAGES, messages);
    sandbox.write(BOOKS, books);
    let arguments = [&["import", "lobster", MESSAGES, BOOKS, "--out", "tapes"], flags].concat();
    sandbox.run(arguments).fails(3, parts);
    assert!(sandbox.files("tapes").is_empty(), "{:?}", sandbox.files("tapes"));
}

/// Puts `to` in place of `from` in a line.
fn replace(line: usize, from: &'static str, to: &'static str) -> impl FnOnce(&mut Vec<String>) {
    move |lines| {
        assert!(lines[line].contains(from), "{}", lines[line]);
        lines[line] = lines[line].replacen(from, to, 1);
    }
}

/// Cuts a line in half, and what follows it.
fn cut(line: usize) -> impl FnOnce(&mut Vec<String>) {
    move |lines| {
        lines.truncate(line + 1);
        let half = lines[line].len() / 2;
        lines[line].truncate(half);
    }
}

#[test]
fn truncated() {
    let hint = "fetch it again";
    let cut_off = |bytes: Vec<u8>, by: usize| bytes[..bytes.len() - by].to_vec();
    let many: String =
        (0..200).map(|_| tardis_book(|_| ()).lines().last().unwrap_or_default().to_owned() + "\n").collect();
    let zipped = cut_off(gzip(&(tardis_book(|_| ()) + &many)), 20);
    fails("tardis", "b.csv.gz", zipped, &[], &["truncated or corrupt", hint]);
    fails("tardis", "b.csv", tardis_book(cut(4)), &[], &["row 5: 4 cells where 8 are needed", "cut off"]);
    fails("tardis", "t.csv", tardis_trades(cut(2)), &[], &["row 3: 4 cells where 8 are needed", "cut off"]);
    fails("binance_stream", "s.log", binance(cut(2)), &[], &["row 3, column `json`", "the line is cut off"]);
    fails("binance_book_ticker", "q.csv", book_ticker(cut(2)), &[], &["row 3: 6 cells where 7 are needed"]);
    fails("bitstamp", "o.log", bitstamp(cut(3)), &[], &["row 4, column `json`", "a whole record"]);
    lobster_fails(cut(2), &[], &["message_1.csv, row 3: 3 cells where 6 are needed"]);
    lobster_fails(
        |lines| _ = lines.pop(),
        &[],
        &["orderbook_1.csv, row 3", "the message file ends before this row"],
    );
    fails("dbn", "m.dbn", cut_off(dbn(|_| ()), 10), &[], &["row 6", "ends inside of record 6", hint]);
    fails("dbn", "m.dbn", &dbn(|_| ())[..40], &[], &["truncated or corrupt", hint]);
    let squeezed = zstd(&dbn(|_| ()));
    fails("dbn", "m.dbn.zst", cut_off(squeezed, 9), &[], &["truncated or corrupt", hint]);
    fails("hftbacktest", "e.npy", cut_off(npy(|_| ()), 10), &[], &["row 4", "promises 4 rows", hint]);
    fails("hftbacktest", "e.npy", &npy(|_| ())[..40], &[], &["inside of its header", hint]);
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn wrong_columns() {
    let header = |lines: &mut Vec<String>| lines[0] = lines[0].replace("amount", "size");
    let known = ["row 1", "incremental_book_L2"];
    fails("tardis", "b.csv", tardis_book(header), &[], &known);
    fails("tardis", "t.csv", tardis_trades(header), &[], &known);
    fails(
        "binance_stream",
        "s.log",
        binance(replace(2, "\"u\":", "\"v\":")),
        &[],
        &["row 3, column `json`", "missing field `u`"],
    );
    let renamed = |lines: &mut Vec<String>| lines[0] = lines[0].replace("best_bid_qty", "qty");
    fails("binance_book_ticker", "q.csv", book_ticker(renamed), &[], &["row 1", "best_bid_qty"]);
    fails(
        "bitstamp",
        "o.log",
        bitstamp(replace(1, "amount", "size")),
        &[],
        &["row 2, column `json`", "missing field `amount`"],
    );
    lobster_fails(
        replace(1, "34200.2,", "09:30:00,"),
        &[],
        &["row 2, column `time`: `09:30:00`", "seconds after midnight"],
    );
    lobster_fails(replace(1, ",1,8,", ",8,8,"), &[], &["row 2, column `type`: `8`", "a type from 1 to 7"]);
    fails(
        "tardis",
        "b.csv",
        tardis_book(replace(3, "100.5", "much")),
        &[],
        &["row 4, column `price`: `much` is not a number"],
    );
    let seconds = replace(4, "17231612", "1");
    fails(
        "tardis",
        "b.csv",
        tardis_book(seconds),
        &[],
        &["row 5, column `timestamp`", "a time in microseconds"],
    );
}

#[test]
fn another_exchange() {
    let looks = |of: &'static str| ["row 1", "it looks like ", of];
    fails("tardis", "s.log", binance(|_| ()), &[], &looks("binance_stream, not tardis"));
    fails("binance_stream", "b.csv", tardis_book(|_| ()), &[], &looks("tardis, not binance_stream"));
    fails("binance_stream", "o.log", bitstamp(|_| ()), &[], &looks("bitstamp, not binance_stream"));
    fails("bitstamp", "s.log", binance(|_| ()), &[], &looks("binance_stream, not bitstamp"));
    fails("binance_book_ticker", "k.csv", good(5), &[], &["row 1", "best_bid_qty"]);
    fails("lobster", "b.csv", tardis_book(|_| ()), &["--date", "2020-01-01"], &looks("tardis, not lobster"));
    fails("dbn", "b.csv", tardis_book(|_| ()), &[], &["does not begin as DBN does"]);
    fails("hftbacktest", "b.csv", tardis_book(|_| ()), &[], &["it is no NumPy array"]);
    let foreign = "1723161255000000000 {\"topic\":\"orderbook.50.BTCUSDT\",\"type\":\"snapshot\"}\n";
    fails(
        "binance_stream",
        "bybit.log",
        foreign,
        &[],
        &["row 1", "is not how binance_stream is written", "\"stream\""],
    );
    fails(
        "tardis",
        "b.csv",
        tardis_book(replace(3, "bitmex", "deribit")),
        &[],
        &["row 4, column `exchange`: `deribit` is not `bitmex`"],
    );
    let other = replace(3, "XBTUSD", "ETHUSD");
    fails(
        "tardis",
        "b.csv",
        tardis_book(other),
        &[],
        &["row 4, column `symbol`: `ETHUSD` is not `XBTUSD`", "source symbol"],
    );
    fails(
        "binance_stream",
        "s.log",
        binance(replace(4, "\"s\":\"XY\"", "\"s\":\"ZZ\"")),
        &[],
        &["row 5, column `s`: `ZZ`"],
    );
}

#[test]
fn time_going_backwards() {
    let swap = |a: usize, b: usize| move |lines: &mut Vec<String>| lines.swap(a, b);
    let parts = |row: &'static str| {
        [row, "unsorted", "received 2024-08-08T23:54:15.", "set the policy `unsorted` to `skip`"]
    };
    fails("tardis", "b.csv", tardis_book(swap(4, 5)), &[], &parts("row 6"));
    fails("tardis", "t.csv", tardis_trades(swap(1, 2)), &[], &parts("row 3"));
    fails("binance_stream", "s.log", binance(swap(4, 5)), &[], &parts("row 6"));
    fails("binance_book_ticker", "q.csv", book_ticker(swap(1, 2)), &[], &parts("row 3"));
    fails("bitstamp", "o.log", bitstamp(swap(0, 1)), &[], &parts("row 2"));
    fails("dbn", "m.dbn", dbn(|records| records.swap(1, 2)), &[], &parts("row 3"));
    let before =
        ["row 3", "unsorted", "received 2024-08-08T23:54:14.", "set the policy `unsorted` to `skip`"];
    fails("hftbacktest", "e.npy", npy(|events| events[2].3 = -5), &[], &before);
    let early = |lines: &mut Vec<String>| lines[2] = lines[2].replace("34200.3", "34200.0");
    lobster_fails(
        early,
        &[],
        &["row 3: unsorted", "received 2012-06-21T13:30:00Z after 2012-06-21T13:30:00.2", "`skip`"],
    );
}

#[test]
fn an_unknown_side() {
    fails(
        "tardis",
        "b.csv",
        tardis_book(replace(3, ",ask,", ",offer,")),
        &[],
        &["row 4, column `side`: `offer` is not `bid` or `ask`"],
    );
    fails(
        "tardis",
        "t.csv",
        tardis_trades(replace(1, ",buy,", ",b,")),
        &[],
        &["row 2, column `side`: `b` is not `buy`, `sell` or `unknown`"],
    );
    fails(
        "bitstamp",
        "o.log",
        bitstamp(replace(1, "\"order_type\": 1", "\"order_type\": 2")),
        &[],
        &["row 2, column `order_type`: `2` is not 0 (bid) or 1 (ask)"],
    );
    lobster_fails(
        replace(1, ",-1", ",0"),
        &[],
        &["row 2, column `direction`: `0` is not 1 (a bid) or -1 (an ask)"],
    );
    fails(
        "dbn",
        "m.dbn",
        dbn(|records| records[2].side = b'N' as _),
        &[],
        &["row 3, column `side`: `N` is not `A` or `B`"],
    );
    fails(
        "hftbacktest",
        "e.npy",
        npy(|events| events[2].0 &= !BUY),
        &[],
        &["row 3, column `ev`", "buy (29) or the sell bit (28)"],
    );
    fails(
        "hftbacktest",
        "e.npy",
        npy(|events| events[2].0 = 9 | BOTH | BUY),
        &[],
        &["row 3, column `ev`", "kind 9"],
    );
}

#[test]
fn a_negative_size() {
    let policy = "set the policy `negative_volume` to `skip`";
    fails(
        "tardis",
        "b.csv",
        tardis_book(replace(4, ",5", ",-5")),
        &[],
        &["row 5: negative_volume", "bid size -5 at price 100", policy],
    );
    fails(
        "tardis",
        "t.csv",
        tardis_trades(replace(1, ",3", ",-3")),
        &[],
        &["row 2: non_positive", "quantity -3"],
    );
    fails(
        "binance_stream",
        "s.log",
        binance(replace(1, "\"2.0\"", "\"-2.0\"")),
        &[],
        &["row 2: negative_volume", "ask size -2", policy],
    );
    fails(
        "binance_book_ticker",
        "q.csv",
        book_ticker(replace(2, ",1.5,", ",-1.5,")),
        &[],
        &["row 3: negative_volume", policy],
    );
    fails(
        "bitstamp",
        "o.log",
        bitstamp(replace(1, "\"3.0\"", "\"-3.0\"")),
        &[],
        &["row 2: negative_volume", "order 2: size -3", policy],
    );
    lobster_fails(replace(1, ",10,", ",-10,"), &[], &["row 2: negative_volume", "order 8: size -10"]);
    fails("hftbacktest", "e.npy", npy(|events| events[2].2 = -1.0), &[], &["row 3: negative_volume", policy]);
    // Sizes of DBN have no sign; prices do.
    fails(
        "dbn",
        "m.dbn",
        dbn(|records| records[1].price = -1),
        &[],
        &["row 2: non_positive", "order 1: price -0.000000001"],
    );
}

#[test]
fn an_update_before_any_snapshot() {
    let parts = ["no rows", "rows of depth were read and none kept", "`before_snapshot`", "`flag`"];
    let no_snapshot = |lines: &mut Vec<String>| _ = lines.drain(2..4);
    fails("tardis", "b.csv", tardis_book(no_snapshot), &[], &parts);
    fails("binance_stream", "s.log", binance(|lines| _ = lines.remove(1)), &[], &parts);
    fails("hftbacktest", "e.npy", npy(|events| _ = events.drain(..2)), &[], &parts);
    let reject = ["--defect", "before_snapshot=reject"];
    fails(
        "tardis",
        "b.csv",
        tardis_book(|_| ()),
        &reject,
        &["row 2: before_snapshot", "bid 99.5 before the first snapshot"],
    );
    let unknown = ["--defect", "unknown_order=reject"];
    fails(
        "dbn",
        "m.dbn",
        dbn(|records| records[5].order_id = 77),
        &unknown,
        &["row 6: unknown_order", "order 77 was never added"],
    );
    fails(
        "bitstamp",
        "o.log",
        bitstamp(replace(4, "\"id\": 1", "\"id\": 5")),
        &unknown,
        &["row 5: unknown_order", "order 5 was never added"],
    );
}

#[test]
fn a_sequence_gap() {
    let gap = binance(replace(2, "\"U\":10,\"u\":10", "\"U\":12,\"u\":12"));
    let told = [
        "row 3: sequence_gap",
        "update 12 after 9, 2 missing",
        "set the policy `sequence_gap` to `skip` or `flag`",
    ];
    fails("binance_stream", "s.log", &gap, &[], &told);
    let sandbox = Sandbox::with(&[("s.log", &gap)]);
    let arguments = ["import", "auto", "s.log", "--out", "tapes", "--json", "--defect", "sequence_gap=skip"];
    let depth = sandbox.run(arguments).json()["tapes"][1].clone();
    assert_eq!(depth["report"]["defects"]["sequence_gap"]["count"], 2, "{depth}");
    // Clear, two levels, the update that waited; then the book is empty, and marked.
    assert_eq!(depth["rows"], 6, "{depth}");
    let late = binance(replace(0, "\"U\":7,\"u\":9", "\"U\":11,\"u\":11"));
    fails(
        "binance_stream",
        "s.log",
        late,
        &[],
        &["sequence_gap", "update 11 does not reach the snapshot at 8"],
    );
    let doubtful = |records: &mut Vec<dbn::record::MboMsg>| {
        records[2].flags = dbn::FlagSet::new(dbn::flags::LAST | dbn::flags::MAYBE_BAD_BOOK);
    };
    fails("dbn", "m.dbn", dbn(doubtful), &[], &["row 3: sequence_gap", "its book may be wrong"]);
}

#[test]
fn off_the_grid() {
    let tick = ["--tick-size", "0.5"];
    let lot = ["--lot-size", "1"];
    let told = |value: &'static str| ["off_tick", value, "set the policy `off_tick` to `skip`"];
    fails(
        "tardis",
        "b.csv",
        tardis_book(replace(3, "100.5", "100.25")),
        &tick,
        &told("100.25 at tick size 0.5"),
    );
    fails(
        "binance_stream",
        "s.log",
        binance(replace(1, "101.00", "101.10")),
        &tick,
        &told("101.1 at tick size 0.5"),
    );
    fails("binance_book_ticker", "q.csv", book_ticker(|_| ()), &tick, &told("100.01 at tick size 0.5"));
    fails("bitstamp", "o.log", bitstamp(|_| ()), &tick, &told("236.47 at tick size 0.5"));
    fails("dbn", "m.dbn", dbn(|_| ()), &tick, &told("100.25 at tick size 0.5"));
    fails("hftbacktest", "e.npy", npy(|events| events[2].1 = 100.1), &tick, &told("100.1 at tick size 0.5"));
    lobster_fails(|_| (), &tick, &["row 1: off_tick", "100.02 at tick size 0.5"]);
    let told = |value: &'static str| ["off_lot", value, "set the policy `off_lot` to `skip`"];
    fails("tardis", "b.csv", tardis_book(replace(4, ",5", ",0.4")), &lot, &told("0.4 at lot size 1"));
    fails("binance_stream", "s.log", binance(|_| ()), &lot, &told("2.5 at lot size 1"));
    fails("bitstamp", "o.log", bitstamp(|_| ()), &lot, &told("0.5 at lot size 1"));
    fails("hftbacktest", "e.npy", npy(|_| ()), &lot, &told("0.5 at lot size 1"));
    let hundreds = ["--lot-size", "100"];
    lobster_fails(|_| (), &hundreds, &["row 1: off_lot", "10 at lot size 100"]);
    fails("dbn", "m.dbn", dbn(|_| ()), &hundreds, &["row 2: off_lot", "5 at lot size 100"]);
}

#[test]
fn dbn_of_another_schema() {
    let told = |schema: &'static str| [schema, "which says nothing about a book", "mbp-10"];
    fails("dbn", "m.dbn", dbn_of(Schema::Ohlcv1M, &[]), &[], &told("it holds ohlcv-1m"));
    fails("auto", "m.dbn", dbn_of(Schema::Definition, &[]), &[], &told("it holds definition"));
    let squeezed = zstd(&dbn_of(Schema::Statistics, &[]));
    fails("dbn", "m.dbn.zst", squeezed, &[], &told("it holds statistics"));
}

#[test]
fn npz_of_another_dtype() {
    let array = |dtype: &str| zip_of(&npy_of(dtype, &[(4 | BOTH | BUY, 1.0, 1.0, 0)]));
    let told = ["(data.npy), row 1, column `dtype`", "('ev','<u8')"];
    fails("hftbacktest", "e.npz", array("'<f8'"), &[], &[&told[..], &["hftbacktest 1"]].concat());
    let latency = "[('req_ts', '<i8'), ('exch_ts', '<i8'), ('resp_ts', '<i8'), ('_padding', '<i8')]";
    fails("hftbacktest", "e.npz", array(latency), &[], &[&told[..], &["order latencies"]].concat());
    let float = super::feed_files::DTYPE.replace("'<u8'", "'<u4'");
    fails("hftbacktest", "e.npz", array(&float), &[], &told);
    fails("hftbacktest", "e.npz", zip("data.npy", "not an array"), &[], &["it is no NumPy array"]);
}

/// A zip archive with `data.npy`.
fn zip_of(bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("data.npy", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut writer, bytes).unwrap();
    writer.finish().unwrap().into_inner()
}
