//! `whatif` with `walk_forward`: choose on a window, test on the next, as a person runs it.

use std::process::Command;
use std::time::{Duration, Instant};

use manyworlds_tests::parquet_table::ParquetTable;
use manyworlds_tests::program::Sandbox;

use super::TINY;

const PLAN: &str = r#"Plan(
    name: "walk",
    base: "tiny.ron",
    branches: [
        Grid(set: {"models[0].fast": [5, 10, 20], "models[0].slow": [30, 60]}),
        Branch(name: "bad", set: {"models[0].fast": 40}),
    ],
    sample: "1h",
    walk_forward: (train: "12h", test: "6h", choose: "total_return"),
)
"#;

fn sandbox() -> Sandbox {
    Sandbox::with(&[("tiny.ron", TINY), ("plan.ron", PLAN)])
}

#[test]
fn windows_are_chosen_tested_and_written() {
    let sandbox = sandbox();
    let text = sandbox.run(["whatif", "plan.ron", "--explain"]).ok();
    assert!(
        text.contains("walk-forward: 6 windows") && text.contains("42 training runs as 6 worlds"),
        "{text}"
    );
    let text = sandbox.run(["whatif", "plan.ron", "--out", "out"]).ok();
    assert!(
        text.contains("walk-forward: train 12h, test 6h, best by total_return; warm-up 60 bars of 1m"),
        "{text}"
    );
    assert!(text.contains("stitched out of sample: return") && text.contains("stability"), "{text}");
    let summary = sandbox.json("out/summary.json");
    let walk = &summary["walk_forward"];
    let rows = walk["windows"].as_array().unwrap();
    let windows = ParquetTable::read(&sandbox.path("out/walk_forward.parquet"));
    assert_eq!((windows.rows(), rows.len()), (6, 6));
    assert_eq!(windows.words("name"), rows.iter().map(|r| r["name"].as_str().unwrap()).collect::<Vec<_>>());
    let equity = ParquetTable::read(&sandbox.path("out/walk_forward_equity.parquet"));
    // An hour each, and the beginning.
    assert_eq!(equity.rows(), 37);
    let last = *equity.numbers("equity").last().unwrap();
    assert!((last - 1.0 - walk["stitched"]["total_return"].as_f64().unwrap()).abs() < 1e-12);
    // A window is a run like any other.
    let (row, set) = (&rows[2], |path: &str, value: &str| ["--set".to_owned(), format!("{path}={value}")]);
    let time = |name: &str| format!("{}", row[name].as_i64().unwrap());
    let mut flags = vec![set("trade_from", &time("test_from")), set("to", &time("test_to"))];
    flags.push(set("from", &format!("{}", row["test_from"].as_i64().unwrap() - 3_600_000_000_000)));
    flags.push(set("symbols.AAA.data[0].start", "\"2024-01-01\""));
    for parameter in row["parameters"].as_array().unwrap() {
        flags.push(set(parameter[0].as_str().unwrap(), parameter[1].as_str().unwrap()));
    }
    let command = ["backtest", "tiny.ron", "--json", "--out", "alone"].map(str::to_owned);
    let alone = sandbox.run(command.iter().chain(flags.iter().flatten())).json();
    assert_eq!(alone["accounts"][0]["total_return"], row["test_return"]);
}

#[test]
fn wrong_windows_are_refused_before_anything_is_written() {
    let sandbox = sandbox();
    let refused = |from: &str, to: &str, parts: &[&str]| {
        sandbox.write("wrong.ron", PLAN.replace(from, to));
        sandbox.run(["whatif", "wrong.ron", "--out", "out"]).fails(2, parts);
    };
    refused("\"total_return\"", "\"total_retrun\"", &["wrong.ron:9", "did you mean `total_return`?"]);
    refused("\"12h\"", "\"12 h\"", &["wrong.ron:9", "walk_forward.train", "whole number and a unit"]);
    refused(
        "train: \"12h\"",
        "train: \"60d\"",
        &["wrong.ron:9", "longer than the run", "60d", "ends at 2024-01-03T02:00:00Z"],
    );
    refused("test: \"6h\"", "test: \"6h\", step: \"5h\"", &["would overlap", "at least \"6h\""]);
    refused("test: \"6h\", ", "", &["the field `test` is missing"]);
    refused("choose:", "chose:", &["did you mean `choose`?"]);
    refused("choose: \"total_return\"", "warmup: \"3d\"", &["longer than the run"]);
    refused("[5, 10, 20]", "[100, 200]", &["nothing to choose from"]);
    refused(
        "    sample: \"1h\",",
        "    max_branches: 50,",
        &["6 windows of 8 branches are 60 runs, more than 50", "--yes"],
    );
    assert!(!sandbox.path("out").exists());
    sandbox
        .run(["backtest", "tiny.ron", "--set", "from=\"2024-01-02\"", "--set", "trade_from=\"2024-01-01\""])
        .fails(2, &["trade_from", "outside of the span"]);
}

#[test]
fn windows_that_were_stopped_go_on_to_the_same() {
    let sandbox = Sandbox::with(&[("tiny.ron", &TINY.replace("bars: 3000", "bars: 60_000"))]);
    sandbox.write("plan.ron", PLAN.replace("\"12h\"", "\"5d\"").replace("\"6h\"", "\"12h\""));
    let result = |out: &str| {
        let walk = sandbox.json(&format!("{out}/summary.json"))["walk_forward"].clone();
        let read = |name: &str| std::fs::read(sandbox.path(&format!("{out}/{name}"))).unwrap();
        (walk, read("walk_forward.parquet"), read("walk_forward_equity.parquet"))
    };
    sandbox.run(["whatif", "plan.ron", "--out", "whole", "--quiet"]).ok();
    let mut child =
        sandbox.command(["whatif", "plan.ron", "--out", "out", "--threads", "1"]).spawn().unwrap();
    let began = Instant::now();
    while sandbox.path("out/walk_forward/progress").read_dir().map_or(0, Iterator::count) < 4 {
        assert!(began.elapsed() < Duration::from_secs(120));
        assert!(child.try_wait().unwrap().is_none(), "the plan is too short for this test");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(Command::new("kill").args(["-KILL", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), None);
    assert!(!sandbox.path("out/summary.json").exists() && !sandbox.path("out/walk_forward.parquet").exists());
    sandbox.run(["whatif", "plan.ron", "--out", "out", "--resume", "--quiet"]).ok();
    assert!(result("out") == result("whole"));
    // Other windows of the same branches are another plan; none are no windows.
    sandbox.write(
        "plan.ron",
        std::fs::read_to_string(sandbox.path("plan.ron")).unwrap().replace("\"12h\"", "\"1d\""),
    );
    sandbox.run(["whatif", "plan.ron", "--out", "out", "--resume"]).fails(2, &["results of another plan"]);
    let plain =
        PLAN.replace("    walk_forward: (train: \"12h\", test: \"6h\", choose: \"total_return\"),\n", "");
    sandbox.write("plan.ron", plain);
    let json = sandbox.run(["whatif", "plan.ron", "--out", "out", "--resume", "--json"]).json();
    assert!(json["walk_forward"].is_null() && !sandbox.path("out/walk_forward.parquet").exists());
}
