//! Tests of the feeds: what each source's rules make of small files, and of the real ones.

mod binance;
mod dbn;
mod hftbacktest;
mod lobster;
mod real;
mod reconstruction;
mod tardis;

use std::fs;
use std::path::{Path, PathBuf};

use manyworlds_components::side::BookSide;

use super::load::{Plan, Read};
use super::row::{Change, FeedRow};
use crate::data::error::DataError;
use crate::data::import::{ImportSpec, SourceFormat};
use crate::data::tape::TapeSignal;
use crate::data::validate::Policies;

/// The rows that files (name, content) of a format become.
fn rows_of(
    format: SourceFormat,
    files: &[(&str, &[u8])],
    spec: &ImportSpec,
) -> Result<(Vec<FeedRow>, Read), DataError> {
    let folder = tempfile::tempdir().unwrap();
    let write = |(name, content): &(&str, &[u8])| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let paths: Vec<PathBuf> = files.iter().map(write).collect();
    // Defaults are those of feeds.
    let off_grid = Policies::of_feeds();
    let policies =
        Policies { off_tick: off_grid.off_tick, off_lot: off_grid.off_lot, ..spec.policies.clone() };
    let spec = ImportSpec { format, policies, ..spec.clone() };
    let mut rows = Vec::new();
    let read = Plan::new(&paths, &spec)?.read(&spec, &mut rows, &|_, _| {})?;
    Ok((rows, read))
}

/// Settings with a policy changed.
fn with(change: impl FnOnce(&mut Policies)) -> ImportSpec {
    let mut policies = Policies::of_feeds();
    change(&mut policies);
    ImportSpec { policies, ..ImportSpec::default() }
}

/// A depth row in short: its receive time, and the level or signal.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Short {
    Clear(i64),
    Gap(i64),
    Bid(i64, f64, f64),
    Ask(i64, f64, f64),
}

/// The depth rows in short.
fn depth(rows: &[FeedRow]) -> Vec<Short> {
    let short = |row: &FeedRow| match row.change {
        Change::Level { side: BookSide::Bid, price, size } => Some(Short::Bid(row.ts_recv, price, size)),
        Change::Level { side: BookSide::Ask, price, size } => Some(Short::Ask(row.ts_recv, price, size)),
        Change::Signal { signal: TapeSignal::Clear, .. } => Some(Short::Clear(row.ts_recv)),
        Change::Signal { signal: TapeSignal::Gap, .. } => Some(Short::Gap(row.ts_recv)),
        _ => None,
    };
    rows.iter().filter_map(short).collect()
}

/// The folder of real data, if there is one.
fn data_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("MANYWORLDS_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no folder {} (set MANYWORLDS_DATA)", folder.display());
    None
}
