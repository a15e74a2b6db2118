//! Market data files for the tests, in the layouts of `formats.md`.

use std::io::Write as _;

/// 2023-01-01T00:00:00Z in milliseconds.
pub const START_MS: i64 = 1_672_531_200_000;

/// The header of Binance's klines.
pub const KLINES_HEADER: &str = "open_time,open,high,low,close,volume,close_time,quote_volume,count,\
                                 taker_buy_volume,taker_buy_quote_volume,ignore\n";

/// Rows of klines, cell by cell, so that tests can spoil one. Times are milliseconds times `per_ms`.
pub fn klines(rows: i64, start_ms: i64, per_ms: i64) -> Vec<Vec<String>> {
    let row = |i: i64| {
        let open_ms = start_ms + i * 60_000;
        // A triangle wave: crossovers happen, and no price repeats the next by chance.
        let price = |i: i64| 100 + (i % 20 - 10).abs();
        let (open, close) = (price(i), price(i + 1));
        vec![
            (open_ms * per_ms).to_string(),
            format!("{open}.00"),
            format!("{}.50", open.max(close)),
            format!("{}.50", open.min(close) - 1),
            format!("{close}.00"),
            format!("{}.0", 10 + i % 5),
            ((open_ms + 60_000) * per_ms - 1).to_string(),
            "1000.0".to_owned(),
            "5".to_owned(),
            "5.0".to_owned(),
            "500.0".to_owned(),
            "0".to_owned(),
        ]
    };
    (0..rows).map(row).collect()
}

/// Rows as csv.
pub fn csv(rows: &[Vec<String>]) -> String {
    rows.iter().map(|row| row.join(",") + "\n").collect()
}

/// Good klines as csv.
pub fn good(rows: i64) -> String {
    csv(&klines(rows, START_MS, 1))
}

/// Packed as gzip does.
pub fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).unwrap()
}

/// A zip archive with one member.
pub fn zip(member: &str, text: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    writer.start_file(member, options).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}
