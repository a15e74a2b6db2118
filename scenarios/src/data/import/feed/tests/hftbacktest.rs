//! hftbacktest arrays.

use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use super::rows_of;
use crate::data::import::feed::row::{Change, FeedKind};
use crate::data::import::{ImportSpec, SourceFormat};
use crate::data::tape::TapeSignal;

const DTYPE: &str = "[('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), ('qty', '<f8'), \
     ('order_id', '<u8'), ('ival', '<i8'), ('fval', '<f8')]";
const BOTH: u64 = 3 << 30;
const BUY: u64 = 1 << 29;
const SELL: u64 = 1 << 28;

/// An array of (ev, price, size, order); the i-th happens at i us and is received 500 ns later.
fn array(dtype: &str, events: &[(u64, f64, f64, u64)]) -> Vec<u8> {
    let text = format!("{{'descr': {dtype}, 'fortran_order': False, 'shape': ({},), }}", events.len());
    let text = format!("{text:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend(text.as_bytes());
    for (i, (ev, price, size, order)) in events.iter().enumerate() {
        let ts = i as i64 * 1_000;
        bytes.extend(ev.to_le_bytes());
        bytes.extend(ts.to_le_bytes());
        bytes.extend((ts + 500).to_le_bytes());
        bytes.extend(price.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(order.to_le_bytes());
        bytes.extend([0; 16]);
    }
    bytes
}

#[test]
fn every_kind_of_event() {
    let events = [
        (3 | BOTH | BUY, 99.0, 0.0, 0),
        (4 | BOTH | BUY, 100.0, 1.0, 0),
        (1 | BOTH | SELL, 101.0, 2.0, 0),
        (2 | BOTH | SELL, 100.0, 0.5, 0),
        // Seen by the exchange only: its twin is the row after it.
        (1 | 1 << 31 | BUY, 100.0, 0.5, 0),
        (1 | 1 << 30 | BUY, 100.0, 0.5, 0),
        (10 | BOTH | BUY, 100.0, 3.0, 42),
        (12 | BOTH | BUY, 100.0, 2.0, 42),
        (13 | BOTH | BUY, 100.0, 1.0, 42),
        (11 | BOTH | BUY, 100.0, 0.0, 42),
    ];
    let bytes = array(DTYPE, &events);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("data.npy", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, &bytes).unwrap();
    let npz = zip.finish().unwrap().into_inner();
    for (name, content) in [("a.npy", &bytes), ("a.npz", &npz)] {
        let (rows, read) =
            rows_of(SourceFormat::Hftbacktest, &[(name, content)], &ImportSpec::default()).unwrap();
        let found: Vec<Change> = rows.iter().map(|row| row.change).collect();
        let level = |side, price, size| Change::Level { side, price, size };
        let order =
            |action, size| Change::Order { order: 42, action, side: BookSide::Bid, price: 100.0, size };
        let clear = TapeSignal::ClearTo { side: BookSide::Bid, price: 99.0 };
        assert_eq!(
            found,
            [
                Change::Signal { on: FeedKind::Depth, signal: TapeSignal::Clear },
                Change::Signal { on: FeedKind::Depth, signal: clear },
                level(BookSide::Bid, 100.0, 1.0),
                level(BookSide::Ask, 101.0, 2.0),
                Change::Trade { id: 1, price: 100.0, quantity: 0.5, aggressor: -1 },
                level(BookSide::Bid, 100.0, 0.5),
                Change::Signal { on: FeedKind::Orders, signal: TapeSignal::Clear },
                order(OrderAction::Add, 3.0),
                order(OrderAction::Modify, 2.0),
                order(OrderAction::Fill, 1.0),
                order(OrderAction::Delete, 0.0),
            ]
        );
        assert_eq!(read.ignored, 1);
        assert!(rows.iter().all(|row| row.ts_recv - row.ts_event == 500));
    }
}
