//! The import of feeds: files in the order of time -> parser -> tapes.

use std::cell::Cell;
use std::fs;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::intake::Intake;
use super::lobster_files::read_days;
use super::parser;
use super::row::{FeedKind, RowSink};
use super::sniff::{START, begin_of, format_of, is_futures};
use super::tapes::Tapes;
use crate::data::error::{DataError, Location};
use crate::data::import::container::{Walk, walk};
use crate::data::import::load::{ImportOutcome, digest_file};
use crate::data::import::peek::Detected;
use crate::data::import::spec::{ImportSpec, SourceFormat};
use crate::data::validate::{Defect, DefectReport};

/// The beginning of a file, unpacked.
struct Start {
    path: PathBuf,
    member: String,
    bytes: Vec<u8>,
}

impl Start {
    fn of(path: &Path, spec: &ImportSpec) -> Result<Self, DataError> {
        let mut start = Self { path: path.to_owned(), member: String::new(), bytes: Vec::new() };
        let how = Walk { member: spec.member.as_deref(), unordered: true };
        walk(path, how, &Rc::default(), &mut |source, stream| {
            let name = source.member.clone().unwrap_or_else(|| source.file.to_string_lossy().into_owned());
            // Of a LOBSTER archive, the notes beside the data are not looked at.
            if name.ends_with(".txt") {
                return Ok(ControlFlow::Continue(()));
            }
            start.member = name;
            stream
                .take(START as u64)
                .read_to_end(&mut start.bytes)
                .map_err(|e| DataError::Corrupt { at: source.clone(), reason: e.to_string() })?;
            Ok(ControlFlow::Break(()))
        })?;
        Ok(start)
    }
}

/// What a feed file is; none if it is no feed.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn feed_format(path: &Path, spec: &ImportSpec) -> Result<Option<SourceFormat>, DataError> {
    let start = Start::of(path, spec)?;
    Ok(format_of(&start.bytes, &start.member))
}

/// Files in the order of time, and what they are.
pub(super) struct Plan {
    pub(super) format: SourceFormat,
    pub(super) paths: Vec<PathBuf>,
    /// What the venue is called where neither the settings nor the source say so.
    venue: &'static str,
}

/// What was met per kind of row, and how many records are of none.
pub(super) struct Read {
    pub(super) reports: [DefectReport; 4],
    pub(super) ignored: u64,
}

