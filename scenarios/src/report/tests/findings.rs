//! The sections that come with modules: structure, volatility, correlation, features.

use std::{collections::BTreeSet, path::Path};

use super::{
    assert_well_formed, between, page_of,
    pages::keep,
    sample::{START, Sample},
    sample_findings::{self, Row, correlations, write_annotations, write_correlations},
};
use crate::{
    output::{CorrelationReport, FeatureSummary, FeaturesSummary, LeadLagCurve},
    report::{ReportError, RunData},
};

const HOSTILE: &str = "</script><img onerror=x>\"'&amp;";

fn section<'a>(page: &'a str, id: &str) -> &'a str {
    between(page, &format!("<section id=\"{id}\">"), "</section>")
}

/// Well-formed, self-contained, with no undefined number and no id given twice.
fn assert_valid(page: &str) {
    assert_well_formed(page);
    for word in [">NaN", "NaN<", "NaN,", ",NaN", " NaN", "inf,", ">inf", "Infinity", "<img", "src=", "url("] {
        assert!(!page.contains(word), "`{word}` in the page");
    }
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|s| &s[..s.find('"').unwrap()]).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id is given twice");
    assert_eq!(page.matches("role=\"img\"").count(), page.matches("<desc ").count());
}

fn summary(dir: &Path) {
    std::fs::write(dir.join("summary.json"), r#"{"name":"odd","status":"complete"}"#).unwrap();
}

fn row(minute: i64, label: &'static str, level: u64, value: f64) -> Row {
    let ts = START + minute * 60_000_000_000;
    (ts, ts - 60_000_000_000, "AAA".to_owned(), label, level, value)
}

#[test]
fn a_quarter_with_modules_has_every_section_in_a_small_page() {
    let dir = tempfile::tempdir().unwrap();
    sample_findings::write(&Sample::default(), dir.path(), 6);
    let page = page_of(dir.path());
    keep(&page, "modules.html");
    assert_valid(&page);
    assert_eq!(page, page_of(dir.path()), "the same folder gives the same bytes");
    assert!(page.len() < 2_000_000, "the page has {} bytes", page.len());
    for id in ["structure", "volatility", "microstructure", "correlation", "features"] {
        assert!(page.contains(&format!("href=\"#{id}\"")), "section {id} is not in the navigation");
        assert!(!section(&page, id).contains("class=\"absent\""));
    }
    let structure = section(&page, "structure");
    for symbol in ["BTCUSDT: structure", "ETHUSDT: structure"] {
        assert!(structure.contains(symbol), "{symbol}");
    }
    for text in [
        "swing high, level 5: ",
        "swing low, level 5: ",
        "<title>top: ",
        "<title>bottom: ",
        "class=\"regime r0\"",
        "<title>volatile</title>",
        "change point known",
        "Not drawn: pivots, ",
        " of level 1 (annotations.parquet)",
        "Share of time: trending up ",
        "pivot_analysis.swing_high",
    ] {
        assert!(structure.contains(text), "no `{text}` in the structure section");
    }
    // Both drawings: many shapes on the wide one, fewer on the narrow one.
    let shapes = |svg: &str| svg.matches("<title>swing ").count();
    let wide = between(structure, "<svg class=\"plot wide\"", "</svg>");
    let narrow = between(structure, "<svg class=\"plot narrow\"", "</svg>");
    assert!(
        shapes(wide) > 20 && shapes(wide) <= 200 && shapes(narrow) <= 68,
        "{} {}",
        shapes(wide),
        shapes(narrow)
    );
    let volatility = section(&page, "volatility");
    assert!(volatility.contains("BTCUSDT: volatility, in 1/sqrt(year)"));
    assert!(volatility.contains("BTCUSDT: volatility (volatility percentile), in 1"));
    assert!(volatility.contains("data-label=\"slow volatility\""));
    let broken = between(volatility, "<svg class=\"plot wide\"", "</svg>");
    assert_eq!(broken.matches("data-label=\"realized volatility\"").count(), 2, "broken where it was masked");
    let micro = section(&page, "microstructure");
    for heading in [
        "cumulative volume delta, in base units",
        "spreads and their parts, in bps",
        "Hawkes intensity, in 1/s",
    ] {
        assert!(micro.contains(heading), "{heading}");
    }
    assert!(
        micro.contains("order flow at the best prices explains")
            && micro.contains("The first is no forecast.")
    );
    assert!(!micro.contains("VPIN"), "no panel without a value");
    let correlation = section(&page, "correlation");
    assert!(correlation.contains("BTCUSDT leads ETHUSDT by 3 s") && correlation.contains("Strongest pairs"));
    assert!(
        correlation.contains("no lag stands out from chance") && correlation.contains("together, at lag 0")
    );
    assert!(correlation.contains("Breakdowns of correlation: "));
    let features = section(&page, "features");
    assert!(features.contains("pivot_analysis.distance_bps") && features.contains("Recorded at every step"));
}

#[test]
fn two_days_show_more_levels_with_lines_back_to_where_they_are() {
    let dir = tempfile::tempdir().unwrap();
    sample_findings::write(&Sample { bars: 2_880, ..Sample::default() }, dir.path(), 13);
    let page = page_of(dir.path());
    keep(&page, "two_days.html");
    assert_valid(&page);
    let structure = section(&page, "structure");
    let wide = between(structure, "<svg class=\"plot wide\"", "</svg>");
    for level in 3..=5 {
        assert!(wide.contains(&format!("swing low, level {level}: ")), "level {level}");
    }
    assert!(structure.contains("Not drawn: pivots, ") && !structure.contains(" of level 3"));
    // The line of a pivot ends where its shape stands, and begins before.
    let back = between(wide, "<g class=\"pivots\"><path class=\"back high\" d=\"", "\"");
    for line in back.split('M').skip(1) {
        let x: f64 = line.split(' ').next().unwrap().parse().unwrap();
        let end: f64 = line.split('H').nth(1).unwrap().parse().unwrap();
        assert!(
            x < end
                && wide.contains(&format!("<path class=\"high\" d=\"M{} ", line.split('H').nth(1).unwrap()))
        );
    }
    assert!(section(&page, "correlation").contains("class=\"squares\""));
}

#[test]
fn without_modules_none_of_the_sections_is_there() {
    let dir = tempfile::tempdir().unwrap();
    Sample { bars: 3_000, ..Sample::default() }.write(dir.path());
    write_annotations(dir.path(), Vec::new());
    let page = page_of(dir.path());
    for id in ["structure", "volatility", "correlation"] {
        assert!(!page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(!section(&page, "facts").contains("annotations.parquet"), "not missed");
}

#[test]
fn each_section_stands_alone() {
    let there = |page: &str| {
        ["structure", "volatility", "correlation", "features"]
            .map(|id| page.contains(&format!("<section id=\"{id}\">")))
    };
    let dir = tempfile::tempdir().unwrap();
    summary(dir.path());
    write_annotations(
        dir.path(),
        vec![row(3, "pivot_analysis.swing_low", 1, 10.0), row(9, "other.thing", 7, 1.0)],
    );
    let page = page_of(dir.path());
    assert_valid(&page);
    assert_eq!(there(&page), [true, false, false, false]);
    assert!(section(&page, "structure").contains("other.thing"), "labels that are not drawn are counted");
    std::fs::remove_file(dir.path().join("annotations.parquet")).unwrap();
    write_correlations(dir.path(), &correlations(2));
    assert_eq!(there(&page_of(dir.path())), [false, false, true, false]);
}

#[test]
fn odd_findings_still_draw() {
    let far = (i64::MIN / 2, i64::MAX / 2, "AAA".to_owned(), "market_analysis.regime", 1, f64::NAN);
    let cases: [Vec<Row>; 5] = [
        vec![row(1, "extrema.top", 0, f64::NAN)],
        vec![row(1, "market_analysis.regime", 2, 0.5)],
        vec![row(1, "market_analysis.regime", 77, f64::NAN), row(1, "pivot_analysis.swing_high", 300, 5.0)],
        vec![far, row(2, "market_analysis.regime", 0, 0.5), row(2, "market_analysis.change_point", 0, 1.0)],
        (0..9_000).map(|i| row(i, "extrema.bottom", 0, (i % 97) as f64)).collect(),
    ];
    for rows in cases {
        let dir = tempfile::tempdir().unwrap();
        summary(dir.path());
        let first = rows[0].clone();
        write_annotations(dir.path(), rows);
        let page = page_of(dir.path());
        assert_well_formed(&page);
        assert!(!between(&page, "<main>", "</main>").contains("NaN"), "{first:?}");
        assert!(page.len() < 300_000, "{first:?}: {}", page.len());
    }
}

#[test]
fn many_symbols_are_said_to_be_left_out() {
    let dir = tempfile::tempdir().unwrap();
    summary(dir.path());
    let mut rows: Vec<Row> = Vec::new();
    for i in 0..30 {
        let (ts, at, _, label, level, value) = row(i, "extrema.top", 1, 5.0);
        rows.push((ts, at, format!("S{i:02}"), label, level, value));
    }
    write_annotations(dir.path(), rows);
    write_correlations(dir.path(), &correlations(60));
    let feature =
        |i: usize| FeatureSummary { name: format!("m.f{i}"), masked: Some(0.25), ..Default::default() };
    let features = FeaturesSummary {
        symbol_count: 30,
        symbols: (0..8).map(|i| format!("S{i:02}")).collect(),
        features: (0..500).map(feature).collect(),
        ..Default::default()
    };
    std::fs::write(dir.path().join("features_summary.json"), serde_json::to_string(&features).unwrap())
        .unwrap();
    let page = page_of(dir.path());
    keep(&page, "many_symbols.html");
    assert_valid(&page);
    assert!(page.len() < 1_000_000, "the page has {} bytes", page.len());
    assert!(section(&page, "structure").contains("The first 3 symbols; what was found of 27 more"));
    let correlation = section(&page, "correlation");
    assert!(correlation.contains("The first 40 of 60 symbols") && correlation.contains("class=\"neg\""));
    assert!(correlation.contains("more pairs are in correlation.json"));
    let table = section(&page, "features");
    assert!(table.contains("over 30 symbols") && table.contains("100 more rows") && table.contains("25.00%"));
}

#[test]
fn hostile_names_are_only_text() {
    let dir = tempfile::tempdir().unwrap();
    summary(dir.path());
    let mut rows = Vec::new();
    for label in [HOSTILE, "pivot_analysis.swing_high"] {
        rows.push((START, START, HOSTILE.to_owned(), label, 1, 5.0));
    }
    write_annotations(dir.path(), rows);
    let curve = LeadLagCurve {
        leader: HOSTILE.into(),
        follower: HOSTILE.into(),
        lags_s: vec![-1.0, 0.0, 1.0],
        values: vec![Some(0.1), None],
        threshold: None,
        confidence: None,
    };
    let symbols = vec![HOSTILE.to_owned(); 13];
    let report = CorrelationReport { symbols, matrix: vec![vec![Some(1.0)]], curves: vec![curve] };
    write_correlations(dir.path(), &report);
    let name = || HOSTILE.to_owned();
    let feature = FeatureSummary { name: name(), unit: name(), meaning: name(), ..Default::default() };
    let features = FeaturesSummary { features: vec![feature], ..Default::default() };
    std::fs::write(dir.path().join("features_summary.json"), serde_json::to_string(&features).unwrap())
        .unwrap();
    let page = page_of(dir.path());
    assert_valid(&page);
    assert_eq!(page.matches("<script").count(), 1);
}

#[test]
fn what_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    summary(dir.path());
    let error = || RunData::load(dir.path()).unwrap_err();
    std::fs::write(dir.path().join("correlation.json"), "{\"symbols\": 3}").unwrap();
    assert!(
        matches!(error(), ReportError::Json { path, message } if path.ends_with("correlation.json") && message.contains("line 1"))
    );
    std::fs::remove_file(dir.path().join("correlation.json")).unwrap();
    std::fs::write(dir.path().join("features_summary.json"), "[]").unwrap();
    assert!(error().to_string().contains("features_summary.json"));
    std::fs::remove_file(dir.path().join("features_summary.json")).unwrap();
    std::fs::write(dir.path().join("annotations.parquet"), "PAR1 but truncated").unwrap();
    assert!(matches!(error(), ReportError::Table { path, .. } if path.ends_with("annotations.parquet")));
}
