//! Whole folders: sections, size, determinism, several runs, many accounts.

use std::{collections::BTreeSet, path::Path};

use super::{super::write, assert_well_formed, between, page_of, sample::Sample};
use crate::report::{RunData, calendar::period_returns, render};

/// Looks at `MANYWORLDS_REPORT_EXAMPLES`: a folder to leave the pages in, to be looked at in a browser.
pub(super) fn keep(page: &str, name: &str) {
    if let Ok(folder) = std::env::var("MANYWORLDS_REPORT_EXAMPLES") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(Path::new(&folder).join(name), page).unwrap();
    }
}

#[test]
fn a_quarter_of_minutes_has_every_section_in_a_small_page_and_the_same_bytes_twice() {
    let dir = tempfile::tempdir().unwrap();
    Sample::default().write(dir.path());
    let page = page_of(dir.path());
    keep(&page, "one.html");
    assert_well_formed(&page);
    for id in [
        "facts",
        "statistics",
        "equity",
        "underwater",
        "monthly",
        "yearly",
        "histogram",
        "rolling",
        "fills",
        "exposure",
        "trades",
        "decisions",
        "features",
        "modules",
        "scenario",
    ] {
        let section = between(&page, &format!("<section id=\"{id}\">"), "</section>");
        assert!(!section.contains("class=\"absent\""), "section {id} says that it is empty: {section}");
        assert!(page.contains(&format!("href=\"#{id}\"")), "section {id} is not in the navigation");
    }
    assert!(page.len() < 2_000_000, "the page has {} bytes", page.len());
    assert!(!page.contains("class=\"banner\""));
    assert_eq!(page, page_of(dir.path()), "the same folder gives the same bytes");
    // Nothing is fetched, and nothing undefined leaks.
    for word in ["http://", "https://", "src=", "@import", "url("] {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(word), "`{word}` in the page");
    }
    for word in [">NaN", "NaN<", "NaN,", ",NaN", ">inf", "Infinity"] {
        assert!(!page.contains(word), "`{word}` in the page");
    }
    // Ids are unique, and every plot has a title and a description.
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|s| &s[..s.find('"').unwrap()]).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id is given twice");
    assert_eq!(page.matches("role=\"img\"").count(), page.matches("<desc ").count());
}

#[test]
fn the_head_shows_the_facts_and_the_conventions() {
    let dir = tempfile::tempdir().unwrap();
    Sample { bars: 3_000, ..Sample::default() }.write(dir.path());
    let page = page_of(dir.path());
    let facts = between(&page, "<section id=\"facts\">", "</section>");
    for text in [
        "5f1d7a90c3be4482",
        "gap 1, zero volume 72",
        "2022-11-14 00:00",
        "412.7 ms",
        "46.0 MiB",
        "engine version",
    ] {
        assert!(facts.contains(text), "`{text}` is not among the facts: {facts}");
    }
    let statistics = between(&page, "<section id=\"statistics\">", "</section>");
    for text in
        ["ddof 1, N = 365", "Prob. Sharpe", "91.30%", "Minimum track record days", "412.5", "\u{2013}"]
    {
        assert!(statistics.contains(text), "`{text}` is not among the statistics");
    }
    assert!(
        between(&page, "<section id=\"scenario\">", "</section>").contains("name: &quot;btc_eth_basic&quot;")
    );
}

#[test]
fn monthly_and_yearly_returns_chain_to_the_total() {
    let dir = tempfile::tempdir().unwrap();
    Sample { bars: 100 * 24, bar_minutes: 60, ..Sample::default() }.write(dir.path());
    let run = RunData::load(dir.path()).unwrap();
    let curves = &run.curves[0];
    let equity = curves.equity.points();
    let total = equity[equity.len() - 1].1 / equity[0].1;
    for by_month in [true, false] {
        let returns = period_returns(&curves.with_base(&curves.days), by_month);
        let product = returns.iter().fold(1.0, |wealth, r| wealth * (1.0 + r.value));
        assert!((product / total - 1.0).abs() < 1e-12, "{product} is not {total}");
    }
}

