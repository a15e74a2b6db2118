//! `whatif`: plans as a person runs them.

use std::io::Read as _;
use std::process::Command;
use std::time::{Duration, Instant};

use manyworlds_tests::parquet_table::ParquetTable;
use manyworlds_tests::program::Sandbox;

use super::TINY;

const PLAN: &str = r#"Plan(
    name: "fees",
    base: "tiny.ron",
    branches: [
        Grid(set: {"models[0].fast": [5, 10], "venues.sim.fees.taker_bps": [5.0, 9.0]}),
        Branch(name: "bad", set: {"models[0].fast": 40}),
        Branch(name: "eager", set: {"accounts.base.policy.entry": 0.5, "models": [BuyAndHold]}),
    ],
)
"#;

fn sandbox() -> Sandbox {
    Sandbox::with(&[("tiny.ron", TINY), ("plan.ron", PLAN)])
}

#[test]
fn a_plan_is_run_ranked_and_written() {
    let sandbox = sandbox();
    let text = sandbox.run(["whatif", "plan.ron", "--out", "out", "--sort", "total_return"]).ok();
    assert!(text.contains("6 of 7 branches ran to their end, 1 failed"), "{text}");
    assert!(text.contains("failed: 5 `bad`") && text.contains("models[0].slow"), "{text}");
    let table = ParquetTable::read(&sandbox.path("out/branches.parquet"));
    assert_eq!(table.rows(), 7);
    let names = table.words("name");
    assert_eq!(names[..3], ["base", "fast=5, taker_bps=5.0", "fast=5, taker_bps=9.0"]);
    let summary = sandbox.json("out/summary.json");
    assert_eq!((&summary["status"], &summary["branches"]["failed"]), (&"complete".into(), &1.into()));
    assert_eq!(summary["best"].as_array().unwrap().len(), 6);
    let returns: Vec<f64> =
        summary["best"].as_array().unwrap().iter().map(|b| b["value"].as_f64().unwrap()).collect();
    assert!(returns.is_sorted_by(|a, b| a >= b), "{returns:?}");
    // The digest of a branch is that of its accounts run alone.
    let set = ["--set", "models[0].fast=5", "--set", "venues.sim.fees.taker_bps=9.0"];
    let alone = sandbox.run(["backtest", "tiny.ron", "--json", "--out", "alone"].iter().chain(&set)).json();
    let json = sandbox.run(["whatif", "plan.ron", "--out", "out", "--json", "--keep", "2,eager"]).json();
    assert_eq!(json["digest"], summary["digest"]);
    let kept = sandbox.json("out/branches/2/summary.json");
    assert_eq!(kept["accounts"][0]["digest"], alone["accounts"][0]["digest"]);
    let files = sandbox.files("out/branches/6");
    assert!(files.contains(&"equity.parquet".to_owned()) && files.contains(&"report.html".to_owned()));
}

#[test]
fn explaining_runs_nothing() {
    let sandbox = sandbox();
    let text = sandbox.run(["whatif", "plan.ron", "--explain"]).ok();
    assert!(
        text.contains("fees: 7 branches, 1 the same as another, 1 that cannot run; 2 worlds, 0 forks"),
        "{text}"
    );
    assert!(text.contains("cost: 6,000 market events instead of 18,000"), "{text}");
    assert!(text.contains("cannot run: bad"), "{text}");
    assert_eq!(sandbox.files("."), ["plan.ron", "tiny.ron"]);
}

