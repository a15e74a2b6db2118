//! Binance streams: snapshots, sequence gaps, what each record becomes.

use super::Short::{Ask, Bid, Clear, Gap};
use super::{depth, rows_of, with};
use crate::data::import::feed::row::Change;
use crate::data::import::{ImportSpec, SourceFormat};
use crate::data::validate::{Defect, Policy};

const MS: i64 = 1_723_161_255_000;

/// Receive time of the i-th millisecond: 30 ms after it.
fn recv(i: i64) -> i64 {
    (MS + i + 30) * 1_000_000
}

/// A spot update: one bid.
fn spot(i: i64, first: u64, last: u64, price: f64, size: f64) -> String {
    let e = MS + i;
    format!(
        "{} {{\"stream\":\"xy@depth@100ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":{e},\"s\":\"XY\",\"U\":{first},\"u\":{last},\
         \"b\":[[\"{price}\",\"{size}\"]],\"a\":[]}}}}\n",
        recv(i)
    )
}

fn snapshot(i: i64, last: u64) -> String {
    format!("{} {{\"lastUpdateId\":{last},\"bids\":[[\"100\",\"1\"]],\"asks\":[[\"101\",\"2\"]]}}\n", recv(i))
}

#[test]
fn updates_wait_for_the_snapshot_and_continue_it() {
    // 5..6 ends before the snapshot, 7..9 reaches over it.
    let text =
        [spot(1, 5, 6, 99.0, 1.0), spot(2, 7, 9, 98.0, 1.0), snapshot(3, 8), spot(4, 10, 10, 97.0, 1.0)]
            .concat();
    let files: &[(&str, &[u8])] = &[("a.log", text.as_bytes())];
    let (rows, read) = rows_of(SourceFormat::BinanceStream, files, &ImportSpec::default()).unwrap();
    let expected = [
        Clear(recv(3)),
        Bid(recv(3), 100.0, 1.0),
        Ask(recv(3), 101.0, 2.0),
        Bid(recv(3), 98.0, 1.0),
        Bid(recv(4), 97.0, 1.0),
    ];
    assert_eq!(depth(&rows), expected);
    assert_eq!(rows[3].ts_event, (MS + 2) * 1_000_000, "what waited keeps its venue time");
    let report = &read.reports[1];
    // What the snapshot holds already is left out, and said to be.
    let stale = &report.defects[&Defect::Stale];
    assert_eq!((report.rows_read, report.rows_kept, report.defects.len()), (5, 4, 1));
    assert_eq!((stale.count, stale.skipped, stale.examples[0].row), (1, 1, 3));
    assert_eq!(stale.examples[0].value, "update 6 is in the snapshot at 8");
}

#[test]
fn a_gap_is_rejected_or_empties_the_book_or_is_flagged() {
    let text = [
        snapshot(1, 8),
        spot(2, 9, 9, 99.0, 1.0),
        spot(3, 12, 12, 98.0, 1.0),
        spot(4, 13, 13, 97.0, 1.0),
        snapshot(5, 12),
    ]
    .concat();
    let files: &[(&str, &[u8])] = &[("a.log", text.as_bytes())];
    let error =
        rows_of(SourceFormat::BinanceStream, files, &ImportSpec::default()).err().unwrap().to_string();
    for part in
        ["a.log, row 3: sequence_gap", "update 12 after 9, 2 missing", "set the policy `sequence_gap`"]
    {
        assert!(error.contains(part), "{part}: {error}");
    }
    let begin = [Clear(recv(1)), Bid(recv(1), 100.0, 1.0), Ask(recv(1), 101.0, 2.0), Bid(recv(2), 99.0, 1.0)];
    let skip = with(|p| p.sequence_gap = Policy::Skip);
    let (rows, read) = rows_of(SourceFormat::BinanceStream, files, &skip).unwrap();
    let fresh = [Clear(recv(5)), Bid(recv(5), 100.0, 1.0), Ask(recv(5), 101.0, 2.0)];
    let expected = [&begin[..], &[Clear(recv(3)), Gap(recv(3))], &fresh, &[Bid(recv(5), 97.0, 1.0)]].concat();
    assert_eq!(depth(&rows), expected, "the book is empty from the gap to the next snapshot");
    assert_eq!(read.reports[1].count(Defect::SequenceGap), 2);
    let flag = with(|p| p.sequence_gap = Policy::Flag);
    let (rows, _) = rows_of(SourceFormat::BinanceStream, files, &flag).unwrap();
    let on = [Gap(recv(3)), Bid(recv(3), 98.0, 1.0), Bid(recv(4), 97.0, 1.0)];
    assert_eq!(depth(&rows), [&begin[..], &on].concat(), "a snapshot older than the book is not used");
}

