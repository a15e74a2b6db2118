//! Odd and broken folders: hostile names, missing and empty files, damaged tables.

use std::{path::Path, sync::Arc};

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

use super::{
    super::{ReportError, write},
    assert_well_formed, between, page_of,
    sample::{START, Sample, numbers, write_table},
};
use crate::report::RunData;

const HOSTILE: &str = "</script><script>alert('x')</script>\"><img onerror=x>&amp;";

fn words(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn times(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn summary(dir: &Path, text: &str) {
    std::fs::write(dir.join("summary.json"), text).unwrap();
}

fn write_equity(dir: &Path, ts: &[i64], equity: &[f64]) {
    let account = vec!["a"; ts.len()];
    let columns = vec![("ts", times(ts)), ("account", words(&account)), ("equity", numbers(equity.to_vec()))];
    write_table(&dir.join("equity.parquet"), columns);
}

#[test]
fn hostile_names_are_only_text() {
    let dir = tempfile::tempdir().unwrap();
    let name = serde_json::to_string(HOSTILE).unwrap();
    let text = format!(
        r#"{{"name":{name},"status":{name},"digest":{name},"conventions":{name},{name}:{name},"data":{{"defects":{{{name}:1}}}},
        "accounts":[{{"name":{name},"total_return":0.1,{name}:{name},"statistics":{{{name}:1.5}}}}],
        "modules":[{{"name":{name},"systems":[{name}]}}]}}"#
    );
    summary(dir.path(), &text);
    std::fs::write(dir.path().join("run.ron"), HOSTILE).unwrap();
    let (ts, hostile) = ([START, START + 60_000_000_000], words(&[HOSTILE, HOSTILE]));
    let two = |a: f64, b: f64| numbers(vec![a, b]);
    let columns = vec![("ts", times(&ts)), ("account", hostile.clone()), ("equity", two(100.0, 101.0))];
    write_table(&dir.path().join("equity.parquet"), columns);
    let columns = vec![("ts", times(&ts)), ("symbol", hostile.clone()), ("close", two(10.0, 11.0))];
    write_table(&dir.path().join("prices.parquet"), columns);
    let columns = vec![
        ("ts", times(&ts)),
        ("account", hostile.clone()),
        ("symbol", hostile.clone()),
        ("side", words(&["buy", "SELL"])),
        ("quantity", two(1.0, 1.0)),
        ("price", two(10.0, 11.0)),
    ];
    write_table(&dir.path().join("fills.parquet"), columns);
    let columns = vec![
        ("account", hostile.clone()),
        ("symbol", hostile.clone()),
        ("side", hostile.clone()),
        ("entry_ts", times(&ts)),
        ("exit_ts", times(&ts)),
        ("pnl", two(1.0, f64::NAN)),
        ("reason", hostile.clone()),
    ];
    write_table(&dir.path().join("trades.parquet"), columns);
    let columns = vec![("action", hostile.clone()), ("reason", hostile)];
    write_table(&dir.path().join("decisions.parquet"), columns);
    let columns = vec![("ts", times(&ts)), (HOSTILE, two(1.0, 2.0))];
    write_table(&dir.path().join("features.parquet"), columns);
    let page = page_of(dir.path());
    assert_well_formed(&page);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("NaN<"));
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)"));
    assert_eq!(page.matches("class=\"buy\" d=\"M").count(), 3, "the key and a marker in both drawings");
}

#[test]
fn a_summary_alone_gives_a_page_that_says_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    summary(dir.path(), r#"{"name":"bare","status":"failed","error":"tape ended at row 12"}"#);
    let page = page_of(dir.path());
    assert_well_formed(&page);
    assert!(page.contains("tape ended at row 12"));
    let facts = between(&page, "<section id=\"facts\">", "</section>");
    assert!(facts.contains("run.ron, equity.parquet, prices.parquet, fills.parquet, trades.parquet"));
    for id in
        ["equity", "underwater", "monthly", "yearly", "histogram", "rolling", "fills", "exposure", "trades"]
    {
        let section = between(&page, &format!("<section id=\"{id}\">"), "</section>");
        assert!(section.contains("class=\"absent\""), "section {id} does not say that it is empty");
    }
}

