//! The original's measures of success, measured: one line each, with PASS or FAIL.
//!
//!     cargo run --release -p manyworlds-tests --example measures
//!
//! - The basic setup starts at least 3 times faster than `enhanced`, and uses at most half its memory: from
//!   `manyworlds compare basic enhanced --json`.
//! - Every file of a module has fewer than 500 lines.
//! - At least 90% of each module's lines are covered by the tests that stand beside it: by cargo-tarpaulin, where it is
//!   installed. `-- --no-coverage` leaves that out; `-- --coverage FILE` reads a report (`--out Json`) that there is.
//!
//! Ends with 1 if a line fails. What cannot be measured is said, and is no failure.
#![allow(clippy::print_stdout)]

mod coverage;
mod sources;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use manyworlds::scenario::CATALOGUE;
use manyworlds_tests::program::Sandbox;
use serde_json::Value;

use coverage::Coverage;
use verdict::Verdicts;

/// Times that the basic setup starts faster.
const STARTUP_RATIO: f64 = 3.0;
/// Share of the memory that it may use.
const MEMORY_SHARE: f64 = 0.5;
/// Lines that no file of a module may reach.
const LINES: usize = 500;
/// Share of a module's lines that its tests must reach.
const COVERED: f64 = 0.9;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let coverage = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Coverage::Measure,
        ["--no-coverage"] => Coverage::Skip,
        ["--coverage", file] => Coverage::Read(PathBuf::from(file)),
        _ => {
            println!("usage: measures [--no-coverage | --coverage REPORT.json]");
            return ExitCode::from(2);
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let systems = root.join("systems/src");
    let mut verdicts = Verdicts::default();
    side_by_side(&mut verdicts);

    let (built, missing): (Vec<&str>, Vec<&str>) =
        CATALOGUE.iter().partition(|module| !sources::files(&systems, module).is_empty());
    for module in &built {
        for (name, lines) in sources::files(&systems, module) {
            let is = lines.to_string();
            verdicts.judge(&format!("lines of {name}"), &format!("< {LINES}"), &is, lines < LINES);
        }
    }
    match coverage.by_module(&root, &built) {
        Ok(shares) => {
            for (module, share) in shares {
                let (what, target) = (format!("coverage of {module}"), format!(">= {:.0}%", 100.0 * COVERED));
                match share {
                    Some(share) => {
                        verdicts.judge(&what, &target, &format!("{:.1}%", 100.0 * share), share >= COVERED)
                    }
                    None => verdicts.unmeasured(&what, "the report does not know it"),
                }
            }
        }
        Err(why) => verdicts.unmeasured("coverage per module", &why),
    }
    if !missing.is_empty() {
        verdicts.unmeasured(&missing.join(", "), "not built yet");
    }
    verdicts.finish()
}

/// Start-up and memory, `basic` beside `enhanced` over the quickstart.
fn side_by_side(verdicts: &mut Verdicts) {
    let finished = Sandbox::new().run(["compare", "basic", "enhanced", "--json", "--builds", "301"]);
    if finished.code != Some(0) {
        return verdicts.unmeasured("basic beside enhanced", finished.stderr.trim());
    }
    let comparison: Value = match serde_json::from_str(&finished.stdout) {
        Ok(comparison) => comparison,
        Err(error) => return verdicts.unmeasured("basic beside enhanced", &error.to_string()),
    };
    let enhanced = &comparison["setups"][1];
    let modules = enhanced["modules"].as_array().map_or(0, Vec::len);
    println!("enhanced is {modules} of {} modules here\n", CATALOGUE.len());
    let over_basic = |key: &str| enhanced["relative_to_first"][key].as_f64();
    match over_basic("startup") {
        Some(times) => verdicts.judge(
            "start-up: basic is faster than enhanced",
            &format!(">= {STARTUP_RATIO:.1}x"),
            &format!("{times:.2}x"),
            times >= STARTUP_RATIO,
        ),
        None => verdicts.unmeasured("start-up", "not in the comparison"),
    }
    for (when, key) in [("after start-up", "memory_after_startup"), ("at the end", "memory_at_end")] {
        let what = format!("heap {when}: basic over enhanced");
        match over_basic(key).map(|times| 1.0 / times) {
            Some(share) => verdicts.judge(
                &what,
                &format!("<= {MEMORY_SHARE:.2}"),
                &format!("{share:.2}"),
                share <= MEMORY_SHARE,
            ),
            None => verdicts.unmeasured(&what, "not in the comparison"),
        }
    }
}