#[test]
fn plain_integers_and_words_read_like_timestamps_and_dictionaries() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = |root: &Path| root.join("run");
    Sample { bars: 4_000, ..Sample::default() }.write(&folder(a.path()));
    Sample { bars: 4_000, typed: false, ..Sample::default() }.write(&folder(b.path()));
    assert_eq!(page_of(&folder(a.path())), page_of(&folder(b.path())));
}

#[test]
fn an_interrupted_or_failed_run_is_marked() {
    for (status, word) in [("interrupted", "INTERRUPTED"), ("failed", "FAILED"), ("weird", "STATUS UNKNOWN")]
    {
        let dir = tempfile::tempdir().unwrap();
        Sample { status, bars: 2_000, ..Sample::default() }.write(dir.path());
        let page = page_of(dir.path());
        keep(&page, &format!("{status}.html"));
        assert!(between(&page, "<div class=\"banner\"", "</div>").contains(word));
        assert!(page.contains("<title>\u{26a0} "));
        assert!(page.contains("<strong class=\"bad\">\u{26a0} "));
    }
}

#[test]
fn a_few_accounts_are_all_drawn_with_different_dashes() {
    let dir = tempfile::tempdir().unwrap();
    Sample { accounts: 3, bars: 400 * 24, bar_minutes: 60, ..Sample::default() }.write(dir.path());
    let page = page_of(dir.path());
    keep(&page, "three.html");
    assert_well_formed(&page);
    let equity = between(&page, "<section id=\"equity\">", "</section>");
    for (class, label) in
        [("s0", "base"), ("s1", "variant-001"), ("s2", "variant-002"), ("bench", "buy and hold BTCUSDT")]
    {
        assert!(equity.contains(&format!("<polyline class=\"line {class}\" data-label=\"{label}\"")));
    }
    let (trades, list) =
        (between(&page, "<section id=\"trades\">", "</section>"), "<section id=\"statistics\">");
    assert!(trades.contains("scope=\"col\""));
    assert!(between(&page, list, "</section>").contains(">variant-002</th>"));
}

#[test]
fn many_accounts_draw_exemplars_and_a_fan_and_say_so() {
    let dir = tempfile::tempdir().unwrap();
    Sample { accounts: 120, bars: 100 * 24, bar_minutes: 60, ..Sample::default() }.write(dir.path());
    let page = page_of(dir.path());
    keep(&page, "many.html");
    assert_well_formed(&page);
    assert!(page.len() < 2_000_000, "the page has {} bytes", page.len());
    let equity = between(&page, "<section id=\"equity\">", "</section>");
    assert!(equity.contains("band outer") && equity.contains("over all 120 accounts"));
    assert!(equity.contains("data-label=\"best: ") && equity.contains("data-label=\"worst: "));
    let accounts = between(&page, "<section id=\"accounts\">", "</section>");
    assert_eq!(accounts.matches("<th scope=\"row\"").count(), 50);
    assert!(accounts.contains("70 more between them are in summary.json"));
    let trades = between(&page, "<section id=\"trades\">", "</section>");
    assert_eq!(trades.matches("<th scope=\"row\"").count(), 300);
    assert!(trades.contains("more are hidden") && trades.contains("trades.parquet"));
}

#[test]
fn several_runs_share_a_page() {
    let root = tempfile::tempdir().unwrap();
    let (a, b) = (root.path().join("a"), root.path().join("b"));
    Sample { bars: 60 * 24, bar_minutes: 60, ..Sample::default() }.write(&a);
    Sample { bars: 60 * 24, bar_minutes: 60, seed: 8, status: "interrupted", ..Sample::default() }.write(&b);
    let out = root.path().join("report.html");
    write(&[&a, &b], &out).unwrap();
    let page = std::fs::read_to_string(&out).unwrap();
    keep(&page, "two.html");
    assert_well_formed(&page);
    assert!(page.contains("2 runs side by side"));
    // Runs of one name are told apart by their folders.
    assert!(page.contains("btc_eth_basic (a)") && page.contains("btc_eth_basic (b)"));
    assert!(page.contains("<section id=\"run2-equity\">") && page.contains("<section id=\"growth\">"));
    assert_eq!(page.matches("class=\"banner\"").count(), 1);
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|s| &s[..s.find('"').unwrap()]).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id is given twice");
    let runs = [RunData::load(&a).unwrap(), RunData::load(&b).unwrap()];
    assert_eq!(page, render(&runs));
}
