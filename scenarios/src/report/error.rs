//! What can go wrong between an output folder and its report.

use std::path::PathBuf;

/// An output folder could not be turned into a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The list of run folders is empty.
    #[error("no run folder given: a report needs at least one output folder")]
    NoRuns,
    /// The folder of a plan beside others.
    #[error("{path}: a what-if plan has a report of its own: name it alone", path = path.display())]
    PlanAmongRuns {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be opened or read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The report could not be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// `summary.json` is no JSON, or not an object.
    #[error("{path}: {message} (a summary is one JSON object with `name`, `status` and `accounts`)", path = path.display())]
    Summary {
        /// The file.
        path: PathBuf,
        /// The parser's message with line and column.
        message: String,
    },
    /// Another JSON file is not what its name says.
    #[error("{path}: {message} (run again, or remove the file to leave it out)", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The parser's message with line and column.
        message: String,
    },
    /// A Parquet table could not be decoded.
    #[error("{path}: {message} (the table is damaged; run again, or remove the file to leave it out)", path = path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// The decoder's message.
        message: String,
    },
    /// A table lacks a column.
    #[error("{path}: column `{column}` is missing; the table has: {found}", path = path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column that was looked for.
        column: String,
        /// The columns that the table has.
        found: String,
    },
    /// A column has a type that cannot be read as what it means.
    #[error("{path}: column `{column}` has type {found}, expected {expected}", path = path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The rows of one account or symbol go back in time.
    #[error(
        "{path}: row {row}: `ts` {ts} of `{key}` is before {previous}; rows of one account or symbol are in time order",
        path = path.display()
    )]
    Unsorted {
        /// The file.
        path: PathBuf,
        /// Zero-based row number.
        row: u64,
        /// The account or symbol.
        key: String,
        /// The offending time, ns UTC.
        ts: i64,
        /// The time before it, ns UTC.
        previous: i64,
    },
}
