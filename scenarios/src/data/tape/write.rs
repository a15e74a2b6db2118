//! Writes a tape in one pass with bounded memory. Nothing half-written is ever visible under the tape's name.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::Xxh3;

use super::check::RowCheck;
use super::columns::Batches;
use super::meta::{BATCH_ROWS, TapeKind, TapeMeta};
use super::rows::{
    BarRow, DepthRow, OrderRow, QuoteRow, TradeRow, bar_columns, depth_columns, order_columns, quote_columns,
    trade_columns,
};
use crate::data::error::DataError;
use crate::data::validate::DefectReport;

enum Pending {
    Bars(Vec<BarRow>),
    Trades(Vec<TradeRow>),
    Depth(Vec<DepthRow>),
    Quotes(Vec<QuoteRow>),
    Orders(Vec<OrderRow>),
}

/// Collects rows into record batches in a temporary file beside the destination; [`TapeWriter::finish`] renames it.
/// Dropped without that, it leaves nothing behind.
pub struct TapeWriter {
    path: PathBuf,
    meta: TapeMeta,
    writer: FileWriter<BufWriter<NamedTempFile>>,
    pending: Pending,
    check: RowCheck,
    hasher: Xxh3,
    rows: u64,
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
        let (path, pending, check) = (path.to_owned(), Pending::new(meta.kind), RowCheck::new(&meta));
        Ok(Self { path, meta, writer, pending, check, hasher, rows: 0, last_recv: i64::MIN })
    }

    /// Adds a bar.
    ///
    /// # Errors
    /// On a tape of trades, when `ts_recv` goes back, or when the disk refuses.
    #[inline]
    pub fn push_bar(&mut self, row: &BarRow) -> Result<(), DataError> {
        self.take_time(row.ts_recv)?;
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
        self.take_time(row.ts_recv)?;
        let Pending::Trades(rows) = &mut self.pending else { return Err(self.wrong_kind("trade")) };
        rows.push(*row);
        if rows.len() == BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    /// Adds a change of a level, or of the book as a whole. The first one is a clear.
    ///
    /// # Errors
    /// On a tape of another kind, when `ts_recv` goes back, on a negative size, a value off the tape's grid, a level before
    /// any clear, or when the disk refuses.
    #[inline]
    pub fn push_depth(&mut self, row: &DepthRow) -> Result<(), DataError> {
        self.take_time(row.ts_recv)?;
        let Pending::Depth(rows) = &mut self.pending else { return Err(self.wrong_kind("level")) };
        if let Err((reason, hint)) = self.check.depth(row) {
            return Err(self.wrong_row(&reason, hint));
        }
        rows.push(*row);
        if rows.len() == BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    /// Adds a quote.
    ///
    /// # Errors
    /// On a tape of another kind, when `ts_recv` goes back, on a negative size, a value off the tape's grid, or when the disk
    /// refuses.
    #[inline]
    pub fn push_quote(&mut self, row: &QuoteRow) -> Result<(), DataError> {
        self.take_time(row.ts_recv)?;
        let Pending::Quotes(rows) = &mut self.pending else { return Err(self.wrong_kind("quote")) };
        if let Err((reason, hint)) = self.check.quote(row) {
            return Err(self.wrong_row(&reason, hint));
        }
        rows.push(*row);
        if rows.len() == BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    /// Adds a change of an order, or of the book as a whole. The first one is a clear.
    ///
    /// # Errors
    /// As [`TapeWriter::push_depth`].
    #[inline]
    pub fn push_order(&mut self, row: &OrderRow) -> Result<(), DataError> {
        self.take_time(row.ts_recv)?;
        let Pending::Orders(rows) = &mut self.pending else { return Err(self.wrong_kind("order")) };
        if let Err((reason, hint)) = self.check.order(row) {
            return Err(self.wrong_row(&reason, hint));
        }
        rows.push(*row);
        if rows.len() == BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn take_time(&mut self, ts_recv: i64) -> Result<(), DataError> {
        if ts_recv < self.last_recv {
            return Err(
                self.error(format!("row {} goes back in time", self.rows + 1), "sort the rows by `ts_recv`")
            );
        }
        self.last_recv = ts_recv;
        self.rows += 1;
        Ok(())
    }

    fn error(&self, reason: String, hint: &str) -> DataError {
        DataError::Tape { path: self.path.clone(), reason, hint: hint.to_owned() }
    }

    #[cold]
    fn wrong_row(&self, reason: &str, hint: &str) -> DataError {
        self.error(format!("row {}: {reason}", self.rows), hint)
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
        let mut columns = Batches::new(self.meta.kind);
        let hashed = columns.push(&batch).map(|()| columns.hash(&mut self.hasher));
        hashed.map_err(|reason| self.error(reason, "this is a mistake in the program"))?;
        self.writer.write(&batch).map_err(|e| write_error(&self.path, e))
    }

    /// Completes the file and puts it in place of whatever was there.
    ///
    /// # Errors
    /// When the disk refuses; the destination is then as it was before.
    pub fn finish(self, defects: &DefectReport) -> Result<PathBuf, DataError> {
        self.seal(defects)?.place()
    }

    /// Completes the file with its rows, digest and defects, but does not put it in place yet: several that belong together
    /// can be completed first.
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
#[derive(Debug)]
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
    fn new(kind: TapeKind) -> Self {
        match kind {
            TapeKind::Bars => Self::Bars(Vec::with_capacity(BATCH_ROWS)),
            TapeKind::Trades => Self::Trades(Vec::with_capacity(BATCH_ROWS)),
            TapeKind::Depth => Self::Depth(Vec::with_capacity(BATCH_ROWS)),
            TapeKind::Quotes => Self::Quotes(Vec::with_capacity(BATCH_ROWS)),
            TapeKind::Orders => Self::Orders(Vec::with_capacity(BATCH_ROWS)),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Bars(rows) => rows.is_empty(),
            Self::Trades(rows) => rows.is_empty(),
            Self::Depth(rows) => rows.is_empty(),
            Self::Quotes(rows) => rows.is_empty(),
            Self::Orders(rows) => rows.is_empty(),
        }
    }

    /// The rows as columns, in the order of the schema; leaves nothing pending.
    fn take(&mut self) -> Vec<ArrayRef> {
        fn drained<T>(rows: &mut Vec<T>, columns: impl Fn(&[T]) -> Vec<ArrayRef>) -> Vec<ArrayRef> {
            let arrays = columns(rows);
            rows.clear();
            arrays
        }
        match self {
            Self::Bars(rows) => drained(rows, bar_columns),
            Self::Trades(rows) => drained(rows, trade_columns),
            Self::Depth(rows) => drained(rows, depth_columns),
            Self::Quotes(rows) => drained(rows, quote_columns),
            Self::Orders(rows) => drained(rows, order_columns),
        }
    }
}
