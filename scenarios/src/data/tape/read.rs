//! Opens a tape without copying it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::buffer::Buffer;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::root_as_footer;
use manyworlds_components::time::Timestamp;
use xxhash_rust::xxh3::Xxh3;

use manyworlds_components::price::Step;

use super::book_columns::{DepthColumns, OrderColumns, QuoteColumns};
use super::check::check_batches;
use super::columns::{BarColumns, Batches, TradeColumns};
use super::message::check_message;
use super::meta::{BATCH_ROWS, BATCH_SHIFT, TapeMeta, fields};
use crate::data::error::DataError;
use crate::data::mmap::map_file;
use crate::data::validate::DefectReport;

/// Length and magic at the end of an Arrow file.
const TRAILER: usize = 10;

/// A memory-mapped tape. Cheap to share: worlds hold it in an `Arc` and read its columns in place.
#[derive(Debug)]
pub struct Tape {
    path: PathBuf,
    /// What a person named: the tape, or the file that it was made of.
    origin: PathBuf,
    meta: TapeMeta,
    pub(super) batches: Batches,
    rows: u64,
    digest: String,
    pub(super) defects: DefectReport,
    /// Tick and lot size that its rows are known to fit.
    pub(super) grid: (Option<Step>, Option<Step>),
}

impl Tape {
    /// Maps the file and checks its version, kind, columns and batch sizes. A tape that carries no digest (one that
    /// another program made) is read once in full to compute it and to see that it is sorted.
    ///
    /// # Errors
    /// When the file cannot be read, is cut off, or is not a tape of this version.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        Self::of(path, &map_file(path)?)
    }

    /// The tape that a file's bytes are.
    pub(super) fn of(path: &Path, buffer: &Buffer) -> Result<Self, DataError> {
        let error = |reason: String| DataError::Tape {
            path: path.to_owned(),
            reason,
            hint: "make it again with `manyworlds import`".to_owned(),
        };
        let (meta, batches, notes) = decode(buffer).map_err(error)?;
        let mut rows = 0;
        for batch in 0..batches.len() {
            let length = batches.ts_recv(batch).len();
            if length > BATCH_ROWS || (length < BATCH_ROWS && batch + 1 < batches.len()) || length == 0 {
                return Err(error(format!("record batch {batch} has {length} rows, not {BATCH_ROWS}")));
            }
            rows += length as u64;
        }
        if let Some(said) = notes.get("rows").filter(|said| **said != rows.to_string()) {
            return Err(error(format!("it should have {said} rows and has {rows}")));
        }
        let defects = match notes.get("defects") {
            Some(text) => serde_json::from_str(text).map_err(|e| error(format!("its defect report: {e}")))?,
            None => DefectReport::default(),
        };
        let grid = (meta.tick_size, meta.lot_size);
        let (path, origin) = (path.to_owned(), path.to_owned());
        let mut tape = Self { path, origin, meta, batches, rows, digest: String::new(), defects, grid };
        match notes.get("digest") {
            Some(digest) => tape.digest.clone_from(digest),
            None => {
                tape.check_sorted().map_err(error)?;
                check_batches(&tape.batches, tape.meta.tick_size, tape.meta.lot_size).map_err(error)?;
                tape.digest = tape.compute_digest();
            }
        }
        Ok(tape)
    }

    /// Reads the whole tape and compares it with its digest.
    ///
    /// # Errors
    /// When it was changed since it was written, or is not sorted by `ts_recv`.
    pub fn verify(&self) -> Result<(), DataError> {
        let found = self.compute_digest();
        let same = if found == self.digest {
            self.check_sorted()
        } else {
            Err(format!("its content has digest {found}, it says {}", self.digest))
        };
        same.map_err(|reason| DataError::Tape {
            path: self.path.clone(),
            reason,
            hint: "it was changed after it was written: make it again with `manyworlds import`".to_owned(),
        })
    }

    /// The same tape, made of a file that a person named.
    pub(crate) fn made_of(self, origin: &Path) -> Self {
        Self { origin: origin.to_owned(), ..self }
    }

    /// What a person named: the tape, or the file that it was made of.
    pub(crate) fn origin(&self) -> &Path {
        &self.origin
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Instrument facts and origin.
    pub fn meta(&self) -> &TapeMeta {
        &self.meta
    }

    /// What its import met.
    pub fn defects(&self) -> &DefectReport {
        &self.defects
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// xxh3-128 over kind, venue, symbol, frame and the columns, in hex. Independent of where it came from.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Number of record batches; row `r` is in batch `r / 65,536`.
    pub fn batches(&self) -> usize {
        self.batches.len()
    }

    /// The batches of a tape of bars.
    pub fn bars(&self) -> Option<&[BarColumns]> {
        match &self.batches {
            Batches::Bars(batches) => Some(batches),
            _ => None,
        }
    }

    /// The batches of a tape of trades.
    pub fn trades(&self) -> Option<&[TradeColumns]> {
        match &self.batches {
            Batches::Trades(batches) => Some(batches),
            _ => None,
        }
    }

    /// The batches of a tape of depth.
    pub fn depth(&self) -> Option<&[DepthColumns]> {
        match &self.batches {
            Batches::Depth(batches) => Some(batches),
            _ => None,
        }
    }

    /// The batches of a tape of quotes.
    pub fn quotes(&self) -> Option<&[QuoteColumns]> {
        match &self.batches {
            Batches::Quotes(batches) => Some(batches),
            _ => None,
        }
    }

    /// The batches of a tape of orders.
    pub fn orders(&self) -> Option<&[OrderColumns]> {
        match &self.batches {
            Batches::Orders(batches) => Some(batches),
            _ => None,
        }
    }

    /// Whether the prices and sizes of a book lie on these grids. A tape that was written for them is believed; another
    /// one is read in full.
    ///
    /// # Errors
    /// The first row that is off a grid.
    pub fn check_grid(&self, tick_size: Step, lot_size: Step) -> Result<(), DataError> {
        if self.grid == (Some(tick_size), Some(lot_size)) {
            return Ok(());
        }
        check_batches(&self.batches, Some(tick_size), Some(lot_size)).map_err(|reason| DataError::Tape {
            path: self.path.clone(),
            reason,
            hint: "set the tick and lot size of the symbol to those of the data".to_owned(),
        })
    }

    /// Batch of a row, and its place there.
    #[inline]
    pub fn locate(row: u64) -> (usize, usize) {
        ((row >> BATCH_SHIFT) as usize, row as usize & (BATCH_ROWS - 1))
    }

    /// When row `row` becomes visible.
    ///
    /// # Panics
    /// Beyond the last row.
    #[inline]
    pub fn ts_recv(&self, row: u64) -> Timestamp {
        let (batch, at) = Self::locate(row);
        Timestamp(self.batches.ts_recv(batch)[at])
    }

    /// When row `row` happened (for a bar: its open).
    ///
    /// # Panics
    /// Beyond the last row.
    pub fn ts_event(&self, row: u64) -> Timestamp {
        let (batch, at) = Self::locate(row);
        Timestamp(self.batches.ts_event(batch)[at])
    }

    /// `ts_event` of the first row and `ts_recv` of the last; `None` for an empty tape.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        (self.rows > 0).then(|| (self.ts_event(0), self.ts_recv(self.rows - 1)))
    }

    /// The first row with `ts_recv >= t`; the number of rows if there is none.
    pub fn seek(&self, t: Timestamp) -> u64 {
        let (mut low, mut high) = (0, self.batches.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.batches.ts_recv(middle).last().is_some_and(|last| *last < t.0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low == self.batches.len() {
            return self.rows;
        }
        ((low as u64) << BATCH_SHIFT) + self.batches.ts_recv(low).partition_point(|ts| *ts < t.0) as u64
    }

    /// After rows were left out.
    pub(super) fn count_again(&mut self) {
        let left: u64 = (0..self.batches.len()).map(|batch| self.batches.ts_recv(batch).len() as u64).sum();
        self.defects.rows_kept = self.defects.rows_kept.saturating_sub(self.rows - left);
        self.rows = left;
        self.digest = self.compute_digest();
    }

    fn compute_digest(&self) -> String {
        let mut hasher = Xxh3::new();
        hash_identity(&self.meta, &mut hasher);
        self.batches.hash(&mut hasher);
        format!("{:032x}", hasher.digest128())
    }

    fn check_sorted(&self) -> Result<(), String> {
        let mut last = i64::MIN;
        for batch in 0..self.batches.len() {
            for (at, ts) in self.batches.ts_recv(batch).iter().enumerate() {
                if *ts < last {
                    return Err(format!("row {} goes back in time", batch * BATCH_ROWS + at + 1));
                }
                last = *ts;
            }
        }
        Ok(())
    }
}

/// The part of a tape's digest that is not in its columns.
pub(super) fn hash_identity(meta: &TapeMeta, hasher: &mut Xxh3) {
    let frame = meta.frame.map_or(0, |f| f.nanos());
    hasher.update(format!("{}\0{}\0{}\0{frame}\0", meta.kind, meta.venue, meta.symbol).as_bytes());
}

type Decoded = (TapeMeta, Batches, HashMap<String, String>);

/// Reads footer and batches as views of `buffer`. The error says what is wrong.
fn decode(buffer: &Buffer) -> Result<Decoded, String> {
    const CUT: &str = "it is empty or cut off, or not an Arrow IPC file";
    let trailer_start = buffer.len().checked_sub(TRAILER).ok_or(CUT)?;
    let trailer = buffer[trailer_start..].try_into().map_err(|_| CUT)?;
    let footer_length = read_footer_length(trailer).map_err(|_| CUT)?;
    let footer_start = trailer_start.checked_sub(footer_length).ok_or(CUT)?;
    let footer =
        root_as_footer(&buffer[footer_start..trailer_start]).map_err(|e| format!("its footer: {e}"))?;
    let schema = Arc::new(
        try_fb_to_schema(footer.schema().ok_or("its footer has no schema")?)
            .map_err(|e| format!("its schema: {e}"))?,
    );
    let meta = TapeMeta::from_schema(&schema)?;
    let notes = footer
        .custom_metadata()
        .iter()
        .flatten()
        .filter_map(|pair| Some((pair.key()?.to_owned(), pair.value()?.to_owned())))
        .collect();
    let columns =
        fields(meta.kind).iter().filter_map(|field| schema.index_of(field.name()).ok()).collect::<Vec<_>>();
    let decoder = FileDecoder::new(schema.clone(), footer.version())
        .with_require_alignment(true)
        .with_projection(columns.clone());
    let mut batches = Batches::new(meta.kind);
    for (index, block) in footer.recordBatches().iter().flatten().enumerate() {
        let bad = |reason: String| format!("record batch {index}: {reason}");
        let place = || -> Option<(usize, usize, usize)> {
            let start = usize::try_from(block.offset()).ok()?;
            let head = usize::try_from(block.metaDataLength()).ok()?;
            let length = head.checked_add(usize::try_from(block.bodyLength()).ok()?)?;
            (start.checked_add(length)? <= footer_start).then_some((start, head, length))
        };
        let (start, head, length) = place().ok_or_else(|| bad("it lies outside the file".to_owned()))?;
        let data = buffer.slice_with_length(start, length);
        check_message(&data, head, &schema, |column| columns.contains(&column)).map_err(bad)?;
        let batch = decoder
            .read_record_batch(block, &data)
            .map_err(|e| bad(e.to_string()))?
            .ok_or_else(|| bad("it has no rows".to_owned()))?;
        batches.push(&batch).map_err(bad)?;
    }
    Ok((meta, batches, notes))
}