#[test]
fn futures_continue_by_the_update_before() {
    let update = |i: i64, first: u64, last: u64, previous: u64| {
        let (e, t) = (MS + i + 1, MS + i);
        format!(
            "{} {{\"stream\":\"xy@depth@0ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":{e},\"T\":{t},\"s\":\"XY\",\"U\":{first},\
             \"u\":{last},\"pu\":{previous},\"b\":[],\"a\":[[\"101\",\"{i}\"]]}}}}\n",
            recv(i)
        )
    };
    // Ids are not dense: only `pu` says what comes before.
    let good = [snapshot(1, 100), update(2, 110, 120, 90), update(3, 130, 140, 120)].concat();
    let (rows, _) =
        rows_of(SourceFormat::BinanceStream, &[("a.log", good.as_bytes())], &ImportSpec::default()).unwrap();
    assert_eq!(depth(&rows)[3..], [Ask(recv(2), 101.0, 2.0), Ask(recv(3), 101.0, 3.0)]);
    assert_eq!(rows[3].ts_event, (MS + 2) * 1_000_000, "the transaction's time, not the message's");
    let bad = [snapshot(1, 100), update(2, 110, 120, 90), update(3, 130, 140, 125)].concat();
    let found = rows_of(SourceFormat::BinanceStream, &[("a.log", bad.as_bytes())], &ImportSpec::default());
    assert!(found.err().unwrap().to_string().contains("row 3: sequence_gap"));
}

#[test]
fn quotes_and_trades() {
    let t = MS;
    let text = format!(
        "{r} {{\"stream\":\"xy@bookTicker\",\"data\":{{\"u\":1,\"s\":\"XY\",\"b\":\"100\",\"B\":\"1\",\"a\":\"101\",\"A\":\"2\"}}}}\n\
         {r} {{\"stream\":\"xy@trade\",\"data\":{{\"e\":\"trade\",\"E\":{t},\"T\":{t},\"s\":\"XY\",\"t\":7,\"p\":\"100\",\"q\":\"3\",\"m\":true}}}}\n\
         {r} {{\"stream\":\"xy@aggTrade\",\"data\":{{\"e\":\"aggTrade\",\"E\":{t},\"T\":{t},\"s\":\"XY\",\"a\":7,\"p\":\"100\",\"q\":\"3\",\"m\":true}}}}\n\
         {r} {{\"stream\":\"xy@trade\",\"data\":{{\"e\":\"trade\",\"E\":{t},\"T\":{t},\"s\":\"XY\",\"t\":9,\"p\":\"101\",\"q\":\"1\",\"m\":false}}}}\n",
        r = recv(0),
    );
    let (rows, read) =
        rows_of(SourceFormat::BinanceStream, &[("a.log", text.as_bytes())], &ImportSpec::default()).unwrap();
    let found: Vec<Change> = rows.iter().map(|row| row.change).collect();
    let trade = |id, price, quantity, aggressor| Change::Trade { id, price, quantity, aggressor };
    let quote = Change::Quote { bid: 100.0, bid_size: 1.0, ask: 101.0, ask_size: 2.0 };
    assert_eq!(found, [quote, trade(7, 100.0, 3.0, -1), trade(9, 101.0, 1.0, 1)]);
    assert_eq!((rows[0].ts_event, rows[1].ts_event), (recv(0), MS * 1_000_000));
    assert_eq!((read.ignored, read.reports[0].count(Defect::Gap)), (1, 1));
    assert_eq!((read.reports[2].rows_kept, read.reports[1].rows_read), (1, 0));
}

