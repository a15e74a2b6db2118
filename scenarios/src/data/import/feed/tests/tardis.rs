//! Tardis: snapshots, resets, times.

use super::Short::{Ask, Bid, Clear};
use super::{depth, rows_of, with};
use crate::data::import::feed::row::Change;
use crate::data::import::{ImportSpec, SourceFormat};
use crate::data::validate::{Defect, Policy};

const BOOK: &str = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n";
const T: i64 = 1_585_699_200_000_000;

fn book(rows: &[(i64, bool, &str, f64, f64)]) -> String {
    let row = |(at, snapshot, side, price, amount): &(i64, bool, &str, f64, f64)| {
        format!("bitmex,XBTUSD,{},{},{snapshot},{side},{price},{amount}\n", T + at, T + at + 5)
    };
    BOOK.to_owned() + &rows.iter().map(row).collect::<String>()
}

fn ns(at: i64) -> i64 {
    (T + at + 5) * 1_000
}

#[test]
fn rows_before_the_first_snapshot_are_skipped_and_a_snapshot_resets() {
    let text = book(&[
        (1, false, "bid", 99.0, 7.0),
        (2, true, "bid", 100.0, 1.0),
        (2, true, "ask", 101.0, 2.0),
        (3, false, "ask", 101.0, 0.0),
        (4, true, "bid", 90.0, 3.0),
        (4, true, "ask", 91.0, 4.0),
    ]);
    let files: &[(&str, &[u8])] = &[("a.csv", text.as_bytes())];
    let (rows, read) = rows_of(SourceFormat::Tardis, files, &ImportSpec::default()).unwrap();
    let first = [Clear(ns(2)), Bid(ns(2), 100.0, 1.0), Ask(ns(2), 101.0, 2.0), Ask(ns(3), 101.0, 0.0)];
    let second = [Clear(ns(4)), Bid(ns(4), 90.0, 3.0), Ask(ns(4), 91.0, 4.0)];
    assert_eq!(depth(&rows), [first.as_slice(), &second].concat());
    let report = &read.reports[1];
    assert_eq!((report.rows_read, report.rows_kept, report.count(Defect::BeforeSnapshot)), (6, 5, 1));
    assert!(rows.iter().all(|row| row.ts_recv - row.ts_event == 5_000), "the latency of the feed is kept");
    // Kept as they are, where one says so.
    let (rows, read) =
        rows_of(SourceFormat::Tardis, files, &with(|p| p.before_snapshot = Policy::Flag)).unwrap();
    assert_eq!((depth(&rows)[1], read.reports[1].rows_kept), (Bid(ns(1), 99.0, 7.0), 6));
}

#[test]
fn a_second_day_goes_on_where_the_first_ended() {
    let first = book(&[(1, true, "bid", 100.0, 1.0), (2, false, "bid", 100.0, 2.0)]);
    let second = book(&[(3, false, "bid", 100.0, 3.0)]);
    let files: &[(&str, &[u8])] = &[("b.csv", second.as_bytes()), ("a.csv", first.as_bytes())];
    let (rows, _) = rows_of(SourceFormat::Tardis, files, &ImportSpec::default()).unwrap();
    let sizes = [Clear(ns(1)), Bid(ns(1), 100.0, 1.0), Bid(ns(2), 100.0, 2.0), Bid(ns(3), 100.0, 3.0)];
    assert_eq!(depth(&rows), sizes);
}

#[test]
fn trades_and_quotes() {
    let head = "exchange,symbol,timestamp,local_timestamp,";
    let trades = format!(
        "{head}id,side,price,amount\nbitmex,XBTUSD,{T},{T},a-b,buy,6425.5,100\nbitmex,XBTUSD,{T},{T},c,sell,6425,50\n\
         bitmex,XBTUSD,{T},{T},d,unknown,6425,50\n"
    );
    let quotes = format!(
        "{head}ask_amount,ask_price,bid_price,bid_amount\nbitmex,XBTUSD,{T},{T},10,101,100,20\nbitmex,XBTUSD,{T},{T},,,100,20\n"
    );
    let files: &[(&str, &[u8])] = &[("t.csv", trades.as_bytes()), ("q.csv", quotes.as_bytes())];
    let (rows, _) = rows_of(SourceFormat::Tardis, files, &ImportSpec::default()).unwrap();
    let found: Vec<Change> = rows.iter().map(|row| row.change).collect();
    let trade = |id, price, quantity, aggressor| Change::Trade { id, price, quantity, aggressor };
    let quote = |ask, ask_size| Change::Quote { bid: 100.0, bid_size: 20.0, ask, ask_size };
    assert_eq!(
        found,
        [
            // Files are read in the order of their names; each kind has a tape of its own.
            quote(101.0, 10.0),
            quote(0.0, 0.0),
            trade(1, 6425.5, 100.0, 1),
            trade(2, 6425.0, 50.0, -1),
            trade(3, 6425.0, 50.0, 0)
        ]
    );
}
