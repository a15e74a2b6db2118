//! Order books in scenarios: synthetic and from tapes, on one venue and on several.

use std::path::Path;

use manyworlds::data::tape::{DepthChange, DepthRow, QuoteRow, TapeSignal, TradeRow};
use manyworlds::data::{DefectReport, TapeKind, TapeMeta, TapeWriter};
use manyworlds::{Scenario, Simulation};
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::book::OrderBook;
use manyworlds_components::market::LastPrice;
use manyworlds_components::price::{Step, Ticks};
use manyworlds_components::side::BookSide;
use manyworlds_engine::Kind;

const SYNTHETIC: &str = r#"(
    seed: 4,
    clock: Every("1s"),
    venues: [(name: "a", fees: ()), (name: "b", fees: ()), (name: "c", fees: ())],
    symbols: [
        (symbol: "S", venue: "b", data: [SyntheticBook(
            venues: ["a", "b", "c"], duration: "3m", depth: 8,
            hawkes: (own_venue: 0.4, other_venues: 0.2),
            outages: [(venue: 2, after: "1m", length: "1m")],
        )]),
        (symbol: "L3", venue: "a", data: [SyntheticBook(duration: "3m", detail: orders)]),
    ],
)"#;

fn book(simulation: &Simulation, listing: usize) -> OrderBook {
    let entity = simulation.world().roster().entities(Kind::Listing)[listing];
    simulation.world().world().get::<OrderBook>(entity).unwrap().clone()
}

fn of<T: bevy_ecs::component::Component + Clone>(simulation: &Simulation, symbol: &str) -> T {
    let entity = simulation.symbol_entity(symbol).unwrap();
    simulation.world().world().get::<T>(entity).unwrap().clone()
}

