//! A damaged tape is an error that names it, never a panic.

use std::path::Path;

use arrow::buffer::Buffer;
use manyworlds_components::book_event::OrderAction;
use manyworlds_components::price::Step;
use manyworlds_components::side::BookSide;

use super::{
    BarRow, DepthChange, DepthRow, OrderChange, OrderRow, QuoteRow, Tape, TapeKind, TapeMeta, TapeSignal,
    TapeWriter, TradeRow,
};
use crate::data::validate::DefectReport;

/// The bytes of a small tape of each kind.
fn tape_of(kind: TapeKind) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.arrow");
    let (tick_size, lot_size) = (Step::new(0.1).ok(), Step::new(0.001).ok());
    let meta = TapeMeta { tick_size, lot_size, ..TapeMeta::trades("okx", "BTCUSDT").of_kind(kind) };
    let mut writer = TapeWriter::create(&path, meta).unwrap();
    let (side, price, size) = (BookSide::Bid, 10.0, 1.0);
    for i in 0..9 {
        let (ts_event, ts_recv) = (i, i + 1);
        match kind {
            TapeKind::Bars => {
                let trades = (i % 2 == 0).then_some(i);
                writer.push_bar(&BarRow { ts_event, ts_recv, ohlcv: [1.0, 2.0, 1.0, 2.0, 3.0], trades })
            }
            TapeKind::Trades => {
                let (quantity, aggressor_side) = (1.0, 1);
                writer.push_trade(&TradeRow {
                    ts_event,
                    ts_recv,
                    trade_id: i,
                    price,
                    quantity,
                    aggressor_side,
                })
            }
            TapeKind::Depth => {
                let level = DepthChange::Level { side, price, size };
                let change = if i == 0 { DepthChange::Signal(TapeSignal::Clear) } else { level };
                writer.push_depth(&DepthRow { ts_event, ts_recv, change })
            }
            TapeKind::Quotes => {
                writer.push_quote(&QuoteRow { ts_event, ts_recv, bid: (price, size), ask: (11.0, size) })
            }
            TapeKind::Orders => {
                let (order_id, action) = (i as u64, OrderAction::Add);
                let order = OrderChange::Order { order_id, action, side, price, size };
                let change = if i == 0 { OrderChange::Signal(TapeSignal::Clear) } else { order };
                writer.push_order(&OrderRow { ts_event, ts_recv, change })
            }
        }
        .unwrap();
    }
    writer.finish(&DefectReport::default()).unwrap();
    std::fs::read(path).unwrap()
}

/// Opens bytes as a tape, and reads all of it.
fn read(bytes: &[u8]) -> Result<(), String> {
    let tape = Tape::of(Path::new("x.arrow"), &Buffer::from(bytes)).map_err(|e| e.to_string())?;
    tape.verify().map_err(|e| e.to_string())
}

#[test]
fn no_flipped_bit_is_a_panic() {
    for kind in TapeKind::ALL {
        let mut bytes = tape_of(kind);
        read(&bytes).unwrap();
        let mut refused = 0;
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                if let Err(text) = read(&bytes) {
                    assert!(text.starts_with("x.arrow: not a usable tape: "), "{text}");
                    refused += 1;
                }
                bytes[at] ^= 1 << bit;
            }
        }
        // All that is in columns is in the digest; what is not, are names, padding, and what is said twice.
        assert!(refused > bytes.len(), "{kind}: {refused} of {} bits", bytes.len() * 8);
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let bytes = tape_of(TapeKind::Bars);
    let place = |from: &[u8]| bytes.windows(from.len()).position(|window| window == from).unwrap();
    // Nine rows and five of them known: the node of `trades`, whose length and nulls stand side by side.
    let node = [9_i64.to_le_bytes(), 4_i64.to_le_bytes()].concat();
    let changed = |at: usize, value: i64| {
        let mut bytes = bytes.clone();
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        read(&bytes).unwrap_err()
    };
    let node = place(&node);
    let told = |text: String, words: &str| assert!(text.contains(words), "{text}");
    told(changed(node, 10), "record batch 0: column `trades`: it says 10 rows and 4 nulls, of 9 rows");
    told(changed(node + 8, -4), "column `trades`: it says 9 rows and -4 nulls");
    // The buffer of `ts_recv`: 72 bytes, after those of `ts_event`, padded to 64.
    let buffer = place(&[128_i64.to_le_bytes(), 72_i64.to_le_bytes()].concat());
    told(changed(buffer, 1 << 40), "column `ts_recv`: its bytes lie outside of the batch");
    told(changed(buffer, -8), "column `ts_recv`: its bytes lie outside of the batch");
    told(changed(buffer + 8, 64), "column `ts_recv`: it has 64 bytes where 72 are needed");
}
