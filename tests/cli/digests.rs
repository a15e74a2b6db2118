//! The same scenario and seed give the same bits, whatever runs them.

use manyworlds_tests::program::{Finished, Sandbox};

use super::{library, tiny};

/// The state digest of a run of `arguments` into `out`.
#[track_caller]
fn digest(sandbox: &Sandbox, out: &str, arguments: &[&str]) -> String {
    let mut command = sandbox.command(["backtest", "--json", "--out", out]);
    command.args(arguments);
    let summary = Finished::of(command).json();
    assert_eq!(summary["status"], "complete");
    summary["digest"].as_str().unwrap().to_owned()
}

#[test]
fn a_second_run_any_thread_count_and_either_executor_give_the_same_digest() {
    let sandbox = Sandbox::new();
    let quickstart = library("quickstart.ron");
    let quickstart = [quickstart.to_str().unwrap(), "--to", "2024-01-10"];
    let run = |more: &[&str]| digest(&sandbox, "out", &[&quickstart, more].concat());
    let first = run(&[]);
    for more in [
        &[][..],
        &["--threads", "1"],
        &["--threads", "2"],
        &["--threads", "8"],
        &["--set", "executor=Stock"],
        &["--set", "executor=Stock", "--threads", "8"],
    ] {
        assert_eq!(run(more), first, "{more:?}");
    }
}

#[test]
fn tables_of_two_runs_are_the_same_bytes() {
    let sandbox = tiny();
    digest(&sandbox, "a", &["tiny.ron"]);
    digest(&sandbox, "b", &["tiny.ron", "--threads", "8"]);
    for name in sandbox.files("a").iter().filter(|n| n.ends_with(".parquet")) {
        let read = |folder: &str| std::fs::read(sandbox.path(&format!("{folder}/{name}"))).unwrap();
        assert!(read("a") == read("b"), "{name}");
    }
    assert_eq!(sandbox.read("a/run.ron"), sandbox.read("b/run.ron"));
}

#[test]
fn the_seed_changes_it() {
    let sandbox = tiny();
    let seven = digest(&sandbox, "out", &["tiny.ron"]);
    assert_ne!(digest(&sandbox, "out", &["tiny.ron", "--seed", "8"]), seven);
    assert_eq!(digest(&sandbox, "out", &["tiny.ron", "--set", "seed=7"]), seven);
    assert_eq!(
        sandbox.run(["backtest", "tiny.ron", "--seed", "8", "--json", "--out", "o"]).json()["seed"],
        8
    );
}

#[test]
fn a_changed_setting_changes_it() {
    let sandbox = tiny();
    let first = digest(&sandbox, "out", &["tiny.ron"]);
    assert_ne!(digest(&sandbox, "out", &["tiny.ron", "--set", "accounts.base.cash=2000.0"]), first);
    assert_ne!(digest(&sandbox, "out", &["tiny.ron", "--set", "venues.sim.fees.taker_bps=6.0"]), first);
}

#[test]
fn run_ron_runs_again_to_the_same_digest() {
    let sandbox = tiny();
    let flags = ["--seed", "11", "--to", "2024-01-02", "--set", "models[0].fast=5"];
    let first = digest(&sandbox, "a", &[&["tiny.ron"][..], &flags].concat());
    let text = sandbox.read("a/run.ron");
    assert!(text.contains(&format!("state digest at the end: {first}")), "{text}");
    assert!(text.contains(&format!("manyworlds {}", env!("CARGO_PKG_VERSION"))), "{text}");
    assert_eq!(digest(&sandbox, "b", &["a/run.ron"]), first);
    assert_eq!(sandbox.read("b/run.ron"), text);
}

#[test]
fn run_ron_of_a_run_over_files_runs_again_from_anywhere() {
    let sandbox = Sandbox::with(&[("from_file.ron", super::FROM_FILE)]);
    sandbox.write("bars.csv", super::files::good(300));
    let first = digest(&sandbox, "deep/er", &["from_file.ron"]);
    assert!(sandbox.read("deep/er/run.ron").contains("// data of AAA (bars.csv): "));
    assert_eq!(digest(&sandbox, "b", &["deep/er/run.ron"]), first);
    // Another content of the same name is another run.
    sandbox.write("bars.csv", super::files::good(301));
    assert_ne!(digest(&sandbox, "c", &["deep/er/run.ron"]), first);
}
