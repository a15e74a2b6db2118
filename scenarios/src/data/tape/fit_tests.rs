//! A tape of a book on a grid that is not its own: the policies are obeyed, and what they did is counted.

use std::path::PathBuf;
use std::sync::Arc;

use manyworlds_components::book_event::{DepthUpdate, Quote};
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::MarketData;
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::side::BookSide;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::EventSource;

use super::{BATCH_ROWS, DepthChange, DepthRow, QuoteRow, Tape, TapeKind, TapeMeta, TapeSignal, TapeWriter};
use crate::data::error::DataError;
use crate::data::feed::{DepthSource, QuoteSource};
use crate::data::import::ImportSpec;
use crate::data::open_or_import;
use crate::data::validate::{Defect, DefectReport, Policies, Policy};

fn level(ts: i64, price: f64, size: f64) -> DepthRow {
    let change = DepthChange::Level { side: BookSide::Bid, price, size };
    DepthRow { ts_event: ts, ts_recv: ts, change }
}

/// A tape without a grid of its own: a clear, and these rows.
fn depth(rows: impl IntoIterator<Item = DepthRow>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.arrow");
    let meta = TapeMeta::trades("binance", "BTCUSDT").of_kind(TapeKind::Depth);
    let mut writer = TapeWriter::create(&path, meta).unwrap();
    let clear = DepthRow { ts_event: 0, ts_recv: 0, change: DepthChange::Signal(TapeSignal::Clear) };
    writer.push_depth(&clear).unwrap();
    rows.into_iter().for_each(|row| writer.push_depth(&row).unwrap());
    writer.finish(&DefectReport::default()).unwrap();
    (folder, path)
}

/// Ticks of 0.5 and lots of 0.01.
fn spec(off_tick: Policy, off_lot: Policy) -> ImportSpec {
    let policies = Policies { off_tick, off_lot, ..Policies::default() };
    let (tick_size, lot_size) = (Step::new(0.5).ok(), Step::new(0.01).ok());
    ImportSpec { tick_size, lot_size, policies, ..ImportSpec::default() }
}

fn open(path: &PathBuf, spec: &ImportSpec) -> Result<Arc<Tape>, DataError> {
    open_or_import(std::slice::from_ref(path), spec, &path.with_extension("cache"))
}

/// Price in ticks and size in lots of the levels, on the grid of [`spec`].
fn levels(tape: &Arc<Tape>) -> Vec<(i64, i64)> {
    let step = |size| Step::new(size).unwrap();
    let source = DepthSource::new(tape.clone(), SymbolId(0)).unwrap().on_grid(step(0.5), step(0.01)).unwrap();
    let mut out = Vec::new();
    source.fill(0, Timestamp::MAX, usize::MAX, &mut out);
    let level = |data| match data {
        MarketData::Depth(DepthUpdate { price: Ticks(price), size: Lots(size), .. }) => Some((price, size)),
        _ => None,
    };
    out.iter().filter_map(|event| level(event.data)).collect()
}

#[test]
fn sizes_off_the_lot_are_rounded_left_out_or_refused() {
    let rows = [level(1, 10.0, 1.0), level(2, 10.5, 25.426_189), level(3, 11.0, 0.004), level(4, 10.5, 0.0)];
    let (_folder, path) = depth(rows);
    let flagged = open(&path, &spec(Policy::Reject, Policy::Flag)).unwrap();
    assert_eq!(levels(&flagged), [(20, 100), (21, 2_543), (22, 0), (21, 0)]);
    let met = &flagged.defects().defects[&Defect::OffLot];
    assert_eq!((met.count, met.skipped, flagged.rows()), (2, 0, 5));
    assert_eq!((met.examples[0].row, met.examples[0].ts), (3, 2));
    assert_eq!(met.examples[0].value, "size 25.426189 at the symbol's lot size 0.01");

    let skipped = open(&path, &spec(Policy::Reject, Policy::Skip)).unwrap();
    assert_eq!(levels(&skipped), [(20, 100), (21, 0)]);
    let met = &skipped.defects().defects[&Defect::OffLot];
    assert_eq!((met.count, met.skipped, skipped.rows()), (2, 2, 3));
    skipped.verify().unwrap();
    assert_ne!(skipped.digest(), flagged.digest());

    let error = open(&path, &spec(Policy::Skip, Policy::Reject)).unwrap_err().to_string();
    let words = [
        "x.arrow, row 3: off_lot: size 25.426189 at the symbol's lot size 0.01",
        "set the policy `off_lot` to `skip` or `flag`",
    ];
    words.iter().for_each(|words| assert!(error.contains(words), "{error}"));
}

#[test]
fn prices_off_the_tick_are_left_out_or_refused_but_never_rounded() {
    let (_folder, path) = depth([level(1, 10.0, 1.0), level(2, 10.2, 1.0)]);
    let skipped = open(&path, &spec(Policy::Skip, Policy::Reject)).unwrap();
    assert_eq!((levels(&skipped), skipped.defects().count(Defect::OffTick)), (vec![(20, 100)], 1));
    for policy in [Policy::Reject, Policy::Flag] {
        let error = open(&path, &spec(policy, Policy::Flag)).unwrap_err().to_string();
        let words = "x.arrow, row 3: off_tick: price 10.2 at the symbol's tick size 0.5; mend the data, or set the \
             policy `off_tick` to `skip`";
        assert!(error.ends_with(words), "{error}");
    }
}

#[test]
fn rows_are_found_across_batches_when_some_are_left_out() {
    let count = BATCH_ROWS as i64 + 100;
    let rows = (0..count).map(|i| level(i, 10.0, if i % 1_000 == 7 { 0.005 } else { i as f64 / 100.0 }));
    let (_folder, path) = depth(rows);
    let tape = open(&path, &spec(Policy::Reject, Policy::Skip)).unwrap();
    let expected: Vec<i64> = (0..count).filter(|i| i % 1_000 != 7).collect();
    assert_eq!(levels(&tape).into_iter().map(|(_, size)| size).collect::<Vec<_>>(), expected);
    assert_eq!((tape.rows(), tape.batches()), (expected.len() as u64 + 1, 2));
    for (row, ts) in expected.iter().enumerate().step_by(997).skip(1) {
        assert_eq!((tape.ts_recv(row as u64 + 1).0, tape.seek(Timestamp(*ts))), (*ts, row as u64 + 1));
    }
}

#[test]
fn a_quote_is_left_out_with_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.arrow");
    let meta = TapeMeta::trades("binance", "BTCUSDT").of_kind(TapeKind::Quotes);
    let mut writer = TapeWriter::create(&path, meta).unwrap();
    for (ts, bid_size) in [(1, 0.005), (2, 0.02)] {
        writer
            .push_quote(&QuoteRow { ts_event: ts, ts_recv: ts, bid: (10.0, bid_size), ask: (10.5, 0.015) })
            .unwrap();
    }
    writer.push_quote(&QuoteRow { ts_event: 3, ts_recv: 3, bid: (10.0, 1.0), ask: (0.3, 0.0) }).unwrap();
    writer.finish(&DefectReport::default()).unwrap();
    let tape = open(&path, &spec(Policy::Reject, Policy::Skip)).unwrap();
    assert_eq!(tape.defects().count(Defect::OffLot), 2);
    let mut out = Vec::new();
    QuoteSource::new(tape, SymbolId(0)).unwrap().fill(0, Timestamp::MAX, usize::MAX, &mut out);
    let [event] = &out[..] else { panic!("{out:?}") };
    assert!(matches!(event.data, MarketData::Quote(Quote { ask_size: Lots(0), .. })), "{event:?}");
}
