//! `audit`: promises proved or refuted, as a table and as JSON.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Command;

use manyworlds_tests::program::Sandbox;

use super::{TINY, tiny};

#[test]
fn a_clean_scenario_passes() {
    let sandbox = tiny();
    let text = sandbox.run(["audit", "tiny.ron"]).ok();
    assert!(text.starts_with("audit of tiny (passed)\n"), "{text}");
    for check in ["determinism", "causality", "fork", "warm_up", "accounting"] {
        let line = text.lines().find(|l| l.trim_start().starts_with(check));
        assert!(line.unwrap_or_else(|| panic!("{check}: {text}")).contains("passed"), "{text}");
    }
    assert!(text.contains("sma_cross_10_30"), "{text}");
    assert_eq!(sandbox.files("."), ["tiny.ron"], "nothing is written unless asked for");
    assert_eq!(sandbox.run(["audit", "tiny.ron", "--quiet"]).ok(), "");
}

#[test]
fn the_report_as_json_and_as_files() {
    let sandbox = tiny();
    let flags =
        ["--json", "--out", "out/audit", "--threads", "2", "--times", "2", "--forks", "1", "--marks", "50"];
    let report = sandbox.run([&["audit", "tiny.ron"][..], &flags].concat()).json();
    assert_eq!(
        (&report["verdict"], &report["steps"], &report["seed"]),
        (&"passed".into(), &3000.into(), &7.into())
    );
    let run = sandbox.run(["backtest", "tiny.ron", "--json", "--out", "run"]).json();
    assert_eq!(report["digest"], run["digest"], "it is the run that was audited");
    let checks = report["checks"].as_array().unwrap();
    let names: Vec<&str> = checks.iter().map(|c| c["check"].as_str().unwrap()).collect();
    assert_eq!(names, ["determinism", "causality", "fork", "warm_up", "accounting"]);
    for check in checks {
        assert_eq!(check["verdict"], "passed");
        assert!(check["steps_rerun"].as_u64().unwrap() >= 2000, "{check}");
        assert_eq!(check["findings"].as_array().unwrap().len(), 0);
    }
    // Again, on two threads at once, and under the other executor.
    assert_eq!(checks[0]["steps_rerun"], (1 + 2 + 1) * 3000);
    assert_eq!(checks[1]["runs"], 2 * 3);
    assert_eq!(sandbox.json("out/audit/audit.json"), report);
    assert!(sandbox.read("out/audit/audit.txt").starts_with("audit of tiny (passed)"));
}

#[test]
fn some_checks_alone() {
    let sandbox = tiny();
    let report = sandbox.run(["audit", "tiny.ron", "--json", "--only", "fork,accounting"]).json();
    let checks = report["checks"].as_array().unwrap();
    assert_eq!(
        checks.iter().map(|c| c["check"].as_str().unwrap()).collect::<Vec<_>>(),
        ["fork", "accounting"]
    );
    let run = |flags: &[&str]| sandbox.run([&["audit", "tiny.ron"], flags].concat());
    run(&["--only", "causalty"]).fails(2, &["--only", "`causalty`", "causality"]);
    run(&["--times", "0"]).fails(2, &["times must be at least 1"]);
    run(&["--tolerance", "2"]).fails(2, &["--tolerance 2"]);
    run(&["--threads", "0"]).fails(2, &["--threads 0"]);
    run(&["--set", "acounts.base.cash=3"]).fails(2, &["`acounts`", "did you mean `accounts`?"]);
    run(&["--out", "tiny.ron/x"]).fails(2, &["--out tiny.ron/x"]);
}

/// An exponential mean never forgets, so that bits never agree soon.
#[test]
fn a_finding_is_exit_code_1() {
    let sandbox = Sandbox::with(&[("ema.ron", &TINY.replace("SmaCross", "EmaCross"))]);
    let flags = ["audit", "ema.ron", "--only", "warm_up", "--tolerance", "0"];
    let finished = sandbox.run([&flags[..], &["--quiet"]].concat());
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    assert!(finished.stdout.starts_with("audit of tiny (1 FOUND)"), "{}", finished.stdout);
    assert!(
        finished.stdout.contains("- model `ema_cross_10_30` declares a warm-up of"),
        "{}",
        finished.stdout
    );
    assert!(finished.stderr.contains("error: the audit has 1 finding"), "{}", finished.stderr);
    let finished = sandbox.run([&flags[..], &["--json"]].concat());
    assert_eq!(finished.code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    let finding = &report["checks"][0]["findings"][0];
    assert_eq!((&finding["kind"], &finding["of"]), (&"warm_up".into(), &"model".into()));
    assert!(
        finding["needed_bars"].is_null()
            || finding["needed_bars"].as_u64() > finding["declared_bars"].as_u64()
    );
}

#[test]
fn ctrl_c_reports_what_was_done() {
    let text = TINY.replace("bars: 3000", "bars: 300_000, path_steps: 2");
    let sandbox = Sandbox::with(&[("long.ron", &text)]);
    let mut child = sandbox.command(["audit", "long.ron", "--threads", "1"]).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("determinism: ") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "no progress of a check");
    }
    assert!(line.starts_with("tiny: ") && line.contains(" of ") && line.contains(" steps/s, "), "{line}");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(out.starts_with("audit of tiny (STOPPED: not all checks were made)"), "{out}");
}
