//! Scenarios against a plain loop over the same bars: trade for trade, and equity at every bar, to 1e-9 relative. And
//! order books against another simulator.

mod crossover;
mod hftbacktest;
mod reference;

use std::fmt::Write as _;
use std::path::Path;

use manyworlds::output::Table;
use manyworlds::{Outcome, Scenario, Setup};
use manyworlds_components::bar::Bar;
use manyworlds_tests::tables::{floats, times, words};

use reference::{Inside, Ledger, Rules};

fn write_csv(path: &Path, bars: &[Bar]) {
    let mut text = String::from("timestamp,open,high,low,close,volume\n");
    for b in bars {
        let ms = b.open_time.0 / 1_000_000;
        let _ = writeln!(text, "{ms},{},{},{},{},{}", b.open, b.high, b.low, b.close, b.volume);
    }
    std::fs::write(path, text).unwrap();
}

/// The scenario that says what `rules` say.
fn scenario(folder: &Path, symbols: usize, rules: &Rules) -> String {
    let bps = rules.fee * 1e4;
    let fills = match rules.inside {
        Inside::StopFirst => "NextOpen",
        Inside::Path => "OhlcPath",
    };
    let margin = rules
        .margin
        .map_or_else(String::new, |initial| format!("margin: (initial: {initial}, maintenance: 0.01),"));
    let side = if rules.margin.is_some() { "Both, opposite: Flips" } else { "LongOnly" };
    let exits = rules.exits.map_or_else(String::new, |(stop_loss, take_profit)| {
        format!("stop_loss: {stop_loss}, take_profit: {take_profit},")
    });
    let symbol = |i| {
        let path = folder.join(format!("S{i}.csv"));
        format!(r#"(symbol: "S{i}", data: [Bars(path: {path:?}, frame: "1m")]),"#)
    };
    format!(
        r#"Scenario(
            name: "agreement",
            clock: Bar("1m"),
            venues: [(
                name: "sim",
                fees: (maker_bps: {bps}, taker_bps: {bps}),
                fills: {fills},
                slippage: Bps({slippage:?}),
                {margin}
            )],
            symbols: [{symbols}],
            models: [SmaCross(fast: {fast}, slow: {slow})],
            accounts: [(
                name: "base",
                cash: {cash:?},
                policy: (size: Fraction({fraction:?}), side: {side}, {exits}),
            )],
            record: (equity: Step, prices: None),
        )"#,
        slippage = rules.slippage * 1e4,
        symbols = (0..symbols).map(symbol).collect::<String>(),
        fast = rules.fast,
        slow = rules.slow,
        cash = rules.cash,
        fraction = rules.fraction,
    )
}

fn ours(markets: &[Vec<Bar>], rules: &Rules) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (i, bars) in markets.iter().enumerate() {
        write_csv(&folder.path().join(format!("S{i}.csv")), bars);
    }
    let scenario = Scenario::from_ron(&scenario(folder.path(), markets.len(), rules));
    let setup = Setup { cache: folder.path().join("cache"), ..Setup::default() };
    let mut simulation = scenario.unwrap_or_else(|e| panic!("{e}")).build_with(&setup).unwrap();
    simulation.run().unwrap();
    simulation.finish().unwrap()
}

fn ledger(outcome: &Outcome) -> Ledger {
    use reference::Trade;
    let number = |name| floats(outcome, Table::Trades, name);
    let (entry_ts, exit_ts) =
        (times(outcome, Table::Trades, "entry_ts"), times(outcome, Table::Trades, "exit_ts"));
    let (symbol, side) = (words(outcome, Table::Trades, "symbol"), words(outcome, Table::Trades, "side"));
    let reason = words(outcome, Table::Trades, "reason");
    let [quantity, entry_price, exit_price, fees, pnl] =
        ["quantity", "entry_price", "exit_price", "fees", "pnl"].map(number);
    let known = ["signal", "stop_loss", "take_profit", "end_of_run"];
    let trade = |i: usize| Trade {
        symbol: symbol[i].trim_start_matches('S').parse().unwrap(),
        long: side[i] == "long",
        entry_ts: entry_ts[i],
        exit_ts: exit_ts[i],
        quantity: quantity[i],
        entry_price: entry_price[i],
        exit_price: exit_price[i],
        fees: fees[i],
        pnl: pnl[i],
        reason: known.into_iter().find(|k| *k == reason[i]).unwrap_or("another reason"),
    };
    let mut trades: Vec<Trade> = (0..symbol.len()).map(trade).collect();
    trades.sort_by_key(|t| (t.exit_ts, t.symbol));
    Ledger { trades, equity: floats(outcome, Table::Equity, "equity") }
}

fn near(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.max(a.abs()).max(b.abs())
}

/// Runs both, compares everything, and returns the reference's ledger for what a test wants to say beyond that.
fn agree(markets: &[Vec<Bar>], rules: &Rules) -> Ledger {
    let expected = reference::run(markets, rules);
    let outcome = ours(markets, rules);
    let got = ledger(&outcome);
    for (i, (g, e)) in got.trades.iter().zip(&expected.trades).enumerate() {
        let exact = |t: &reference::Trade| (t.symbol, t.long, t.entry_ts, t.exit_ts, t.reason);
        assert_eq!(exact(g), exact(e), "trade {i}: {g:?} for {e:?}");
        let value = e.quantity * e.entry_price;
        let same = near(g.quantity, e.quantity, 0.0)
            && near(g.entry_price, e.entry_price, 0.0)
            && near(g.exit_price, e.exit_price, 0.0)
            && near(g.fees, e.fees, 0.0)
            && near(g.pnl, e.pnl, value);
        assert!(same, "trade {i}: {g:?} for {e:?}");
    }
    assert_eq!(got.trades.len(), expected.trades.len(), "number of trades");
    assert_eq!(got.equity.len(), expected.equity.len(), "number of bars");
    for (i, (g, e)) in got.equity.iter().zip(&expected.equity).enumerate() {
        assert!(near(*g, *e, 0.0), "equity after bar {i}: {g} for {e}");
    }
    let account = &outcome.summary.accounts[0];
    let last = expected.equity.last().copied().unwrap_or(rules.cash);
    assert!(near(account.final_equity, last, 0.0) && account.trades == expected.trades.len() as u64);
    let profit: f64 = expected.trades.iter().map(|t| t.pnl).sum();
    assert!(near(rules.cash + profit, last, rules.cash), "the trades add up to the change of equity");
    expected
}
