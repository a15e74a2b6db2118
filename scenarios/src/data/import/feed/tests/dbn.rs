//! Databento: messages, the flag LAST, undefined prices, other schemas.

use dbn::encode::EncodeRecord as _;
use dbn::encode::dbn::Encoder;
use dbn::record::{BidAskPair, MboMsg, Mbp10Msg, RecordHeader};
use dbn::{FlagSet, MetadataBuilder, SType, Schema, UNDEF_PRICE, flags, rtype};
use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use super::Short::{Ask, Bid, Clear};
use super::{depth, rows_of, with};
use crate::data::error::DataError;
use crate::data::import::feed::row::{Change, FeedKind};
use crate::data::import::{ImportSpec, SourceFormat};
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Policy};

const T: u64 = 1_700_000_000_000_000_000;

fn file(schema: Schema, records: &[impl dbn::encode::DbnEncodable]) -> Vec<u8> {
    let metadata = MetadataBuilder::new()
        .dataset("GLBX.MDP3")
        .schema(Some(schema))
        .start(T)
        .stype_in(Some(SType::RawSymbol))
        .stype_out(SType::InstrumentId)
        .symbols(vec!["ESH4".to_owned()])
        .build();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, &metadata).unwrap().encode_records(records).unwrap();
    bytes
}

fn mbo(i: u64, action: char, side: char, order_id: u64, price: i64, size: u32, flags: u8) -> MboMsg {
    MboMsg {
        hd: RecordHeader::new::<MboMsg>(rtype::MBO, 1, 5, T + i),
        order_id,
        price,
        size,
        flags: FlagSet::new(flags),
        channel_id: 0,
        action: action as _,
        side: side as _,
        ts_recv: T + i + 100,
        ts_in_delta: 0,
        sequence: i as u32,
    }
}

fn read(
    bytes: &[u8],
    spec: &ImportSpec,
) -> Result<(Vec<crate::data::import::feed::row::FeedRow>, super::Read), DataError> {
    rows_of(SourceFormat::Dbn, &[("a.dbn", bytes)], spec)
}

const PX: i64 = 4_800_250_000_000;

#[test]
fn orders_change_when_their_message_is_whole_and_trades_change_nothing() {
    let last = flags::LAST;
    let records = [
        mbo(0, 'R', 'N', 0, UNDEF_PRICE, 0, last),
        mbo(1, 'A', 'B', 1, PX, 5, last),
        mbo(2, 'T', 'A', 0, PX, 2, 0),
        mbo(3, 'F', 'B', 1, PX, 2, 0),
        mbo(4, 'C', 'B', 1, PX, 2, last),
        mbo(5, 'M', 'B', 1, PX - 250_000_000, 3, last),
    ];
    let bytes = file(Schema::Mbo, &records);
    let (rows, found) = read(&bytes, &ImportSpec::default()).unwrap();
    let at = |i: u64| (T + i + 100) as i64;
    let order = |action, price, size| Change::Order { order: 1, action, side: BookSide::Bid, price, size };
    let expected = [
        (at(0), Change::Signal { on: FeedKind::Orders, signal: TapeSignal::Clear }),
        (at(1), order(OrderAction::Add, 4800.25, 5.0)),
        (at(2), Change::Trade { id: 2, price: 4800.25, quantity: 2.0, aggressor: -1 }),
        (at(4), order(OrderAction::Fill, 4800.25, 2.0)),
        (at(4), order(OrderAction::Reduce, 4800.25, 2.0)),
        (at(5), order(OrderAction::Modify, 4800.0, 3.0)),
    ];
    assert_eq!(rows.iter().map(|row| (row.ts_recv, row.change)).collect::<Vec<_>>(), expected);
    assert_eq!(rows[3].ts_event, (T + 3) as i64);
    assert!(found.reports[3].defects.is_empty());
    for cut in [1, 20, 55] {
        let error = read(&bytes[..bytes.len() - cut], &ImportSpec::default()).err().unwrap().to_string();
        assert!(error.contains("row 6") && error.contains("ends inside of record 6"), "{error}");
    }
}

#[test]
fn an_undefined_price_and_an_unknown_side_are_found() {
    let error = |records: &[MboMsg]| {
        read(&file(Schema::Mbo, records), &ImportSpec::default()).err().unwrap().to_string()
    };
    let undefined = error(&[mbo(1, 'A', 'B', 1, UNDEF_PRICE, 5, flags::LAST)]);
    assert!(undefined.contains("a.dbn, row 1: not_finite: order 1: price NaN"), "{undefined}");
    let side = error(&[mbo(1, 'A', 'X', 1, PX, 5, flags::LAST)]);
    assert!(side.contains("row 1, column `side`: `X` is not `A` or `B`"), "{side}");
    let action = error(&[mbo(1, 'Z', 'B', 1, PX, 5, flags::LAST)]);
    assert!(action.contains("row 1, column `action`: `Z`"), "{action}");
}

