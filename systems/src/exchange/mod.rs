//! The simulated venue: orders that have arrived are matched against bars and prints, executions are booked, and
//! accounts are marked.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Ingest / Main | [`settle`](settle()) | the step's events | `ExchangeState`, `Position`, `OpenTrade`, `WorkingOrders`, `Account`, `AccountTotals`, journal |
//! | Decide / Late | [`submit_intents`] | `Intents`, `RiskLimits` | `ExchangeState`, `WorkingOrders`, `AccountTotals`, journal |
//!
//! In worlds with order books, [`book`] takes the place of `settle`.
//!
//! Where somebody intervenes with accounts ([`intervention`]), `act_on_accounts` (Decide / Early) is there, too.
//!
//! Orders of a decision at `t` arrive at `t` + latency and fill on nothing that began earlier. The exchange values
//! positions at its own [`Marks`], which move only after an event has been matched, so that no fill is sized with
//! a price of its own future.

mod accounting;
mod bar_matching;
pub mod book;
mod borrow;
mod execute;
mod fees;
mod floor;
mod funding;
pub mod intervention;
mod latency;
mod legs;
mod lifecycle;
mod margin;
mod mark;
mod match_orders;
mod orders;
mod price_bar;
mod risk;
pub mod settings;
mod settle;
mod sizing;
mod slippage;
mod submit;
mod terms;
#[cfg(test)]
mod tests;

use manyworlds_components::account::{Account, AccountTotals};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::order::WorkingOrders;
use manyworlds_components::own_orders::OwnOrders;
use manyworlds_components::position::{OpenTrade, Position};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Slot, Stage, untracked};

use crate::intents::Intents;
use crate::market::MarkRule;
use crate::stirred::Stirred;
pub use accounting::{gross_pnl, open_round_trips};
use book::{BookDesks, BookSymbols, post_orders, settle_books};
pub use floor::ExchangeState;
use floor::Hall;
pub use funding::FundingRate;
use intervention::{AccountActs, ExchangeInterventions};
pub use latency::{LatencyRow, LatencyStreams, LatencyTable};
pub use orders::{SymbolOrders, WorkingBook, WorkingOrder};
pub use risk::OrderRates;
use settings::{RiskLimits, VenueSettings};
pub use settle::settle;
pub use slippage::{ImpactWindows, square_root_impact};
pub use submit::submit_intents;
pub use terms::{Marks, Schedule, Terms};

/// The core module that simulates venues and keeps accounts.
#[derive(Debug, Clone)]
pub struct ExchangeModule {
    /// By venue.
    pub venues: Vec<VenueSettings>,
    /// By account.
    pub risk: Vec<RiskLimits>,
    /// What each account begins with, in quote units.
    pub cash: Vec<f64>,
    /// Accounts are recorded at the first step in each of these frames; `None`: at every step.
    pub record_equity: Option<Frame>,
    /// By symbol; each names its venue.
    pub instruments: Vec<Instrument>,
    /// Which draw of the random streams. Another one changes nothing else that is drawn from the seed.
    pub draws: u64,
    /// Accounts are marked and recorded from this time on. Nobody must trade before it; `None`: from the first step.
    pub trade_from: Option<Timestamp>,
    /// What happens to venues and accounts at given times.
    pub interventions: ExchangeInterventions,
    /// By symbol: what a symbol is marked at of whose own venue the order book is replayed, so that its orders are matched
    /// against it; `None` for the others and for those that are not there. Goes with
    /// [`BookWalk::Exchange`](crate::market::BookWalk).
    pub books: Vec<Option<MarkRule>>,
    /// Funding rates of perpetuals, in any order.
    pub funding: Vec<FundingRate>,
}

impl Module for ExchangeModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "exchange".to_owned(),
            purpose: "simulated venues: orders, fills, fees, margin, accounts".to_owned(),
            stages: vec![Stage::Ingest, Stage::Decide],
            ..ModuleInfo::default()
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        let (symbols, accounts) = (app.roster().symbols.len(), app.roster().accounts.len());
        app.constant(Kind::Venue, |i| self.venues[i].clone());
        app.constant(Kind::Account, |i| self.risk[i]);
        app.component(Kind::Account, |i| Account::new(self.cash[i]));
        app.component(Kind::Account, |_| AccountTotals::default());
        app.component(Kind::Holding, |_| Position::default());
        app.component(Kind::Holding, |_| OpenTrade::default());
        app.component(Kind::Holding, |_| WorkingOrders::default());

        app.scratch(Intents::default());
        app.scratch(Stirred::new(app.roster().count(Kind::Holding)));
        app.scratch(Hall { schedule: Box::new(Schedule::new(self, accounts)), buffers: Box::default() });
        let latency = match self.draws {
            0 => "latency".to_owned(),
            draw => format!("latency, draw {draw}"),
        };
        let streams = app.roster().symbols.iter().map(|s| app.stream(&latency, s)).collect();
        app.resource(ExchangeState {
            book: Box::new(WorkingBook::new(symbols)),
            marks: Box::new(Marks::new(symbols)),
            impact: Box::new(ImpactWindows::new(self)),
            rates: Box::new(OrderRates::new(&self.risk)),
            streams: Box::new(LatencyStreams::new(streams, accounts)),
        });

        if self.books.iter().any(Option::is_some) {
            let rules = (0..symbols).map(|s| self.books.get(s).copied().flatten()).collect();
            app.scratch(BookSymbols(rules));
            app.resource(BookDesks::new(symbols));
            app.component(Kind::Holding, |_| OwnOrders::default());
            app.add_systems_in(Stage::Ingest, Slot::Main, untracked(settle_books));
            app.add_systems_in(Stage::Decide, Slot::Last, untracked(post_orders));
        } else {
            app.add_systems_in(Stage::Ingest, Slot::Main, untracked(settle));
        }
        app.add_systems_in(Stage::Decide, Slot::Late, untracked(submit_intents));
        if !self.interventions.accounts.is_empty() {
            app.scratch(AccountActs::new(self.interventions.accounts.clone()));
            app.add_systems_in(Stage::Decide, Slot::Early, untracked(intervention::act_on_accounts));
        }
    }
}
