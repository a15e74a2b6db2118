//! The section of consolidated books, from samples that are written down here.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};

use super::sample::{START, times, words, write_table};
use super::{assert_well_formed, between, page_of};

const ROWS: i64 = 400;

/// Two venues over 400 seconds; the second is left out from 100 to 199. `Some` where there is a value.
fn value(name: &str, i: i64) -> Option<f64> {
    let wave = (i as f64 / 30.0).sin();
    let out = (100..200).contains(&i);
    match name {
        "cob.mid" => Some(2_500.0 + 3.0 * wave).filter(|_| i > 5),
        "cob.spread_bps" => Some(1.5),
        "cob.crossed" => Some(f64::from(u8::from(i % 10 == 0))),
        "cob.bid_volume" | "cob.ask_volume" => Some(if out { 60.0 } else { 100.0 }),
        "cob.bid_depth_5" | "cob.ask_depth_5" => Some(20.0 + 10.0 * wave),
        "cob.bid_depth_20" | "cob.ask_depth_20" => Some(100.0),
        "cob.bid_depth_50" | "cob.ask_depth_50" => Some(100.0),
        "cob.imbalance_1s" | "cob.imbalance_15s" | "cob.imbalance_60s" => Some(0.4 * wave).filter(|_| i > 60),
        "cob.liquidity_1" => Some(120.0),
        "cob.liquidity_2" => Some(if out { 0.0 } else { 80.0 }),
        "cob.stale_1" => Some(0.0),
        "cob.stale_2" => Some(f64::from(u8::from(out))),
        _ => None,
    }
}

const NAMES: [&str; 18] = [
    "cob.mid",
    "cob.spread_bps",
    "cob.crossed",
    "cob.bid_volume",
    "cob.ask_volume",
    "cob.bid_depth_5",
    "cob.ask_depth_5",
    "cob.bid_depth_20",
    "cob.ask_depth_20",
    "cob.bid_depth_50",
    "cob.ask_depth_50",
    "cob.imbalance_1s",
    "cob.imbalance_15s",
    "cob.imbalance_60s",
    "cob.liquidity_1",
    "cob.stale_1",
    "cob.liquidity_2",
    "cob.stale_2",
];

fn write(dir: &Path, names: &[&str], rows: i64, value: impl Fn(&str, i64) -> Option<f64>) {
    std::fs::write(dir.join("summary.json"), r#"{"name":"books","status":"complete"}"#).unwrap();
    let column = |name: &&'static str| -> (&'static str, ArrayRef) {
        (*name, Arc::new((0..rows).map(|i| value(name, i)).collect::<Float64Array>()))
    };
    let names: Vec<&'static str> = NAMES.into_iter().filter(|n| names.contains(n)).collect();
    let ts = (0..rows).map(|i| START + i * 1_000_000_000).collect();
    let mut columns =
        vec![("ts", times(ts, true)), ("symbol", words(&vec!["ETH<b>".to_owned(); rows as usize], true))];
    columns.extend(names.iter().map(column));
    write_table(&dir.join("feature_samples.parquet"), columns);
}

#[test]
fn depth_venues_and_imbalance() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &NAMES, ROWS, value);
    std::fs::write(
        dir.path().join("run.ron"),
        r#"(venues: [(name: "north", fees: ()), (name: "south", fees: ())], symbols: [(symbol: "ETH<b>", venue: "north",
            data: [SyntheticBook(venues: ["south", "north"])])])"#,
    )
    .unwrap();
    let page = page_of(dir.path());
    assert_well_formed(&page);
    assert_eq!(page, page_of(dir.path()));
    assert!(page.contains("href=\"#book\"") && !page.contains("ETH<b>"));
    let section = between(&page, "<section id=\"book\">", "</section>");
    for text in
        ["depth around mid, all venues", "share of the liquidity by venue", "imbalance, mean over time"]
    {
        assert!(section.contains(&format!("ETH&lt;b&gt;: {text}")), "{text}");
    }
    for word in ["NaN", "inf", "Infinity"] {
        assert!(!section.contains(word), "{word}");
    }
    // Up to the depth that holds everything.
    assert!(section.contains("Bands end at 5, 20 bps of mid"), "{section}");
    for class in ["depth bid d5", "depth ask d5"] {
        assert!(section.contains(class), "{class}");
    }
    // 20 +- 10 within 5 bps, the rest of 100 within the next 15: up to nearly 6 a bp, as columns are means.
    assert!(section.contains(" to 5.9"), "{section}");
    // The venues by their names, the one that was left out with its bar and its share of the samples.
    assert!(section.contains("data-label=\"north\"") && section.contains("data-label=\"south\""));
    assert_eq!(section.matches("<title>south left out</title>").count(), 2, "in both drawings");
    assert!(!section.contains("north left out") && section.matches("class=\"stale\"").count() == 2);
    assert!(section.contains("of the samples: south 25.0"), "{section}");
    assert!(section.contains("data-label=\"15s\"") && section.contains("data-label=\"60s\""));
    assert!(!section.contains("data-label=\"1s\""));
    assert!(section.contains("crossed in 10.0") && section.contains("mean spread 1.50 bps"));
}

#[test]
fn parts_stand_alone_and_nothing_is_made_of_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let section = |names: &[&str], rows, value: &dyn Fn(&str, i64) -> Option<f64>| {
        write(dir.path(), names, rows, value);
        let page = page_of(dir.path());
        assert_well_formed(&page);
        page.contains("id=\"book\"").then(|| between(&page, "<section id=\"book\">", "</section>").to_owned())
    };
    assert_eq!(section(&NAMES, 50, &|_, _| None), None, "never a mid");
    assert_eq!(section(&NAMES[1..], 50, &value), None);
    let alone = section(&["cob.mid"], 50, &value).unwrap();
    assert!(!alone.contains("<svg") && alone.contains("crossed in \u{2013}"), "{alone}");
    let venues =
        section(&["cob.mid", "cob.bid_volume", "cob.ask_volume", "cob.liquidity_1"], 50, &value).unwrap();
    assert!(venues.contains("venue 1") || venues.contains("share of the liquidity"), "{venues}");
    assert!(!venues.contains("left out"));
    let one = section(&NAMES, 7, &value).unwrap();
    assert!(one.contains("depth around mid"), "one sample with a mid");
    let empty =
        section(&NAMES, 50, &|name, i| value(name, i).map(|v| if name.contains("depth") { 0.0 } else { v }));
    assert!(!empty.unwrap().contains("depth around mid"));
}

/// A rule for a shade of one drawing must not reach into another: shades were once multiplied to nothing.
#[test]
fn each_shade_has_one_rule() {
    let selectors = || include_str!("../style.css").split('}').filter_map(|rule| rule.split('{').next());
    for side in ["d", "a"] {
        for shade in 0..=super::super::book::SIZE_BORDERS {
            let class = format!(".{side}{shade}");
            assert_eq!(selectors().filter(|s| s.trim() == class).count(), 1, "{class}");
        }
    }
}

#[test]
fn levels_are_shaded_by_the_ranks_of_their_sizes() {
    let mut view = super::super::book::BookView::default();
    assert_eq!(view.size_borders(), None);
    for i in 0..101 {
        let at = view.at(i);
        view.bids[at].push((100.0, 1_000.0 - i as f64));
    }
    assert_eq!(view.size_borders(), Some([950.0, 980.0, 995.0]));
}
