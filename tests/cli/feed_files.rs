//! Small files of order-book feeds. Each function lets its caller spoil the lines, or records, of a good file.

use std::fmt::Write as _;

use dbn::encode::EncodeRecord as _;
use dbn::record::{MboMsg, RecordHeader};
use dbn::{FlagSet, MetadataBuilder, SType, Schema, flags, rtype};

/// 2024-08-08T23:54:15Z in ms.
pub const START_MS: i64 = 1_723_161_255_000;

fn lines(mut lines: Vec<String>, spoil: impl FnOnce(&mut Vec<String>)) -> String {
    spoil(&mut lines);
    lines.iter().map(|line| line.to_owned() + "\n").collect()
}

fn us(i: i64) -> i64 {
    (START_MS + i) * 1_000
}

/// Tardis `incremental_book_L2`: header, one row before the snapshot, two of the snapshot, two updates.
pub fn tardis_book(spoil: impl FnOnce(&mut Vec<String>)) -> String {
    let row = |i: i64, snapshot: bool, side: &str, price: &str, amount: &str| {
        format!("bitmex,XBTUSD,{},{},{snapshot},{side},{price},{amount}", us(i), us(i) + 700)
    };
    let rows = vec![
        "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount".to_owned(),
        row(0, false, "bid", "99.5", "1"),
        row(1, true, "bid", "100.0", "10"),
        row(1, true, "ask", "100.5", "20"),
        row(2, false, "bid", "100.0", "5"),
        row(3, false, "ask", "100.5", "0"),
    ];
    lines(rows, spoil)
}

/// Tardis `trades`: header and two trades.
pub fn tardis_trades(spoil: impl FnOnce(&mut Vec<String>)) -> String {
    let row = |i: i64, side: &str| format!("bitmex,XBTUSD,{},{},id-{i},{side},100.5,3", us(i), us(i) + 700);
    let header = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount".to_owned();
    lines(vec![header, row(1, "buy"), row(2, "sell")], spoil)
}

/// A Binance capture: an update that waits, a snapshot, an update, a quote, two trades.
pub fn binance(spoil: impl FnOnce(&mut Vec<String>)) -> String {
    let record = |i: i64, stream: &str, data: &str| {
        format!("{} {{\"stream\":\"xy@{stream}\",\"data\":{{{data}}}}}", (START_MS + i + 9) * 1_000_000)
    };
    let depth = |i: i64, first: u64, last: u64, side: &str| {
        let (b, a) = if side == "b" { ("[\"100.00\",\"2.5\"]", "") } else { ("", "[\"101.00\",\"0.0\"]") };
        let e = START_MS + i;
        let data = format!(
            "\"e\":\"depthUpdate\",\"E\":{e},\"s\":\"XY\",\"U\":{first},\"u\":{last},\"b\":[{b}],\"a\":[{a}]"
        );
        record(i, "depth@100ms", &data)
    };
    let trade = |i: i64, id: u64, maker: bool| {
        let t = START_MS + i;
        let data = format!(
            "\"e\":\"trade\",\"E\":{t},\"s\":\"XY\",\"t\":{id},\"p\":\"100.00\",\"q\":\"0.5\",\"T\":{t},\"m\":{maker}"
        );
        record(i, "trade", &data)
    };
    let snapshot = "{\"lastUpdateId\":8,\"bids\":[[\"100.00\",\"1.0\"]],\"asks\":[[\"101.00\",\"2.0\"]]}";
    let quote = "\"u\":10,\"s\":\"XY\",\"b\":\"100.00\",\"B\":\"2.5\",\"a\":\"101.00\",\"A\":\"2.0\"";
    let rows = vec![
        depth(0, 7, 9, "b"),
        format!("{} {snapshot}", (START_MS + 10) * 1_000_000),
        depth(2, 10, 10, "a"),
        record(3, "bookTicker", quote),
        trade(4, 5, true),
        trade(5, 6, false),
    ];
    lines(rows, spoil)
}

/// `bookTicker` of the archive: header and two rows.
pub fn book_ticker(spoil: impl FnOnce(&mut Vec<String>)) -> String {
    let header =
        "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time";
    let row = |i: i64| format!("{i},100.00,1.5,100.01,2.5,{},{}", START_MS + i, START_MS + i + 3);
    lines(vec![header.to_owned(), row(1), row(2)], spoil)
}

/// LOBSTER: messages (spoiled by the caller) and books of one level.
pub fn lobster(spoil: impl FnOnce(&mut Vec<String>)) -> (String, String) {
    let messages = ["34200.1,1,7,10,1000000,1", "34200.2,1,8,10,1000100,-1", "34200.3,4,7,4,1000000,1"];
    let books = ["1000200,5,1000000,10", "1000100,10,1000000,10", "1000100,10,1000000,6"];
    let mut text = String::new();
    books.iter().for_each(|book| _ = writeln!(text, "{book}"));
    (lines(messages.map(str::to_owned).to_vec(), spoil), text)
}

