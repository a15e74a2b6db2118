//! `import` of order-book feeds: one import makes tapes of trades, depth, quotes and orders.

use manyworlds_tests::program::Sandbox;

use super::feed_files::{binance, bitstamp, book_ticker, dbn, lobster, npy, tardis_book, tardis_trades};
use super::files::{gzip, zip};

/// Kind and rows of the tapes that an import made, in the order of their kinds.
#[track_caller]
fn tapes(sandbox: &Sandbox, arguments: &[&str]) -> Vec<(String, u64)> {
    let report = sandbox.run([&["import"], arguments, &["--out", "tapes", "--json"]].concat()).json();
    let tapes = report["tapes"].as_array().unwrap().clone();
    tapes
        .iter()
        .map(|tape| {
            assert!(sandbox.path(tape["tape"].as_str().unwrap()).exists(), "{tape}");
            (tape["kind"].as_str().unwrap().to_owned(), tape["rows"].as_u64().unwrap())
        })
        .collect()
}

fn expect(rows: &[(&str, u64)]) -> Vec<(String, u64)> {
    rows.iter().map(|(kind, rows)| ((*kind).to_owned(), *rows)).collect()
}

#[test]
fn every_feed_by_name_and_by_itself() {
    let sandbox = Sandbox::new();
    sandbox.write("b.csv.gz", gzip(&tardis_book(|_| ())));
    sandbox.write("t.csv", tardis_trades(|_| ()));
    sandbox.write("s.gz", gzip(&binance(|_| ())));
    sandbox.write("AB-bookTicker.zip", zip("AB-bookTicker.csv", &book_ticker(|_| ())));
    let (messages, books) = lobster(|_| ());
    sandbox.write("XY_2012-06-21_34200000_57600000_message_1.csv", messages);
    sandbox.write("XY_2012-06-21_34200000_57600000_orderbook_1.csv", books);
    sandbox.write("m.dbn", dbn(|_| ()));
    sandbox.write("xy.npy", npy(|_| ()));
    sandbox.write("o.log", bitstamp(|_| ()));
    let lobster =
        ["XY_2012-06-21_34200000_57600000_message_1.csv", "XY_2012-06-21_34200000_57600000_orderbook_1.csv"];
    // A clear and the rows of the feed. LOBSTER's depth has the first book, and a level that comes into it puts another out.
    for (kind, files, rows) in [
        ("tardis", &["b.csv.gz", "t.csv"][..], &[("trades", 2), ("depth", 5)][..]),
        ("binance_stream", &["s.gz"], &[("trades", 2), ("depth", 5), ("quotes", 1)]),
        ("binance_book_ticker", &["AB-bookTicker.zip"], &[("quotes", 2)]),
        ("lobster", &lobster, &[("trades", 1), ("depth", 6), ("orders", 5)]),
        ("dbn", &["m.dbn"], &[("trades", 1), ("orders", 5)]),
        ("hftbacktest", &["xy.npy"], &[("trades", 1), ("depth", 4)]),
        ("bitstamp", &["o.log", "--symbol", "BTCUSD"], &[("trades", 1), ("depth", 3), ("orders", 4)]),
    ] {
        for kind in [kind, "auto"] {
            assert_eq!(tapes(&sandbox, &[&[kind], files].concat()), expect(rows), "{kind} {files:?}");
        }
    }
    let text = sandbox.run(["import", "tardis", "b.csv.gz", "--out", "tapes"]).ok();
    assert!(
        text.contains("bitmex XBTUSD depth: 5 rows read, 4 kept") && text.contains("before_snapshot: 1"),
        "{text}"
    );
}

#[test]
fn names_and_settings() {
    let sandbox = Sandbox::with(&[("o.log", &bitstamp(|_| ())), ("b.csv", &tardis_book(|_| ()))]);
    let run = |arguments: &[&str]| sandbox.run([&["import"], arguments, &["--out", "tapes"]].concat());
    sandbox.write("2015.log", bitstamp(|_| ()));
    run(&["bitstamp", "2015.log"]).fails(3, &["`symbol`", "`2015`", "set it"]);
    run(&["tardis", "b.csv", "--source-symbol", "ETHUSD"]).fails(3, &["no rows"]);
    run(&["tardis", "b.csv", "--defect", "off_tick=flag", "--tick-size", "0.5"])
        .fails(2, &["off_tick", "`reject` or `skip`"]);
    let tapes = run(&["tardis", "b.csv", "--venue", "here", "--symbol", "AB"]).ok();
    assert!(tapes.contains("here-AB-depth.arrow"), "{tapes}");
}
