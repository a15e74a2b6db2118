//! `report`: the page again, and one page over several runs.

use super::{into, tiny};

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
