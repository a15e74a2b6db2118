//! `manyworlds report`: the HTML report of finished runs.

use std::path::Path;

use super::arguments::ReportCommand;
use super::failure::Failure;

pub(super) fn run(command: &ReportCommand) -> Result<(), Failure> {
    let runs: Vec<&Path> = command.runs.iter().map(std::path::PathBuf::as_path).collect();
    if let Some(missing) = runs.iter().find(|run| !run.join("summary.json").is_file()) {
        let hint = "name the output folder of a run, such as runs/quickstart-1a2b3c4d";
        return Err(Failure::usage(format!("{}: there is no summary.json; {hint}", missing.display())));
    }
    let out = command.out.clone().unwrap_or_else(|| command.runs[0].join("report.html"));
    crate::report::write(&runs, &out).map_err(Failure::usage)?;
    super::print(&format!("{}\n", out.display()))
}