#[test]
fn orders_never_added_are_counted_and_a_doubtful_book_is_a_gap() {
    let records = [mbo(1, 'C', 'B', 9, PX, 5, flags::LAST), mbo(2, 'A', 'B', 1, PX, 5, flags::LAST)];
    let (rows, found) = read(&file(Schema::Mbo, &records), &ImportSpec::default()).unwrap();
    assert_eq!((rows.len(), found.reports[3].count(Defect::UnknownOrder)), (3, 1));
    let skip = with(|p| p.unknown_order = Policy::Skip);
    assert_eq!(read(&file(Schema::Mbo, &records), &skip).unwrap().0.len(), 2);
    let doubtful = flags::LAST | flags::MAYBE_BAD_BOOK;
    let records = [
        mbo(1, 'A', 'B', 1, PX, 5, flags::LAST),
        mbo(2, 'A', 'B', 2, PX, 5, doubtful),
        mbo(3, 'R', 'N', 0, UNDEF_PRICE, 0, flags::LAST),
        mbo(4, 'A', 'B', 3, PX, 5, flags::LAST),
    ];
    let bytes = file(Schema::Mbo, &records);
    let error = read(&bytes, &with(|_| {})).err().unwrap().to_string();
    assert!(error.contains("row 2: sequence_gap"), "{error}");
    let (rows, _) = read(&bytes, &with(|p| p.sequence_gap = Policy::Skip)).unwrap();
    let orders: Vec<u64> = rows
        .iter()
        .filter_map(|row| match row.change {
            Change::Order { order, .. } => Some(order),
            _ => None,
        })
        .collect();
    assert_eq!(orders, [1, 3], "orders of a doubtful book are left out until it begins anew");
}

#[test]
fn ten_levels_become_changes_of_levels() {
    let pair = |bid: i64, bid_sz: u32, ask: i64, ask_sz: u32| BidAskPair {
        bid_px: bid,
        ask_px: ask,
        bid_sz,
        ask_sz,
        bid_ct: 1,
        ask_ct: 1,
    };
    let none = pair(UNDEF_PRICE, 0, UNDEF_PRICE, 0);
    let record = |i: u64, first: BidAskPair, second: BidAskPair| {
        let mut levels: [BidAskPair; 10] = std::array::from_fn(|_| none.clone());
        (levels[0], levels[1]) = (first, second);
        Mbp10Msg {
            hd: RecordHeader::new::<Mbp10Msg>(rtype::MBP_10, 1, 5, T + i),
            price: PX,
            size: 1,
            action: b'A' as _,
            side: b'B' as _,
            flags: FlagSet::new(flags::LAST),
            depth: 0,
            ts_recv: T + i + 100,
            ts_in_delta: 0,
            sequence: 0,
            levels,
        }
    };
    let one = 1_000_000_000;
    let records = [
        record(1, pair(100 * one, 1, 101 * one, 2), pair(99 * one, 3, UNDEF_PRICE, 0)),
        record(2, pair(100 * one, 4, 101 * one, 2), none.clone()),
    ];
    let (rows, _) = read(&file(Schema::Mbp10, &records), &ImportSpec::default()).unwrap();
    let at = |i: u64| (T + i + 100) as i64;
    let first = [Clear(at(1)), Bid(at(1), 99.0, 3.0), Bid(at(1), 100.0, 1.0), Ask(at(1), 101.0, 2.0)];
    assert_eq!(depth(&rows), [&first[..], &[Bid(at(2), 99.0, 0.0), Bid(at(2), 100.0, 4.0)]].concat());
}

#[test]
fn files_that_hold_no_book() {
    let none: [MboMsg; 0] = [];
    let error = |bytes: &[u8]| read(bytes, &ImportSpec::default()).err().unwrap().to_string();
    let other = error(&file(Schema::Ohlcv1M, &none));
    assert!(other.contains("a.dbn: it holds ohlcv-1m") && other.contains("mbp-10"), "{other}");
    assert!(error(b"time,open,high\n1,2,3\n").contains("does not begin as DBN does"));
    assert!(error(&file(Schema::Mbo, &none)).contains("nothing in it is imported"));
}

#[test]
fn no_flipped_bit_is_a_panic() {
    let records = [
        mbo(0, 'R', 'N', 0, UNDEF_PRICE, 0, flags::LAST),
        mbo(1, 'A', 'B', 1, PX, 5, flags::LAST),
        mbo(2, 'T', 'A', 0, PX, 2, 0),
    ];
    let mut bytes = file(Schema::Mbo, &records);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dbn");
    let spec = ImportSpec { format: SourceFormat::Dbn, ..with(|_| {}) };
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let plan = super::Plan::new(std::slice::from_ref(&path), &spec)?;
        plan.read(&spec, &mut Vec::new(), &|_, _| {}).map(|_| ())
    };
    read(&bytes).unwrap();
    let mut refused = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            if let Err(error) = read(&bytes) {
                assert!(error.to_string().contains("a.dbn"), "{error}");
                refused += 1;
            }
            bytes[at] ^= 1 << bit;
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_record_that_is_too_short_is_named() {
    let mut bytes = file(Schema::Mbo, &[mbo(1, 'A', 'B', 1, PX, 5, flags::LAST)]);
    let begin = bytes.len() - size_of::<MboMsg>();
    // The length of a record is told in units of four bytes.
    bytes[begin] = 10;
    bytes.truncate(begin + 40);
    let error = read(&bytes, &ImportSpec::default()).err().unwrap().to_string();
    let words = "a.dbn, row 1: the file is truncated or corrupt: a record of type 0xa0 has 40 bytes where 56 are needed";
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_length_that_no_record_has_is_found_before_it_is_believed() {
    let records = [mbo(1, 'A', 'B', 1, PX, 5, flags::LAST), mbo(2, 'A', 'B', 2, PX, 5, flags::LAST)];
    for (length, bytes) in [(13, 52), (2, 8), (0, 0)] {
        let mut file = file(Schema::Mbo, &records);
        let second = file.len() - size_of::<MboMsg>();
        file[second] = length;
        let error = read(&file, &ImportSpec::default()).err().unwrap().to_string();
        assert!(error.contains("a.dbn, row 2: "), "{error}");
        assert!(
            error.contains(&format!("a record says that it has {bytes} bytes, which none has")),
            "{error}"
        );
    }
}
