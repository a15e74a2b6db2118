//! What a feed file is, and when it begins, from its first bytes.

use super::npy;
use crate::data::import::spec::SourceFormat;

/// Bytes that are looked at.
pub(super) const START: usize = 1 << 16;

/// The format of a file that begins with `bytes`; none if it is no feed. `name` is that of the file or archive member.
pub(crate) fn format_of(bytes: &[u8], name: &str) -> Option<SourceFormat> {
    if bytes.starts_with(npy::MAGIC) {
        return Some(SourceFormat::Hftbacktest);
    }
    let is_dbz = bytes.get(8..11) == Some(b"DBZ");
    if is_dbz || bytes.starts_with(b"DBN") && bytes.get(3).is_some_and(|version| *version < 16) {
        return Some(SourceFormat::Dbn);
    }
    let line = first_lines(bytes)[0];
    if line.starts_with("exchange,symbol,timestamp,local_timestamp") {
        return Some(SourceFormat::Tardis);
    }
    if line.starts_with("update_id,best_bid_price") {
        return Some(SourceFormat::BinanceBookTicker);
    }
    let json = line.split_once(' ').map_or(line, |(_, rest)| rest);
    if json.starts_with("{\"stream\":\"")
        || json.starts_with("{\"e\":\"")
        || json.starts_with("{\"lastUpdateId\"")
    {
        return Some(SourceFormat::BinanceStream);
    }
    let second = line.split(' ').nth(1).unwrap_or_default();
    let events = ["order_created", "order_changed", "order_deleted", "order_book", "trade"];
    if events.contains(&second) && line.contains('{') {
        return Some(SourceFormat::Bitstamp);
    }
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let is_ms = |at: usize| cells.get(at).is_some_and(|c| c.len() == 13 && c.parse::<i64>().is_ok());
    if cells.len() == 7 && is_ms(5) && is_ms(6) {
        return Some(SourceFormat::BinanceBookTicker);
    }
    let seconds = cells[0].parse::<f64>().is_ok_and(|s| (0.0..=86_400.0).contains(&s));
    let kind = cells.get(1).and_then(|c| c.parse::<i64>().ok()).is_some_and(|kind| (1..=7).contains(&kind));
    if cells.len() == 6 && seconds && kind && ["1", "-1"].contains(&cells[5]) {
        return Some(SourceFormat::Lobster);
    }
    let lobster_book = name.contains("_orderbook_") && cells.len().is_multiple_of(4);
    (lobster_book && cells.iter().all(|c| c.parse::<i64>().is_ok())).then_some(SourceFormat::Lobster)
}

/// The first two lines, as far as they are text.
fn first_lines(bytes: &[u8]) -> [&str; 2] {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default(),
    };
    let text = valid.strip_prefix('\u{feff}').unwrap_or(valid);
    let mut lines = text.lines();
    [lines.next().unwrap_or_default().trim(), lines.next().unwrap_or_default().trim()]
}

/// A number by which files of a format that begin with `bytes` stand in the order of time; equal where it cannot be told.
pub(super) fn begin_of(format: SourceFormat, bytes: &[u8]) -> i64 {
    let [first, second] = first_lines(bytes);
    let number = |text: Option<&str>| text.and_then(|t| t.trim().parse::<i64>().ok());
    let cell = |line: &str, at: usize| number(line.split(',').nth(at));
    let word = |at: usize| Some(i64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let found = match format {
        SourceFormat::Tardis => cell(second, 3),
        SourceFormat::BinanceBookTicker => cell(first, 5).or_else(|| cell(second, 5)),
        SourceFormat::BinanceStream => number(first.split(' ').next()).or_else(|| {
            number(first.split_once("\"E\":").and_then(|(_, rest)| rest.split([',', '}']).next()))
        }),
        SourceFormat::Bitstamp => number(first.split(' ').next()),
        // The length of the header stands in bytes 8 and 9; the local time is the third word of a row.
        SourceFormat::Hftbacktest => {
            bytes.get(8..10).and_then(|l| word(10 + usize::from(u16::from_le_bytes([l[0], l[1]])) + 16))
        }
        // Prefix and length (8), dataset (16), schema (2), start.
        SourceFormat::Dbn => word(26),
        _ => None,
    };
    found.unwrap_or(0)
}

/// Whether a Binance capture is one of futures: only their records name the update before.
pub(super) fn is_futures(bytes: &[u8]) -> bool {
    bytes.windows(5).any(|window| window == b"\"pu\":")
}
