//! The HTML report of one or several runs, made from their output folders alone.
//!
//! [`write`] reads the folders (`summary.json`, `run.ron` and the Parquet tables) and writes one
//! self-contained page: inline SVG drawn here, an inline style sheet and a small inline script for the
//! hover read-out and the table sort. The page is complete without the script and never uses a network.
//! The same folders give the same bytes: no wall clock and no unordered map reaches the page.
//!
//! The tables are streamed, never held whole: an account keeps a min/max envelope of bounded length and
//! its period closes, so that the memory and the page stay small for long runs and thousands of accounts.
//!
//! The `plotly` crate was weighed and rejected: inlining its script costs 3 to 4 MB a page, draws nothing
//! without JavaScript and prints poorly, while these plots need a few kilobytes of static SVG each.

mod book;
mod calendar;
mod envelope;
mod error;
mod findings;
mod format;
mod lanes;
mod load;
mod model;
mod page;
pub mod plan;
mod plots;
mod sections;
mod summary;
mod svg;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use error::ReportError;
pub use model::RunData;

/// Reads the run folders `run_dirs` and writes the report over all of them to the file `out`. The folder of a what-if plan
/// has a report of its own.
///
/// # Errors
/// [`ReportError`] names the file, column and value that could not be read, or the file that could not
/// be written. With no folder at all it is [`ReportError::NoRuns`].
pub fn write(run_dirs: &[&Path], out: &Path) -> Result<(), ReportError> {
    if run_dirs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    let plans = run_dirs.iter().filter(|dir| plan::is_plan(dir)).count();
    if let ([only], 1) = (run_dirs, plans) {
        let html = plan::render(&plan::PlanData::load(only)?);
        return store(out, &html);
    }
    if let Some(dir) = run_dirs.iter().find(|dir| plan::is_plan(dir)) {
        return Err(ReportError::PlanAmongRuns { path: dir.to_path_buf() });
    }
    let runs = run_dirs.iter().map(|dir| RunData::load(dir)).collect::<Result<Vec<_>, _>>()?;
    store(out, &render(&runs))
}

fn store(out: &Path, html: &str) -> Result<(), ReportError> {
    crate::output::write_whole(out, html.as_bytes())
        .map_err(|source| ReportError::Write { path: out.to_path_buf(), source })
}

/// Renders the page for the given runs, in the given order. Never fails: what is absent is said so.
pub fn render(runs: &[RunData]) -> String {
    page::render(runs)
}
