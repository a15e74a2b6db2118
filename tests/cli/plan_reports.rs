//! `report.html` of a plan.

use manyworlds_tests::program::Sandbox;

use super::{TINY, into};

const PLAN: &str = r#"Plan(
    name: "a <plan> & more",
    base: "tiny.ron",
    branches: [
        Grid(set: {"models[0].fast": [5, 10, 20], "models[0].slow": [30, 60, 90]}),
        Branch(name: "<b>bold</b>", set: {"accounts.base.policy.entry": 0.5}),
        Branch(name: "bad", set: {"models[0].fast": 40}),
    ],
    sample: "1h",
    walk_forward: (train: "12h", test: "6h", choose: "total_return"),
)
"#;

fn sandbox(bars: &str) -> Sandbox {
    Sandbox::with(&[("tiny.ron", &TINY.replace("bars: 3000", bars)), ("plan.ron", PLAN)])
}

/// What holds of every page.
fn well_formed(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    let page = &page.replace("http://www.w3.org/2000/svg", "");
    for part in ["http:", "https:", "src=", "@import", "url(", "NaN", "inf<", "undefined<"] {
        let at = page.find(part);
        assert!(at.is_none(), "{part}: {:?}", at.map(|at| &page[at.saturating_sub(60)..at + 60]));
    }
    for tag in ["section", "table", "svg", "figure", "dl", "details", "ul"] {
        let (open, close) =
            (page.matches(&format!("<{tag}")).count(), page.matches(&format!("</{tag}>")).count());
        assert_eq!(open, close, "{tag}");
    }
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "every id once");
}

#[test]
fn a_plan_has_a_page_of_its_own() {
    let sandbox = sandbox("bars: 3000");
    sandbox.run(["whatif", "plan.ron", "--out", "out", "--quiet", "--keep", "1"]).ok();
    let page = sandbox.read("out/report.html");
    well_formed(&page);
    let sections =
        ["question", "honesty", "ranking", "differences", "fan", "parameters", "parallel", "stability"];
    for id in sections.iter().chain(&["walk-forward", "failed", "plan"]) {
        assert!(page.contains(&format!("<section id=\"{id}\">")), "{id}");
    }
    assert!(page.contains("a &lt;plan&gt; &amp; more") && page.contains("&lt;b&gt;bold&lt;/b&gt;"));
    assert!(!page.contains("<b>") && !page.contains("<plan>"), "names are text");
    assert!(page.contains("href=\"branches/1/report.html\""), "what was kept is led to");
    assert!(page.contains("models[0].slow: 30 is not a whole number"), "why a branch failed");
    // Figures are those of the summary.
    let summary = sandbox.json("out/summary.json");
    let percent =
        |v: &serde_json::Value| format!("{:.2}%", 100.0 * v.as_f64().unwrap()).replace('-', "\u{2212}");
    assert!(page.contains(&percent(&summary["walk_forward"]["stitched"]["total_return"])));
    let over = &summary["comparison"]["overfitting"];
    assert!(
        page.contains(&percent(&over["pbo"]["pbo"]))
            && page.contains(&percent(&over["deflated_sharpe"]["deflated"]))
    );
    let best = &summary["comparison"]["ranking"][0];
    assert!(
        page.contains(&format!(">{} (baseline)<", "base")) && page.contains(best["name"].as_str().unwrap())
    );
    // Made again, it is the same.
    std::fs::remove_file(sandbox.path("out/report.html")).unwrap();
    assert_eq!(sandbox.run(["report", "out"]).ok(), "out/report.html\n");
    assert!(sandbox.read("out/report.html") == page);
    // Of what is left where a plan was stopped.
    std::fs::remove_file(sandbox.path("out/comparison.json")).unwrap();
    std::fs::remove_file(sandbox.path("out/walk_forward_equity.parquet")).unwrap();
    let stopped = sandbox.read("out/summary.json").replacen("\"complete\"", "\"interrupted\"", 1);
    sandbox.write("out/summary.json", stopped);
    sandbox.run(["report", "out", "--out", "part.html"]).ok();
    let part = sandbox.read("part.html");
    well_formed(&part);
    assert!(
        part.contains("INTERRUPTED") && part.contains("Best branches") && !part.contains("id=\"honesty\"")
    );
    // Beside runs it is refused; damaged files are named.
    sandbox.run(into("run")).ok();
    sandbox.run(["report", "run", "out"]).fails(2, &["out", "a report of its own"]);
    sandbox.write("out/comparison.json", "{\"metric\": 1}");
    sandbox.run(["report", "out"]).fails(2, &["comparison.json"]);
}

#[test]
fn the_page_of_many_branches_stays_small() {
    let sandbox = sandbox("bars: 400");
    let grid: Vec<String> = (2..36).map(|n| n.to_string()).collect();
    let slow: Vec<String> = (40..80).map(|n| n.to_string()).collect();
    let plan = format!(
        "Plan(base: \"tiny.ron\", sample: \"15m\", branches: [Grid(set: {{\"models[0].fast\": [{}], \"models[0].slow\": [{}]}})])",
        grid.join(", "),
        slow.join(", ")
    );
    sandbox.write("many.ron", plan);
    let text = sandbox.run(["whatif", "many.ron", "--out", "out"]).ok();
    assert!(text.contains("1361 of 1361 branches"), "{text}");
    let page = sandbox.read("out/report.html");
    well_formed(&page);
    assert!(page.len() < 3 << 20, "{} bytes", page.len());
    assert!(
        page.contains("The best 50 of 1,361") && page.contains("Drawn: 300 of"),
        "the rest is in the tables"
    );
    assert!(std::fs::metadata(sandbox.path("out/comparison.json")).unwrap().len() < 6 << 20);
}
