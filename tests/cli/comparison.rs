//! What `whatif` says of its branches side by side.

use manyworlds_tests::parquet_table::ParquetTable;
use manyworlds_tests::program::Sandbox;

use super::TINY;

const PLAN: &str = r#"Plan(
    name: "compared",
    base: "tiny.ron",
    branches: [
        Grid(set: {"models[0].fast": [5, 10, 15], "models[0].slow": [30, 60]}),
        Branch(name: "dear", set: {"venues.sim.fees.taker_bps": 50.0}),
        Branch(name: "toggled", set: {
            "toggles": [(at: "2024-01-02T00:00:00Z", module: "extrema", enabled: true)],
        }),
        Branch(name: "shocked", set: {
            "interventions": [(at: "2024-01-02", what: PriceShock(size: -0.2, recovery: Linear(over: "10m", share: 0.5)))],
        }),
        Ablation(Shapley(permutations: 3, seed: 1)),
    ],
    sample: "1h",
)
"#;

fn sandbox() -> Sandbox {
    let modules =
        "    orchestrator: (type: configurable, modules: [\"market_analysis\", \"pivot_analysis\"]),\n";
    let scenario = TINY.replace("    models:", &format!("{modules}    models:"));
    Sandbox::with(&[("tiny.ron", &scenario), ("plan.ron", PLAN)])
}

