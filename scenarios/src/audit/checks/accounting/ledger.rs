//! Books that are kept from the fills of the journal alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use manyworlds_components::account::{Account, AccountTotals};
use manyworlds_components::fill::Fill;
use manyworlds_components::market::LastPrice;
use manyworlds_components::position::Position;
use manyworlds_engine::{Journal, Kind, Recorder, Roster, Simulation as World};

use super::super::super::finding::WrongBooks;
use super::Books;
use crate::output::TableRecorder;

/// Cash and lots by the fills.
#[derive(Debug)]
pub(super) struct Ledger {
    /// By account: signed value of its fills, and their fees.
    paid: Vec<(f64, f64)>,
    /// By account: all value that changed hands, which rounding errors grow with.
    turned_over: Vec<f64>,
    /// By holding.
    lots: Vec<i64>,
    accounts: usize,
}

impl Ledger {
    pub fn new(world: &World) -> Self {
        let roster = world.roster();
        let accounts = roster.accounts.len();
        let lots = vec![0; roster.count(Kind::Holding)];
        Self { paid: vec![(0.0, 0.0); accounts], turned_over: vec![0.0; accounts], lots, accounts }
    }

    fn book(&mut self, fill: &Fill) {
        let account = fill.account.index();
        let value = fill.quantity * fill.price;
        let paid = &mut self.paid[account];
        *paid = (paid.0 + fill.side.sign() as f64 * value, paid.1 + fill.fee);
        self.turned_over[account] += value;
        self.lots[fill.symbol.index() * self.accounts + account] += fill.side.sign() * fill.lots.0;
    }

    /// Compares the world's own books with these, after a step.
    pub fn check(&self, world: &World, tolerance: f64, books: &mut Books) {
        let (roster, ecs, clock) = (world.roster(), world.world(), world.clock());
        let wrong = |account: usize, symbol: Option<usize>, equation| WrongBooks {
            account: roster.accounts[account].clone(),
            symbol: symbol.map(|s| roster.symbols[s].clone()),
            equation,
            expected: 0.0,
            found: 0.0,
            step: Some(clock.step),
            ts: Some(clock.now.to_string()),
        };
        let holdings = roster.entities(Kind::Holding);
        let prices: Vec<f64> = roster
            .entities(Kind::Symbol)
            .iter()
            .map(|s| ecs.get::<LastPrice>(*s).map_or(0.0, |last| last.price))
            .collect();
        let mut value = vec![0.0; self.accounts];
        for (row, (lots, entity)) in self.lots.iter().zip(holdings).enumerate() {
            let Some(position) = ecs.get::<Position>(*entity) else { continue };
            let (symbol, account) = (row / self.accounts, row % self.accounts);
            value[account] += position.quantity * prices[symbol];
            books.hold((*lots as f64, position.lots as f64), 0.0, || {
                wrong(account, Some(symbol), "position in lots = sum of signed fills")
            });
        }
        for (a, entity) in roster.entities(Kind::Account).iter().enumerate() {
            let Some(account) = ecs.get::<Account>(*entity) else { continue };
            let borrow = ecs.get::<AccountTotals>(*entity).map_or(0.0, |totals| totals.borrow);
            let cash = account.initial_cash - self.paid[a].0 - self.paid[a].1 - borrow;
            let allowed = tolerance * account.initial_cash.abs().max(cash.abs()).max(self.turned_over[a]);
            books.hold((cash, account.cash), allowed, || {
                wrong(a, None, "cash = initial cash - value of fills - fees - borrow cost")
            });
            books.hold((account.cash + value[a], account.equity), allowed, || {
                wrong(a, None, "equity = cash + positions at the last prices")
            });
        }
    }
}

/// Passes the journal on to the tables, and keeps the ledger.
pub(super) struct Tee {
    tables: TableRecorder,
    ledger: SharedLedger,
}

/// The ledger, shared with whoever checks it.
#[derive(Clone)]
pub(super) struct SharedLedger(Arc<Mutex<Ledger>>);

impl SharedLedger {
    pub fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tee {
    pub fn new(tables: TableRecorder, ledger: Ledger) -> Self {
        Self { tables, ledger: SharedLedger(Arc::new(Mutex::new(ledger))) }
    }

    pub fn ledger(&self) -> SharedLedger {
        self.ledger.clone()
    }
}

impl Recorder for Tee {
    fn record(
        &mut self,
        journal: &Journal,
        roster: &Roster,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut ledger = self.ledger.lock();
        journal.fills.iter().for_each(|fill| ledger.book(fill));
        drop(ledger);
        self.tables.record(journal, roster)
    }
}