#[test]
fn empty_tables_and_empty_files_read_as_nothing() {
    let dir = tempfile::tempdir().unwrap();
    Sample { bars: 0, ..Sample::default() }.write(dir.path());
    std::fs::write(dir.path().join("trades.parquet"), b"").unwrap();
    let page = page_of(dir.path());
    assert_well_formed(&page);
    assert!(between(&page, "<section id=\"trades\">", "</section>").contains("No round trip was closed"));
    assert!(between(&page, "<section id=\"equity\">", "</section>").contains("No equity was recorded"));
}

#[test]
fn one_row_and_flat_and_lost_equity_still_draw() {
    for equity in [&[100.0][..], &[100.0; 50], &[100.0, 0.0, -5.0], &[0.0, 0.0], &[f64::NAN, f64::INFINITY]] {
        let dir = tempfile::tempdir().unwrap();
        summary(dir.path(), r#"{"name":"odd","status":"complete","accounts":[{"name":"a","sharpe":null}]}"#);
        let ts: Vec<i64> = (0..equity.len() as i64).map(|i| START + i * 86_400_000_000_000).collect();
        write_equity(dir.path(), &ts, equity);
        let page = page_of(dir.path());
        assert_well_formed(&page);
        for word in ["NaN", "inf<", "inf,"] {
            let body = between(&page, "<main>", "</main>");
            assert!(!body.contains(word), "`{word}` for {equity:?}");
        }
        let drawn = equity.iter().any(|v| v.is_finite());
        assert_eq!(between(&page, "<section id=\"equity\">", "</section>").contains("<svg"), drawn);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("run");
    std::fs::create_dir(&dir).unwrap();
    let error = || RunData::load(&dir).unwrap_err();
    assert!(matches!(error(), ReportError::Read { path, .. } if path.ends_with("summary.json")));
    summary(&dir, "{\"name\": 3,");
    assert!(error().to_string().contains("line 1"));
    summary(&dir, "{}");
    std::fs::write(dir.join("equity.parquet"), b"PAR1 but truncated").unwrap();
    assert!(matches!(error(), ReportError::Table { path, .. } if path.ends_with("equity.parquet")));
    write_table(&dir.join("equity.parquet"), vec![("ts", times(&[1])), ("account", words(&["a"]))]);
    let text = error().to_string();
    assert!(text.contains("column `equity` is missing") && text.contains("ts, account"), "{text}");
    let wrong = vec![("ts", words(&["2023"])), ("account", words(&["a"])), ("equity", numbers(vec![1.0]))];
    write_table(&dir.join("equity.parquet"), wrong);
    assert!(error().to_string().contains("column `ts` has type Utf8, expected Timestamp(ns, UTC) or Int64"));
    write_equity(&dir, &[5, 9, 7], &[1.0; 3]);
    let text = error().to_string();
    assert!(text.contains("row 2: `ts` 7 of `a` is before 9"), "{text}");
    assert!(matches!(write(&[], &dir), Err(ReportError::NoRuns)));
    write_equity(&dir, &[5], &[1.0]);
    assert!(matches!(write(&[&dir], &dir), Err(ReportError::Write { .. })));
}

#[test]
fn the_kept_trades_are_those_of_largest_pnl() {
    let dir = tempfile::tempdir().unwrap();
    summary(dir.path(), "{}");
    let count = 1_000usize;
    let pnl: Vec<f64> =
        (0..count).map(|i| ((i * 7919) % count) as f64 * if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let ts: Vec<i64> = (0..count as i64).map(|i| START + i).collect();
    let symbol = vec!["S"; count];
    let columns = vec![
        ("symbol", words(&symbol)),
        ("entry_ts", times(&ts)),
        ("exit_ts", times(&ts)),
        ("pnl", Arc::new(Float64Array::from(pnl.clone())) as ArrayRef),
    ];
    write_table(&dir.path().join("trades.parquet"), columns);
    let run = RunData::load(dir.path()).unwrap();
    let mut expected: Vec<f64> = pnl.iter().map(|p| p.abs()).collect();
    expected.sort_by(|a, b| b.total_cmp(a));
    let mut kept: Vec<f64> = run.trades.kept.iter().map(|t| t.pnl.unwrap().abs()).collect();
    kept.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(kept, expected[..300]);
    assert!(run.trades.kept.windows(2).all(|w| w[0].row < w[1].row));
    assert_eq!((run.trades.wins + run.trades.losses, run.trades.rows), (999, 1_000));
}
