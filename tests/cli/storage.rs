//! Folders that cannot be written and disks that are full.

use manyworlds_tests::parquet_table::ParquetTable;
use manyworlds_tests::program::{Finished, Sandbox};

use super::{TINY, into, tiny};

#[test]
fn an_output_folder_that_cannot_be_made() {
    let sandbox = tiny();
    sandbox.write("file", "");
    for out in ["file/results", "file"] {
        sandbox.run(["backtest", "tiny.ron", "--out", out]).fails(2, &["error: file", "--out DIR"]);
    }
    sandbox.write("runs", "");
    sandbox.run(["backtest", "tiny.ron"]).fails(2, &["error: runs/tiny-", "--out DIR"]);
    assert_eq!(sandbox.files("."), ["file", "runs", "tiny.ron"]);
}

#[test]
fn a_file_that_is_in_the_way() {
    let sandbox = tiny();
    std::fs::create_dir_all(sandbox.path("out/equity.parquet/x")).unwrap();
    sandbox.run(into("out")).fails(2, &["out/equity.parquet", "--out DIR"]);
}

/// Runs with files limited to `blocks` of 512 bytes: writing beyond fails, as on a full disk.
fn limited(sandbox: &Sandbox, blocks: u32, flags: &[&str]) -> Finished {
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let arguments = ["backtest", "tiny.ron", "--out", "out"];
    Finished::of(sandbox.shell(&line, arguments.iter().chain(flags)))
}

#[test]
fn a_full_disk_never_leaves_what_could_be_taken_for_a_result() {
    // A lot is recorded, so that tables are written while the run goes on, and not only at its end.
    let text = TINY
        .replace("3000", "60000")
        .replace("    models:", "    record: (equity: Step, decisions: All),\n    models:");
    let sandbox = Sandbox::with(&[("tiny.ron", &text)]);
    let mut met = std::collections::BTreeSet::new();
    for blocks in [0, 4, 16, 64, 400, 1_500] {
        let finished = limited(&sandbox, blocks, &[]);
        assert_eq!(finished.code, Some(1), "{blocks}: {}", finished.stderr);
        assert_eq!(finished.stdout, "", "{blocks}");
        for part in ["error: ", "out/", "File too large"] {
            assert!(finished.stderr.contains(part), "{blocks}: no `{part}` in {}", finished.stderr);
        }
        assert!(!finished.stderr.contains(".tmp"), "{blocks}: {}", finished.stderr);
        let status = sandbox.path("out/summary.json").exists().then(|| sandbox.json("out/summary.json"));
        if let Some(summary) = &status {
            assert_ne!(summary["status"], "complete", "{blocks}");
            if summary["status"] == "failed" {
                let error = summary["error"].as_str().unwrap();
                assert!(error.contains(".parquet") && error.contains("File too large"), "{blocks}: {error}");
            }
        }
        met.insert(status.map_or("none".to_owned(), |s| s["status"].as_str().unwrap().to_owned()));
        // What has the name of a table is one; the halves are named so.
        for file in sandbox.files("out").iter().filter(|f| f.ends_with(".parquet")) {
            ParquetTable::read(&sandbox.path(&format!("out/{file}")));
        }
        assert!(!sandbox.path("out/report.html").exists(), "{blocks}");
        // A page over it says so, too.
        let report = sandbox.run(["report", "out"]);
        assert!(report.code != Some(0) || sandbox.read("out/report.html").contains("FAILED"), "{blocks}");
    }
    assert!(met.contains("failed"), "the cases no longer reach a full disk during the run: {met:?}");
    // With room again, the same folder gets the whole result.
    sandbox.run(into("out")).ok();
    assert_eq!(sandbox.json("out/summary.json")["status"], "complete");
    assert!(!sandbox.read("out/report.html").contains("FAILED"));
}

#[test]
fn a_disk_that_fills_at_the_end_leaves_no_table_under_its_name() {
    // So short a run stores its tables at its end: 32 KB are enough for some of them, and not for the equity.
    let sandbox = tiny();
    let finished = limited(&sandbox, 64, &["--set", "record.equity=Step"]);
    finished.fails(1, &["out/equity.parquet.partial: File too large", "out holds a partial result"]);
    let summary = sandbox.json("out/summary.json");
    assert_eq!((&summary["status"], &summary["steps"]), (&"failed".into(), &3000.into()));
    let files = sandbox.files("out");
    assert!(!files.iter().any(|f| f.ends_with(".parquet") || f.starts_with(".tmp")), "{files:?}");
}

#[test]
fn a_page_that_cannot_be_written_costs_only_the_page() {
    // 200 KB: the tables fit, the page does not.
    let sandbox = tiny();
    let finished = limited(&sandbox, 400, &[]);
    finished.fails(1, &["out/report.html: File too large", "`manyworlds report out` makes the page again"]);
    let files = sandbox.files("out");
    assert!(!files.iter().any(|f| f == "report.html" || f.starts_with(".tmp")), "{files:?}");
    assert_eq!(sandbox.json("out/summary.json")["status"], "complete");
    assert_eq!(ParquetTable::read(&sandbox.path("out/equity.parquet")).rows(), 3000);
    sandbox.run(["report", "out"]).ok();
    assert!(sandbox.read("out/report.html").contains("</html>"));
}
