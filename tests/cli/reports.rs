//! `report`: the page again, and one page over several runs.

use manyworlds_tests::parquet_table::ParquetTable;
use manyworlds_tests::program::Sandbox;

use super::{TINY, into, tiny};

#[test]
fn the_page_is_made_again_and_is_the_same() {
    let sandbox = tiny();
    sandbox.run(into("out")).ok();
    let first = sandbox.read("out/report.html");
    std::fs::remove_file(sandbox.path("out/report.html")).unwrap();
    assert_eq!(sandbox.run(["report", "out"]).ok(), "out/report.html\n");
    assert!(sandbox.read("out/report.html") == first);
}

#[test]
fn one_page_over_several_runs() {
    let sandbox = tiny();
    sandbox.run(into("first")).ok();
    let mut second = into("second");
    second.extend(["--set", "name=\"another\"", "--seed", "8"].map(str::to_owned));
    sandbox.run(second).ok();
    let alone = sandbox.read("second/report.html");
    assert_eq!(sandbox.run(["report", "first", "second", "--out", "both.html"]).ok(), "both.html\n");
    let page = sandbox.read("both.html");
    assert!(page.contains("tiny") && page.contains("another") && page.contains("</html>"));
    assert!(sandbox.read("second/report.html") == alone, "the runs' own pages stay");
    sandbox.run(["report", "second", "first"]).ok();
    assert!(sandbox.read("second/report.html").contains("tiny"));
}

/// With all modules of the catalogue, whichever there are.
#[test]
fn what_modules_leave_is_in_the_folder_and_on_the_page() {
    let sandbox = Sandbox::new();
    let catalogue = sandbox.run(["modules", "--json"]).json();
    let core = ["market", "exchange", "orchestrator"];
    // Those that read order books are of no use here.
    let fits =
        |m: &&serde_json::Value| !core.contains(&m["name"].as_str().unwrap()) && m["needs_books"] != true;
    let all = catalogue.as_array().unwrap().iter().filter(fits);
    let modules: Vec<_> = all.collect();
    let features: Vec<&str> = modules
        .iter()
        .flat_map(|m| m["features"].as_array().unwrap())
        .map(|f| f["name"].as_str().unwrap())
        .collect();
    let names: Vec<String> = modules.iter().map(|m| m["name"].to_string()).collect();
    let orchestrator =
        format!("    orchestrator: (type: configurable, modules: [{}]),\n    models:", names.join(", "));
    let second = TINY.lines().find(|l| l.contains("AAA")).unwrap().replace("AAA", "BBB");
    let text = TINY.replace("    models:", &orchestrator).replace("    ],\n", &format!("{second}\n    ],\n"));
    sandbox.write("tiny.ron", text);
    sandbox.run(into("out")).ok();
    let found = ParquetTable::read(&sandbox.path("out/annotations.parquet"));
    assert!(found.times("at").iter().zip(found.times("ts")).all(|(at, ts)| *at <= ts), "known before it was");
    let there = sandbox.files("out");
    let has = |name: &str| there.iter().any(|t| t == name);
    assert_eq!(
        (has("feature_samples.parquet"), has("features_summary.json")),
        (!features.is_empty(), !features.is_empty())
    );
    let page = sandbox.read("out/report.html");
    if !features.is_empty() {
        let summary = sandbox.json("out/features_summary.json");
        let sampled: Vec<&str> =
            summary["features"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
        assert!(features.iter().all(|f| sampled.contains(f)) && sampled.len() == features.len());
        assert!(features.iter().all(|f| page.contains(f)), "a feature is not in the table");
    }
    for (word, id) in
        [("pivot_analysis.", "structure"), ("extrema.", "structure"), ("market_analysis.regime", "structure")]
    {
        let any = found.words("label").iter().any(|l| l.starts_with(word));
        assert!(!any || page.contains(&format!("<section id=\"{id}\">")), "{word}");
    }
    std::fs::remove_file(sandbox.path("out/report.html")).unwrap();
    sandbox.run(["report", "out"]).ok();
    assert!(sandbox.read("out/report.html") == page);
}

#[test]
fn a_correlation_file_is_drawn_or_refused() {
    let sandbox = tiny();
    sandbox.run(into("out")).ok();
    let curve =
        r#"{"leader":"AAA","follower":"BBB","lags_s":[-1,0,1],"values":[0.1,0.2,0.6],"threshold":0.3}"#;
    let report = format!(r#"{{"symbols":["AAA","BBB"],"matrix":[[1,0.37],[0.37,1]],"curves":[{curve}]}}"#);
    sandbox.write("out/correlation.json", report);
    sandbox.run(["report", "out"]).ok();
    let page = sandbox.read("out/report.html");
    assert!(page.contains("<section id=\"correlation\">") && page.contains(">0.37</td>"));
    assert!(page.contains("AAA leads BBB by 1 s"));
    sandbox.write("out/correlation.json", "{\"symbols\": [");
    sandbox.run(["report", "out"]).fails(2, &["out/correlation.json", "line 1", "remove the file"]);
    // Another run into the folder takes it away.
    sandbox.run(into("out")).ok();
    assert!(!sandbox.path("out/correlation.json").exists());
}

#[test]
fn a_folder_that_is_no_run_is_named() {
    let sandbox = tiny();
    sandbox
        .run(["report", "nowhere"])
        .fails(2, &["nowhere: there is no summary.json", "output folder of a run"]);
    sandbox.run(into("out")).ok();
    sandbox.run(["report", "out", "."]).fails(2, &["error: .: there is no summary.json"]);
    sandbox.write("out/summary.json", "{");
    sandbox.run(["report", "out"]).fails(2, &["out/summary.json", "line 1"]);
    sandbox.run(into("out")).ok();
    let whole = std::fs::read(sandbox.path("out/equity.parquet")).unwrap();
    sandbox.write("out/equity.parquet", &whole[..whole.len() / 2]);
    sandbox.run(["report", "out"]).fails(2, &["out/equity.parquet", "the table is damaged"]);
    sandbox.run(["report"]).fails(2, &["<RUNS>"]);
}
