//! LOBSTER: messages, books, days.

use std::fmt::Write as _;

use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use super::Short::{Ask, Bid, Clear};
use super::{depth, rows_of, with};
use crate::data::import::feed::row::{Change, FeedKind, FeedRow};
use crate::data::import::{ImportSpec, SourceFormat};
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Policy};

const MESSAGES: &str = "XY_2012-06-21_34200000_57600000_message_2.csv";
const BOOKS: &str = "XY_2012-06-21_34200000_57600000_orderbook_2.csv";
/// 09:30 in New York on that day.
const OPEN: i64 = 1_340_285_400_000_000_000;

/// Messages (type, id, size, price in ticks of 0.01, direction), one each second.
fn messages(rows: &[(i64, u64, i64, i64, i64)]) -> String {
    let mut text = String::new();
    for (i, (kind, id, size, price, direction)) in rows.iter().enumerate() {
        let price = if *kind == 7 { *price } else { price * 100 };
        let _ = writeln!(text, "{}.000000001,{kind},{id},{size},{price},{direction}", 34_200 + i);
    }
    text
}

/// Books of up to two levels: bids and asks as (price, size), best first.
fn books(rows: &[[&[(i64, i64)]; 2]]) -> String {
    let mut text = String::new();
    for [bids, asks] in rows {
        let level = |side: &[(i64, i64)], i: usize, dummy: i64| {
            side.get(i).map_or(format!("{dummy},0"), |(p, s)| format!("{},{s}", p * 100))
        };
        let cells: Vec<String> =
            (0..2).flat_map(|i| [level(asks, i, 9_999_999_999), level(bids, i, -9_999_999_999)]).collect();
        text += &(cells.join(",") + "\n");
    }
    text
}

fn orders(rows: &[FeedRow]) -> Vec<(u64, OrderAction, f64, f64)> {
    let short = |row: &FeedRow| match row.change {
        Change::Order { order, action, price, size, .. } => Some((order, action, price, size)),
        _ => None,
    };
    rows.iter().filter_map(short).collect()
}

const UNSEEN: u64 = 1 << 63;

#[test]
fn messages_and_books_side_by_side() {
    let text = messages(&[
        (1, 7, 10, 1000, 1),
        // Of an order from before: the one that stands for what rested at its price.
        (4, 3, 4, 1001, -1),
        (2, 7, 3, 1000, 1),
        // The best ask goes; a level comes into sight that no message told of.
        (3, 4, 6, 1001, -1),
        (5, 0, 2, 1002, -1),
    ]);
    let bid = |size| [(1000, size), (990, 5)];
    let books = books(&[
        [&bid(10), &[(1001, 10), (1003, 1)]],
        [&bid(10), &[(1001, 6), (1003, 1)]],
        [&bid(7), &[(1001, 6), (1003, 1)]],
        [&bid(7), &[(1003, 1), (1004, 9)]],
        [&bid(7), &[(1003, 1), (1004, 9)]],
    ]);
    let files: &[(&str, &[u8])] = &[(BOOKS, books.as_bytes()), (MESSAGES, text.as_bytes())];
    let (rows, read) = rows_of(SourceFormat::Lobster, files, &ImportSpec::default()).unwrap();
    let [add, reduce, execute] = [OrderAction::Add, OrderAction::Reduce, OrderAction::Execute];
    let expected = [
        (7, add, 10.0, 10.0),
        (UNSEEN + 1, add, 9.9, 5.0),
        (UNSEEN + 2, add, 10.01, 10.0),
        (UNSEEN + 3, add, 10.03, 1.0),
        (UNSEEN + 2, execute, 10.01, 4.0),
        (7, reduce, 10.0, 3.0),
        (UNSEEN + 2, reduce, 10.01, 6.0),
        (UNSEEN + 4, add, 10.04, 9.0),
    ];
    assert_eq!(orders(&rows), expected);
    let trades: Vec<(i64, Change)> = rows
        .iter()
        .filter(|row| row.change.kind() == FeedKind::Trades)
        .map(|row| (row.ts_event, row.change))
        .collect();
    let trade = |id, price, quantity, aggressor| Change::Trade { id, price, quantity, aggressor };
    assert_eq!(
        trades,
        [(OPEN + 1_000_000_001, trade(2, 10.01, 4.0, 1)), (OPEN + 4_000_000_001, trade(5, 10.02, 2.0, 1))]
    );
    let defects = &read.reports[3].defects;
    assert_eq!((defects.len(), defects[&Defect::UnseenOrder].count), (1, 1), "one level came into sight");
    let at = |i: i64| OPEN + i * 1_000_000_000 + 1;
    let levels = |rows: &[FeedRow]| {
        let on_depth = |row: &FeedRow| matches!(row.change.kind(), FeedKind::Depth);
        depth(&rows.iter().copied().filter(on_depth).collect::<Vec<_>>())
    };
    let first = [
        Clear(at(0)),
        Bid(at(0), 9.9, 5.0),
        Bid(at(0), 10.0, 10.0),
        Ask(at(0), 10.01, 10.0),
        Ask(at(0), 10.03, 1.0),
    ];
    let later =
        [Ask(at(1), 10.01, 6.0), Bid(at(2), 10.0, 7.0), Ask(at(3), 10.01, 0.0), Ask(at(3), 10.04, 9.0)];
    assert_eq!(levels(&rows), [&first[..], &later].concat());
    // By the messages alone.
    let (rows, read) =
        rows_of(SourceFormat::Lobster, files, &with(|p| p.unseen_order = Policy::Skip)).unwrap();
    assert_eq!(orders(&rows), expected[..7]);
    assert!(read.reports[3].defects.is_empty());
}

