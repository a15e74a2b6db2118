//! Where journal rows go: tables in memory, or Parquet files that grow while the run goes on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use manyworlds_engine::{EquityRow, Journal, Recorder, Roster, ToggleRecord};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::account_series::AccountSeries;
use super::equity_curve::EquityCurve;
use super::folder::{FolderError, OutputFolder};
use super::tables::{Table, Tables};
use crate::scenario::schema::record::{DecisionRecord, EquityRecord, RecordSettings};

/// Rows after which a table's waiting rows go to the sink.
const BATCH_ROWS: usize = 65_536;

/// Where finished batches go.
pub enum Sink {
    /// Kept, table by table.
    Memory(BTreeMap<Table, Vec<RecordBatch>>),
    /// Written to a folder.
    Parquet(ParquetSink),
    /// Dropped: only what statistics need is kept.
    Nothing,
}

impl Sink {
    /// An empty sink in memory.
    pub fn memory() -> Self {
        Self::Memory(BTreeMap::new())
    }

    fn write(&mut self, table: Table, batch: RecordBatch) -> Result<(), FolderError> {
        match self {
            Self::Memory(batches) => batches.entry(table).or_default().push(batch),
            Self::Parquet(sink) => sink.write(table, batch)?,
            Self::Nothing => {}
        }
        Ok(())
    }
}

/// Writes Parquet files (zstd). Until [`ParquetSink::close`] they carry the ending `.partial`, so that an unfinished
/// table is never taken for a finished one.
pub struct ParquetSink {
    folder: OutputFolder,
    writers: BTreeMap<Table, ArrowWriter<std::fs::File>>,
}

impl ParquetSink {
    /// Creates all tables in a folder.
    ///
    /// # Errors
    /// When a file cannot be created.
    pub fn create(folder: &OutputFolder, tables: &Tables) -> Result<Self, FolderError> {
        let mut sink = Self { folder: folder.clone(), writers: BTreeMap::new() };
        for table in Table::ALL {
            sink.open(table, tables.schema(table))?;
        }
        Ok(sink)
    }

    fn open(&mut self, table: Table, schema: SchemaRef) -> Result<(), FolderError> {
        let path = self.folder.partial(table);
        let file = std::fs::File::create(&path).map_err(|e| FolderError::io(&path, e))?;
        let level = ZstdLevel::try_new(3).unwrap_or_default();
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        let writer = ArrowWriter::try_new(file, schema, Some(properties));
        self.writers.insert(table, writer.map_err(|e| FolderError::table(&path, e))?);
        Ok(())
    }

    fn write(&mut self, table: Table, batch: RecordBatch) -> Result<(), FolderError> {
        let Some(writer) = self.writers.get_mut(&table) else { return Ok(()) };
        writer
            .write(&batch)
            .and_then(|()| writer.flush())
            .map_err(|e| FolderError::table(&self.folder.partial(table), e))
    }

    /// Ends all tables; once all are stored, they get their names.
    ///
    /// # Errors
    /// When a file cannot be written: then none gets its name.
    pub fn close(&mut self) -> Result<(), FolderError> {
        let writers = std::mem::take(&mut self.writers);
        let tables: Vec<Table> = writers.keys().copied().collect();
        for (table, writer) in writers {
            writer.close().map_err(|e| FolderError::table(&self.folder.partial(table), e))?;
        }
        for table in tables {
            let (partial, path) = (self.folder.partial(table), self.folder.table(table));
            std::fs::rename(&partial, &path).map_err(|e| FolderError::io(&path, e))?;
        }
        Ok(())
    }
}

/// Everything that has been recorded of a run.
pub struct Recording {
    /// Rows that wait.
    pub tables: Tables,
    /// Where they go.
    pub sink: Sink,
    /// By account.
    pub accounts: Vec<AccountSeries>,
    /// By account, its equity at the end of each frame of its own; none where nobody asked for it.
    pub curves: Vec<EquityCurve>,
    /// Modules that were switched on or off, in order.
    pub toggles: Vec<ToggleRecord>,
    with_equity: bool,
    with_decisions: bool,
}

