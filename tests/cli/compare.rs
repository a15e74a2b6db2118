//! `compare`: setups side by side.

use manyworlds_tests::program::{Finished, Sandbox};
use serde_json::Value;

use super::{TINY, tiny};

/// Few builds and runs: what is looked at here does not depend on them.
const FEW: [&str; 4] = ["--builds", "3", "--runs", "2"];

/// `tiny.ron`, and the same with another model.
fn two() -> Sandbox {
    let sandbox = tiny();
    sandbox.write("slow.ron", TINY.replace("fast: 10, slow: 30", "fast: 100, slow: 300"));
    sandbox
}

fn compare(sandbox: &Sandbox, arguments: &[&str]) -> Finished {
    sandbox.run(["compare"].iter().chain(arguments).chain(&FEW))
}

/// The comparison without its times: all that must be the same whenever it is made.
fn timeless(mut comparison: Value) -> Value {
    for setup in comparison["setups"].as_array_mut().unwrap() {
        for (part, keys) in [
            ("startup", &["median_us", "min_us"][..]),
            ("run", &["median_ms", "min_ms", "ns_per_step", "ns_per_decision"]),
            ("relative_to_first", &["startup", "time_per_step"]),
        ] {
            for key in keys {
                setup[part].as_object_mut().unwrap().remove(*key).unwrap_or_else(|| panic!("{part}.{key}"));
            }
        }
        for module in setup["module_costs"].as_array_mut().unwrap() {
            module.as_object_mut().unwrap().remove("ns_per_step").unwrap();
        }
    }
    comparison
}

#[test]
fn two_files_side_by_side() {
    let sandbox = two();
    let finished = compare(&sandbox, &["tiny.ron", "slow.ron"]);
    assert_eq!(finished.stderr, "");
    let text = finished.ok();
    assert!(
        text.starts_with("2 setups, started in turn, run one after another; medians of 3 builds and 2 runs"),
        "{text}"
    );
    let row = |label: &str| {
        let line = text.lines().find(|l| l.trim_start().starts_with(label));
        line.unwrap_or_else(|| panic!("{label}: {text}")).to_owned()
    };
    assert_eq!(row("tiny").split_whitespace().collect::<Vec<_>>(), ["tiny", "slow"]);
    for label in ["Start-up", "Heap after start-up", "Heap at the end", "Time per step"] {
        assert!(row(label).contains("(1.00x)"), "{text}");
    }
    for label in
        ["Time per decision made", "Run", "Steps", "account base", "Final equity", "Sharpe", "Trades"]
    {
        row(label);
    }
    assert!(text.lines().all(|line| !line.ends_with(' ')));
    assert_eq!(sandbox.files("."), ["slow.ron", "tiny.ron"], "nothing is written unless asked for");
}

#[test]
fn json_is_all_that_stdout_has_and_out_holds_the_same() {
    let sandbox = two();
    sandbox.write("out.txt", "");
    let finished = compare(&sandbox, &["tiny.ron", "slow.ron", "--json", "--out", "out/deep"]);
    assert_eq!(finished.stderr, "");
    let comparison = finished.json();
    assert_eq!(sandbox.json("out/deep/compare.json"), comparison);
    assert_eq!(comparison["effort"], serde_json::json!({ "builds": 3, "runs": 2 }));
    let setups = comparison["setups"].as_array().unwrap();
    assert_eq!(setups.iter().map(|s| &s["name"]).collect::<Vec<_>>(), ["tiny", "slow"]);
    for setup in setups {
        let number =
            |part: &str, key: &str| setup[part][key].as_f64().unwrap_or_else(|| panic!("{part}.{key}"));
        assert!(
            0.0 < number("startup", "min_us")
                && number("startup", "min_us") <= number("startup", "median_us")
        );
        assert!(0.0 < number("run", "min_ms") && number("run", "min_ms") <= number("run", "median_ms"));
        assert_eq!(setup["run"]["steps"], 3000);
        let per_step = number("run", "median_ms") * 1e6 / 3000.0;
        assert!((number("run", "ns_per_step") / per_step - 1.0).abs() < 1e-9);
        // Bars of one symbol alone are some kilobytes; a world of one symbol holds no megabytes.
        for key in ["after_startup_bytes", "at_end_bytes"] {
            assert!((20_000.0..20e6).contains(&number("memory", key)), "{key}: {setup}");
        }
        assert_eq!((&setup["modules"], &setup["warnings"]), (&serde_json::json!([]), &serde_json::json!([])));
    }
    // What a setup comes to is what a backtest of it comes to.
    for (setup, file) in setups.iter().zip(["tiny.ron", "slow.ron"]) {
        let summary = sandbox.run(["backtest", file, "--json", "--out", "run"]).json();
        for key in ["digest", "scenario_digest", "seed", "accounts"] {
            assert_eq!(setup[key], summary[key], "{key}");
        }
        assert_eq!(setup["run"]["decisions"], summary["decisions"]);
        assert!(summary["decisions"].as_u64().unwrap() > 0);
    }
    assert_ne!(setups[0]["digest"], setups[1]["digest"]);
}

