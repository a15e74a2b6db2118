//! Where journal rows go: tables in memory, or Parquet files that grow while the run goes on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use manyworlds_components::decision::Decision;
use manyworlds_components::forecast::Action;
use manyworlds_engine::{EquityRow, Journal, Recorder, Roster, ToggleRecord};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::account_series::AccountSeries;
use super::equity_curve::EquityCurve;
use super::folder::{FolderError, OutputFolder};
use super::tables::{Table, Tables};
use crate::scenario::schema::record::{EquityRecord, RecordSettings};

/// Rows after which a table's waiting rows go to the sink.
const BATCH_ROWS: usize = 65_536;

/// Where finished batches go.
pub enum Sink {
    /// Kept, table by table.
    Memory(BTreeMap<Table, Vec<RecordBatch>>),
    /// Written to a folder.
    Parquet(ParquetSink),
    /// Dropped: only the summary is wanted.
    Nowhere,
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
            Self::Nowhere => {}
        }
        Ok(())
    }

    /// A table that is made at the end, as a whole.
    pub(crate) fn write_whole(&mut self, table: Table, batch: RecordBatch) -> Result<(), FolderError> {
        if let Self::Parquet(sink) = self {
            sink.open(table, batch.schema())?;
        }
        self.write(table, batch)
    }

    /// A record of its own beside the tables; kept in memory by whoever made it.
    pub(crate) fn write_json(&self, name: &str, record: &impl serde::Serialize) -> Result<(), FolderError> {
        let Self::Parquet(sink) = self else { return Ok(()) };
        let path = sink.folder.path().join(name);
        let mut text = serde_json::to_string_pretty(record)
            .map_err(|e| FolderError::io(&path, std::io::Error::other(e)))?;
        text.push('\n');
        sink.folder.write(name, text.as_bytes()).map(|_| ())
    }
}

/// Writes Parquet files (zstd). Until [`ParquetSink::close`] they carry the ending `.partial`, so that an unfinished
/// table is never taken for a finished one.
pub struct ParquetSink {
    folder: OutputFolder,
    writers: BTreeMap<Table, ArrowWriter<std::fs::File>>,
}

impl ParquetSink {
    /// Creates all tables in a folder that grow while the run goes on.
    ///
    /// # Errors
    /// When a file cannot be created.
    pub fn create(folder: &OutputFolder, tables: &Tables) -> Result<Self, FolderError> {
        let mut sink = Self { folder: folder.clone(), writers: BTreeMap::new() };
        for table in Table::ALL.into_iter().filter(|t| t.grows()) {
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
    /// Decisions so far that were neither holds nor cut.
    pub decisions: u64,
    record: RecordSettings,
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
        let acts = |d: &Decision| d.action != Action::Hold && d.reasons.cut.is_none();
        self.decisions += journal.decisions.iter().filter(|(decision, _)| acts(decision)).count() as u64;
    }

    /// Takes in an account's last marks, unless the journal brought marks of that time or later.
    pub(crate) fn end(&mut self, row: &EquityRow, roster: &Roster) {
        let series = &self.accounts[row.account.index()];
        if series.ts.last().is_none_or(|last| *last < row.ts.0) {
            self.mark(row);
            if self.record.equity != EquityRecord::Off {
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
        if matches!(self.sink, Sink::Nowhere) {
            return Ok(());
        }
        self.tables.add_journal(journal, roster, &self.record);
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
        let accounts = vec![AccountSeries::default(); accounts];
        Self(Arc::new(Mutex::new(Recording {
            tables,
            sink,
            accounts,
            curves: Vec::new(),
            toggles: Vec::new(),
            decisions: 0,
            record: record.clone(),
        })))
    }

    /// A recorder that continues another's, whose rows so far stay there: what it keeps is what a fork's statistics
    /// need of its past. Tables go to memory, or nowhere where the other's do.
    pub(crate) fn successor(&self, tables: Tables) -> Self {
        let past = self.lock();
        let sink = if matches!(past.sink, Sink::Nowhere) { Sink::Nowhere } else { Sink::memory() };
        Self(Arc::new(Mutex::new(Recording {
            tables,
            sink,
            accounts: past.accounts.clone(),
            curves: past.curves.clone(),
            toggles: past.toggles.clone(),
            decisions: past.decisions,
            record: past.record.clone(),
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
