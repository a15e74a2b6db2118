//! Accounts that work one large order in slices: TWAP, VWAP, or the trajectory of Almgren and Chriss.
//!
//! | stage / slot | system | reads | writes |
//! |---|---|---|---|
//! | Decide / First | `execute` | `Position`, `WorkingOrders`, with books `OrderBook` and `OwnOrders`; `LastPrice`, `BarSeries`, `ImpactEstimate` | `Intents`, [`ParentOrders`] |
//!
//! At the beginning the price is noted (the arrival price) and the whole cut into lots per slice, which add up to it. One order is
//! under way at a time; what a slice leaves undone is bought or sold at the market before the next begins, and what is left at the
//! end is worked until it is done. Implementation shortfall against the arrival price is in the summary of a run.
//!
//! A. F. Perold, "The implementation shortfall: paper versus reality", Journal of Portfolio Management 14 (1988).

pub mod almgren_chriss;
mod execute;
pub mod schedule;
pub mod settings;
#[cfg(test)]
mod tests;
mod volume_profile;

use bevy_ecs::schedule::IntoScheduleConfigs;
use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Slot, Stage, untracked};

use crate::intents::Intents;
use crate::market_making::QuoteSystems;
pub use execute::{Executors, ParentOrder, ParentOrders, ParentPlan};
pub use settings::ExecutionSettings;
use settings::{ScheduleRule, VolumeProfile};
pub use volume_profile::VolumeByTime;

/// The core module of worlds in which an account works a parent order.
#[derive(Debug, Clone, Default)]
pub struct ExecutionModule {
    /// By account; `None` decides otherwise.
    pub accounts: Vec<Option<ExecutionSettings>>,
    /// By symbol.
    pub instruments: Vec<Instrument>,
    /// By symbol: whether its own venue has an order book.
    pub books: Vec<bool>,
    /// Nobody trades before this time; `None`: from the first step.
    pub trade_from: Option<Timestamp>,
}

impl ExecutionModule {
    /// Whether any account works an order.
    pub fn is_wanted(&self) -> bool {
        self.accounts.iter().any(Option::is_some)
    }
}

impl Module for ExecutionModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "execution".to_owned(),
            purpose: "accounts that work one large order in slices".to_owned(),
            stages: vec![Stage::Decide],
            requires: vec!["market".to_owned(), "exchange".to_owned()],
            lookback: 1,
            ..ModuleInfo::default()
        }
    }

    /// Refuses to be built where a symbol is not there, none is named and there are several, or an order is less than a lot.
    fn build(&self, app: &mut ModuleContext<'_>) {
        let mut executors = Executors {
            accounts: app.roster().count(Kind::Account),
            trade_from: self.trade_from.unwrap_or(Timestamp::MIN),
            ..Executors::default()
        };
        let mut orders = ParentOrders::default();
        for (account, settings) in self.accounts.iter().enumerate() {
            let Some(settings) = settings else { continue };
            let row = match &settings.symbol {
                Some(name) => self.instruments.iter().position(|i| i.symbol == *name),
                None => (self.instruments.len() == 1).then_some(0),
            };
            let Some(row) = row else {
                app.refuse("an execution account names a symbol of the run, or there is only one".to_owned());
                continue;
            };
            let (symbol, instrument) = (SymbolId::from(row), self.instruments[row].clone());
            let lots = instrument.lots(settings.quantity).0;
            if lots < 1 {
                app.refuse(format!("{} of `{}` is less than a lot", settings.quantity, instrument.symbol));
                continue;
            }
            let volumes = match &settings.schedule {
                ScheduleRule::Vwap { profile: VolumeProfile::Learned { bucket, half_life_days } } => {
                    let fresh = (symbol, VolumeByTime::new(*bucket, *half_life_days));
                    let known = orders.volumes.iter().position(|known| *known == fresh);
                    Some(known.unwrap_or_else(|| {
                        orders.volumes.push(fresh);
                        orders.volumes.len() - 1
                    }))
                }
                _ => None,
            };
            let account = AccountId::from(account);
            let (settings, has_book) = (settings.clone(), self.books[row]);
            let plan = ParentPlan { account, symbol, instrument, settings, has_book, lots, volumes };
            executors.parents.push(plan);
            orders.parents.push(ParentOrder::default());
        }
        app.scratch(executors);
        app.scratch(Intents::default());
        app.resource(orders);
        // Both write intents: in this order.
        app.add_systems_in(Stage::Decide, Slot::First, untracked(execute::execute).after(QuoteSystems));
    }
}