#[test]
fn halts_and_crosses() {
    let text = messages(&[
        (1, 7, 10, 1000, 1),
        (7, 0, 0, -1, -1),
        (7, 0, 0, 0, -1),
        (7, 0, 0, 1, -1),
        (6, 9, 50, 1000, 1),
    ]);
    let files: &[(&str, &[u8])] = &[("m.csv", text.as_bytes())];
    let spec = ImportSpec { date: Some("2012-06-21".to_owned()), ..ImportSpec::default() };
    let (rows, _) = rows_of(SourceFormat::Lobster, files, &spec).unwrap();
    let signals: Vec<(i64, TapeSignal)> = rows
        .iter()
        .filter_map(|row| match row.change {
            Change::Signal { on: FeedKind::Orders, signal } => Some((row.ts_recv - OPEN, signal)),
            _ => None,
        })
        .collect();
    let at = |i: i64| i * 1_000_000_000 + 1;
    assert_eq!(signals, [(at(0), TapeSignal::Clear), (at(1), TapeSignal::Halt), (at(3), TapeSignal::Resume)]);
    let cross = Change::Trade { id: 5, price: 10.0, quantity: 50.0, aggressor: 0 };
    assert!(rows.iter().any(|row| row.change == cross));
    assert_eq!(
        rows.iter().filter(|row| matches!(row.change, Change::Order { side: BookSide::Bid, .. })).count(),
        1
    );
}

#[test]
fn files_that_do_not_belong_together() {
    let text = messages(&[(1, 7, 10, 1000, 1), (1, 8, 10, 1000, 1)]);
    let one = books(&[[&[(1000, 10)], &[]]]);
    let error = |files: &[(&str, &[u8])]| {
        rows_of(SourceFormat::Lobster, files, &ImportSpec::default()).err().unwrap().to_string()
    };
    let short = error(&[(MESSAGES, text.as_bytes()), (BOOKS, one.as_bytes())]);
    assert!(short.contains("message_2.csv, row 2") && short.contains("ends before this message"), "{short}");
    let alone = error(&[(BOOKS, one.as_bytes())]);
    assert!(alone.contains("without its message file"), "{alone}");
    let undated = error(&[("m.csv", text.as_bytes())]);
    assert!(
        undated.contains("`date`") && undated.contains("XY_2012-06-21") || undated.contains("set it"),
        "{undated}"
    );
}
