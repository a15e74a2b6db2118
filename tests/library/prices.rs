//! Recorded prices: bars at the frame that a scenario asks for, of all that was dealt, to the end of the run.

use std::collections::BTreeMap;

use manyworlds::Scenario;
use manyworlds::output::Table;
use manyworlds_components::market::MarketData;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_tests::tables::{floats, times, words};
use proptest::prelude::*;

use super::books::write;
use super::market_making::text;

/// [open, high, low, close, volume] by beginning.
type Bars = BTreeMap<i64, [f64; 5]>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    // Finer than the minutes of the series, as fine, and whole minutes.
    #[test]
    fn prices_are_of_all_prints(seconds in prop::sample::select(vec![1i64, 7, 60, 120]), clock in prop::option::of(1i64..5_000)) {
        let clock = clock.map_or("Event".to_owned(), |ms| format!("Every(\"{ms}ms\")"));
        let text = text("", "(name: \"idle\")")
            .replace("record: (", &format!("record: (prices: \"{seconds}s\", "))
            .replace("Every(\"100ms\")", &clock);
        let mut simulation = Scenario::from_ron(&text).unwrap_or_else(|e| panic!("{e}")).build().unwrap();
        let source = simulation.plan().blueprint().sources[0].clone();
        simulation.run().unwrap();
        let outcome = simulation.finish().unwrap();

        let (mut events, mut expected) = (Vec::new(), Bars::new());
        source.fill(0, Timestamp::MAX, usize::MAX, &mut events);
        let frame = Frame::from_nanos(seconds * 1_000_000_000).unwrap();
        for event in events {
            let MarketData::Trade(trade) = event.data else { continue };
            let begin = frame.floor(event.ts_recv).0;
            let bar = expected.entry(begin).or_insert([trade.price, trade.price, trade.price, 0.0, 0.0]);
            *bar = [bar[0], bar[1].max(trade.price), bar[2].min(trade.price), trade.price, bar[4] + trade.quantity];
        }
        let columns = ["open", "high", "low", "close", "volume"].map(|name| floats(&outcome, Table::Prices, name));
        let row = |i: usize| columns.each_ref().map(|column| column[i]);
        let ts = times(&outcome, Table::Prices, "ts");
        prop_assert!(expected.len() > 4 && ts.len() == expected.len(), "{} {}", ts.len(), expected.len());
        for (i, (begin, expected)) in expected.iter().enumerate() {
            let found = row(i);
            prop_assert_eq!((ts[i], &found[..4]), (*begin, &expected[..4]));
            prop_assert!((found[4] - expected[4]).abs() < 1e-9 * expected[4]);
        }
    }
}

#[test]
fn a_book_without_prints_has_its_mids_whoever_trades_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let text = format!(
        r#"(
            clock: Every("500ms"),
            venues: [(name: "x", fees: ())],
            symbols: [
                (symbol: "S", tick_size: 0.5, lot_size: 0.1, data: [Depth(path: {:?})]),
                (symbol: "T", data: [SyntheticBook(duration: "2m", speed: 20)]),
            ],
            record: (prices: "1s"),
        )"#,
        folder.path().join("depth.arrow")
    );
    let mut simulation = Scenario::from_ron(&text).unwrap_or_else(|e| panic!("{e}")).build().unwrap();
    simulation.run().unwrap();
    let outcome = simulation.finish().unwrap();
    let (ts, symbols) = (times(&outcome, Table::Prices, "ts"), words(&outcome, Table::Prices, "symbol"));
    let closes = floats(&outcome, Table::Prices, "close");
    let own = (0..ts.len()).filter(|i| symbols[*i] == "S").map(|i| (ts[i], closes[i]));
    // The bid rises by a tick every half minute, and meets the ask after one and a half.
    let second = |i: i64| 1_704_067_200_000_000_000 + i * 1_000_000_000;
    let mids = (0..90).map(|i| (second(i), 100.75 + 0.25 * (i / 30) as f64));
    assert_eq!(own.collect::<Vec<_>>(), mids.collect::<Vec<_>>());
    assert!(symbols.iter().filter(|s| *s == "T").count() > 100);
}
