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
fn an_explanation_is_there_as_json() {
    let sandbox = sandbox();
    let json = sandbox.run(["whatif", "plan.ron", "--explain", "--json"]).json();
    let plan = &json["plan"];
    assert_eq!(
        (&plan["branches"], &plan["equal"], &plan["cost"]["events"]),
        (&7.into(), &1.into(), &6_000.into())
    );
    assert_eq!(
        (plan["worlds"].as_array().unwrap().len(), &plan["cannot_run"][0]["name"]),
        (2, &"bad".into())
    );
    assert_eq!(plan["worlds"][0]["branches"], serde_json::json!([0, 3, 1, 6]));
    assert!(json["walk_forward"].is_null());
    let help = sandbox.run(["whatif", "--help"]).ok();
    assert!(
        help.contains("<PLAN>") && help.contains("The plan, a RON file") && !help.contains("SCENARIO"),
        "{help}"
    );
}

#[test]
fn what_cannot_run_is_said_before_the_rest_runs() {
    let sandbox = sandbox();
    let late = r#"{"interventions": [(at: "2025-01-01", what: PriceShock(size: -0.1))]}"#;
    let plan = |baseline: &str, more: &str| {
        let text = format!(
            r#"Plan(base: "tiny.ron", baseline: "{baseline}", branches: [
            Branch(name: "bad", set: {{"models[0].fast": 40}}), Branch(name: "late", set: {late}), {more}])"#
        );
        sandbox.write("plan.ron", text);
    };
    // All that was asked for fails; the base was not.
    plan("base", "");
    let run = sandbox.run(["whatif", "plan.ron", "--out", "out"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stdout.contains("1 of 3 branches ran to their end, 2 failed"), "{}", run.stdout);
    for part in [
        "warning: branch 1 `bad` cannot run: models[0].fast=40: tiny.ron:",
        "warning: branch 2 `late` cannot run: ",
        "is outside of the run, 2024-01-01T00:00:00Z .. 2024-01-03T02:00:00Z",
        "error: every branch of the plan failed",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    // It is no fork, and costs nothing.
    let text = sandbox.run(["whatif", "plan.ron", "--explain"]).ok();
    assert!(text.contains("3 branches, 2 that cannot run; 1 world, 0 forks"), "{text}");
    // One of several.
    plan("base", r#"Branch(name: "good", set: {"models[0].fast": 5})"#);
    sandbox.run(["whatif", "plan.ron", "--out", "good", "--quiet"]).ok();
    for baseline in ["bad", "late"] {
        plan(baseline, "");
        let run = sandbox.run(["whatif", "plan.ron", "--out", "none"]);
        run.fails(2, &["plan.ron:1", "baseline", &format!("the branch `{baseline}` cannot run")]);
    }
    assert!(!sandbox.path("none").exists());
}

#[test]
fn what_is_odd_about_branches_is_said() {
    let sandbox = sandbox();
    let plan = r#"Plan(base: "tiny.ron", branches: [Grid(set: {"models[0].fast": [5, 6], "interventions": [
        [(at: "2024-01-01T10:00:30Z", on: Accounts(["base"]), what: Liquidate)]]})])"#;
    sandbox.write("plan.ron", plan);
    for flags in [vec!["--explain"], vec!["--quiet", "--out", "out"]] {
        let run = sandbox.run(["whatif", "plan.ron"].into_iter().chain(flags));
        assert_eq!(run.stderr.matches("is between steps").count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains("it happens at the next, 2024-01-01T10:01:00Z"), "{}", run.stderr);
        assert!(run.stderr.contains("[2 branches, "), "{}", run.stderr);
    }
    let warnings = sandbox.json("out/summary.json")["warnings"].to_string();
    assert!(warnings.contains("is between steps"), "{warnings}");
}

#[test]
fn folders_of_others_are_left_alone() {
    let sandbox = sandbox();
    let run =
        |more: &[&str]| sandbox.run(["whatif", "plan.ron", "--quiet", "--out", "out"].iter().chain(more));
    for folder in ["out/branches", "out/progress"] {
        std::fs::create_dir_all(sandbox.path(folder)).unwrap();
    }
    sandbox.write("out/branches/notes.txt", "x");
    sandbox.write("out/plan.ron", "y");
    for flags in [&[][..], &["--overwrite"]] {
        run(flags).fails(2, &["no results of a plan (branches, plan.ron)", "--out DIR"]);
    }
    assert_eq!(
        (sandbox.read("out/branches/notes.txt"), sandbox.read("out/plan.ron")),
        ("x".into(), "y".into())
    );
    std::fs::remove_dir_all(sandbox.path("out")).unwrap();
    run(&["--keep", "1"]).ok();
    sandbox.write("plan.ron", PLAN.replace("9.0", "9.5"));
    run(&[]).fails(2, &["results of another plan, `fees`", "--overwrite"]);
    assert!(sandbox.path("out/branches/1/summary.json").exists());
    run(&["--overwrite"]).ok();
    assert!(!sandbox.path("out/branches").exists());
    run(&[]).ok();
}

#[test]
fn a_word_that_is_a_name_and_a_number_is_refused() {
    let sandbox = sandbox();
    sandbox.write("plan.ron", PLAN.replace("\"eager\"", "\"0\""));
    let run = |keep: &str| sandbox.run(["whatif", "plan.ron", "--quiet", "--out", "out", "--keep", keep]);
    run("0")
        .fails(2, &["--keep: `0` is the name of branch 6, and the number of `base`: write `6` or `base`"]);
    run("6,base").ok();
    assert_eq!(sandbox.files("out/branches"), ["0", "6"]);
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
