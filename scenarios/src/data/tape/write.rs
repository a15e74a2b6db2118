//! Writes a tape in one pass with bounded memory. Nothing half-written is ever visible under the tape's name.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int8Array, Int64Array, RecordBatch, TimestampNanosecondArray};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::Xxh3;

use super::columns::{BarColumns, TradeColumns};
use super::meta::{BATCH_ROWS, TapeKind, TapeMeta};
use crate::data::error::DataError;
use crate::data::validate::DefectReport;

/// A bar on its way to a tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarRow {
    /// Open time, ns.
    pub ts_event: i64,
    /// When the bar becomes visible, ns.
    pub ts_recv: i64,
    /// Open, high, low, close (quote units), volume (base units).
    pub ohlcv: [f64; 5],
    /// Number of trades, if known.
    pub trades: Option<i64>,
}

/// A trade on its way to a tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeRow {
    /// Venue time, ns.
    pub ts_event: i64,
    /// Local time, ns.
    pub ts_recv: i64,
    /// The venue's id.
    pub trade_id: i64,
    /// Quote units.
    pub price: f64,
    /// Base units.
    pub quantity: f64,
    /// 1 buyer, -1 seller, 0 unknown.
    pub aggressor_side: i8,
}

enum Pending {
    Bars(Vec<BarRow>),
    Trades(Vec<TradeRow>),
}

/// Collects rows into record batches in a temporary file beside the destination; [`TapeWriter::finish`] renames it.
/// Dropped without that, it leaves nothing behind.
pub struct TapeWriter {
    path: PathBuf,
    meta: TapeMeta,
    writer: FileWriter<BufWriter<NamedTempFile>>,
    pending: Pending,
    hasher: Xxh3,
    rows: u64,
    first: Option<i64>,
    last_recv: i64,
}

impl TapeWriter {
    /// Begins a tape that will appear at `path`; its folder is made if need be.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn create(path: &Path, meta: TapeMeta) -> Result<Self, DataError> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(DataError::io(folder, "make the folder"))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".tape-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(DataError::io(folder, "make a file in the folder"))?;
        let writer = FileWriter::try_new(BufWriter::with_capacity(1 << 20, file), &meta.schema())
            .map_err(|e| write_error(path, e))?;
        let mut hasher = Xxh3::new();
        super::read::hash_identity(&meta, &mut hasher);
        let pending = match meta.kind {
            TapeKind::Bars => Pending::Bars(Vec::with_capacity(BATCH_ROWS)),
            TapeKind::Trades => Pending::Trades(Vec::with_capacity(BATCH_ROWS)),
        };
        let path = path.to_owned();
        Ok(Self { path, meta, writer, pending, hasher, rows: 0, first: None, last_recv: i64::MIN })
    }

    /// Adds a bar.
    ///
    /// # Errors
    /// On a tape of trades, when `ts_recv` goes back, or when the disk refuses.
    #[inline]
    pub fn push_bar(&mut self, row: &BarRow) -> Result<(), DataError> {
        self.take_time(row.ts_event, row.ts_recv)?;
        let Pending::Bars(rows) = &mut self.pending else { return Err(self.wrong_kind("bar")) };
        rows.push(*row);
        if rows.len() == BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    /// Adds a trade.
    ///
    /// # Errors
    /// On a tape of bars, when `ts_recv` goes back, or when the disk refuses.
    #[inline]
    pub fn push_trade(&mut self, row: &TradeRow) -> Result<(), DataError> {
        self.take_time(row.ts_event, row.ts_recv)?;
        let Pending::Trades(rows) = &mut self.pending else { return Err(self.wrong_kind("trade")) };
        rows.push(*row);
        if rows.len() == BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn take_time(&mut self, ts_event: i64, ts_recv: i64) -> Result<(), DataError> {
        if ts_recv < self.last_recv {
            return Err(
                self.error(format!("row {} goes back in time", self.rows + 1), "sort the rows by `ts_recv`")
            );
        }
        self.last_recv = ts_recv;
        self.first.get_or_insert(ts_event);
        self.rows += 1;
        Ok(())
    }

    fn error(&self, reason: String, hint: &str) -> DataError {
        DataError::Tape { path: self.path.clone(), reason, hint: hint.to_owned() }
    }

    fn wrong_kind(&self, row: &str) -> DataError {
        self.error(
            format!("a {row} does not belong on a tape of {}", self.meta.kind),
            "begin a tape of the other kind",
        )
    }

    fn write_batch(&mut self) -> Result<(), DataError> {
        let schema = self.writer.schema().clone();
        let batch =
            RecordBatch::try_new(schema, self.pending.take()).map_err(|e| write_error(&self.path, e))?;
        let hashed = match self.meta.kind {
            TapeKind::Bars => BarColumns::new(&batch).map(|columns| columns.hash(&mut self.hasher)),
            TapeKind::Trades => TradeColumns::new(&batch).map(|columns| columns.hash(&mut self.hasher)),
        };
        hashed.map_err(|reason| self.error(reason, "this is a mistake in the program"))?;
        self.writer.write(&batch).map_err(|e| write_error(&self.path, e))
    }

    /// Completes the file with its span, digest and defects, and puts it in place of whatever was there.
    ///
    /// # Errors
    /// When the disk refuses; the destination is then as it was before.
    pub fn finish(self, defects: &DefectReport) -> Result<PathBuf, DataError> {
        self.seal(defects)?.place()
    }

    /// Completes the file like [`TapeWriter::finish`], but does not put it in place yet: tapes that belong together are
    /// placed when all are complete.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn seal(mut self, defects: &DefectReport) -> Result<SealedTape, DataError> {
        if !self.pending.is_empty() {
            self.write_batch()?;
        }
        let digest = format!("{:032x}", self.hasher.digest128());
        let defects = serde_json::to_string(defects).unwrap_or_default();
        let notes = [("digest", digest), ("rows", self.rows.to_string()), ("defects", defects)];
        for (key, value) in notes {
            self.writer.write_metadata(key, value);
        }
        let path = self.path;
        let buffer = self.writer.into_inner().map_err(|e| write_error(&path, e))?;
        let file = buffer.into_inner().map_err(|e| DataError::io(&path, "write the tape")(e.into_error()))?;
        file.as_file().sync_all().map_err(DataError::io(&path, "write the tape to the disk"))?;
        Ok(SealedTape { path, file })
    }
}

