//! Order-book tapes: what is written is read back, as events, too; what cannot be is refused with its row.

use std::path::PathBuf;
use std::sync::Arc;

use manyworlds_components::book_event::{BookSignal, DepthUpdate, OrderAction, OrderUpdate, Quote};
use manyworlds_components::ids::{ListingId, SymbolId};
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::side::BookSide;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::EventSource;
use proptest::prelude::*;

use super::{
    DepthChange, DepthRow, OrderChange, OrderRow, QuoteRow, Tape, TapeKind, TapeMeta, TapeSignal, TapeWriter,
};
use crate::data::feed::{DepthSource, OrderSource, QuoteSource};
use crate::data::validate::DefectReport;

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn writer(kind: TapeKind) -> (Place, TapeWriter) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.arrow");
    let (tick_size, lot_size) = (Step::new(0.1).ok(), Step::new(0.001).ok());
    let meta = TapeMeta { tick_size, lot_size, ..TapeMeta::trades("okx", "BTCUSDT").of_kind(kind) };
    let writer = TapeWriter::create(&path, meta).unwrap();
    (Place { _folder: folder, path }, writer)
}

fn finish(place: &Place, writer: TapeWriter) -> Arc<Tape> {
    writer.finish(&DefectReport::default()).unwrap();
    let tape = Tape::open(&place.path).unwrap();
    tape.verify().unwrap();
    Arc::new(tape)
}

fn level(ts: i64, side: BookSide, price: f64, size: f64) -> DepthRow {
    DepthRow { ts_event: ts - 3, ts_recv: ts, change: DepthChange::Level { side, price, size } }
}

fn signal(ts: i64, signal: TapeSignal) -> DepthRow {
    DepthRow { ts_event: ts - 3, ts_recv: ts, change: DepthChange::Signal(signal) }
}

fn events(source: &dyn EventSource) -> Vec<MarketEvent> {
    let mut out = Vec::new();
    source.fill(0, Timestamp::MAX, usize::MAX, &mut out);
    out
}

#[test]
fn depth_comes_back_as_events() {
    let (place, mut writer) = writer(TapeKind::Depth);
    let ask = BookSide::Ask;
    let rows = [
        signal(10, TapeSignal::Clear),
        level(10, BookSide::Bid, 46_623.1, 0.003),
        level(10, ask, 46_623.2, 12.5),
        signal(11, TapeSignal::Gap),
        signal(12, TapeSignal::Halt),
        signal(13, TapeSignal::Resume),
        signal(13, TapeSignal::ClearTo { side: ask, price: 46_700.0 }),
        level(14, ask, 46_623.2, 0.0),
    ];
    rows.iter().for_each(|row| writer.push_depth(row).unwrap());
    let tape = finish(&place, writer);
    assert_eq!(tape.meta().file_name(), "okx-BTCUSDT-depth.arrow");
    assert!(tape.trades().is_none() && tape.depth().is_some());
    let source = DepthSource::new(tape.clone(), SymbolId(2)).unwrap().on(ListingId(7));
    let depth =
        |side, price, size| MarketData::Depth(DepthUpdate { side, price: Ticks(price), size: Lots(size) });
    let signal = MarketData::Signal;
    let expected = [
        signal(BookSignal::Clear),
        depth(BookSide::Bid, 466_231, 3),
        depth(ask, 466_232, 12_500),
        signal(BookSignal::Gap),
        signal(BookSignal::Halt),
        signal(BookSignal::Resume),
        signal(BookSignal::ClearTo { side: ask, price: Ticks(467_000) }),
        depth(ask, 466_232, 0),
    ];
    for ((event, row), data) in events(&source).iter().zip(&rows).zip(expected) {
        let (ts_recv, ts_event) = (Timestamp(row.ts_recv), Timestamp(row.ts_event));
        let (symbol, listing) = (SymbolId(2), ListingId(7));
        assert_eq!(*event, MarketEvent { ts_recv, ts_event, symbol, listing, data });
    }
    assert!(QuoteSource::new(tape, SymbolId(0)).unwrap_err().to_string().contains("it holds depth"));
}

