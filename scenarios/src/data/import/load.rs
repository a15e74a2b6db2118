//! The import itself: files in time order -> rows -> checks -> tape.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use xxhash_rust::xxh3::Xxh3;

use super::Record;
use super::fit::{check_frame, check_symbols, common_symbol};
use super::peek::{Detected, Peek, detect, read_file};
use super::spec::ImportSpec;
use crate::data::error::{DataError, Location};
use crate::data::tape::{SourceFile, TapeKind, TapeMeta, TapeWriter};
use crate::data::validate::{BarCheck, DefectReport, TradeCheck};

/// What an import made.
#[derive(Debug, Clone)]
pub struct ImportOutcome {
    /// The tape.
    pub path: PathBuf,
    /// Its facts.
    pub meta: TapeMeta,
    /// Rows on it.
    pub rows: u64,
    /// What was met on the way.
    pub report: DefectReport,
    /// The files in the order in which they were read, with what each was found to be.
    pub files: Vec<(PathBuf, Detected)>,
}

/// Makes one tape in `out_dir` from files of one symbol, in any order (they are read in the order of their first rows).
/// `progress` hears bytes read and bytes in all, now and then.
///
/// # Errors
/// Bad settings, a file that cannot be read, or a defect that the policy rejects; then there is no tape.
pub fn import(
    files: &[PathBuf],
    out_dir: &Path,
    spec: &ImportSpec,
    progress: &dyn Fn(u64, u64),
) -> Result<ImportOutcome, DataError> {
    let plan = Plan::new(files, spec)?;
    let sources = digest_files(&plan.files)?;
    let meta = TapeMeta { sources, ..plan.meta.clone() };
    let path = out_dir.join(meta.file_name());
    plan.run(&path, meta, progress)
}

/// Like [`import`], with the tape's own path given and the files' digests known.
pub(crate) fn import_to(
    files: &[PathBuf],
    digests: &[(PathBuf, SourceFile)],
    path: &Path,
    spec: &ImportSpec,
) -> Result<ImportOutcome, DataError> {
    let plan = Plan::new(files, spec)?;
    let digest =
        |file: &Path| digests.iter().find(|(path, _)| path == file).map(|(_, source)| source.clone());
    let sources = plan.files.iter().filter_map(|(file, _)| digest(file)).collect();
    let meta = TapeMeta { sources, ..plan.meta.clone() };
    plan.run(path, meta, &|_, _| {})
}

/// Name and xxh3-128 of a file's bytes.
pub(crate) fn digest_file(path: &Path) -> Result<SourceFile, DataError> {
    let mut file = File::open(path).map_err(DataError::io(path, "open the file"))?;
    let mut hasher = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(DataError::io(path, "read the file")(e)),
        }
    }
    Ok(SourceFile { name: file_name(path), digest: format!("{:032x}", hasher.digest128()) })
}

