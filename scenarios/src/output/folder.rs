//! The output folder of a run.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

use super::correlation::CORRELATION_FILE;
use super::features::FEATURES_FILE;
use super::tables::Table;

/// Why results cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder could not be made or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A table could not be written.
    #[error("{}: {message}", path.display())]
    Table {
        /// Which file.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

impl FolderError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// What the Parquet writer says; a refusal of the system comes through as one.
    pub(crate) fn table(path: &Path, error: ParquetError) -> Self {
        let path = path.to_owned();
        match error {
            ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
                Ok(source) => Self::Io { path, source: *source },
                Err(other) => Self::Table { path, message: other.to_string() },
            },
            other => Self::Table { path, message: other.to_string() },
        }
    }
}

/// The folder of a run's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFolder(PathBuf);

impl OutputFolder {
    /// The folder of that path, which is left as it is until [`OutputFolder::clear`].
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Makes the folder (and its parents) and removes the results of an earlier run from it.
    ///
    /// # Errors
    /// When it cannot be made or written to.
    pub fn clear(&self) -> Result<(), FolderError> {
        let path = self.path();
        std::fs::create_dir_all(path).map_err(|e| FolderError::io(path, e))?;
        let stale = Table::ALL.iter().flat_map(|t| [self.table(*t), self.partial(*t)]);
        let others = ["summary.json", "run.ron", "report.html", FEATURES_FILE, CORRELATION_FILE];
        for file in stale.chain(others.map(|f| path.join(f))) {
            match std::fs::remove_file(&file) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(FolderError::io(&file, e)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file of a finished table.
    pub fn table(&self, table: Table) -> PathBuf {
        self.0.join(format!("{}.parquet", table.name()))
    }

    /// The file of a table that is being written.
    pub fn partial(&self, table: Table) -> PathBuf {
        self.0.join(format!("{}.parquet.partial", table.name()))
    }

    /// Writes a file as a whole: it is there completely or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<PathBuf, FolderError> {
        let path = self.0.join(name);
        write_whole(&path, contents).map_err(|e| FolderError::io(&path, e))?;
        Ok(path)
    }
}

/// Writes a file through a temporary one beside it, so that it is there completely or not at all. What is no plain
/// file, such as a pipe, is written to as it is.
pub(crate) fn write_whole(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    if path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        return std::fs::write(path, contents);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Without the wrapper's words, which name the temporary file.
    let mut file = tempfile::Builder::new().tempfile_in(folder).map_err(plain)?;
    file.as_file_mut().write_all(contents).and_then(|()| file.as_file().sync_all())?;
    make_readable(file.path());
    file.persist(path).map(|_| ()).map_err(|e| e.error)
}

/// The system's error alone, where there is one.
fn plain(error: std::io::Error) -> std::io::Error {
    error.raw_os_error().map_or_else(
        || std::io::Error::new(error.kind(), error.kind().to_string()),
        std::io::Error::from_raw_os_error,
    )
}

/// Temporary files are private; results are as readable as any other new file.
#[cfg(unix)]
fn make_readable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn make_readable(_: &Path) {}
