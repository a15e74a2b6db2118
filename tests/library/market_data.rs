//! What is said of market data before a run: sources that tell the same, bars that are shorter than they are, other symbols,
//! models that are never warm; and bars of trades.

use std::fmt::Write as _;
use std::path::Path;

use manyworlds::{Scenario, Setup};
use manyworlds_components::bar::Bar;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_engine::{Kind, StepOutcome};

/// Second, price and quantity of a trade.
type Print = (i64, i64, i64);

/// Bars a minute apart from `first` on.
fn minutes(folder: &Path, name: &str, first: i64, count: i64) {
    let mut text = "open_time,open,high,low,close,volume\n".to_owned();
    for i in first..first + count {
        let (open, close) = (100 + i % 7, 100 + (i + 1) % 7);
        let (high, low) = (open.max(close), open.min(close));
        let _ = writeln!(text, "{},{open},{high},{low},{close},1", 1_700_000_040 + 60 * i);
    }
    std::fs::write(folder.join(name), text).unwrap();
}

fn scenario(folder: &Path, data: &str, rest: &str) -> String {
    let folder = folder.display();
    format!(
        r#"(venues: [(name: "x", fees: ())], models: [SmaCross(fast: 2, slow: 5)],
            symbols: [(symbol: "BTCUSDT", tick_size: 0.01, lot_size: 0.001, data: [{data}])], {rest})"#
    )
    .replace("DIR", &folder.to_string())
}

/// The error, or the warnings, of a scenario.
fn planned(text: &str) -> Result<Vec<String>, String> {
    let scenario = Setup::default().from_ron(text).map_err(|e| e.to_string())?;
    let simulation = scenario.build().map_err(|e| e.to_string())?;
    Ok(simulation.plan().warnings.clone())
}

#[test]
fn sources_that_tell_the_same_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    minutes(folder.path(), "a.csv", 0, 50);
    minutes(folder.path(), "b.csv", 40, 50);
    minutes(folder.path(), "c.csv", 50, 50);
    let both = |second: &str| {
        planned(&scenario(
            folder.path(),
            &format!(r#"Bars(path: "DIR/a.csv"), Bars(path: "DIR/{second}")"#),
            "",
        ))
    };
    let error = both("b.csv").unwrap_err();
    assert!(error.contains("`BTCUSDT`: bars of a.csv and bars of b.csv both have data from"), "{error}");
    assert_eq!(both("c.csv"), Ok(vec![]), "one after the other is no overlap");
}