#[test]
fn branches_are_compared_and_it_is_said_what_that_is_worth() {
    let sandbox = sandbox();
    let text = sandbox.run(["whatif", "plan.ron", "--out", "out", "--threads", "1"]).ok();
    for part in [
        "95% interval",
        "P(better)",
        "tries, ",
        "without skill shows about",
        "probability of backtest overfitting",
        "is any better than `base`?",
        "is any better than `cash`?",
        "rank correlation by sharpe",
        "what modules add to sharpe on average over 3 orders",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let table = ParquetTable::read(&sandbox.path("out/comparison.parquet"));
    let names: Vec<String> = table.columns().into_iter().map(|c| c.0).collect();
    let expected =
        "id name metric value baseline delta point low high p_better rank rank_low rank_high p_best p_top";
    assert_eq!(names.join(" "), expected);
    let summary = sandbox.json("out/summary.json");
    let comparison = &summary["comparison"];
    let branches = summary["branches"]["complete"].as_u64().unwrap() as usize;
    assert_eq!(table.rows(), branches * 32, "31 metrics of a run, and the mean return");
    let (metrics, names) = (table.words("metric"), table.words("name"));
    let [value, base, delta, point, low, high] =
        ["value", "baseline", "delta", "point", "low", "high"].map(|name| table.optional(name));
    let row = |name: &str, metric: &str| {
        (0..table.rows()).find(|row| names[*row] == name && metrics[*row] == metric).unwrap()
    };
    let return_ = row("fast=15, slow=60", "total_return");
    let difference = value[return_].unwrap() - base[return_].unwrap();
    assert!((difference - delta[return_].unwrap()).abs() < 1e-12);
    assert!(low[return_] <= delta[return_] && delta[return_] <= high[return_] && low[return_].is_some());
    // What is ranked by is of the hours that are compared: it differs by as much as the interval is around.
    let ranked: Vec<usize> = (0..table.rows()).filter(|row| metrics[*row] == "sharpe").collect();
    assert!(ranked.iter().all(|row| delta[*row] == point[*row] || point[*row].is_none()));
    assert!(text.contains("sharpe (1h)") && sandbox.read("out/report.html").contains("Sharpe (1h)"));
    // Fees ten times as high, on the same fills at the same times: worse beyond any doubt.
    let dear = row("dear", "mean_return");
    assert!(low[dear] < point[dear] && point[dear] < high[dear] && high[dear].unwrap() < 0.0);
    assert_eq!((low[row("base", "sharpe")], point[row("toggled", "sharpe")]), (None, Some(0.0)));
    let ranking = comparison["ranking"].as_array().unwrap();
    let best = &summary["best"];
    assert!(ranking.iter().zip(best.as_array().unwrap()).all(|(r, b)| r["id"] == b["id"]));
    assert_eq!(comparison["overfitting"]["trials"], branches);
    assert!(comparison["overfitting"]["pbo"]["pbo"].as_f64().is_some_and(|p| (0.0..=1.0).contains(&p)));
    assert_eq!(comparison["shapley"][0]["modules"].as_array().unwrap().len(), 2);
    let per_year = comparison["sample"]["conventions"]["periods_per_year"].as_f64().unwrap();
    // Hours, of a market of which no weekend was seen.
    assert!(per_year > 4_000.0, "{per_year}: {}", comparison["sample"]);
    // The same bytes on other threads, and for a plan that is only read again.
    let first = std::fs::read(sandbox.path("out/comparison.parquet")).unwrap();
    sandbox.run(["whatif", "plan.ron", "--out", "two", "--threads", "2", "--quiet"]).ok();
    assert!(std::fs::read(sandbox.path("two/comparison.parquet")).unwrap() == first);
    sandbox.run(["whatif", "plan.ron", "--out", "out", "--resume", "--quiet"]).ok();
    assert!(std::fs::read(sandbox.path("out/comparison.parquet")).unwrap() == first);
}

#[test]
fn two_branches_part_where_they_do() {
    let sandbox = sandbox();
    let run = |words: &[&str]| sandbox.run(["whatif", "plan.ron", "--diverge"].iter().chain(words));
    let json = run(&["toggled", "--json"]).json();
    let first = &json["divergence"]["parts"][0];
    assert_eq!(json["divergence"]["settings"], serde_json::json!([]));
    assert_eq!(json["divergence"]["a"], "base");
    assert!(first["ts"].as_str().unwrap().starts_with("2024-01-02T00:00"), "{first}");
    assert_eq!(json["trades"]["rows"], serde_json::json!([]), "nothing reads extrema");
    assert!(json["trades"]["fills"]["same"].as_u64().unwrap() > 0);

    let json = run(&["shocked", "--json"]).json();
    let first = &json["divergence"]["parts"][0];
    assert!(first["ts"].as_str().unwrap().starts_with("2024-01-02T00:0"), "{json}");
    assert_eq!(first["part"]["owner"], "market", "prices are what the rest follows from: {first}");
    assert_eq!(json["divergence"]["settings"], serde_json::json!([]), "what is to come is no state");
    let before = |row: &serde_json::Value| row["ts"].as_i64().unwrap() < 1_704_153_600_000_000_000;
    let rows = json["trades"]["rows"].as_array().unwrap();
    assert!(!rows.is_empty() && !rows.iter().any(before));

    let json = run(&["base", "dear", "--json"]).json();
    let parts = json["divergence"]["parts"].as_array().unwrap();
    let step = |name: &str| {
        parts.iter().find(|p| p["part"]["component"] == name).map(|p| p["step"].as_u64().unwrap())
    };
    let (fills, equity) = (step("Journal/fills").unwrap(), step("Journal/equity").unwrap());
    assert!(parts[0]["step"] == fills && equity >= fills, "{parts:?}");
    assert!(parts[0]["system"].as_str().is_some_and(|s| s.contains("settle")), "{parts:?}");
    let differing = json["trades"]["fills"]["differing"].as_u64().unwrap();
    assert!(differing > 0 && json["trades"]["fills"]["same"] == 0);
    let row = json["trades"]["rows"].as_array().unwrap().iter().find(|r| r["kind"] == "fill").unwrap();
    assert!(
        (row["b"]["fee"].as_f64().unwrap() / row["a"]["fee"].as_f64().unwrap() - 10.0).abs() < 0.5,
        "{row}"
    );

    let text = run(&["base", "fast=5, slow=30"]).ok();
    assert!(text.contains("`base` and `fast=5, slow=30` over 3000 steps"), "{text}");
    assert!(text.contains("Journal/decisions") && text.contains("in `base` only"), "{text}");
    run(&["base", "daer"]).fails(2, &["--diverge", "did you mean `dear`?"]);
    assert_eq!(sandbox.files("."), ["plan.ron", "tiny.ron"], "nothing is written");
}

/// An account that does nothing and one that is fully invested, and what comes in and goes out.
#[test]
fn capital_that_comes_and_goes_is_no_skill() {
    let account = "(name: \"base\", cash: 1000.0, policy: (side: LongOnly, size: Fraction(1.0)))";
    let idle = "(name: \"base\", cash: 1000.0, policy: (side: LongOnly, entry: 1.0))";
    let scenario = TINY.replace("(name: \"base\", cash: 1000.0, policy: (side: LongOnly))", account);
    let cash = |at: &str, amount: f64| format!("\"interventions\": [(at: \"{at}\", what: Cash({amount:?}))]");
    let branches = [
        ("idle", format!("\"accounts\": [{idle}]")),
        ("idle in", format!("\"accounts\": [{idle}], {}", cash("2024-01-02T00:00:00Z", 30_000.0))),
        ("idle within", format!("\"accounts\": [{idle}], {}", cash("2024-01-02T07:30:00Z", 30_000.0))),
        ("over", cash("2024-01-02T00:00:00Z", -5_000.0)),
    ]
    .map(|(name, set)| format!("Branch(name: \"{name}\", set: {{{set}}}),\n"));
    let plan = format!(
        "Plan(name: \"cash\", base: \"tiny.ron\", baseline: \"idle\", sample: \"1h\", branches: [{}])",
        branches.concat()
    );
    let sandbox = Sandbox::with(&[("tiny.ron", &scenario), ("plan.ron", &plan)]);
    let text = sandbox.run(["whatif", "plan.ron", "--out", "out", "--sort", "total_return"]).ok();
    let table = ParquetTable::read(&sandbox.path("out/comparison.parquet"));
    let (metrics, names) = (table.words("metric"), table.words("name"));
    let row = |name: &str, metric: &str| {
        (0..table.rows()).find(|row| names[*row] == name && metrics[*row] == metric).unwrap()
    };
    for name in ["idle in", "idle within"] {
        let of = |column: &str, metric: &str| table.optional(column)[row(name, metric)];
        let paired = |metric: &str| {
            (of("point", metric), of("low", metric), of("high", metric), of("p_better", metric))
        };
        for metric in ["mean_return", "cagr", "total_return", "max_drawdown"] {
            assert_eq!(of("value", metric), Some(0.0), "{name} {metric}");
            assert_eq!(paired(metric), (Some(0.0), Some(0.0), Some(0.0), Some(0.5)), "{name} {metric}");
        }
    }
    assert_eq!(table.optional("value")[row("idle in", "final_equity")], Some(31_000.0), "equity is money");
    // Who is paid out more than there is has returns up to then, and is marked.
    let branches = ParquetTable::read(&sandbox.path("out/branches.parquet"));
    assert_eq!(branches.columns().last().unwrap().0, "account_status");
    let status = branches.words("account_status");
    let over = branches.words("name").iter().position(|n| n == "over").unwrap();
    assert!(
        (0..status.len()).all(|i| status[i] == if i == over { "overdrawn" } else { "active" }),
        "{status:?}"
    );
    assert!(
        branches.numbers("total_return")[over] > -1.0 && branches.numbers("final_equity")[over] < -3_000.0
    );
    let line = text.lines().find(|l| l.contains("  over ")).unwrap();
    assert!(line.ends_with("overdrawn"), "{text}");
    assert!(sandbox.read("out/report.html").contains("overdrawn"));
}
