//! The books at the end of a run, against the tables that it stored.

use std::collections::BTreeMap;

use manyworlds_components::account::{Account, AccountTotals};
use manyworlds_components::position::Position;
use manyworlds_components::price::Step;
use manyworlds_engine::Kind;

use super::super::super::error::AuditError;
use super::super::super::finding::WrongBooks;
use super::Books;
use super::tables::for_each_row;
use crate::output::{OutputFolder, Table};
use crate::run::Simulation;

/// What the tables say of an account.
#[derive(Debug, Default)]
struct Told {
    fills: u64,
    /// Sum of signed value, of fees, and of unsigned value, by the fills.
    value: f64,
    fees: f64,
    turned_over: f64,
    /// Closed round trips and their gross profit, worked out from the fills.
    closed: u64,
    gross: f64,
    /// The same by the table of round trips, with the costs and profits of all of them.
    trades_closed: u64,
    trades_gross: f64,
    trades_costs: f64,
    trades_pnl: f64,
}

/// A position on its way, by its fills: signed lots, and what they have cost.
#[derive(Debug, Default, Clone, Copy)]
struct Holding {
    lots: i64,
    cost: f64,
    /// Profit of the round trip under way.
    realized: f64,
}

pub(super) fn check(
    simulation: &Simulation,
    folder: &OutputFolder,
    tolerance: f64,
    books: &mut Books,
) -> Result<(), AuditError> {
    let steps: BTreeMap<&str, Step> =
        simulation.plan().scenario.symbols.iter().map(|s| (s.symbol.as_str(), s.lot_size)).collect();
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    let mut holdings: BTreeMap<(String, String), Holding> = BTreeMap::new();
    for_each_row(
        &folder.table(Table::Fills),
        ["account", "symbol", "side"],
        ["quantity", "price", "fee"],
        |[account, symbol, side], [quantity, price, fee]| {
            let sign = if side == "buy" { 1 } else { -1 };
            let value = sign as f64 * quantity * price;
            let told = entry(&mut told, account);
            told.fills += 1;
            told.value += value;
            told.fees += fee;
            told.turned_over += quantity * price;
            let holding = holdings.entry((account.to_owned(), symbol.to_owned())).or_default();
            // Quantities are whole lots, so that positions are exact.
            let lots = steps.get(symbol).map_or(0.0, |lot| quantity / lot.to_f64(1)).round() as i64;
            if let Some(gross) = holding.book(sign * lots, value) {
                told.closed += 1;
                told.gross += gross;
            }
        },
    )?;
    for_each_row(
        &folder.table(Table::Trades),
        ["account", "reason"],
        ["pnl", "fees"],
        |[account, reason], [pnl, fees]| {
            let told = entry(&mut told, account);
            told.trades_pnl += pnl;
            told.trades_costs += fees;
            if reason != "end_of_run" {
                told.trades_closed += 1;
                told.trades_gross += pnl + fees;
            }
        },
    )?;
    hold(simulation, tolerance, &told, &holdings, books);
    Ok(())
}

fn entry<'t>(told: &'t mut BTreeMap<String, Told>, account: &str) -> &'t mut Told {
    if !told.contains_key(account) {
        told.insert(account.to_owned(), Told::default());
    }
    told.entry(account.to_owned()).or_default()
}

impl Holding {
    /// Books signed lots of a signed value; gives the gross profit of the round trip that they end, if they end one. A flip
    /// ends one and begins the next. Profit is worked out at average cost.
    fn book(&mut self, lots: i64, value: f64) -> Option<f64> {
        if self.lots.signum() * lots.signum() >= 0 {
            self.lots += lots;
            self.cost += value;
            return None;
        }
        let closing = lots.abs().min(self.lots.abs()) * lots.signum();
        let closed_value = value * (closing as f64 / lots as f64);
        let closed_cost = self.cost * (-closing as f64 / self.lots as f64);
        self.realized -= closed_value + closed_cost;
        self.lots += closing;
        self.cost -= closed_cost;
        if self.lots != 0 {
            return None;
        }
        let ended = self.realized;
        *self = Self { lots: lots - closing, cost: value - closed_value, realized: 0.0 };
        Some(ended)
    }
}

/// Holds the accounts at the end against what the tables told.
fn hold(
    simulation: &Simulation,
    tolerance: f64,
    told: &BTreeMap<String, Told>,
    holdings: &BTreeMap<(String, String), Holding>,
    books: &mut Books,
) {
    let (roster, world) = (simulation.world().roster(), simulation.world().world());
    let nothing = Told::default();
    for (a, name) in roster.accounts.iter().enumerate() {
        let entity = roster.entities(Kind::Account)[a];
        let (Some(account), Some(totals)) =
            (world.get::<Account>(entity), world.get::<AccountTotals>(entity))
        else {
            continue;
        };
        let told = told.get(name).unwrap_or(&nothing);
        books.fills += told.fills;
        let size = account.initial_cash.abs().max(account.equity.abs()).max(told.turned_over);
        let mut hold = |equation, expected: f64, found: f64, allowed: f64, symbol: Option<&String>| {
            books.hold((expected, found), allowed, || WrongBooks {
                account: name.clone(),
                symbol: symbol.cloned(),
                equation,
                expected,
                found,
                step: None,
                ts: None,
            });
        };
        let money = tolerance * size;
        let cash = account.initial_cash - told.value - told.fees - totals.borrow;
        hold("cash at the end, by fills.parquet", cash, account.cash, money, None);
        hold("fees paid, by fills.parquet", told.fees, totals.fees, money, None);
        hold("number of fills, by fills.parquet", told.fills as f64, totals.fills as f64, 0.0, None);
        let borrow = told.trades_costs - told.fees;
        hold(
            "borrow cost, by trades.parquet beyond the fees of fills.parquet",
            borrow,
            totals.borrow,
            money,
            None,
        );
        hold("gross profit of closed round trips", told.gross, told.trades_gross, money, None);
        hold("number of closed round trips", told.closed as f64, told.trades_closed as f64, 0.0, None);
        let change = account.equity - account.initial_cash;
        hold("profits of all round trips = change of equity", told.trades_pnl, change, money, None);
        for (s, symbol) in roster.symbols.iter().enumerate() {
            let row = s * roster.accounts.len() + a;
            let Some(position) = world.get::<Position>(roster.entities(Kind::Holding)[row]) else { continue };
            let key = (name.clone(), symbol.clone());
            let lots = holdings.get(&key).map_or(0, |holding| holding.lots) as f64;
            hold(
                "position at the end in lots, by fills.parquet",
                lots,
                position.lots as f64,
                0.0,
                Some(symbol),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Books (lots, price) one after the other.
    fn gross(fills: &[(i64, f64)]) -> Vec<f64> {
        let mut holding = Holding::default();
        fills.iter().filter_map(|(lots, price)| holding.book(*lots, *lots as f64 * price)).collect()
    }

    #[test]
    fn round_trips_are_worked_out_from_fills() {
        assert_eq!(gross(&[(10, 100.0), (-10, 110.0)]), [100.0]);
        assert_eq!(gross(&[(-10, 100.0), (10, 110.0)]), [-100.0]);
        // In at 100 and 110, out in two parts, then a flip into a short that is closed at a profit.
        assert_eq!(gross(&[(10, 100.0), (10, 110.0), (-5, 120.0), (-25, 120.0), (10, 90.0)]), [300.0, 300.0]);
        assert!(gross(&[(10, 100.0), (-9, 110.0)]).is_empty());
    }
}
