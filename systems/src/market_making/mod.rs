//! Accounts that make markets: quotes on both sides of a book, moved by what is held.
//!
//! | stage / slot | system | reads | writes |
//! |---|---|---|---|
//! | Decide / First | `quote` | `OrderBook`, `OwnOrders`, `Account`, `ImpactEstimate`; feature `microstructure.microprice` if asked for | `Intents`, [`MidVolatilities`] |
//!
//! At every multiple of its requote interval an account compares what it wants ([`wanted`]) with its orders as far as it has heard
//! of them ([`reconcile()`]): an order at its wanted tick stays and keeps its place in the queue, others are canceled, new ones are
//! post-only unless it says otherwise. While a book is crossed, gapped, halted or one-sided, and after the account was stopped, all
//! quotes are taken back. Nothing is remembered of quotes but by the exchange, so that there is nothing to fall out of step.
//!
//! Every quote is a decision in the journal (rule `quote`, with the price that it stands around, the shift by the position and the
//! half spread); taking quotes back without new ones is one (`withdraw`); looks that change nothing are journaled only where holds
//! are recorded (`quotes_stand`). Decisions of one symbol and account depend on the market and that account alone.

pub mod avellaneda_stoikov;
mod mid_volatility;
pub mod pricing;
mod quote;
pub mod reconcile;
pub mod settings;
#[cfg(test)]
mod tests;

use bevy_ecs::schedule::{IntoScheduleConfigs, SystemSet};
use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Slot, Stage, untracked};

use crate::intents::Intents;
pub use mid_volatility::MidVolatility;
pub use pricing::{Plan, wanted};
pub use quote::{MidVolatilities, Quoted, Quoters};
pub use reconcile::reconcile;
use settings::{FairPrice, QuoteRule};
pub use settings::{HalfSpread, MarketMakingSettings};

/// The feature that quotes around [`FairPrice::Microprice`] need.
pub const MICROPRICE: &str = "microstructure.microprice";

/// What quotes: other writers of intents in the same slot order themselves by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, SystemSet)]
pub struct QuoteSystems;

/// The core module of worlds in which an account makes markets.
#[derive(Debug, Clone, Default)]
pub struct MarketMakingModule {
    /// By account; `None` decides otherwise.
    pub accounts: Vec<Option<MarketMakingSettings>>,
    /// By symbol.
    pub instruments: Vec<Instrument>,
    /// By symbol: whether its own venue has an order book.
    pub books: Vec<bool>,
    /// By symbol: whether its venue lends.
    pub lends: Vec<bool>,
    /// Nobody quotes before this time; `None`: from the first step.
    pub trade_from: Option<Timestamp>,
    /// Whether looks that change nothing are recorded, too.
    pub record_holds: bool,
}

impl MarketMakingModule {
    /// Whether any account makes markets.
    pub fn is_wanted(&self) -> bool {
        self.accounts.iter().any(Option::is_some)
    }

    fn quoted(&self, symbol: usize, estimates: &mut usize) -> Quoted {
        let instrument = &self.instruments[symbol];
        let mut quoted = Quoted {
            symbol: SymbolId::from(symbol),
            instrument: instrument.clone(),
            half_lives: Vec::new(),
            plans: Vec::new(),
        };
        for (account, settings) in self.accounts.iter().enumerate() {
            let Some(settings) = settings else { continue };
            if !settings.symbols.is_empty() && !settings.symbols.contains(&instrument.symbol) {
                continue;
            }
            let estimate = match settings.quotes {
                QuoteRule::Skewed { .. } => None,
                QuoteRule::AvellanedaStoikov { half_life, .. } => {
                    let known = quoted.half_lives.iter().find(|h| h.0 == half_life.nanos()).map(|h| h.1);
                    Some(known.unwrap_or_else(|| {
                        quoted.half_lives.push((half_life.nanos(), *estimates));
                        *estimates += 1;
                        *estimates - 1
                    }))
                }
            };
            let plan = Plan::new(settings, instrument, self.lends[symbol]);
            quoted.plans.push((AccountId::from(account), plan, estimate));
        }
        quoted
    }
}

impl Module for MarketMakingModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "market_making".to_owned(),
            purpose: "accounts that quote both sides of order books".to_owned(),
            stages: vec![Stage::Decide],
            requires: vec!["market".to_owned(), "exchange".to_owned()],
            ..ModuleInfo::default()
        }
    }

    /// Refuses to be built where an account quotes a symbol that has no order book, or around a microprice that nobody offers.
    fn build(&self, app: &mut ModuleContext<'_>) {
        let mut quoters = Quoters {
            accounts: app.roster().count(Kind::Account),
            trade_from: self.trade_from.unwrap_or(Timestamp::MIN),
            record_holds: self.record_holds,
            ..Quoters::default()
        };
        for settings in self.accounts.iter().flatten() {
            for symbol in &settings.symbols {
                let row = self.instruments.iter().position(|i| i.symbol == *symbol);
                if !row.is_some_and(|row| self.books[row]) {
                    app.refuse(format!("`{symbol}` has no order book of its own venue to be quoted in"));
                }
            }
            if settings.around == FairPrice::Microprice {
                quoters.microprice = Some(app.want_feature(MICROPRICE));
                if app.schema().offset(MICROPRICE).is_none() {
                    app.refuse(format!("quotes around `Microprice` need the feature `{MICROPRICE}`"));
                }
            }
        }
        let mut estimates = 0;
        for symbol in (0..self.instruments.len()).filter(|s| self.books[*s]) {
            let quoted = self.quoted(symbol, &mut estimates);
            if !quoted.plans.is_empty() {
                quoters.symbols.push(quoted);
            }
        }
        if quoters.symbols.is_empty() && self.is_wanted() {
            app.refuse("no symbol has an order book of its own venue to be quoted in");
        }
        app.scratch(quoters);
        app.scratch(Intents::default());
        app.resource(MidVolatilities(vec![MidVolatility::default(); estimates]));
        app.add_systems_in(Stage::Decide, Slot::First, untracked(quote::quote).in_set(QuoteSystems));
    }
}
