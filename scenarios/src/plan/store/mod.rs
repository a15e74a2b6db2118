//! The folder of a plan's results: what has ended is written at once, so that a plan that was stopped goes on.

mod actions;
mod metrics;
mod summary;
mod table;
#[cfg(test)]
mod tests;

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
    #[error(
        "{}: no plan was begun here, or it was stopped before its first branch began: run it without --resume",
        path.display()
    )]
    NothingThere {
        /// The folder.
        path: PathBuf,
    },
    /// Files that are no results of a plan.
    #[error(
        "{}: here are files that are no results of a plan ({}): name another folder with --out DIR, or move them away",
        path.display(),
        listed(there)
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What is there.
        there: Vec<String>,
    },
    /// The results of another plan.
    #[error(
        "{}: these are results of another plan, `{name}` ({theirs}; this one is {ours}): its scenario, its branches, its \
         data or the program have changed. Name another folder with --out DIR, or replace them with --overwrite (and \
         without --resume)",
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

/// The file in `progress/` that says of which plan the results are.
const HEADER: &str = "plan.json";

/// The first few of some names.
fn listed(names: &[String]) -> String {
    let more = if names.len() > 5 { ", ..." } else { "" };
    names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ") + more
}

/// What a folder holds, sorted; nothing if it is not there.
fn names(folder: &Path) -> Result<Vec<String>, FolderError> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|e| FolderError::io(folder, e))?,
    };
    let mut names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
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

    /// Begins anew: earlier results of this plan are removed; those of another one only if they are to be overwritten.
    ///
    /// # Errors
    /// When the folder cannot be made or written to, or holds anything else.
    pub fn begin(&self, overwrite: bool) -> Result<(), StoreError> {
        let progress = self.progress();
        let there = self.visible()?;
        match self.there() {
            Some(theirs) if theirs.digest != self.header.digest && !overwrite => {
                return Err(self.another(theirs));
            }
            None if !there.is_empty() => return Err(StoreError::Foreign { path: self.path.clone(), there }),
            _ => {}
        }
        std::fs::create_dir_all(&progress).map_err(|e| FolderError::io(&progress, e))?;
        // The header is the last to go, and at no time missing: a folder that is left in between stays one of a plan.
        let finished = names(&progress)?.into_iter().filter(|name| name != HEADER);
        let finished: Vec<String> = finished.map(|name| format!("progress/{name}")).collect();
        self.remove(&finished.iter().map(String::as_str).collect::<Vec<_>>())?;
        self.remove(&["branches.parquet", "comparison.parquet", "summary.json", "report.html", "plan.ron"])?;
        self.remove(&["branches", COMPARISON_FILE, walk::FOLDER, walk::WINDOWS_FILE, walk::EQUITY_FILE])?;
        let header = serde_json::to_vec_pretty(&self.header).unwrap_or_default();
        self.write(&format!("progress/{HEADER}"), &header)
    }

    /// What the folder says of the plan whose results it holds; `None` if of none.
    fn there(&self) -> Option<Header> {
        serde_json::from_slice(&std::fs::read(self.progress().join(HEADER)).ok()?).ok()
    }

    /// What the folder holds but for hidden files: nothing if it was stopped as it was made.
    fn visible(&self) -> Result<Vec<String>, StoreError> {
        let shown = |name: &String| !name.starts_with('.') && name != "progress";
        let others = names(&self.path)?.into_iter().filter(shown);
        let within = names(&self.progress())?.into_iter().filter(shown);
        Ok(others.chain(within.map(|name| format!("progress/{name}"))).collect())
    }

    fn another(&self, theirs: Header) -> StoreError {
        let ours = self.header.digest.clone();
        StoreError::AnotherPlan { path: self.path.clone(), name: theirs.name, theirs: theirs.digest, ours }
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
        let theirs = self.there().ok_or_else(nothing)?;
        if theirs.digest != self.header.digest {
            return Err(self.another(theirs));
        }
        let entries = std::fs::read_dir(self.progress()).map_err(|e| FolderError::io(&self.progress(), e))?;
        let mut results = BTreeMap::new();
        for entry in entries.flatten().filter(|e| e.file_name() != HEADER) {
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