fn digest_files(files: &[(PathBuf, Peek)]) -> Result<Vec<SourceFile>, DataError> {
    files.iter().map(|(path, _)| digest_file(path)).collect()
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// What is to be read, in order, and what it will become.
struct Plan {
    spec: ImportSpec,
    files: Vec<(PathBuf, Peek)>,
    meta: TapeMeta,
}

impl Plan {
    fn new(files: &[PathBuf], spec: &ImportSpec) -> Result<Self, DataError> {
        let setting =
            |field, value: String, hint: &str| DataError::Setting { field, value, hint: hint.to_owned() };
        spec.check()?;
        let of_feeds = [
            ("contract_value", spec.contract_value.map(|value| value.to_string())),
            ("recorder_behind", spec.recorder_behind.map(|behind| behind.to_string())),
        ];
        for (field, value) in of_feeds {
            if let Some(value) = value {
                let hint = "it is for order-book feeds: leave it out".to_owned();
                return Err(DataError::Setting { field, value, hint });
            }
        }
        if spec.format.is_feed() {
            let hint =
                "a feed becomes several tapes: make them with `manyworlds import`, and name those".to_owned();
            return Err(DataError::Setting { field: "format", value: spec.format.name().to_owned(), hint });
        }
        let mut files = files
            .iter()
            .map(|path| Ok((path.clone(), detect(path, spec)?)))
            .collect::<Result<Vec<_>, DataError>>()?;
        files.sort_by(|a, b| a.1.first.cmp(&b.1.first).then_with(|| a.0.cmp(&b.0)));
        let Some((first_path, first)) = files.first() else {
            return Err(setting("files", "none".to_owned(), "name at least one file"));
        };
        let is_trades = first.detected.format.is_trades();
        if let Some((path, other)) = files.iter().find(|(_, p)| p.detected.format.is_trades() != is_trades) {
            return Err(DataError::Format {
                at: Location::file(path),
                reason: format!(
                    "it holds {}, but {} holds {}",
                    other.detected.format.name(),
                    first_path.display(),
                    first.detected.format.name()
                ),
                hint: "import bars and trades one after the other".to_owned(),
            });
        }
        let mut spec = spec.clone();
        if is_trades {
            spec.frame = None;
        } else if spec.frame.is_none() {
            spec.frame = files.iter().find_map(|(_, peek)| peek.frame);
            if spec.frame.is_none() {
                return Err(setting(
                    "frame",
                    "none".to_owned(),
                    "it cannot be told from a single bar: set it, e.g. \"1m\"",
                ));
            }
        }
        if let Some(frame) = spec.frame {
            check_frame(&files, frame)?;
        }
        check_symbols(&files)?;
        let symbol = match spec.symbol.as_ref().or(spec.source_symbol.as_ref()) {
            Some(symbol) if !symbol.is_empty() => symbol.clone(),
            _ => common_symbol(&files)?,
        };
        let from_binance = first.detected.format.name().starts_with("binance");
        let default_venue = if from_binance { "binance" } else { "unknown" };
        let meta = TapeMeta {
            venue: spec.venue.clone().unwrap_or_else(|| default_venue.to_owned()),
            symbol,
            kind: if is_trades { TapeKind::Trades } else { TapeKind::Bars },
            frame: spec.frame,
            tick_size: spec.tick_size,
            lot_size: spec.lot_size,
            sources: Vec::new(),
        };
        Ok(Self { spec, files, meta })
    }

    fn run(
        self,
        path: &Path,
        meta: TapeMeta,
        progress: &dyn Fn(u64, u64),
    ) -> Result<ImportOutcome, DataError> {
        let Self { spec, files, .. } = self;
        let mut writer = TapeWriter::create(path, meta.clone())?;
        let (policies, tick, lot, jump) =
            (spec.policies.clone(), spec.tick_size, spec.lot_size, spec.price_jump_limit);
        let mut bars = spec.frame.map(|frame| BarCheck::new(frame, policies.clone(), tick, lot, jump));
        let mut trades = TradeCheck::new(policies, tick, lot, jump);
        let total =
            files.iter().filter_map(|(path, _)| fs::metadata(path).ok()).map(|m| m.len()).sum::<u64>();
        let done = Rc::new(Cell::new(0));
        let mut read = Vec::new();
        let mut rows = 0_u64;
        for (file, _) in &files {
            let mut detected = None;
            let hear = &mut |found| _ = detected.get_or_insert(found);
            read_file(file, &spec, false, &done, hear, &mut |record, place| {
                rows += 1;
                if rows.is_multiple_of(8_192) {
                    progress(done.get().min(total), total);
                }
                match (record, &mut bars) {
                    (Record::Bar(bar), Some(check)) => {
                        if let Some(row) = check.check(&bar, place)? {
                            writer.push_bar(&row)?;
                        }
                    }
                    (Record::Trade(row), None) => {
                        if trades.check(&row, place)? {
                            writer.push_trade(&row)?;
                        }
                    }
                    (Record::Bar(_), None) | (Record::Trade(_), Some(_)) => {
                        return Err(DataError::Format {
                            at: place.location(),
                            reason: format!("it is not a file of {}, as those before", meta.kind),
                            hint: "import bars and trades one after the other".to_owned(),
                        });
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
            if let Some(detected) = detected {
                read.push((file.clone(), detected));
            }
        }
        progress(total, total);
        let report = bars.as_ref().map_or_else(|| trades.report(), BarCheck::report).clone();
        if report.rows_kept == 0 {
            let at = files.first().map(|(path, _)| Location::file(path)).unwrap_or_default();
            let hint = format!("{} rows were read and none kept", report.rows_read);
            return Err(DataError::Empty { at, hint });
        }
        let path = writer.finish(&report)?;
        Ok(ImportOutcome { path, meta, rows: report.rows_kept, report, files: read })
    }
}
