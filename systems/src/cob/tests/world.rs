//! The module in worlds that it fits and does not fit, and what it says of itself.

use manyworlds_components::ids::ListingId;
use manyworlds_engine::{BuildError, Module};

use super::*;
use crate::bar_world::{bar_world, walk};
use crate::cob::BucketSize;
use crate::setting::Checker;

/// A world whose second venue quotes in USDT.
pub(super) fn foreign(mut events: Vec<MarketEvent>, settings: CobSettings) -> Result<Simulation, BuildError> {
    events.sort_by_key(|event| event.ts_recv);
    let clock = ClockMode::Every("100ms".parse().unwrap());
    let mut blueprint = book_blueprint(eth(), events, 2, clock, CobModule(settings));
    blueprint.roster = blueprint.roster.with_foreign(vec![(ListingId(1), "USDT".to_owned())]);
    blueprint.build()
}

#[test]
fn currencies_are_not_mixed_silently() {
    let events = || snapshot(1, 1, &[(25_030, 2)], &[(25_036, 2)]);
    let error = foreign(events(), CobSettings::default()).err().unwrap().to_string();
    for part in ["cob", "`ETHUSD` is quoted in USDT on `V1` and in USD", "basis: {\"USDT\": 1.0}"] {
        assert!(error.contains(part), "{error}");
    }
    let other = CobSettings { basis: [("USDC".to_owned(), 1.0)].into(), ..CobSettings::default() };
    assert!(foreign(events(), other).is_err(), "that is another currency");
    let settings = CobSettings { basis: [("USDT".to_owned(), 1.0)].into(), ..CobSettings::default() };
    assert!(foreign(events(), settings).is_ok());
}

#[test]
#[should_panic(expected = "it reads order books, and there are none")]
fn without_books_it_refuses() {
    bar_world(&[walk(1, 10)], ClockMode::Bar(Frame::MINUTE), CobModule::default());
}

#[test]
fn what_it_says_of_itself() {
    let info = CobModule::default().info();
    assert_eq!((info.name.as_str(), info.needs_books, info.lookback), ("cob", true, 0));
    assert_eq!(info.features.len(), 5 + 2 * 7 + 2 + 4 + 5 + 3 * 3);
    let unit = |word: &str| {
        let name = format!("cob.{word}");
        info.features.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{name}")).unit.clone()
    };
    assert_eq!((unit("mid").as_str(), unit("spread_bps").as_str()), ("quote", "bps"));
    assert_eq!((unit("bid_depth_10").as_str(), unit("imbalance_60s").as_str()), ("base", "1"));
    let warmup = |word: &str| info.features.iter().find(|f| f.name == word).unwrap().warmup_bars;
    assert_eq!((warmup("cob.mid"), warmup("cob.imbalance_60s")), (1, 2), "a mean needs its minute");
    let fields = ron::to_string(&CobSettings::default()).unwrap();
    for spec in &info.settings {
        assert!(fields.contains(&format!("{}:", spec.name)), "{}", spec.name);
        // The default can be written as it stands.
        let text = format!("({}: {})", spec.name, spec.default);
        let read: CobSettings = ron::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(read, CobSettings::default(), "{text}");
    }
    assert_eq!(info.settings.len(), 9);
}

#[test]
fn settings_are_checked() {
    assert!(Checker::run(&CobSettings::default()).is_empty());
    let wrong = CobSettings {
        bucket: BucketSize::Quote(0.0),
        range_bps: 50.0,
        rows: 0,
        depth_bps: vec![10, 5],
        means: vec![seconds(5), seconds(1)],
        venues: 65,
        basis: [("USD".to_owned(), -1.0)].into(),
        ..CobSettings::default()
    };
    let paths: Vec<String> = Checker::run(&wrong).into_iter().map(|e| e.path).collect();
    assert_eq!(paths, ["bucket", "rows", "depth_bps", "means", "venues", "basis[\"USD\"]"]);
    let path = |settings| Checker::run(&settings).into_iter().map(|e| e.path).collect::<Vec<_>>().join(" ");
    let d = CobSettings::default;
    assert_eq!(path(CobSettings { depth_bps: vec![50, 101], ..d() }), "depth_bps");
    assert_eq!(path(CobSettings { depth_bps: vec![0], ..d() }), "depth_bps");
    assert_eq!(path(CobSettings { range_bps: 0.5, depth_bps: vec![], ..d() }), "range_bps");
    assert_eq!(path(CobSettings { means: vec![Frame::HOUR], ..d() }), "means");
    assert_eq!(path(CobSettings { bucket: BucketSize::Bps(0.001), ..d() }), "bucket");
    let read: CobSettings = ron::from_str(
        "(bucket: Bps(5.0), means: [\"200ms\"], stale_after: \"2s\", rejoin: Update, basis: {\"USD\": 1.01})",
    )
    .unwrap();
    assert_eq!((read.bucket, read.rows, read.basis["USD"]), (BucketSize::Bps(5.0), 64, 1.01));
    let names: Vec<String> = CobModule(read).info().features.into_iter().map(|f| f.name).collect();
    assert!(names.contains(&"cob.imbalance_200ms".to_owned()), "{names:?}");
}
