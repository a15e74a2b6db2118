//! What is wrong with a data file, said so that a person can find the place and mend it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::data::validate::Defect;

/// A place in a data file. `row` is the 1-based line of a text file (a header line counts) or the 1-based row of a
/// Parquet file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The file as it was named.
    pub file: PathBuf,
    /// The member inside an archive.
    pub member: Option<String>,
    /// The line or row.
    pub row: Option<u64>,
}

impl Location {
    /// A whole file.
    pub fn file(path: &Path) -> Self {
        Self { file: path.to_owned(), member: None, row: None }
    }

    /// The same file and member, at a row.
    pub fn at_row(&self, row: u64) -> Self {
        Self { row: Some(row), ..self.clone() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(member) = &self.member {
            write!(f, " ({member})")?;
        }
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        Ok(())
    }
}

/// Why data could not be imported or opened. The command line shows it and exits with 3.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The operating system refused.
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done, e.g. `open the file`.
        doing: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// There is nothing in the file.
    #[error("{at}: no rows; {hint}")]
    Empty {
        /// Where.
        at: Location,
        /// What would be right.
        hint: String,
    },
    /// The compressed stream or archive is damaged or cut off.
    #[error("{at}: the file is truncated or corrupt: {reason}; fetch it again")]
    Corrupt {
        /// The last place that could be read.
        at: Location,
        /// The decoder's words.
        reason: String,
    },
    /// A cell does not hold what its column needs.
    #[error("{at}, column `{field}`: `{value}` is not {expected}")]
    Cell {
        /// Where.
        at: Location,
        /// The column.
        field: Box<str>,
        /// What stands there.
        value: Box<str>,
        /// What would be right.
        expected: Box<str>,
    },
    /// A row has another number of cells than the file.
    #[error("{at}: {found} cells where {expected} are needed; the line may be cut off, mend or remove it")]
    Width {
        /// Where.
        at: Location,
        /// Cells in this row.
        found: usize,
        /// Cells needed.
        expected: usize,
    },
    /// A defect that the policy rejects.
    #[error("{at}: {defect}: {value}; mend the data, or set the policy `{defect}` to {way_out}")]
    Defect {
        /// Where.
        at: Location,
        /// Which.
        defect: Defect,
        /// The offending value in context.
        value: String,
        /// The policies that let the import go on.
        way_out: &'static str,
    },
    /// The file is of a kind that is not known, or not the kind that was asked for.
    #[error("{at}: {reason}; {hint}")]
    Format {
        /// Where.
        at: Location,
        /// What was found.
        reason: String,
        /// What would be right.
        hint: String,
    },
    /// An import setting makes no sense.
    #[error("import setting `{field}`: `{value}`: {hint}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        hint: String,
    },
    /// A tape is damaged, of another version, or not a tape.
    #[error("{}: not a usable tape: {reason}; {hint}", path.display())]
    Tape {
        /// The tape.
        path: PathBuf,
        /// What was found.
        reason: String,
        /// What would be right.
        hint: String,
    },
}

impl DataError {
    /// Wraps a system error with the file and what was being done.
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, doing, source }
    }

    /// The place in the data, where the error has one.
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Empty { at, .. }
            | Self::Corrupt { at, .. }
            | Self::Cell { at, .. }
            | Self::Width { at, .. }
            | Self::Defect { at, .. }
            | Self::Format { at, .. } => Some(at),
            Self::Io { .. } | Self::Setting { .. } | Self::Tape { .. } => None,
        }
    }
}
