//! Tests of the import.

mod containers;
mod formats;
mod real;
mod refused;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{ImportOutcome, ImportSpec, import};
use crate::data::error::DataError;
use crate::data::tape::{BarRow, Tape, TradeRow};

/// The klines of `minutes` minutes from 2023-01-01 as Binance writes them.
fn klines(from: i64, minutes: i64) -> String {
    let row = |i: i64| {
        let open = 1_672_531_200_000 + i * 60_000;
        let price = 100.0 + (i % 10) as f64;
        format!("{open},{price}.0,{price}.5,{price}.0,{price}.25,1.5,{},150.0,7,1.0,100.0,0\n", open + 59_999)
    };
    (from..from + minutes).map(row).collect()
}

/// A folder, and a file in it.
fn folder_with(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn import_quietly(files: &[PathBuf], out: &Path, spec: &ImportSpec) -> Result<ImportOutcome, DataError> {
    import(files, out, spec, &|_, _| {})
}

/// Imports one file of this name and content.
fn import_text(
    name: &str,
    content: impl AsRef<[u8]>,
    spec: &ImportSpec,
) -> Result<(Tape, ImportOutcome), DataError> {
    let (folder, path) = folder_with(name, content);
    let outcome = import_quietly(&[path], &folder.path().join("out"), spec)?;
    Ok((Tape::open(&outcome.path)?, outcome))
}

/// The message of a failed import, without the folder.
fn message(name: &str, content: impl AsRef<[u8]>, spec: &ImportSpec) -> String {
    let (folder, path) = folder_with(name, content);
    let error = import_quietly(&[path], &folder.path().join("out"), spec).unwrap_err();
    let left = fs::read_dir(folder.path().join("out")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "a failed import leaves nothing behind");
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

fn bars(tape: &Tape) -> Vec<BarRow> {
    let rows = tape.bars().unwrap().iter().flat_map(|b| {
        (0..b.open.len()).map(|i| BarRow {
            ts_event: b.ts_event[i],
            ts_recv: b.ts_recv[i],
            ohlcv: [b.open[i], b.high[i], b.low[i], b.close[i], b.volume[i]],
            trades: b.trades_at(i),
        })
    });
    rows.collect()
}

fn trades(tape: &Tape) -> Vec<TradeRow> {
    let rows = tape.trades().unwrap().iter().flat_map(|b| {
        (0..b.price.len()).map(|i| TradeRow {
            ts_event: b.ts_event[i],
            ts_recv: b.ts_recv[i],
            trade_id: b.trade_id[i],
            price: b.price[i],
            quantity: b.quantity[i],
            aggressor_side: b.aggressor_side[i],
        })
    });
    rows.collect()
}
