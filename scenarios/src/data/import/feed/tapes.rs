//! The tapes of one import: each begun with its first row, all put in place at the end.

use std::path::{Path, PathBuf};

use super::row::{Change, FeedKind, FeedRow, Names, RowSink};
use crate::data::error::DataError;
use crate::data::import::load::ImportOutcome;
use crate::data::import::peek::Detected;
use crate::data::import::spec::ImportSpec;
use crate::data::tape::{
    DepthChange, DepthRow, OrderChange, OrderRow, QuoteRow, SealedTape, SourceFile, TapeKind, TapeMeta,
    TapeWriter, TradeRow,
};
use crate::data::validate::DefectReport;

/// Where rows go.
pub(super) struct Tapes<'a> {
    out_dir: &'a Path,
    spec: &'a ImportSpec,
    /// What the venue is called where neither the settings nor the source say so.
    default_venue: &'static str,
    first_file: PathBuf,
    sources: Vec<SourceFile>,
    writers: [Option<(TapeWriter, TapeMeta)>; 4],
}

impl<'a> Tapes<'a> {
    pub(super) fn new(
        out_dir: &'a Path,
        spec: &'a ImportSpec,
        default_venue: &'static str,
        files: &[PathBuf],
        sources: Vec<SourceFile>,
    ) -> Self {
        let first_file = files.first().cloned().unwrap_or_default();
        Self { out_dir, spec, default_venue, first_file, sources, writers: [const { None }; 4] }
    }

    fn meta(&self, kind: FeedKind, names: &Names) -> Result<TapeMeta, DataError> {
        let Self { spec, .. } = self;
        let symbol = match spec.symbol.as_ref().or(names.symbol.as_ref()) {
            Some(symbol) => symbol.clone(),
            None => {
                let name = self.first_file.file_name().unwrap_or_default().to_string_lossy();
                name.split(['-', '_', '.']).next().unwrap_or_default().to_owned()
            }
        };
        if !symbol.contains(char::is_alphabetic) {
            let hint = "it can be told neither from the data nor from the file's name: set it".to_owned();
            return Err(DataError::Setting { field: "symbol", value: symbol, hint });
        }
        let venue = spec.venue.as_ref().or(names.venue.as_ref());
        Ok(TapeMeta {
            venue: venue.cloned().unwrap_or_else(|| self.default_venue.to_owned()),
            symbol,
            kind: tape_kind(kind),
            frame: None,
            tick_size: spec.tick_size,
            lot_size: spec.lot_size,
            sources: self.sources.clone(),
        })
    }

    /// Completes all tapes, and puts them in place together.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn finish(
        self,
        reports: &[DefectReport; 4],
        files: &[(PathBuf, Detected)],
    ) -> Result<Vec<ImportOutcome>, DataError> {
        let mut sealed = Vec::new();
        for ((writer, meta), report) in
            self.writers.into_iter().zip(reports).filter_map(|(w, r)| Some((w?, r)))
        {
            let rows = writer.rows();
            sealed.push((writer.seal(report)?, meta, rows, report));
        }
        let place = |(sealed, meta, rows, report): (_, TapeMeta, u64, &DefectReport)| {
            let path = SealedTape::place(sealed)?;
            Ok(ImportOutcome { path, meta, rows, report: report.clone(), files: files.to_vec() })
        };
        sealed.into_iter().map(place).collect()
    }
}

fn tape_kind(kind: FeedKind) -> TapeKind {
    match kind {
        FeedKind::Trades => TapeKind::Trades,
        FeedKind::Depth => TapeKind::Depth,
        FeedKind::Quotes => TapeKind::Quotes,
        FeedKind::Orders => TapeKind::Orders,
    }
}

impl RowSink for Tapes<'_> {
    fn take(&mut self, row: &FeedRow, names: &Names) -> Result<(), DataError> {
        let kind = row.change.kind();
        if self.writers[kind as usize].is_none() {
            let meta = self.meta(kind, names)?;
            let path = self.out_dir.join(meta.file_name());
            self.writers[kind as usize] = Some((TapeWriter::create(&path, meta.clone())?, meta));
        }
        let Some((writer, _)) = &mut self.writers[kind as usize] else { return Ok(()) };
        let FeedRow { ts_event, ts_recv, change } = *row;
        match change {
            Change::Trade { id: trade_id, price, quantity, aggressor: aggressor_side } => {
                writer.push_trade(&TradeRow { ts_event, ts_recv, trade_id, price, quantity, aggressor_side })
            }
            Change::Level { side, price, size } => {
                let change = DepthChange::Level { side, price, size };
                writer.push_depth(&DepthRow { ts_event, ts_recv, change })
            }
            Change::Quote { bid, bid_size, ask, ask_size } => {
                let (bid, ask) = ((bid, bid_size), (ask, ask_size));
                writer.push_quote(&QuoteRow { ts_event, ts_recv, bid, ask })
            }
            Change::Order { order: order_id, action, side, price, size } => {
                let change = OrderChange::Order { order_id, action, side, price, size };
                writer.push_order(&OrderRow { ts_event, ts_recv, change })
            }
            Change::Signal { on: FeedKind::Orders, signal } => {
                let change = OrderChange::Signal(signal);
                writer.push_order(&OrderRow { ts_event, ts_recv, change })
            }
            Change::Signal { signal, .. } => {
                let change = DepthChange::Signal(signal);
                writer.push_depth(&DepthRow { ts_event, ts_recv, change })
            }
        }
    }
}
