//! Data that are wrong: the exit code is 3, and the message names file, row, field, value, and what would be right.

use manyworlds_tests::program::{Finished, Sandbox};

use super::FROM_FILE;
use super::files::{KLINES_HEADER, START_MS, csv, good, klines, zip};

/// A run over `bars.csv` with this content.
#[track_caller]
fn run(contents: impl AsRef<[u8]>, flags: &[&str]) -> (Sandbox, Finished) {
    let sandbox = Sandbox::with(&[("from_file.ron", FROM_FILE)]);
    sandbox.write("bars.csv", contents);
    let finished = sandbox.run(["backtest", "from_file.ron", "--json", "--out", "out"].iter().chain(flags));
    (sandbox, finished)
}

#[track_caller]
fn fails(contents: impl AsRef<[u8]>, parts: &[&str]) {
    let (sandbox, finished) = run(contents, &[]);
    finished.fails(3, &[parts, &["symbol `AAA`", "bars.csv"]].concat());
    assert!(!sandbox.path("out").exists(), "a run that never began has left results");
}

/// 50 klines of which the one in row 21 is changed.
fn spoiled(spoil: impl FnOnce(&mut Vec<String>)) -> String {
    let mut rows = klines(50, START_MS, 1);
    spoil(&mut rows[20]);
    csv(&rows)
}

#[test]
fn a_text_cell() {
    fails(spoiled(|row| row[3] = "abc".into()), &["row 21, column `low`: `abc` is not a number"]);
    fails(spoiled(|row| row[0] = "noon".into()), &["row 21, column `open_time`: `noon` is not"]);
    // A header is a line, too.
    let text = KLINES_HEADER.to_owned() + &spoiled(|row| row[5] = "many".into());
    fails(text, &["row 22, column `volume`: `many` is not a number"]);
    fails(spoiled(|row| row.truncate(5)), &["row 21: 5 cells where 12 are needed"]);
}

#[test]
fn an_empty_file() {
    fails("", &["no rows", "has no bytes"]);
    fails(KLINES_HEADER, &["no rows", "below its header"]);
}

#[test]
fn a_file_of_another_kind() {
    fails("# Notes\n\nNothing to trade here.\n", &["row 1", "known are Binance klines"]);
    fails("a;b;c\n1;2;3\n", &["row 1", "time", "known are Binance klines"]);
}

#[test]
fn a_truncated_zip() {
    let whole = zip("AAA-1m.csv", &good(500));
    let (_, finished) = run(&whole, &[]);
    finished.ok();
    for part in [2, 3, 4] {
        let cut = &whole[..whole.len() * (part - 1) / part];
        fails(cut, &["(AAA-1m.csv), row ", "truncated or corrupt", "fetch it again"]);
    }
}

#[test]
fn a_truncated_gzip() {
    let whole = super::files::gzip(&good(500));
    fails(&whole[..whole.len() / 2], &[", row ", "truncated or corrupt", "fetch it again"]);
}

#[test]
fn unsorted_rows() {
    let mut rows = klines(50, START_MS, 1);
    rows.swap(20, 21);
    let told = "row 22: unsorted: 2023-01-01T00:20:00Z after 2023-01-01T00:21:00Z";
    fails(csv(&rows), &[told, "mend the data, or set the policy `unsorted` to `skip`"]);
    let (_, finished) = run(csv(&rows), &["--set", "symbols.AAA.defects.unsorted=skip"]);
    let data = finished.json()["data"].clone();
    assert_eq!((&data["rows"], &data["defects"]["unsorted"]), (&49.into(), &1.into()));
}

#[test]
fn duplicate_rows() {
    let mut rows = klines(50, START_MS, 1);
    rows.insert(21, rows[20].clone());
    let text = csv(&rows);
    fails(
        &text,
        &["row 22: duplicate", "2023-01-01T00:20:00Z", "set the policy `duplicate` to `skip` or `flag`"],
    );
    let (_, finished) = run(&text, &["--set", "symbols.AAA.defects.duplicate=skip"]);
    let data = finished.json()["data"].clone();
    assert_eq!((&data["rows"], &data["defects"]["duplicate"]), (&50.into(), &1.into()));
}

#[test]
fn nan_and_zero_prices() {
    let nan = spoiled(|row| row[4] = "NaN".into());
    fails(&nan, &["row 21: not_finite", "close NaN", "set the policy `not_finite` to `skip`"]);
    fails(spoiled(|row| row[1] = "inf".into()), &["row 21: not_finite", "open inf"]);
    fails(spoiled(|row| row[4] = "0.0".into()), &["row 21: non_positive", "close 0", "`skip` or `flag`"]);
    fails(spoiled(|row| row[3] = "-1".into()), &["row 21: non_positive", "low -1"]);
    fails(spoiled(|row| row[2] = "1.0".into()), &["row 21: high_low", "high 1"]);
    let (_, finished) = run(&nan, &["--set", "symbols.AAA.defects.not_finite=skip"]);
    let data = finished.json()["data"].clone();
    assert_eq!((&data["rows"], &data["defects"]["not_finite"]), (&49.into(), &1.into()));
}

#[test]
fn a_policy_that_is_none_is_a_bad_scenario() {
    let (_, finished) = run(good(50), &["--set", "symbols.AAA.defects.duplicate=drop"]);
    finished.fails(2, &["--set", "symbols[0].defects.duplicate", "`drop`", "reject, skip, flag"]);
    let (_, finished) = run(good(50), &["--set", "symbols.AAA.defects.dublicate=skip"]);
    finished.fails(2, &["--set", "did you mean `duplicate`?"]);
}

#[test]
fn feeds_that_do_not_overlap() {
    let second = "(symbol: \"BBB\", venue: \"sim\", data: [Bars(path: \"late.csv\", frame: \"1m\")]),\n    ],\n    models";
    let text = FROM_FILE.replace("],\n    models", second);
    let sandbox = Sandbox::with(&[("two.ron", &text), ("bars.csv", &good(50))]);
    sandbox.write("late.csv", csv(&klines(50, START_MS + 86_400_000, 1)));
    for command in ["check", "backtest"] {
        sandbox.run([command, "two.ron"]).fails(
            3,
            &[
                "`AAA` (2023-01-01T00:01:00Z .. 2023-01-01T00:50:00Z)",
                "`BBB` (2023-01-02T00:01:00Z .. 2023-01-02T00:50:00Z)",
                "do not overlap",
                "choose files of one span",
            ],
        );
    }
    assert!(!sandbox.path("runs").exists());
}

#[test]
fn a_span_without_data() {
    let there = "the data span 2023-01-01T00:01:00Z .. 2023-01-01T00:50:00Z; change `from` and `to`";
    let (_, finished) = run(good(50), &["--from", "2024-01-01"]);
    finished.fails(3, &["no data from 2024-01-01T00:00:00Z on: ", there]);
    let (_, finished) = run(good(50), &["--to", "2022-01-01"]);
    finished.fails(3, &["no data up to 2022-01-01T00:00:00Z: ", there]);
    let (_, finished) = run(good(50), &["--from", "2022-01-01", "--to", "2022-02-01"]);
    finished.fails(3, &["no data between 2022-01-01T00:00:00Z and 2022-02-01T00:00:00Z: ", there]);
}
