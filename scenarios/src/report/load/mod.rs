//! Reads an output folder, streaming its tables.

mod activity;
mod book;
mod curves;
mod findings;
pub(super) mod table;
mod trades;

use std::path::Path;

use super::{
    error::ReportError,
    findings::Findings,
    model::{Decisions, Fills, RunData, Trades},
    summary::Summary,
};
use crate::output::{CORRELATION_FILE, FEATURES_FILE};

impl RunData {
    /// Reads the output folder `dir`. Only `summary.json` must be there; a file that is absent or empty
    /// leaves its section empty, and the page says so.
    ///
    /// # Errors
    /// [`ReportError`] when `summary.json` is missing or no summary, or when a table is there but damaged,
    /// lacks a column, has a column of another type, or goes back in time.
    pub fn load(dir: &Path) -> Result<Self, ReportError> {
        let folder_name = dir
            .canonicalize()
            .ok()
            .and_then(|full| full.file_name().map(|name| name.to_string_lossy().into_owned()))
            .unwrap_or_else(|| dir.display().to_string());
        let summary = Summary::load(&dir.join("summary.json"), &folder_name)?;
        let path = dir.join("run.ron");
        let scenario = match std::fs::read(&path) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(ReportError::Read { path, source }),
        };
        let mut run = Self {
            folder: folder_name,
            summary,
            scenario,
            missing: Vec::new(),
            curves: Vec::new(),
            account_count: 0,
            prices: Vec::new(),
            fills: Fills::default(),
            trades: Trades::default(),
            decisions: Decisions::default(),
            features: Vec::new(),
            findings: Findings::default(),
            sampled: json(&dir.join(FEATURES_FILE))?,
            samples: Vec::new(),
            consolidated: Vec::new(),
            correlation: json(&dir.join(CORRELATION_FILE))?,
            books: Vec::new(),
        };
        if run.scenario.is_none() {
            run.missing.push("run.ron");
        }
        type Reader = fn(&mut RunData, table::Table) -> Result<(), ReportError>;
        let readers: [(&'static str, Reader); 6] = [
            ("equity.parquet", curves::read_equity),
            ("prices.parquet", curves::read_prices),
            ("fills.parquet", activity::read_fills),
            ("trades.parquet", trades::read_trades),
            ("decisions.parquet", activity::read_decisions),
            ("features.parquet", activity::read_features),
        ];
        for (file, read) in readers {
            match table::Table::open(&dir.join(file))? {
                Some(table) => read(&mut run, table)?,
                None => run.missing.push(file),
            }
        }
        // What only runs with modules have is not missed.
        let optional: [(&str, Reader); 3] = [
            ("annotations.parquet", findings::read_annotations),
            ("feature_samples.parquet", findings::read_samples),
            ("book_samples.parquet", book::read_books),
        ];
        for (file, read) in optional {
            if let Some(table) = table::Table::open(&dir.join(file))? {
                read(&mut run, table)?;
            }
        }
        Ok(run)
    }
}

/// A JSON file that may be absent.
pub(super) fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, ReportError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(ReportError::Read { path: path.to_path_buf(), source }),
    };
    let failed =
        |e: serde_json::Error| ReportError::Json { path: path.to_path_buf(), message: e.to_string() };
    serde_json::from_str(&text).map(Some).map_err(failed)
}