impl Recording {
    /// Takes in what the summary needs of a journal; its rows go to no table.
    pub(crate) fn follow(&mut self, journal: &Journal) {
        for row in &journal.equity {
            self.mark(row);
        }
        for trade in &journal.trades {
            self.accounts[trade.account.index()].trade(trade);
        }
        for fill in &journal.fills {
            self.accounts[fill.account.index()].fill(fill);
        }
        for (decision, _) in &journal.decisions {
            self.accounts[decision.account.index()].decision(decision);
        }
        self.toggles.extend_from_slice(&journal.toggles);
    }

    /// Takes in an account's last marks, unless the journal brought marks of that time or later.
    pub(crate) fn end(&mut self, row: &EquityRow, roster: &Roster) {
        let series = &self.accounts[row.account.index()];
        if series.ts.last().is_none_or(|last| *last < row.ts.0) {
            self.mark(row);
            if self.with_equity {
                self.tables.add_equity(row, roster);
            }
        }
    }

    fn mark(&mut self, row: &EquityRow) {
        self.accounts[row.account.index()].mark(row);
        if let Some(curve) = self.curves.get_mut(row.account.index()) {
            curve.mark(row);
        }
    }

    fn add(&mut self, journal: &Journal, roster: &Roster) -> Result<(), FolderError> {
        self.follow(journal);
        if matches!(self.sink, Sink::Nothing) {
            return Ok(());
        }
        self.tables.add_journal(journal, roster, self.with_equity, self.with_decisions);
        self.pass_on(BATCH_ROWS)
    }

    /// Hands tables with at least `rows` waiting rows to the sink.
    ///
    /// # Errors
    /// When the sink cannot store them.
    pub fn pass_on(&mut self, rows: usize) -> Result<(), FolderError> {
        for table in Table::ALL {
            if self.tables.rows(table) >= rows.max(1) {
                let batch = self
                    .tables
                    .take(table)
                    .map_err(|e| FolderError::Table { path: table.name().into(), message: e.to_string() })?;
                self.sink.write(table, batch)?;
            }
        }
        Ok(())
    }
}

/// The engine's recorder: shares its recording with whoever runs the simulation.
#[derive(Clone)]
pub struct TableRecorder(Arc<Mutex<Recording>>);

impl TableRecorder {
    /// A recorder of `accounts` accounts, which stores what `record` asks for.
    pub fn new(tables: Tables, sink: Sink, accounts: usize, record: &RecordSettings) -> Self {
        let with_equity = record.equity != EquityRecord::Off;
        let with_decisions = record.decisions != DecisionRecord::None;
        let accounts = vec![AccountSeries::default(); accounts];
        Self(Arc::new(Mutex::new(Recording {
            tables,
            sink,
            accounts,
            curves: Vec::new(),
            toggles: Vec::new(),
            with_equity,
            with_decisions,
        })))
    }

    /// A recorder that continues another's, whose rows so far stay there: what it keeps is what a fork's statistics
    /// need of its past. Tables go to memory, or nowhere where the other's do.
    pub(crate) fn successor(&self, tables: Tables) -> Self {
        let past = self.lock();
        let sink = if matches!(past.sink, Sink::Nothing) { Sink::Nothing } else { Sink::memory() };
        Self(Arc::new(Mutex::new(Recording {
            tables,
            sink,
            accounts: past.accounts.clone(),
            curves: past.curves.clone(),
            toggles: past.toggles.clone(),
            with_equity: past.with_equity,
            with_decisions: past.with_decisions,
        })))
    }

    /// Exclusive access to the recording.
    pub fn lock(&self) -> std::sync::MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Recorder for TableRecorder {
    fn record(
        &mut self,
        journal: &Journal,
        roster: &Roster,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.lock().add(journal, roster)?)
    }
}
