//! Runs that are stopped: Ctrl-C, a request to terminate, a kill.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command};
use std::time::{Duration, Instant};

use manyworlds_tests::parquet_table::ParquetTable;
use manyworlds_tests::program::Sandbox;
use serde_json::Value;

use super::TINY;

/// Accounts of the long run; each writes a row per step.
const ACCOUNTS: usize = 64;

/// A scenario that takes far longer than its tests let it run, in an optimized build, too.
fn long() -> Sandbox {
    let accounts: String = (0..ACCOUNTS).map(|i| format!("(name: \"a{i}\"), ")).collect();
    let base = "(name: \"base\", cash: 1000.0, policy: (side: LongOnly))";
    let text = TINY
        .replace("bars: 3000", "bars: 1_000_000, path_steps: 2")
        .replace(base, &accounts)
        .replace("    models:", "    record: (equity: Step),\n    models:");
    Sandbox::with(&[("long.ron", &text)])
}

/// Starts it, and waits until it says how far it is: in a plain line, since stderr is no terminal.
fn start(sandbox: &Sandbox) -> (Child, BufReader<ChildStderr>) {
    let mut child = sandbox.command(["backtest", "long.ron", "--out", "out"]).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(child.try_wait().unwrap().is_none(), "the run is too short for these tests: {line}");
    for part in ["tiny: ", "% 2024-", " events/s, ", " s left\n"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(line.is_ascii() && !line.contains('\r') && !line.contains('\u{1b}'), "{line:?}");
    (child, stderr)
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Stops it with a signal that it can hear, and looks at what it leaves.
fn stopped_by(name: &str) -> (Sandbox, Value) {
    let sandbox = long();
    let (mut child, mut stderr) = start(&sandbox);
    signal(&child, name);
    let sent = Instant::now();
    let (mut out, mut rest) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    stderr.read_to_string(&mut rest).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{rest}");
    assert!(sent.elapsed() < Duration::from_secs(30));
    assert!(out.contains("INTERRUPTED: partial results"), "{out}");

    let summary = sandbox.json("out/summary.json");
    assert_eq!(summary["status"], "interrupted");
    let steps = summary["steps"].as_u64().unwrap();
    assert!(0 < steps && steps < 1_000_000, "{steps}");
    assert!(summary["digest"].is_string() && summary["accounts"][0]["fills"].as_u64().unwrap() > 0);
    check_tables(&sandbox, &summary);
    let files = sandbox.files("out");
    assert!(!files.iter().any(|f| f.ends_with(".partial")), "{files:?}");
    assert!(sandbox.read("out/report.html").contains("interrupted"));
    (sandbox, summary)
}

/// The tables end where the summary says that the run ended.
fn check_tables(sandbox: &Sandbox, summary: &Value) {
    let table = |name: &str| ParquetTable::read(&sandbox.path(&format!("out/{name}.parquet")));
    let equity = table("equity");
    assert_eq!(equity.rows() as u64, ACCOUNTS as u64 * summary["steps"].as_u64().unwrap());
    let (fills, trades) = (table("fills").words("account"), table("trades").words("account"));
    let last = equity.rows() - ACCOUNTS;
    let (names, equity) = (equity.words("account"), equity.numbers("equity"));
    for (i, account) in summary["accounts"].as_array().unwrap().iter().enumerate() {
        let name = account["name"].as_str().unwrap();
        let rows = |table: &[String]| table.iter().filter(|a| *a == name).count() as u64;
        assert_eq!(rows(&fills), account["fills"].as_u64().unwrap(), "{name}");
        assert_eq!(rows(&trades), account["trades"].as_u64().unwrap(), "{name}");
        assert_eq!(names[last + i], name);
        assert_eq!(Some(equity[last + i]), account["final_equity"].as_f64(), "{name}");
    }
}

#[test]
fn ctrl_c_leaves_what_a_run_that_ends_there_leaves() {
    let (sandbox, summary) = stopped_by("INT");
    let end = summary["to"].as_str().unwrap();
    let whole = sandbox.run(["backtest", "long.ron", "--out", "again", "--json", "--to", end]).json();
    assert_eq!((&whole["status"], &whole["steps"]), (&"complete".into(), &summary["steps"]));
    let equity =
        |folder: &str| ParquetTable::read(&sandbox.path(folder).join("equity.parquet")).numbers("equity");
    assert!(equity("out") == equity("again"));
}

#[test]
fn a_request_to_terminate_leaves_a_valid_partial_result() {
    stopped_by("TERM");
}

#[test]
fn a_kill_leaves_nothing_that_could_be_taken_for_complete() {
    let sandbox = long();
    let (mut child, _stderr) = start(&sandbox);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None);
    assert_eq!(sandbox.json("out/summary.json")["status"], "interrupted");
    let files = sandbox.files("out");
    assert!(!files.iter().any(|f| f.ends_with(".parquet") || f == "report.html"), "{files:?}");
    assert!(files.iter().any(|f| f == "equity.parquet.partial"), "{files:?}");
    assert!(sandbox.read("out/run.ron").contains("the run has not ended"));
}
