//! What two branches traded differently: their orders and executions, matched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Float64Type, Int32Type, TimestampNanosecondType};
use manyworlds_components::forecast::Action;

use super::locate::prepared;
use super::{DiffCounts, DiffRow, DivergenceError, TradeDiff, Traded};
use crate::output::{Sink, Table};
use crate::plan::Branch;
use crate::run::{PrepareError, Setup, Simulation};
use crate::scenario::schema::record::{DecisionRecord, EquityRecord, RecordSettings};

/// What is the same thing in two branches: when, an order before an execution, whose, of what, which side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    ts: i64,
    kind: Kind,
    account: String,
    symbol: String,
    side: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Order,
    Fill,
}

/// Everything that a branch traded; of one key in order.
type Ledger = BTreeMap<Key, Vec<Traded>>;

/// Runs two branches and matches what they ordered and what was executed: rows of the same time, account, symbol and side are
/// the same row. An order is a decision that was acted on; brackets and other orders of the venue show as executions.
///
/// # Errors
/// A branch without a scenario, or that cannot be run.
pub fn trade_diff(a: &Branch, b: &Branch, setup: &Setup) -> Result<TradeDiff, DivergenceError> {
    let (one, other) = rayon::join(|| traded(a, setup), || traded(b, setup));
    Ok(diff(&a.name, &b.name, one?, other?))
}

/// Runs a branch alone.
fn traded(branch: &Branch, setup: &Setup) -> Result<Ledger, DivergenceError> {
    let mut branch = branch.clone();
    if let Ok(scenario) = &mut branch.scenario {
        // Only what is traded is wanted.
        scenario.record = RecordSettings {
            equity: EquityRecord::Off,
            features: Vec::new(),
            decisions: DecisionRecord::None,
            prices: None,
            annotations: false,
            feature_samples: 0,
        };
    }
    let plan = prepared(&branch, setup)?;
    let failed = |reason: String| DivergenceError::Branch { name: branch.name.clone(), reason };
    let lots: BTreeMap<String, f64> =
        plan.scenario.symbols.iter().map(|s| (s.symbol.clone(), s.lot_size.value())).collect();
    let made = Simulation::new(Arc::new(plan), |_| Ok::<_, PrepareError>(Sink::memory()), Instant::now());
    let mut simulation = made.map_err(|e| failed(e.to_string()))?;
    let orders = Arc::new(Mutex::new(Ledger::new()));
    let heard = orders.clone();
    simulation.on_decision(move |view| {
        let d = view.decision;
        if d.action == Action::Hold {
            return;
        }
        let change = (d.target.0 - d.position.0) as f64 * lots.get(view.symbol).copied().unwrap_or(1.0);
        let side = if change < 0.0 { "sell" } else { "buy" };
        let key = key(d.ts.0, Kind::Order, view.account, view.symbol, side);
        let row = Traded { quantity: change.abs(), price: Some(d.price), fee: None };
        heard.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().push(row);
    });
    simulation.run()?;
    let outcome = simulation.finish()?;
    let mut ledger = std::mem::take(&mut *orders.lock().unwrap_or_else(PoisonError::into_inner));
    for batch in outcome.tables.get(&Table::Fills).into_iter().flatten() {
        add_fills(&mut ledger, batch).ok_or_else(|| failed("its fills are not a table of fills".into()))?;
    }
    Ok(ledger)
}

fn key(ts: i64, kind: Kind, account: &str, symbol: &str, side: &str) -> Key {
    Key { ts, kind, account: account.to_owned(), symbol: symbol.to_owned(), side: side.to_owned() }
}

fn add_fills(ledger: &mut Ledger, batch: &RecordBatch) -> Option<()> {
    let ts = batch.column_by_name("ts")?.as_primitive_opt::<TimestampNanosecondType>()?;
    let number = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Float64Type>();
    let word = |name: &str, row: usize| -> Option<String> {
        let words = batch.column_by_name(name)?.as_dictionary_opt::<Int32Type>()?;
        let text = words.values().as_string_opt::<i32>()?;
        Some(text.value(words.keys().value(row) as usize).to_owned())
    };
    let (quantity, price, fee) = (number("quantity")?, number("price")?, number("fee")?);
    for row in 0..ts.len() {
        let (account, symbol, side) = (word("account", row)?, word("symbol", row)?, word("side", row)?);
        let traded = Traded {
            quantity: quantity.value(row),
            price: Some(price.value(row)),
            fee: Some(fee.value(row)),
        };
        let key = key(ts.value(row), Kind::Fill, &account, &symbol, &side);
        ledger.entry(key).or_default().push(traded);
    }
    Some(())
}

fn diff(a: &str, b: &str, mut one: Ledger, mut other: Ledger) -> TradeDiff {
    let mut made = TradeDiff {
        a: a.to_owned(),
        b: b.to_owned(),
        orders: DiffCounts::default(),
        fills: DiffCounts::default(),
        rows: Vec::new(),
    };
    let mut keys: Vec<Key> = one.keys().chain(other.keys()).cloned().collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (mine, theirs) = (one.remove(&key).unwrap_or_default(), other.remove(&key).unwrap_or_default());
        for at in 0..mine.len().max(theirs.len()) {
            let (a, b) = (mine.get(at).copied(), theirs.get(at).copied());
            let (kind, counts) = match key.kind {
                Kind::Order => ("order", &mut made.orders),
                Kind::Fill => ("fill", &mut made.fills),
            };
            match (a, b) {
                (Some(a), Some(b)) if a == b => {
                    counts.same += 1;
                    continue;
                }
                (Some(_), Some(_)) => counts.differing += 1,
                (Some(_), None) => counts.only_a += 1,
                (None, _) => counts.only_b += 1,
            }
            made.rows.push(DiffRow {
                ts: key.ts,
                kind: kind.to_owned(),
                account: key.account.clone(),
                symbol: key.symbol.clone(),
                side: key.side.clone(),
                a,
                b,
            });
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(rows: &[(i64, Kind, &str, f64)]) -> Ledger {
        let mut made = Ledger::new();
        for (ts, kind, side, quantity) in rows {
            let row = Traded { quantity: *quantity, price: Some(10.0), fee: None };
            made.entry(key(*ts, *kind, "base", "BTC", side)).or_default().push(row);
        }
        made
    }

    #[test]
    fn rows_are_matched_by_time_and_side() {
        use Kind::{Fill, Order};
        let one = ledger(&[(1, Order, "buy", 2.0), (1, Fill, "buy", 2.0), (5, Fill, "sell", 2.0)]);
        let other = ledger(&[
            (1, Order, "buy", 2.0),
            (1, Fill, "buy", 1.0),
            (1, Fill, "buy", 1.0),
            (5, Fill, "buy", 2.0),
        ]);
        let made = diff("a", "b", one, other);
        assert_eq!(made.orders, DiffCounts { same: 1, ..DiffCounts::default() });
        assert_eq!(made.fills, DiffCounts { same: 0, differing: 1, only_a: 1, only_b: 2 });
        let seen: Vec<_> =
            made.rows.iter().map(|r| (r.ts, r.side.as_str(), r.a.is_some(), r.b.is_some())).collect();
        let expected = [
            (1, "buy", true, true),
            (1, "buy", false, true),
            (5, "buy", false, true),
            (5, "sell", true, false),
        ];
        assert_eq!(seen, expected);
    }
}
