//! Line coverage per module, from a report of cargo-tarpaulin.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::sources::is_test;

/// Where coverage comes from.
pub enum Coverage {
    /// Tarpaulin is run.
    Measure,
    /// A report that there is.
    Read(PathBuf),
    /// It is left out.
    Skip,
}

impl Coverage {
    /// The covered share of each module's lines, tests left out; `None` for one that the report does not know.
    ///
    /// # Errors
    /// Why there is none.
    pub fn by_module<'a>(
        &self,
        root: &Path,
        modules: &[&'a str],
    ) -> Result<Vec<(&'a str, Option<f64>)>, String> {
        if modules.is_empty() {
            return Err("no module is built yet".to_owned());
        }
        let report = match self {
            Self::Measure => measure(root)?,
            Self::Read(file) => file.clone(),
            Self::Skip => return Err("left out by --no-coverage".to_owned()),
        };
        let text = std::fs::read_to_string(&report).map_err(|e| format!("{}: {e}", report.display()))?;
        let report: Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", report.display()))?;
        Ok(modules.iter().map(|module| (*module, share(&report, module))).collect())
    }
}

/// Runs the tests of the crate of the modules under tarpaulin. Returns the report.
fn measure(root: &Path) -> Result<PathBuf, String> {
    let installed = Command::new("cargo").args(["tarpaulin", "--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        return Err("cargo-tarpaulin is not installed (`cargo install cargo-tarpaulin`)".to_owned());
    }
    // Beside the programs, which are in TARGET/PROFILE/examples.
    let this = std::env::current_exe().map_err(|e| e.to_string())?;
    let target = this.ancestors().nth(3).unwrap_or(root).join("tarpaulin");
    std::fs::create_dir_all(&target).map_err(|e| format!("{}: {e}", target.display()))?;
    println!(
        "      (coverage: the tests of manyworlds-systems run under cargo-tarpaulin; this takes minutes)"
    );
    let output = Command::new("cargo")
        .args(["tarpaulin", "--packages", "manyworlds-systems", "--lib", "--engine", "llvm", "--skip-clean"])
        .args(["--timeout", "600", "--out", "Json", "--output-dir"])
        .arg(&target)
        .arg("--target-dir")
        .arg(&target)
        .current_dir(root)
        .output()
        .map_err(|e| format!("cargo tarpaulin: {e}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let end: Vec<&str> = text.lines().rev().take(5).collect();
        return Err(format!("cargo tarpaulin: {}: {}", output.status, end.join(" | ")));
    }
    Ok(target.join("tarpaulin-report.json"))
}

/// Covered over coverable lines of `systems/src/MODULE.rs` and of all below `systems/src/MODULE/`.
fn share(report: &Value, module: &str) -> Option<f64> {
    let (mut covered, mut coverable) = (0, 0);
    for file in report["files"].as_array()? {
        let parts: Vec<&str> = file["path"].as_array()?.iter().filter_map(Value::as_str).collect();
        let path = parts.join("/");
        let Some((_, below)) = path.rsplit_once("systems/src/") else { continue };
        let within = below == format!("{module}.rs") || below.starts_with(&format!("{module}/"));
        if within && !is_test(below) {
            covered += file["covered"].as_u64()?;
            coverable += file["coverable"].as_u64()?;
        }
    }
    (coverable > 0).then(|| covered as f64 / coverable as f64)
}