/// Inverse contracts of 100: sizes become base units at the price of their row.
#[test]
fn contracts_become_base_units() {
    let trade = format!(
        "{} {{\"stream\":\"xy@trade\",\"data\":{{\"e\":\"trade\",\"E\":{MS},\"T\":{MS},\"s\":\"XY\",\"t\":1,\"p\":\"98\",\"q\":\"3\",\"X\":\"MARKET\",\"m\":true}}}}\n",
        recv(4)
    );
    let text = [snapshot(1, 8), spot(2, 9, 9, 98.0, 5.0), spot(3, 10, 10, 98.0, 0.0), trade].concat();
    let files: &[(&str, &[u8])] = &[("a.log", text.as_bytes())];
    let spec = ImportSpec { contract_value: Some(100.0), ..ImportSpec::default() };
    let (rows, _) = rows_of(SourceFormat::BinanceStream, files, &spec).unwrap();
    let expected = [
        Clear(recv(1)),
        Bid(recv(1), 100.0, 1.0),
        Ask(recv(1), 101.0, 1.98019802),
        Bid(recv(2), 98.0, 5.10204082),
        Bid(recv(3), 98.0, 0.0),
    ];
    assert_eq!(depth(&rows), expected);
    let sold = Change::Trade { id: 1, price: 98.0, quantity: 3.06122449, aggressor: -1 };
    assert!(rows.iter().any(|row| row.change == sold), "{rows:?}");
    let nothing = ImportSpec { contract_value: Some(0.0), ..ImportSpec::default() };
    let error = rows_of(SourceFormat::BinanceStream, files, &nothing).err().unwrap().to_string();
    assert!(error.contains("contract_value") && error.contains("above 0"), "{error}");
}

/// A recorder whose clock is a second behind: told by how much, its feed took 30 ms.
#[test]
fn a_clock_that_is_behind_is_set_right() {
    let late = |text: String| {
        let (time, rest) = text.split_once(' ').unwrap();
        format!("{} {rest}", time.parse::<i64>().unwrap() - 1_000_000_000)
    };
    let text = [late(snapshot(1, 8)), late(spot(2, 9, 9, 98.0, 5.0))].concat();
    let files: &[(&str, &[u8])] = &[("a.log", text.as_bytes())];
    let negative = |behind: Option<&str>| {
        let recorder_behind = behind.map(|behind| behind.parse().unwrap());
        let spec = ImportSpec { recorder_behind, ..ImportSpec::default() };
        let (rows, read) = rows_of(SourceFormat::BinanceStream, files, &spec).unwrap();
        (depth(&rows), rows.last().unwrap().ts_event, read.reports[1].count(Defect::NegativeLatency))
    };
    let (right, event, none) = negative(Some("1s"));
    assert_eq!(right[0], Clear(recv(1)));
    assert_eq!((right[3], event, none), (Bid(recv(2), 98.0, 5.0), (MS + 2) * 1_000_000, 0));
    let (wrong, same, met) = negative(None);
    assert_eq!((wrong[3], same, met), (Bid(recv(2) - 1_000_000_000, 98.0, 5.0), event, 1));
}

/// Every row that is read is kept, or left out for a reason that is counted, with all of its levels.
#[test]
fn what_is_left_out_adds_up() {
    let two = |i: i64, first: u64, last: u64| {
        spot(i, first, last, 99.0, 1.0).replace("\"a\":[]", "\"a\":[[\"102\",\"1\"],[\"103\",\"1\"]]")
    };
    let adds_up = |text: &str, spec: &ImportSpec, defect: Defect, rows: u64| {
        let (_, read) = rows_of(SourceFormat::BinanceStream, &[("a.log", text.as_bytes())], spec).unwrap();
        let report = &read.reports[1];
        let skipped: u64 = report.defects.values().map(|met| met.skipped).sum();
        assert_eq!(report.rows_read, report.rows_kept + skipped, "{report:?}");
        assert_eq!((report.count(defect), report.defects[&defect].skipped), (rows, rows));
    };
    let stale = [two(1, 5, 6), two(2, 7, 7), snapshot(3, 8), two(4, 8, 9)].concat();
    adds_up(&stale, &with(|_| {}), Defect::Stale, 6);
    let again = [snapshot(1, 8), two(2, 9, 9), two(3, 9, 9)].concat();
    adds_up(&again, &with(|p| p.duplicate = Policy::Skip), Defect::Duplicate, 3);
    let never = [snapshot(1, 8), two(2, 9, 9), two(3, 12, 12), two(4, 13, 13)].concat();
    let skip = with(|p| p.sequence_gap = Policy::Skip);
    let (_, read) = rows_of(SourceFormat::BinanceStream, &[("a.log", never.as_bytes())], &skip).unwrap();
    assert_eq!(read.reports[1].defects[&Defect::BeforeSnapshot].skipped, 6);
}
