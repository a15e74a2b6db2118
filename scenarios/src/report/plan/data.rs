//! What the page of a plan is made of, read from its folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::super::error::ReportError;
use super::super::load::{json, table};
use super::super::sections::metric;
use super::super::summary::{Status, text_of};
use crate::comparison::{BranchComparison, Comparison, MetricComparison};
use crate::plan::walk::{EQUITY_FILE, WalkForwardSummary};

/// What of a plan's comparison its report is made of.
pub const COMPARISON_FILE: &str = "comparison.json";

/// Branches that [`excerpt`] keeps.
const KEPT: usize = 200;

/// The comparison with the rows of its best branches, its worst and those that its other parts name; all rows are in
/// `comparison.parquet`.
pub fn excerpt(comparison: &Comparison) -> Comparison {
    let over = &comparison.overfitting;
    let mut named: BTreeSet<usize> = [comparison.baseline].into();
    named.extend(over.deflated_sharpe.iter().map(|d| d.id));
    named.extend(over.superiority.iter().flat_map(|s| [s.best, s.best_studentized]));
    named.extend(comparison.fan.iter().map(|f| f.best_id));
    let last = comparison.branches.len();
    let kept = |b: &&BranchComparison| b.rank <= KEPT || b.rank == last || named.contains(&b.id);
    Comparison { branches: comparison.branches.iter().filter(kept).cloned().collect(), ..comparison.clone() }
}

/// Whether a folder is that of a plan.
pub(in super::super) fn is_plan(dir: &Path) -> bool {
    let text = std::fs::read_to_string(dir.join("summary.json")).unwrap_or_default();
    serde_json::from_str::<Value>(&text).is_ok_and(|v| v.get("plan_digest").is_some())
}

/// The stitched equity of a walk forward: growth of 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Walked {
    pub(super) chosen: Vec<(i64, f64)>,
    pub(super) baseline: Vec<(i64, f64)>,
}

/// A plan's folder.
#[derive(Clone, Debug)]
pub(in super::super) struct PlanData {
    pub(super) folder: String,
    pub(super) name: String,
    pub(super) status: Status,
    pub(super) summary: Map<String, Value>,
    pub(super) comparison: Option<Comparison>,
    pub(super) walk: Option<WalkForwardSummary>,
    pub(super) walked: Walked,
    /// `plan.ron` as it stands.
    pub(super) text: Option<String>,
    /// Branches of which everything is there.
    pub(super) kept: BTreeSet<usize>,
}

impl PlanData {
    /// Reads the folder `dir`. Only `summary.json` must be there.
    ///
    /// # Errors
    /// Files that are there but damaged.
    pub(in super::super) fn load(dir: &Path) -> Result<Self, ReportError> {
        let path = dir.join("summary.json");
        let summary: Option<Map<String, Value>> = json(&path)?;
        let not_there = || ReportError::Read { path, source: std::io::ErrorKind::NotFound.into() };
        let summary = summary.ok_or_else(not_there)?;
        let folder = dir.canonicalize().ok();
        let folder = folder.and_then(|f| f.file_name().map(|name| name.to_string_lossy().into_owned()));
        let folder = folder.unwrap_or_else(|| dir.display().to_string());
        let path = dir.join("plan.ron");
        let text = match std::fs::read(&path) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(ReportError::Read { path, source }),
        };
        let walk = summary.get("walk_forward").filter(|w| !w.is_null()).cloned();
        let walk = walk.map(serde_json::from_value).transpose();
        let damaged = |e: serde_json::Error| ReportError::Summary {
            path: dir.join("summary.json"),
            message: format!("walk_forward: {e}"),
        };
        Ok(Self {
            name: summary.get("name").map_or_else(|| folder.clone(), text_of),
            status: Status::parse(summary.get("status").and_then(Value::as_str)),
            comparison: json(&dir.join(COMPARISON_FILE))?,
            walk: walk.map_err(damaged)?,
            walked: walked(dir.join(EQUITY_FILE))?,
            kept: kept(&dir.join("branches")),
            folder,
            summary,
            text,
        })
    }

    /// A value of the summary.
    pub(super) fn get(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.summary.get(*first)?, |value, key| value.get(key)).filter(|v| !v.is_null())
    }

    /// A number of the summary.
    pub(super) fn number(&self, path: &[&str]) -> Option<f64> {
        self.get(path)?.as_f64()
    }

    /// A text of the summary; empty where it is not there.
    pub(super) fn text(&self, path: &[&str]) -> String {
        self.get(path).map_or_else(String::new, text_of)
    }
}

fn kept(folder: &Path) -> BTreeSet<usize> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let report = |e: &std::fs::DirEntry| e.path().join("report.html").is_file();
    entries.filter(report).filter_map(|e| e.file_name().to_str()?.parse().ok()).collect()
}

fn walked(path: PathBuf) -> Result<Walked, ReportError> {
    let mut walked = Walked::default();
    let Some(table) = table::Table::open(&path)? else { return Ok(walked) };
    table.for_each(&["ts", "equity", "baseline"], |batch| {
        let (ts, equity, baseline) =
            (batch.times("ts")?, batch.numbers("equity")?, batch.numbers("baseline")?);
        for row in 0..batch.rows() {
            let at = |column| table::value(Some(column), row).map(|value| (ts.value(row), value));
            walked.chosen.extend(at(&equity));
            walked.baseline.extend(at(&baseline));
        }
        Ok(())
    })?;
    Ok(walked)
}

/// A comparison as the page reads it.
pub(super) trait Read {
    /// The metric of a branch, by name.
    fn metric(&self, branch: &BranchComparison, name: &str) -> MetricComparison;
    /// The metric that differences and intervals are shown of: that of the ranking where it was resampled.
    fn resampled(&self) -> &str;
    /// What a metric is called, with what the returns span that it is of where they are not the run's.
    fn label(&self, name: &str) -> String;
    /// The branches that are known, best first.
    fn ranked(&self) -> Vec<&BranchComparison>;
    /// The name of a branch.
    fn name_of(&self, id: usize) -> String;
}

impl Read for Comparison {
    fn metric(&self, branch: &BranchComparison, name: &str) -> MetricComparison {
        let place = self.metrics.iter().position(|m| m == name);
        place.and_then(|at| branch.metrics.get(at)).copied().unwrap_or_default()
    }

    fn resampled(&self) -> &str {
        let has = self.branches.iter().any(|b| self.metric(b, &self.metric).low.is_some());
        if has { &self.metric } else { self.stability.as_ref().map_or("sharpe", |s| &s.metric) }
    }

    fn label(&self, name: &str) -> String {
        let label = metric(name).label;
        self.sampling_of(name).map_or_else(|| label.clone(), |every| format!("{label} ({every})"))
    }

    fn ranked(&self) -> Vec<&BranchComparison> {
        let mut ranked: Vec<&BranchComparison> = self.branches.iter().collect();
        ranked.sort_by_key(|b| b.rank);
        ranked
    }

    fn name_of(&self, id: usize) -> String {
        let found = self.branches.iter().find(|b| b.id == id);
        found.map_or_else(|| format!("branch {id}"), |b| b.name.clone())
    }
}