#[test]
fn orders_and_quotes_come_back_as_events() {
    let (place, mut writer) = writer(TapeKind::Orders);
    let order = |ts, order_id, action, price, size| {
        let change = OrderChange::Order { order_id, action, side: BookSide::Ask, price, size };
        OrderRow { ts_event: ts, ts_recv: ts, change }
    };
    let actions =
        [OrderAction::Add, OrderAction::Modify, OrderAction::Reduce, OrderAction::Execute, OrderAction::Fill];
    let clear = OrderRow { ts_event: 1, ts_recv: 1, change: OrderChange::Signal(TapeSignal::Clear) };
    writer.push_order(&clear).unwrap();
    for action in actions {
        writer.push_order(&order(2, u64::MAX, action, 0.3, 0.007)).unwrap();
    }
    writer.push_order(&order(3, 5, OrderAction::Delete, 0.0, 0.0)).unwrap();
    let tape = finish(&place, writer);
    let read = events(&OrderSource::new(tape, SymbolId(0)).unwrap());
    assert_eq!(read[0].data, MarketData::Signal(BookSignal::Clear));
    for (event, action) in read[1..].iter().zip(actions) {
        let (side, price, size) = (BookSide::Ask, Ticks(3), Lots(7));
        assert_eq!(event.data, MarketData::Order(OrderUpdate { order: u64::MAX, action, side, price, size }));
    }
    assert!(matches!(read[6].data, MarketData::Order(u) if u.action == OrderAction::Delete && u.order == 5));

    let (place, mut writer) = self::writer(TapeKind::Quotes);
    writer.push_quote(&QuoteRow { ts_event: 4, ts_recv: 5, bid: (0.1, 1.0), ask: (0.0, 0.0) }).unwrap();
    let read = events(&QuoteSource::new(finish(&place, writer), SymbolId(0)).unwrap());
    let quote = Quote { bid: Ticks(1), bid_size: Lots(1_000), ask: Ticks(0), ask_size: Lots(0) };
    assert_eq!((read[0].data, read[0].ts_event), (MarketData::Quote(quote), Timestamp(4)));
}

#[test]
fn wrong_rows_are_refused() {
    let bid = BookSide::Bid;
    let refused = |rows: &[DepthRow], words: &str| {
        let (place, mut writer) = writer(TapeKind::Depth);
        let (last, before) = rows.split_last().unwrap();
        before.iter().for_each(|row| writer.push_depth(row).unwrap());
        let error = writer.push_depth(last).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(&format!("row {}", rows.len())), "{error}");
        drop(writer);
        assert!(!place.path.exists());
    };
    let clear = signal(10, TapeSignal::Clear);
    refused(&[level(10, bid, 1.0, 1.0)], "a change before any snapshot");
    refused(&[signal(10, TapeSignal::Gap), level(10, bid, 1.0, 1.0)], "before any snapshot");
    refused(&[clear, level(9, bid, 1.0, 1.0)], "goes back in time");
    refused(&[clear, level(10, bid, 1.05, 1.0)], "price 1.05 is off the tick size 0.1");
    refused(&[clear, level(10, bid, 1.0, 0.0005)], "size 0.0005 is off the lot size 0.001");
    refused(&[clear, level(10, bid, 1.0, -0.5)], "size -0.5");
    refused(&[clear, level(10, bid, f64::NAN, 0.5)], "price NaN");
    refused(&[clear, level(10, bid, 1e18, 0.5)], "too many steps");
    let (_place, mut writer) = writer(TapeKind::Quotes);
    let error = writer.push_depth(&clear).unwrap_err().to_string();
    assert!(error.contains("a level does not belong on a tape of quotes"), "{error}");
}

#[test]
fn another_grid_is_checked() {
    let (place, mut writer) = writer(TapeKind::Depth);
    for row in [signal(10, TapeSignal::Clear), level(10, BookSide::Bid, 1.1, 0.002)] {
        writer.push_depth(&row).unwrap();
    }
    let source = DepthSource::new(finish(&place, writer), SymbolId(0)).unwrap();
    let step = |size| Step::new(size).unwrap();
    let finer = source.clone().on_grid(step(0.05), step(0.0001)).unwrap();
    let update = DepthUpdate { side: BookSide::Bid, price: Ticks(22), size: Lots(20) };
    assert_eq!(events(&finer)[1].data, MarketData::Depth(update));
    let error = source.on_grid(step(0.25), step(0.001)).unwrap_err().to_string();
    assert!(error.contains("row 2: price 1.1 is off the tick size 0.25"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn ticks_and_lots_are_exact(rows in prop::collection::vec((-(1i64 << 49)..1i64 << 49, 0i64..1 << 49), 1..100)) {
        let (place, mut writer) = writer(TapeKind::Depth);
        writer.push_depth(&signal(0, TapeSignal::Clear)).unwrap();
        let (tick, lot) = (Step::new(0.1).unwrap(), Step::new(0.001).unwrap());
        for (price, size) in &rows {
            writer.push_depth(&level(0, BookSide::Ask, tick.to_f64(*price), lot.to_f64(*size))).unwrap();
        }
        let source = DepthSource::new(finish(&place, writer), SymbolId(0)).unwrap();
        for (event, (price, size)) in events(&source)[1..].iter().zip(&rows) {
            let update = DepthUpdate { side: BookSide::Ask, price: Ticks(*price), size: Lots(*size) };
            prop_assert_eq!(event.data, MarketData::Depth(update));
        }
    }
}