#[test]
fn wrong_plans_are_refused_before_anything_is_written() {
    let sandbox = sandbox();
    let refused = |from: &str, to: &str, parts: &[&str]| {
        sandbox.write("wrong.ron", PLAN.replace(from, to));
        sandbox.run(["whatif", "wrong.ron", "--out", "out"]).fails(2, parts);
    };
    refused(
        "models[0].fast\": 40",
        "models[0].fsat\": 40",
        &["wrong.ron:6", "models[0].fsat", "did you mean `fast`?"],
    );
    refused("[5.0, 9.0]", "[]", &["wrong.ron:5", "an empty list"]);
    refused("\"eager\"", "\"bad\"", &["two branches are called `bad`"]);
    refused("tiny.ron", "tinny.ron", &["tinny.ron"]);
    refused("    name: \"fees\",", "    max_branches: 5,", &["7 branches", "--yes"]);
    sandbox.run(["whatif", "wrong.ron", "--out", "confirmed", "--yes", "--quiet"]).ok();
    let run = |more: &[&str]| sandbox.run(["whatif", "plan.ron", "--out", "out"].iter().chain(more));
    run(&["--sort", "sharp"]).fails(2, &["did you mean `sharpe`?"]);
    run(&["--keep", "eagre"]).fails(2, &["did you mean `eager`?"]);
    run(&["--resume"]).fails(2, &["no plan was begun here"]);
    sandbox.run(["whatif", "plam.ron"]).fails(2, &["did you mean `plan.ron`?"]);
    assert!(!sandbox.path("out").exists());
    run(&["--quiet"]).ok();
    sandbox.write("plan.ron", PLAN.replace("9.0", "9.5"));
    run(&["--resume"]).fails(2, &["results of another plan"]);
}

/// A plan of many worlds, each of which takes a while.
fn long() -> Sandbox {
    let sandbox = Sandbox::with(&[("tiny.ron", &TINY.replace("bars: 3000", "bars: 30_000"))]);
    let plan = r#"Plan(name: "long", base: "tiny.ron", branches: [
        Cross([Seeds(Markets(40)), Grid(set: {"models[0].fast": [5, 10]})]),
    ])"#;
    sandbox.write("plan.ron", plan);
    sandbox
}

/// What must be equal of two summaries.
fn result(sandbox: &Sandbox, out: &str) -> (String, [Vec<u8>; 2]) {
    let digest = sandbox.json(&format!("{out}/summary.json"))["digest"].as_str().unwrap().to_owned();
    let table = |name: &str| std::fs::read(sandbox.path(&format!("{out}/{name}.parquet"))).unwrap();
    (digest, [table("branches"), table("comparison")])
}

/// Starts the plan, and stops it by a signal when some of it has ended.
fn stopped(sandbox: &Sandbox, out: &str, signal: &str) -> Option<i32> {
    let mut child = sandbox.command(["whatif", "plan.ron", "--out", out]).spawn().unwrap();
    let began = Instant::now();
    while sandbox.path(out).join("progress").read_dir().map_or(0, Iterator::count) < 4 {
        assert!(began.elapsed() < Duration::from_secs(120));
        assert!(child.try_wait().unwrap().is_none(), "the plan is too short for this test");
        std::thread::sleep(Duration::from_millis(2));
    }
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    let code = child.wait().unwrap().code();
    assert!(code.is_none() || said.contains("INTERRUPTED: go on with --resume"), "{said}");
    code
}

#[test]
fn a_plan_that_was_stopped_goes_on_to_the_same_bytes() {
    let sandbox = long();
    sandbox.run(["whatif", "plan.ron", "--out", "whole", "--quiet"]).ok();
    assert_eq!(stopped(&sandbox, "out", "KILL"), None);
    assert!(!sandbox.path("out/summary.json").exists(), "nothing says that it ended");
    let json =
        sandbox.run(["whatif", "plan.ron", "--out", "out", "--resume", "--json", "--threads", "2"]).json();
    let there = json["branches"]["resumed"].as_u64().unwrap();
    assert!((1..81).contains(&there), "{there}");
    assert!(result(&sandbox, "out") == result(&sandbox, "whole"));

    assert_eq!(stopped(&sandbox, "again", "INT"), Some(130));
    assert_eq!(sandbox.json("again/summary.json")["status"], "interrupted");
    sandbox.run(["whatif", "plan.ron", "--out", "again", "--resume", "--quiet"]).ok();
    assert!(result(&sandbox, "again") == result(&sandbox, "whole"));
    // Once more: there is nothing left to do.
    let json = sandbox.run(["whatif", "plan.ron", "--out", "again", "--resume", "--json"]).json();
    assert_eq!((&json["branches"]["resumed"], &json["timing"]["worlds"]), (&81.into(), &0.into()));
}