impl Plan {
    pub(super) fn new(files: &[PathBuf], spec: &ImportSpec) -> Result<Self, DataError> {
        spec.check()?;
        spec.policies.check_feed()?;
        let mut starts = files.iter().map(|path| Start::of(path, spec)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = starts.first() else {
            let hint = "name at least one file".to_owned();
            return Err(DataError::Setting { field: "files", value: "none".to_owned(), hint });
        };
        let format = match spec.format {
            SourceFormat::Auto => {
                format_of(&first.bytes, &first.member).ok_or_else(|| DataError::Format {
                    at: Location::file(&first.path),
                    reason: "it is no order-book feed that is known".to_owned(),
                    hint: "name its kind".to_owned(),
                })?
            }
            format => format,
        };
        // Names of files that hold no date themselves do.
        starts.sort_by_key(|start| (begin_of(format, &start.bytes), start.member.clone()));
        let futures = starts.iter().any(|start| is_futures(&start.bytes));
        let venue = match format {
            SourceFormat::BinanceStream if futures => "binance_futures",
            SourceFormat::BinanceStream | SourceFormat::BinanceBookTicker => "binance",
            SourceFormat::Bitstamp => "bitstamp",
            SourceFormat::Lobster => "nasdaq",
            SourceFormat::LeanTicks => "us",
            _ => "unknown",
        };
        Ok(Self { format, paths: starts.into_iter().map(|start| start.path).collect(), venue })
    }

    /// Reads all files into `sink`.
    pub(super) fn read(
        &self,
        spec: &ImportSpec,
        sink: &mut dyn RowSink,
        progress: &dyn Fn(u64, u64),
    ) -> Result<Read, DataError> {
        let Self { format, paths, .. } = self;
        let total = paths.iter().filter_map(|path| fs::metadata(path).ok()).map(|m| m.len()).sum::<u64>();
        let done = Rc::new(Cell::new(0));
        let mut rows = 0_u64;
        let mut heard = || {
            rows += 1;
            if rows.is_multiple_of(8_192) {
                progress(done.get().min(total), total);
            }
        };
        let mut intake = Intake::new(spec, sink, &mut heard);
        match parser(*format, spec) {
            Some(mut parser) => {
                let how = Walk { member: spec.member.as_deref(), unordered: false };
                for path in paths {
                    walk(path, how, &done, &mut |source, stream| {
                        parser.read(source, stream, &mut intake).map(ControlFlow::Continue)
                    })?;
                }
                parser.finish(&mut intake)?;
            }
            None => read_days(paths, spec, &done, &mut intake)?,
        }
        let read =
            Read { reports: FeedKind::ALL.map(|k| intake.report(k).clone()), ignored: intake.ignored() };
        progress(total, total);
        self.check(&read)?;
        Ok(read)
    }

    /// Refuses files of which nothing, or of a kind of rows nothing, is left.
    fn check(&self, read: &Read) -> Result<(), DataError> {
        let empty = |hint: String| {
            let at = self.paths.first().map(|path| Location::file(path)).unwrap_or_default();
            Err(DataError::Empty { at, hint })
        };
        for (report, kind) in read.reports.iter().zip(["trades", "depth", "quotes", "orders"]) {
            if report.rows_read > 0 && report.rows_kept == 0 {
                let hint = if report.count(Defect::BeforeSnapshot) > 0 {
                    "no snapshot comes before them: import the file that has it as well, or set the policy `before_snapshot` \
                     to `flag` to begin with an empty book"
                } else {
                    "the policies left all out"
                };
                return empty(format!("{} rows of {kind} were read and none kept: {hint}", report.rows_read));
            }
        }
        if read.reports.iter().all(|report| report.rows_kept == 0) {
            return empty(format!("nothing in it is imported ({} records of other kinds)", read.ignored));
        }
        Ok(())
    }
}

/// Makes the tapes of the feed files of one symbol in `out_dir`: of trades, depth, quotes and orders, those that there
/// are. Files may come in any order; they are read in the order of their beginnings. `progress` hears bytes read and bytes
/// in all, now and then.
///
/// # Errors
/// Bad settings, a file that cannot be read, or a defect that the policy rejects; then there is no tape.
pub fn import_feeds(
    files: &[PathBuf],
    out_dir: &Path,
    spec: &ImportSpec,
    progress: &dyn Fn(u64, u64),
) -> Result<Vec<ImportOutcome>, DataError> {
    let plan = Plan::new(files, spec)?;
    let sources = plan.paths.iter().map(|path| digest_file(path)).collect::<Result<Vec<_>, _>>()?;
    let mut tapes = Tapes::new(out_dir, spec, plan.venue, &plan.paths, sources);
    let read = plan.read(spec, &mut tapes, progress)?;
    let detected = Detected { format: plan.format, has_header: false, time: clock(plan.format).to_owned() };
    let files: Vec<_> = plan.paths.iter().map(|path| (path.clone(), detected.clone())).collect();
    tapes.finish(&read.reports, &files)
}

/// How a format writes time.
fn clock(format: SourceFormat) -> &'static str {
    match format {
        SourceFormat::Tardis => "epoch microseconds",
        SourceFormat::BinanceBookTicker | SourceFormat::Bitstamp => "epoch milliseconds",
        SourceFormat::BinanceStream => "epoch nanoseconds and milliseconds",
        SourceFormat::Lobster => "seconds after midnight",
        SourceFormat::LeanTicks => "milliseconds after midnight",
        _ => "epoch nanoseconds",
    }
}
