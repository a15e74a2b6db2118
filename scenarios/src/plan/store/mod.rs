//! The folder of a plan's results: what has ended is written at once, so that a plan that was stopped goes on.

mod actions;
mod metrics;
mod summary;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::expand::Expansion;
use super::result::BranchResult;
use super::walk;
use crate::output::{FolderError, write_whole};
use crate::report::plan::COMPARISON_FILE;
use crate::run::MarketInput;
pub use actions::PlanAction;
pub use metrics::{METRICS, Metrics, less_is_better, rank};
pub use summary::{Best, Counts, FailedBranch, PlanSummary, PlanTiming};
pub use table::branches_parquet;
pub(super) use table::parquet;

/// Why a plan's results cannot be stored, or an earlier run's not be continued.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// There is nothing to continue.
    #[error("{}: no plan was begun here: run it without --resume", path.display())]
    NothingThere {
        /// The folder.
        path: PathBuf,
    },
    /// The results of another plan.
    #[error(
        "{}: these are results of another plan, `{name}` ({theirs}; this one is {ours}): its scenario, its branches, its \
         data or the program have changed. Run it without --resume, or into another folder with --out DIR",
        path.display()
    )]
    AnotherPlan {
        /// The folder.
        path: PathBuf,
        /// The other plan's name.
        name: String,
        /// Its digest.
        theirs: String,
        /// That of the plan at hand.
        ours: String,
    },
}

/// What a folder says of its plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    name: String,
    digest: String,
    branches: usize,
}

/// The folder of a plan's results. `progress/` holds a file for each world or fork that has ended: its branches' results.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    header: Header,
}

/// Digest of everything that results depend on: every branch's scenario, the sampling, the data of the base, and the
/// program.
pub fn plan_digest(plan: &Expansion, data: &MarketInput) -> String {
    let mut hasher = Xxh3::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&plan.sample.to_string());
    data.summary().sources.iter().for_each(|s| add(&s.digest));
    for branch in &plan.branches {
        add(&branch.name);
        match &branch.scenario {
            Ok(scenario) => add(&format!("{scenario:?}")),
            Err(reason) => add(reason),
        }
    }
    format!("{:016x}", hasher.digest())
}

impl Store {
    /// The folder of a plan. Nothing is written yet.
    pub fn at(path: &Path, plan: &Expansion, digest: &str) -> Self {
        Self::of(path, &plan.name, digest, plan.branches.len())
    }

    /// A folder of as many results, numbered from 0, of what has this name and digest. Nothing is written yet.
    pub fn of(path: &Path, name: &str, digest: &str, branches: usize) -> Self {
        let header = Header { name: name.to_owned(), digest: digest.to_owned(), branches };
        Self { path: path.to_owned(), header }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn progress(&self) -> PathBuf {
        self.path.join("progress")
    }

    /// Begins anew: results of an earlier plan are removed.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn begin(&self) -> Result<(), StoreError> {
        let progress = self.progress();
        self.remove(&["progress", "branches", walk::FOLDER])?;
        std::fs::create_dir_all(&progress).map_err(|e| FolderError::io(&progress, e))?;
        self.remove(&["branches.parquet", "comparison.parquet", "summary.json", "report.html", "plan.ron"])?;
        self.remove(&[COMPARISON_FILE, walk::WINDOWS_FILE, walk::EQUITY_FILE])?;
        let header = serde_json::to_vec_pretty(&self.header).unwrap_or_default();
        self.write("progress/plan.json", &header)
    }

    /// Removes files and folders of it; those that are not there are no error.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub fn remove(&self, names: &[&str]) -> Result<(), StoreError> {
        for path in names.iter().map(|name| self.path.join(name)) {
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            match removed {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(FolderError::io(&path, e).into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Continues: the results that are there, by branch. A file that is not whole does not count.
    ///
    /// # Errors
    /// A folder without a plan, or of another plan.
    pub fn resume(&self) -> Result<BTreeMap<usize, BranchResult>, StoreError> {
        let nothing = || StoreError::NothingThere { path: self.path.clone() };
        let text = std::fs::read(self.progress().join("plan.json")).map_err(|_| nothing())?;
        let there: Header = serde_json::from_slice(&text).map_err(|_| nothing())?;
        if there.digest != self.header.digest {
            let (theirs, ours) = (there.digest, self.header.digest.clone());
            return Err(StoreError::AnotherPlan { path: self.path.clone(), name: there.name, theirs, ours });
        }
        let entries = std::fs::read_dir(self.progress()).map_err(|e| FolderError::io(&self.progress(), e))?;
        let mut results = BTreeMap::new();
        for entry in entries.flatten().filter(|e| e.file_name() != "plan.json") {
            let Ok(text) = std::fs::read(entry.path()) else { continue };
            let Ok(read) = serde_json::from_slice::<Vec<BranchResult>>(&text) else { continue };
            results.extend(read.into_iter().filter(|r| r.id < self.header.branches).map(|r| (r.id, r)));
        }
        Ok(results)
    }

    /// Stores what has ended, durably, before anybody hears of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, results: &[BranchResult]) -> Result<(), StoreError> {
        let Some(first) = results.iter().map(|r| r.id).min() else { return Ok(()) };
        let text = serde_json::to_vec(results).unwrap_or_default();
        self.write(&format!("progress/{first}.json"), &text)
    }

    /// Writes a file of the folder as a whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), StoreError> {
        let path = self.path.join(name);
        write_whole(&path, contents).map_err(|e| FolderError::io(&path, e).into())
    }
}