#[test]
fn a_synthetic_book_on_three_venues() {
    let scenario = Scenario::from_ron(SYNTHETIC).unwrap();
    let mut simulation = scenario.build().unwrap();
    (0..90).for_each(|_| _ = simulation.step().unwrap());
    // Listings: S on b, L3 on a, then S on a and c.
    let now = simulation.world().clock().now;
    let (own, silent) = (book(&simulation, 0), book(&simulation, 3));
    assert!(now - own.ts_recv() < 2_000_000_000);
    assert!(now - silent.ts_recv() > 25_000_000_000, "stale since a minute had passed");
    // From a snapshot on, it goes on as without.
    let fork = simulation.fork().unwrap();
    let ends = [simulation, fork].map(|mut simulation| {
        simulation.run().unwrap();
        assert!(!book(&simulation, 3).is_crossed() && book(&simulation, 3).counts().clears == 2);
        simulation
    });
    assert_eq!(ends[0].digest(), ends[1].digest());
    let simulation = &ends[0];
    let price: LastPrice = of(simulation, "S");
    assert!(price.events > 20, "trades of its own venue");
    let mids: Vec<f64> = [0, 2, 3].map(|i| book(simulation, i).mid_ticks().unwrap()).to_vec();
    assert!(mids.iter().all(|mid| (mid - mids[0]).abs() < 20.0), "{mids:?}");
    assert!(book(simulation, 1).order_count() > 10);
    // One event at a time ends in the same books.
    let text = SYNTHETIC.replace("Every(\"1s\")", "Event");
    let mut events = Scenario::from_ron(&text).unwrap().build().unwrap();
    events.run().unwrap();
    for listing in 0..4 {
        for side in [BookSide::Bid, BookSide::Ask] {
            let (a, b) = (book(simulation, listing), book(&events, listing));
            assert_eq!(a.levels(side).collect::<Vec<_>>(), b.levels(side).collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let refused = |from: &str, to: &str| {
        Scenario::from_ron(&SYNTHETIC.replace(from, to)).map(|_| ()).unwrap_err().to_string()
    };
    let error = refused("[\"a\", \"b\", \"c\"]", "[\"a\", \"bb\", \"c\"]");
    assert!(
        error.contains("symbols[0].data[0].venues[1]") && error.contains("unknown venue `bb`"),
        "{error}"
    );
    let error = refused("own_venue: 0.4", "own_venue: 0.9");
    assert!(error.contains("hawkes") && error.contains("sum is below 1"), "{error}");
    let error = refused("[\"a\", \"b\", \"c\"]", "[\"b\", \"c\", \"c\"]");
    assert!(error.contains("another venue than those before"), "{error}");
}

pub(super) fn write(folder: &Path) {
    let writer = |name: &str, kind| {
        let (tick_size, lot_size) = (Step::new(0.5).ok(), Step::new(0.1).ok());
        let meta = TapeMeta { tick_size, lot_size, ..TapeMeta::trades("x", "S").of_kind(kind) };
        TapeWriter::create(&folder.join(name), meta).unwrap()
    };
    let second = |i: i64| 1_704_067_200_000_000_000 + i * 1_000_000_000;
    let none = DefectReport::default();
    let mut depth = writer("depth.arrow", TapeKind::Depth);
    let push = |depth: &mut TapeWriter, i, change| {
        depth.push_depth(&DepthRow { ts_event: second(i), ts_recv: second(i) + 5, change }).unwrap();
    };
    push(&mut depth, 0, DepthChange::Signal(TapeSignal::Clear));
    for i in 0..120 {
        let price = 100.0 + 0.5 * (i / 30) as f64;
        for (side, price) in [(BookSide::Bid, price), (BookSide::Ask, price + 1.5)] {
            push(&mut depth, i, DepthChange::Level { side, price, size: 0.1 * (1 + i % 7) as f64 });
        }
    }
    depth.finish(&none).unwrap();
    let mut quotes = writer("quotes.arrow", TapeKind::Quotes);
    for i in 0..120 {
        let (bid, ask) = ((99.5, 0.3), (101.0 + 0.5 * (i % 2) as f64, 0.2));
        quotes.push_quote(&QuoteRow { ts_event: second(i), ts_recv: second(i), bid, ask }).unwrap();
    }
    quotes.finish(&none).unwrap();
    let mut trades = writer("trades.arrow", TapeKind::Trades);
    for i in 0..60 {
        let (trade_id, price, quantity) = (i, 55.0, 1.0);
        let ts = second(2 * i);
        let row = TradeRow { ts_event: ts, ts_recv: ts, trade_id, price, quantity, aggressor_side: 1 };
        trades.push_trade(&row).unwrap();
    }
    trades.finish(&none).unwrap();
}

fn tapes(folder: &Path, data: &str) -> Result<Simulation, String> {
    let text = format!(
        "(venues: [(name: \"x\", fees: ()), (name: \"y\", fees: ())],
          symbols: [(symbol: \"S\", venue: \"x\", tick_size: 0.5, lot_size: 0.1, data: [{data}])])"
    )
    .replace("DIR", &folder.to_string_lossy());
    let scenario = Scenario::from_ron(&text).map_err(|e| e.to_string())?;
    let mut simulation = scenario.build().map_err(|e| e.to_string())?;
    simulation.run().map_err(|e| e.to_string())?;
    Ok(simulation)
}

#[test]
fn books_from_tapes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let depth = "Depth(path: \"DIR/depth.arrow\")";
    let quotes = "Quotes(path: \"DIR/quotes.arrow\", venue: \"y\")";
    // Alone, the book is what the symbol is marked at; the other venue's quotes are in a book of their own.
    let simulation = tapes(folder.path(), &format!("{depth}, {quotes}")).unwrap();
    assert_eq!(book(&simulation, 0).top(), Some((Ticks(203), Ticks(203))), "the ask of 101.5 is left");
    assert_eq!(book(&simulation, 0).crossed_count(), 29, "from the moment that the bid has met it");
    assert_eq!(book(&simulation, 1).top(), Some((Ticks(199), Ticks(203))));
    assert_eq!(of::<LastPrice>(&simulation, "S").price, 101.25, "the last mid that was one");
    assert!(of::<BarSeries>(&simulation, "S").last().is_some_and(|bar| bar.volume == 0.0));
    // With trades, these say the price; those of another venue do not.
    let trades = "Trades(path: \"DIR/trades.arrow\")";
    let simulation = tapes(folder.path(), &format!("{depth}, {trades}, {quotes}")).unwrap();
    assert_eq!(of::<LastPrice>(&simulation, "S").price, 55.0);
    let elsewhere = trades.replace("\")", "\", venue: \"y\")");
    let simulation = tapes(folder.path(), &format!("{depth}, {elsewhere}")).unwrap();
    assert_eq!(of::<LastPrice>(&simulation, "S").price, 101.25);
}

#[test]
fn what_is_wrong_with_data_is_said() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let refused = |data: &str| tapes(folder.path(), data).map(|_| ()).unwrap_err();
    let error = refused("Depth(path: \"DIR/quotes.arrow\")");
    assert!(error.contains("it holds quotes") && error.contains("a tape of depth is needed"), "{error}");
    let error = refused("Depth(path: \"DIR/depth.arrow\", venue: \"y\")");
    assert!(error.contains("symbol `S` has no data of its own venue"), "{error}");
    let error = refused("Depth(path: \"DIR/depth.arrow\", venue: \"z\"), Trades(path: \"DIR/trades.arrow\")");
    assert!(error.contains("unknown venue `z`"), "{error}");
    let error = refused("Depth(path: \"DIR/depth.arrow\", frame: \"1m\")");
    assert!(error.contains("only bars have a frame"), "{error}");
}
