//! Sources against a plain loop over their rows.

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::{Frame, Timestamp};
use proptest::prelude::*;

use super::{BarSource, MemorySource, TradeSource};
use crate::data::tape::{BATCH_ROWS, BarRow, Tape, TapeMeta, TapeWriter, TradeRow};
use crate::data::validate::DefectReport;
use manyworlds_engine::EventSource;

const SYMBOL: SymbolId = SymbolId(3);

fn tape_of_bars(count: i64) -> (tempfile::TempDir, Arc<Tape>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.arrow");
    let frame = Frame::from_nanos(10);
    let mut writer = TapeWriter::create(&path, TapeMeta::bars("v", "S", frame)).unwrap();
    for i in 0..count {
        let ohlcv = [1.0, 2.0, 0.5, i as f64, 4.0];
        writer.push_bar(&BarRow { ts_event: i * 10, ts_recv: i * 10 + 10, ohlcv, trades: None }).unwrap();
    }
    writer.finish(&DefectReport::default()).unwrap();
    let tape = Arc::new(Tape::open(&path).unwrap());
    (folder, tape)
}

/// Reads a whole source in steps of `width` ns and at most `limit` events.
fn read_all(source: &dyn EventSource, width: i64, limit: usize) -> Vec<MarketEvent> {
    let (mut out, mut next, mut until) = (Vec::new(), 0, Timestamp(0));
    while next < source.len() {
        let before = out.len();
        let after = source.fill(next, until, limit, &mut out);
        assert_eq!((after - next) as usize, out.len() - before);
        assert!(out.len() - before <= limit);
        assert!(out[before..].iter().all(|e| e.ts_recv <= until));
        if out.len() - before < limit {
            assert!(after == source.len() || source.ts_recv(after) > until, "nothing due is left");
            until = until + width;
        }
        next = after;
    }
    out
}

#[test]
fn bars_across_batches() {
    let count = BATCH_ROWS as i64 + 100;
    let (_folder, tape) = tape_of_bars(count);
    let source = BarSource::new(tape.clone(), SYMBOL).unwrap();
    for (width, limit) in [(10, 7), (35, 3), (1_000_000, 1_000), (i64::MAX, usize::MAX)] {
        let events = read_all(&source, width, limit);
        assert_eq!(events.len(), count as usize);
        for (i, event) in (0..).zip(&events) {
            let ohlcv = [1.0, 2.0, 0.5, i as f64, 4.0];
            let bar = Bar::new(Timestamp(i * 10), Frame::from_nanos(10).unwrap(), ohlcv);
            let (ts_event, ts_recv) = (bar.open_time, bar.close_time);
            assert_eq!(*event, MarketEvent::primary(ts_recv, ts_event, SYMBOL, MarketData::Bar(bar)));
        }
    }
    assert_eq!(source.seek(Timestamp(15)), 1);
    assert_eq!(source.fill(source.len(), Timestamp::MAX, 10, &mut Vec::new()), source.len());
    assert_eq!(source.fill(5, Timestamp::MAX, 0, &mut Vec::new()), 5);
    assert!(TradeSource::new(tape, SYMBOL).unwrap_err().to_string().contains("it holds bars"));
}

#[test]
fn memory_and_tape_agree_on_trades() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.arrow");
    let mut writer = TapeWriter::create(&path, TapeMeta::trades("v", "S")).unwrap();
    let mut memory = Vec::new();
    for i in 0..500_i64 {
        let (ts, side) = (i / 3 * 7, i % 3 - 1);
        let (price, quantity, aggressor_side) = (100.0 + i as f64, 2.0, side as i8);
        writer
            .push_trade(&TradeRow { ts_event: ts, ts_recv: ts, trade_id: i, price, quantity, aggressor_side })
            .unwrap();
        let aggressor =
            [AggressorSide::Seller, AggressorSide::Unknown, AggressorSide::Buyer][(side + 1) as usize];
        memory.push((Timestamp(ts), Trade { price, quantity, aggressor }));
    }
    writer.finish(&DefectReport::default()).unwrap();
    let tape = TradeSource::new(Arc::new(Tape::open(&path).unwrap()), SYMBOL).unwrap();
    let memory = MemorySource::trades(SYMBOL, &memory);
    for (width, limit) in [(1, 2), (20, 100), (10_000, 1_000)] {
        assert_eq!(read_all(&tape, width, limit), read_all(&memory, width, limit));
    }
    for t in -1..1_200 {
        assert_eq!(tape.seek(Timestamp(t)), memory.seek(Timestamp(t)));
    }
}

proptest! {
    #[test]
    fn memory_against_a_plain_loop(times in prop::collection::vec(0i64..50, 0..80), from in 0u64..90, until in -1i64..60, limit in 0usize..40) {
        let trade = Trade { price: 1.0, quantity: 1.0, aggressor: AggressorSide::Unknown };
        let rows: Vec<(Timestamp, Trade)> = times.iter().map(|t| (Timestamp(*t), trade)).collect();
        let source = MemorySource::trades(SYMBOL, &rows);
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let expected: Vec<i64> =
            sorted.iter().copied().skip(from as usize).take_while(|t| *t <= until).take(limit).collect();
        let mut out = Vec::new();
        source.fill(from, Timestamp(until), limit, &mut out);
        prop_assert_eq!(out.iter().map(|e| e.ts_recv.0).collect::<Vec<_>>(), expected);
        prop_assert_eq!(source.seek(Timestamp(until)), sorted.iter().filter(|t| **t < until).count() as u64);
    }
}
