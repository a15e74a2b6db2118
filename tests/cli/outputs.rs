//! What a run leaves: the folder, its files, and what is said on stdout and stderr.

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, TimeUnit};
use manyworlds_tests::parquet_table::ParquetTable;
use manyworlds_tests::program::{Finished, Sandbox};
use serde_json::Value;

use super::{into, library, tiny};

/// The quickstart, a week of it, in a sandbox with its results in `out`.
fn quickstart() -> (Sandbox, Finished) {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(["backtest", "--to", "2024-01-08", "--out", "out"]);
    command.arg(library("quickstart.ron"));
    let finished = Finished::of(command);
    (sandbox, finished)
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[track_caller]
fn has_keys(value: &Value, promised: &str) {
    let promised: BTreeSet<&str> = promised.split_whitespace().collect();
    let missing: Vec<_> = promised.difference(&keys(value)).copied().collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

#[test]
fn the_quickstart_runs_with_no_data_and_leaves_every_promised_file() {
    let (sandbox, finished) = quickstart();
    assert_eq!(finished.stderr, "");
    let text = finished.ok();
    for part in
        ["quickstart (complete)", "10080 steps", "base", "eager", "guarded", "Sharpe", "digest ", "out"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let promised = [
        "annotations.parquet",
        "decisions.parquet",
        "equity.parquet",
        "features.parquet",
        "fills.parquet",
        "report.html",
        "run.ron",
        "summary.json",
        "trades.parquet",
    ];
    let there = sandbox.files("out");
    assert!(promised.iter().all(|name| there.iter().any(|t| t == name)), "{there:?}");
    assert!(!there.iter().any(|name| name.ends_with(".partial") || name.starts_with(".tmp")), "{there:?}");
    let report = sandbox.read("out/report.html");
    assert!(report.contains("</html>") && report.contains("<svg") && report.contains("quickstart"));
    for foreign in ["src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!report.contains(foreign), "the report loads something: {foreign}");
    }
}

#[test]
fn summary_has_the_promised_keys() {
    let (sandbox, finished) = quickstart();
    finished.ok();
    let summary = sandbox.json("out/summary.json");
    has_keys(&summary, "name status digest seed from to steps events data accounts modules timing");
    has_keys(&summary["data"], "rows defects");
    assert_eq!(summary["name"], "quickstart");
    assert_eq!(summary["status"], "complete");
    assert_eq!(summary["seed"], 7);
    assert_eq!(summary["from"], "2024-01-01T00:01:00Z");
    assert!(summary["data"]["defects"].as_object().unwrap().is_empty());
    assert_eq!(summary["data"]["rows"], 2 * 129_600);
    assert_eq!(summary["events"], 2 * summary["steps"].as_u64().unwrap());
    let digest = summary["digest"].as_str().unwrap();
    assert!(digest.len() == 16 && digest.chars().all(|c| c.is_ascii_hexdigit()), "{digest}");
    let accounts = summary["accounts"].as_array().unwrap();
    assert_eq!(accounts.iter().map(|a| &a["name"]).collect::<Vec<_>>(), ["base", "eager", "guarded"]);
    for account in accounts {
        has_keys(
            account,
            "name initial_cash final_equity total_return cagr volatility sharpe sortino calmar max_drawdown trades \
             fills win_rate profit_factor expectancy fees_paid turnover exposure",
        );
        let number = |key: &str| account[key].as_f64().unwrap();
        assert!(number("max_drawdown") <= 0.0);
        assert!(
            (number("final_equity") / number("initial_cash") - 1.0 - number("total_return")).abs() < 1e-12
        );
        assert!((0.0..=1.0).contains(&number("exposure")));
    }
    let modules = summary["modules"].as_array().unwrap();
    assert!(!modules.is_empty());
    for module in modules {
        has_keys(module, "name enabled systems ns_per_step memory_bytes");
    }
    has_keys(&summary["timing"], "setup_ms run_ms steps_per_s events_per_s peak_memory_bytes");
}

#[test]
fn tables_have_the_promised_columns_and_agree_with_the_summary() {
    let (sandbox, finished) = quickstart();
    finished.ok();
    let table = |name: &str| ParquetTable::read(&sandbox.path(&format!("out/{name}.parquet")));
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let promised = [
        ("equity", "ts:t account:w equity:f cash:f drawdown:f exposure:f"),
        (
            "trades",
            "account:w symbol:w side:w entry_ts:t exit_ts:t quantity:f entry_price:f exit_price:f pnl:f fees:f \
             return:f mae:f mfe:f bars:n reason:w",
        ),
        ("fills", "ts:t account:w symbol:w order_id:n side:w quantity:f price:f fee:f liquidity:w"),
        (
            "decisions",
            "ts:t account:w symbol:w action:w confidence:f target:f price:f p_sell:f p_hold:f p_buy:f reason:w",
        ),
        ("features", "ts:t symbol:w"),
        ("annotations", "ts:t at:t symbol:w label:w level:n value:f"),
    ];
    for (name, columns) in promised {
        let there = table(name).columns();
        for column in columns.split_whitespace() {
            let (column, kind) = column.split_once(':').unwrap();
            let kind = match kind {
                "t" => time.clone(),
                "w" => DataType::Utf8,
                "n" => DataType::UInt64,
                _ => DataType::Float64,
            };
            assert!(there.contains(&(column.to_owned(), kind)), "{name}.{column}: {there:?}");
        }
    }
    let summary = sandbox.json("out/summary.json");
    let (fills, trades, equity) = (table("fills"), table("trades"), table("equity"));
    assert!(fills.rows() > 0 && trades.rows() > 0 && table("decisions").rows() > 0);
    for account in summary["accounts"].as_array().unwrap() {
        let name = account["name"].as_str().unwrap();
        let of = |table: &ParquetTable| table.words("account").iter().filter(|a| *a == name).count() as u64;
        assert_eq!(of(&fills), account["fills"], "{name}");
        assert_eq!(of(&trades), account["trades"], "{name}");
        let paid: f64 = fills
            .words("account")
            .iter()
            .zip(fills.numbers("fee"))
            .filter(|f| f.0 == name)
            .map(|f| f.1)
            .sum();
        assert!((paid - account["fees_paid"].as_f64().unwrap()).abs() < 1e-9 * paid.abs().max(1.0), "{name}");
        let last =
            equity.words("account").iter().zip(equity.numbers("equity")).rfind(|e| e.0 == name).unwrap().1;
        let end = account["final_equity"].as_f64().unwrap();
        assert!((last - end).abs() < 1e-9 * end, "{name}: {last} {end}");
    }
    assert!(equity.times("ts").is_sorted());
    assert!(fills.times("ts").is_sorted());
    assert!(equity.numbers("drawdown").iter().all(|d| *d <= 0.0));
    let two = |words: Vec<String>, allowed: [&str; 2]| words.iter().all(|w| allowed.contains(&w.as_str()));
    assert!(two(fills.words("side"), ["buy", "sell"]) || two(fills.words("side"), ["BUY", "SELL"]));
    assert!(two(fills.words("liquidity"), ["maker", "taker"]));
}

#[test]
fn json_is_all_that_stdout_has_and_is_what_the_folder_has() {
    let sandbox = tiny();
    let finished = sandbox.run(["backtest", "tiny.ron", "--json", "--out", "out"]);
    assert_eq!(finished.stderr, "");
    assert_eq!(finished.json(), sandbox.json("out/summary.json"));
    let loud =
        sandbox.run(["backtest", "tiny.ron", "--json", "--out", "out", "-v", "--to", "2024-01-01T01:00:00Z"]);
    assert!(loud.stderr.contains("step") && !loud.stderr.contains('\u{1b}'), "{}", &loud.stderr[..200]);
    assert_eq!(loud.json()["steps"], 60);
}

#[test]
fn quiet_says_nothing() {
    let sandbox = tiny();
    let finished = sandbox.run(into("out"));
    assert_eq!((finished.stderr.as_str(), finished.stdout.as_str()), ("", ""));
    finished.ok();
    assert_eq!(sandbox.json("out/summary.json")["status"], "complete");
}

#[test]
fn results_go_to_a_folder_named_like_the_scenario_and_its_digest() {
    let sandbox = tiny();
    let text = sandbox.run(["backtest", "tiny.ron"]).ok();
    let folders = sandbox.files("runs");
    let [folder] = folders.as_slice() else { panic!("{folders:?}") };
    let digest = folder.strip_prefix("tiny-").unwrap();
    assert!(digest.len() == 8 && digest.chars().all(|c| "0123456789abcdef".contains(c)), "{folder}");
    assert!(text.contains(&format!("runs/{folder}")), "{text}");
    let summary = sandbox.json(&format!("runs/{folder}/summary.json"));
    assert!(summary["scenario_digest"].as_str().unwrap().starts_with(digest));
    // The same scenario again, the same folder; another scenario, another folder.
    sandbox.run(["backtest", "tiny.ron", "-q"]).ok();
    assert_eq!(sandbox.files("runs").len(), 1);
    sandbox.run(["backtest", "tiny.ron", "-q", "--seed", "8"]).ok();
    assert_eq!(sandbox.files("runs").len(), 2);
}

#[test]
fn a_span_bounds_the_run() {
    let sandbox = tiny();
    let span = ["--from", "2024-01-01", "--to", "2024-01-01T12:00:00Z"];
    let summary = sandbox.run(["backtest", "tiny.ron", "--json", "--out", "out"].iter().chain(&span)).json();
    assert_eq!(summary["to"], "2024-01-01T12:00:00Z");
    assert_eq!(summary["steps"], 720);
    // A file's rows before the span are left out, too.
    sandbox.write("bars.csv", super::files::good(600));
    sandbox.write("from_file.ron", super::FROM_FILE);
    let span = ["--from", "2023-01-01T02:00:00Z", "--to", "2023-01-01T03:00:00Z"];
    let summary =
        sandbox.run(["backtest", "from_file.ron", "--json", "--out", "out"].iter().chain(&span)).json();
    assert_eq!(summary["from"], "2023-01-01T02:00:00Z");
    assert_eq!(summary["to"], "2023-01-01T03:00:00Z");
    assert_eq!(summary["steps"], 61);
    assert_eq!(summary["data"]["rows"], 600);
}

#[test]
fn a_run_replaces_what_an_earlier_one_left_but_nothing_else() {
    let sandbox = tiny();
    sandbox.run(into("out")).ok();
    sandbox.write("out/notes.txt", "mine");
    sandbox.write("out/equity.parquet.partial", "stale");
    sandbox.run(into("out")).ok();
    assert_eq!(sandbox.read("out/notes.txt"), "mine");
    assert!(!sandbox.path("out/equity.parquet.partial").exists());
}

#[test]
fn a_run_that_cannot_begin_leaves_an_earlier_result_as_it_was() {
    let sandbox = tiny();
    sandbox.run(into("out")).ok();
    let (files, summary) = (sandbox.files("out"), sandbox.read("out/summary.json"));
    let run = sandbox.read("out/run.ron");
    let outside = into("out").into_iter().chain(["--to", "2020-01-01"].map(str::to_owned));
    sandbox.run(outside).fails(3, &["no data"]);
    assert_eq!(sandbox.files("out"), files);
    assert_eq!((sandbox.read("out/summary.json"), sandbox.read("out/run.ron")), (summary, run));
}