/// Bitstamp: two orders, a trade, a change, and a book.
pub fn bitstamp(spoil: impl FnOnce(&mut Vec<String>)) -> String {
    let order = |i: i64, event: &str, id: u64, price: &str, amount: &str, side: u8| {
        format!(
            "{} order_{event} {{\"price\": \"{price}\", \"amount\": \"{amount}\", \"datetime\": \"1\", \"id\": {id}, \
             \"order_type\": {side}}}",
            START_MS + i
        )
    };
    let rows = vec![
        order(1, "created", 1, "236.47", "2.0", 0),
        order(2, "created", 2, "236.50", "3.0", 1),
        format!(
            "{} order_book {{\"bids\": [[\"236.47\", \"2.0\"]], \"asks\": [[\"236.50\", \"3.0\"]]}}",
            START_MS + 3
        ),
        format!("{} trade {{\"price\": 236.47, \"amount\": 0.5, \"id\": 9}}", START_MS + 4),
        order(5, "changed", 1, "236.47", "1.5", 0),
    ];
    lines(rows, spoil)
}

/// DBN of MBO: clear, two orders, a trade, its fill and what it takes off.
pub fn dbn(spoil: impl FnOnce(&mut Vec<MboMsg>)) -> Vec<u8> {
    let start = START_MS as u64 * 1_000_000;
    let record = |i: u64, action: char, side: char, order_id: u64, cents: i64, size: u32, flags: u8| MboMsg {
        hd: RecordHeader::new::<MboMsg>(rtype::MBO, 1, 5, start + i),
        order_id,
        price: cents * 10_000_000,
        size,
        flags: FlagSet::new(flags),
        channel_id: 0,
        action: action as _,
        side: side as _,
        ts_recv: start + i + 1_000,
        ts_in_delta: 0,
        sequence: i as u32,
    };
    let mut records = vec![
        record(0, 'R', 'N', 0, 0, 0, flags::LAST),
        record(1, 'A', 'B', 1, 10_000, 5, flags::LAST),
        record(2, 'A', 'A', 2, 10_025, 5, flags::LAST),
        record(3, 'T', 'A', 0, 10_000, 2, 0),
        record(3, 'F', 'B', 1, 10_000, 2, 0),
        record(3, 'C', 'B', 1, 10_000, 2, flags::LAST),
    ];
    spoil(&mut records);
    dbn_of(Schema::Mbo, &records)
}

/// A DBN file of a schema.
pub fn dbn_of(schema: Schema, records: &[MboMsg]) -> Vec<u8> {
    let metadata = MetadataBuilder::new()
        .dataset("GLBX.MDP3")
        .schema(Some(schema))
        .start(START_MS as u64 * 1_000_000)
        .stype_in(Some(SType::RawSymbol))
        .stype_out(SType::InstrumentId)
        .symbols(vec!["ESH4".to_owned()])
        .build();
    let mut bytes = Vec::new();
    let mut encoder = dbn::encode::dbn::Encoder::new(&mut bytes, &metadata).unwrap();
    encoder.encode_records(records).unwrap();
    bytes
}

/// A row of an hftbacktest array: kind and flags, price, size; and by how many us its time is moved.
pub type Event = (u64, f64, f64, i64);

pub const DTYPE: &str = "[('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), ('qty', '<f8'), \
     ('order_id', '<u8'), ('ival', '<i8'), ('fval', '<f8')]";

/// Both the exchange's and ours.
pub const BOTH: u64 = 3 << 30;
pub const BUY: u64 = 1 << 29;
pub const SELL: u64 = 1 << 28;

/// hftbacktest npy: a snapshot of both sides, an update, a trade.
pub fn npy(spoil: impl FnOnce(&mut Vec<Event>)) -> Vec<u8> {
    let mut events = vec![
        (4 | BOTH | BUY, 100.0, 1.0, 0),
        (4 | BOTH | SELL, 100.5, 2.0, 0),
        (1 | BOTH | BUY, 100.0, 3.0, 0),
        (2 | BOTH | BUY, 100.5, 0.5, 0),
    ];
    spoil(&mut events);
    npy_of(DTYPE, &events)
}

/// The same with another dtype in its header.
pub fn npy_of(dtype: &str, events: &[Event]) -> Vec<u8> {
    let text = format!("{{'descr': {dtype}, 'fortran_order': False, 'shape': ({},), }}\n", events.len());
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    for (i, (ev, price, size, moved)) in events.iter().enumerate() {
        let ts = (START_MS * 1_000 + i as i64 + moved) * 1_000;
        bytes.extend(ev.to_le_bytes());
        bytes.extend(ts.to_le_bytes());
        bytes.extend((ts + 500).to_le_bytes());
        bytes.extend(price.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend([0; 24]);
    }
    bytes
}