#[test]
fn neither_repetition_nor_order_changes_anything_but_times() {
    let sandbox = two();
    let json = |setups: &[&str]| {
        let arguments: Vec<&str> = setups.iter().chain(&["--json"]).copied().collect();
        timeless(compare(&sandbox, &arguments).json())
    };
    let first = json(&["tiny.ron", "slow.ron"]);
    assert_eq!(json(&["tiny.ron", "slow.ron"]), first);
    let swapped = json(&["slow.ron", "tiny.ron"]);
    for (a, b) in [(0, 1), (1, 0)] {
        let mut pair = [first["setups"][a].clone(), swapped["setups"][b].clone()];
        pair.iter_mut().for_each(|s| drop(s.as_object_mut().unwrap().remove("relative_to_first")));
        assert_eq!(pair[0], pair[1], "whoever comes first, memory included");
    }
}

#[test]
fn presets_are_laid_over_a_base_and_flags_change_every_setup() {
    let sandbox = two();
    // What the base says of its own modules does not matter, nor which of their features it records.
    let full = "orchestrator: (type: preset, name: \"full\"),\n    record: (features: [\"market_analysis.atr\"]),\n    models:";
    sandbox.write("base.ron", TINY.replace("models:", full));
    let flags =
        ["basic", "slow.ron", "--scenario", "base.ron", "--json", "--seed", "3", "--to", "2024-01-02"];
    let setups = compare(&sandbox, &flags).json()["setups"].clone();
    for setup in setups.as_array().unwrap() {
        assert_eq!((&setup["seed"], &setup["run"]["steps"]), (&3.into(), &1440.into()));
    }
    assert_eq!((&setups[0]["name"], &setups[0]["scenario"]), (&"basic".into(), &"tiny".into()));
    let set = ["basic", "slow.ron", "--scenario", "base.ron", "--json", "--set", "accounts.base.cash=77"];
    let setups = compare(&sandbox, &set).json()["setups"].clone();
    assert!(setups.as_array().unwrap().iter().all(|s| s["accounts"][0]["initial_cash"] == 77.0));
}

#[test]
fn without_a_base_presets_are_laid_over_the_quickstart() {
    let sandbox = two();
    let setups =
        compare(&sandbox, &["basic", "tiny.ron", "--json", "--to", "2024-01-02"]).json()["setups"].clone();
    assert_eq!(setups[0]["scenario"], "quickstart");
    assert_eq!(setups[0]["accounts"].as_array().unwrap().len(), 3);
    // Accounts of one name stand side by side, others alone.
    let text = compare(&sandbox, &["basic", "tiny.ron", "--to", "2024-01-02"]).ok();
    assert_eq!(text.matches("account base").count(), 1);
    assert!(text.contains("account guarded"));
}

#[test]
fn the_basic_setup_holds_at_most_half_of_what_enhanced_holds() {
    // Memory is counted, not sampled: it does not depend on the machine. Start-up times are for `measures`.
    let span = ["basic", "enhanced", "--json", "--to", "2024-01-15"];
    let comparison = compare(&Sandbox::new(), &span).json();
    let enhanced = &comparison["setups"][1];
    assert!(enhanced["modules"].as_array().unwrap().len() >= 5, "{}", enhanced["modules"]);
    for when in ["memory_after_startup", "memory_at_end"] {
        let times = enhanced["relative_to_first"][when].as_f64().unwrap();
        assert!(times >= 2.0, "{when}: enhanced holds only {times:.2} times as much as basic");
    }
}

#[test]
fn quiet_says_nothing() {
    let sandbox = two();
    let finished = compare(&sandbox, &["tiny.ron", "slow.ron", "-q", "--out", "."]);
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""));
    finished.ok();
    assert_eq!(sandbox.files("."), ["compare.json", "slow.ron", "tiny.ron"]);
}

#[test]
fn wrong_words_are_bad_usage() {
    let sandbox = two();
    compare(&sandbox, &["tiny.ron"]).fails(2, &["2 values required", "SETUP"]);
    compare(&sandbox, &["tiny.ron", "bsic"]).fails(2, &["bsic", "neither a preset", "did you mean `basic`?"]);
    compare(&sandbox, &["tiny.ron", "slwo.ron"])
        .fails(2, &["no file `slwo.ron`", "did you mean `slow.ron`?"]);
    compare(&sandbox, &["tiny.ron", "tiny.ron"]).fails(2, &["tiny.ron: named twice"]);
    compare(&sandbox, &["tiny.ron", "slow.ron", "--scenario", "tiny.ron"])
        .fails(2, &["--scenario: no preset", "basic, full, research, enhanced"]);
    compare(&sandbox, &["tiny.ron", "slow.ron", "--set", "acounts=[]"])
        .fails(2, &["did you mean `accounts`?"]);
    sandbox.run(["compare", "tiny.ron", "slow.ron", "--builds", "0"]).fails(2, &["'0'", "--builds"]);
    sandbox.run(["compare", "tiny.ron", "slow.ron", "--threads", "2"]).fails(2, &["'--threads'"]);
    let help = sandbox.run(["compare", "--help"]).ok();
    let help: String = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        help.contains("there is no --threads") && help.contains("basic, full, research, enhanced"),
        "{help}"
    );
}

#[test]
fn a_mistake_in_the_last_setup_is_told_before_any_is_measured() {
    let sandbox = two();
    sandbox.write("from_file.ron", super::FROM_FILE);
    sandbox.write("bars.csv", "");
    compare(&sandbox, &["tiny.ron", "from_file.ron", "--out", "out"]).fails(3, &["bars.csv", "no rows"]);
    sandbox.write("file", "");
    compare(&sandbox, &["tiny.ron", "slow.ron", "--out", "file"])
        .fails(2, &["file/compare.json", "--out DIR"]);
    assert!(!sandbox.path("out").exists());
}