#[test]
fn a_frame_that_is_shorter_than_the_bars_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    minutes(folder.path(), "a.csv", 0, 50);
    let framed = |frame| {
        planned(&scenario(folder.path(), &format!(r#"Bars(path: "DIR/a.csv", frame: "{frame}")"#), ""))
    };
    let error = framed("30s").unwrap_err();
    assert!(error.contains("a.csv") && error.contains("less than 1m apart"), "{error}");
    assert_eq!(framed("1m"), Ok(vec![]));
}

#[test]
fn dumps_of_several_symbols_are_no_series() {
    let folder = tempfile::tempdir().unwrap();
    minutes(folder.path(), "BTCUSDT-1m-a.csv", 0, 50);
    minutes(folder.path(), "ETHUSDT-1m-b.csv", 50, 50);
    let both = r#"Bars(path: ["DIR/BTCUSDT-1m-a.csv", "DIR/ETHUSDT-1m-b.csv"])"#;
    let error = planned(&scenario(folder.path(), both, "")).unwrap_err();
    assert!(error.contains("by its name it is of `ETHUSDT`"), "{error}");
    let other = planned(&scenario(folder.path(), r#"Bars(path: "DIR/ETHUSDT-1m-b.csv")"#, "")).unwrap();
    assert_eq!(other, ["`BTCUSDT` is fed with data of `ETHUSDT`: bars of ETHUSDT-1m-b.csv"]);
}

#[test]
fn what_never_happens_is_said() {
    let folder = tempfile::tempdir().unwrap();
    minutes(folder.path(), "a.csv", 0, 50);
    let data = r#"Bars(path: "DIR/a.csv")"#;
    let said = planned(&scenario(folder.path(), data, "clock: Bar(\"1s\")").replace("slow: 5", "slow: 51"));
    assert_eq!(
        said.unwrap(),
        [
            "the bars of `BTCUSDT` are 1m long: it is decided upon as often, not every 1s",
            "the model `sma_cross_2_51` speaks after 51 bars of a symbol, and there are 50: it never will"
        ]
    );
}

#[test]
fn bars_of_trades_are_bars_of_the_series() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "id,price,qty,quote_qty,time,is_buyer_maker\n".to_owned();
    // Seven of them share each instant.
    let trade = |i: i64| (1_700_000_000 + i / 7, 100 + (i * i) % 13, 1 + i % 3);
    for (id, (second, price, quantity)) in (0..100).map(trade).enumerate() {
        let _ = writeln!(text, "{id},{price},{quantity},{},{second}000,false", price * quantity);
    }
    std::fs::write(folder.path().join("t.csv"), text).unwrap();
    let series = |rule: &str| -> Vec<Bar> {
        let data = format!(r#"Trades(path: "DIR/t.csv", bars: {rule})"#);
        let text = scenario(
            folder.path(),
            &data,
            "clock: Event, accounts: [(name: \"a\", policy: (size: Quantity(50.0)))]",
        );
        let mut simulation = Scenario::from_ron(&text).unwrap().build().unwrap();
        let mut bars = Vec::new();
        while simulation.step().unwrap() != StepOutcome::Finished {
            let entity = simulation.world().roster().entities(Kind::Symbol)[0];
            let series = simulation.world().world().get::<BarSeries>(entity).unwrap();
            assert_eq!(series.count() as usize, bars.len() + 1, "each is a step of its own");
            bars.extend(series.last());
        }
        bars
    };
    let plain = |full: &dyn Fn(&[Print]) -> bool| -> Vec<[f64; 5]> {
        let (mut bars, mut open) = (vec![], vec![]);
        for trade in (0..100).map(trade) {
            open.push(trade);
            if full(&open) {
                let prices: Vec<f64> = open.iter().map(|t| t.1 as f64).collect();
                let high = prices.iter().copied().fold(f64::MIN, f64::max);
                let low = prices.iter().copied().fold(f64::MAX, f64::min);
                let volume = open.iter().map(|t| t.2 as f64).sum();
                bars.push([prices[0], high, low, prices[prices.len() - 1], volume]);
                open.clear();
            }
        }
        bars
    };
    let numbers = |bars: Vec<Bar>| -> Vec<[f64; 5]> {
        bars.iter().map(|b| [b.open, b.high, b.low, b.close, b.volume]).collect()
    };
    assert_eq!(numbers(series("Ticks(3)")), plain(&|open| open.len() == 3));
    assert_eq!(numbers(series("Volume(11.0)")), plain(&|open| open.iter().map(|t| t.2).sum::<i64>() >= 11));
    let turnover = |open: &[(i64, i64, i64)]| open.iter().map(|t| t.1 * t.2).sum::<i64>() >= 900;
    assert_eq!(numbers(series("Dollars(900.0)")), plain(&turnover));
    let error =
        planned(&scenario(folder.path(), r#"Trades(path: "DIR/t.csv", bars: Ticks(0))"#, "")).unwrap_err();
    assert!(error.contains("bars: Ticks(0) is not a rule with a threshold above 0"), "{error}");
}

#[test]
fn settings_of_modules_are_wrong_at_their_line() {
    let modules = |settings: &str, record: &str| {
        let rest = format!(
            "orchestrator: (type: configurable, modules: {{\n\"market_analysis\": (\n{settings}\n),\n}}),\nrecord: ({record})"
        );
        planned(&scenario(Path::new("."), "Synthetic(bars: 30)", &rest))
    };
    let error = modules("volatility_windw: 60", "").unwrap_err();
    assert!(error.contains("scenario:4:") && error.contains("did you mean `volatility_window`?"), "{error}");
    let error = modules("volatility_window: 1.5", "").unwrap_err();
    assert!(error.contains("scenario:4:") && error.contains("market_analysis.volatility_window"), "{error}");
    // All at once.
    let error =
        modules("volatility_window: 0", "features: [\"market_analysis.realised_volatility\"]").unwrap_err();
    assert!(error.contains("scenario:4:") && error.contains("0 is not"), "{error}");
    assert!(error.contains("did you mean `market_analysis.realized_volatility`?"), "{error}");
}

#[test]
fn a_feature_whose_module_is_off_stays_null() {
    let record = "record: (features: [\"market_analysis.realized_volatility\"])";
    let text = scenario(Path::new("."), "Synthetic(bars: 30)", record);
    let warnings = planned(&text).unwrap();
    assert!(warnings.iter().any(|w| w.contains("stays null, as its module is not loaded")), "{warnings:?}");
    let mut simulation = Scenario::from_ron(&text).unwrap().build().unwrap();
    simulation.run().unwrap();
    simulation.finish().unwrap();
}