/// A complete tape that is not in its place yet. Dropped, it leaves nothing behind.
pub struct SealedTape {
    path: PathBuf,
    file: NamedTempFile,
}

impl SealedTape {
    /// Puts it in place of whatever was there.
    ///
    /// # Errors
    /// When the disk refuses; the destination is then as it was before.
    pub fn place(self) -> Result<PathBuf, DataError> {
        let Self { path, file } = self;
        file.persist(&path).map_err(|e| DataError::io(&path, "put the tape in place")(e.error))?;
        sync_folder(&path);
        Ok(path)
    }
}

/// Makes the rename durable where the system can; a failure costs durability after a power cut, never correctness.
fn sync_folder(path: &Path) {
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
}

fn write_error(path: &Path, error: ArrowError) -> DataError {
    let source = match error {
        ArrowError::IoError(_, source) => source,
        other => io::Error::other(other),
    };
    DataError::Io { path: path.to_owned(), doing: "write the tape", source }
}

impl Pending {
    fn is_empty(&self) -> bool {
        match self {
            Self::Bars(rows) => rows.is_empty(),
            Self::Trades(rows) => rows.is_empty(),
        }
    }

    /// The rows as columns, in the order of the schema; leaves nothing pending.
    fn take(&mut self) -> Vec<ArrayRef> {
        fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
            Arc::new(TimestampNanosecondArray::from_iter_values(values).with_timezone("UTC"))
        }
        fn floats(values: impl Iterator<Item = f64>) -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(values))
        }
        match self {
            Self::Bars(rows) => {
                let mut columns =
                    vec![times(rows.iter().map(|r| r.ts_event)), times(rows.iter().map(|r| r.ts_recv))];
                columns.extend((0..5).map(|column| floats(rows.iter().map(move |r| r.ohlcv[column]))));
                columns.push(Arc::new(rows.iter().map(|r| r.trades).collect::<Int64Array>()));
                rows.clear();
                columns
            }
            Self::Trades(rows) => {
                let columns: Vec<ArrayRef> = vec![
                    times(rows.iter().map(|r| r.ts_event)),
                    times(rows.iter().map(|r| r.ts_recv)),
                    Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.trade_id))),
                    floats(rows.iter().map(|r| r.price)),
                    floats(rows.iter().map(|r| r.quantity)),
                    Arc::new(Int8Array::from_iter_values(rows.iter().map(|r| r.aggressor_side))),
                ];
                rows.clear();
                columns
            }
        }
    }
}
