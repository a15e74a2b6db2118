//! What is fixed about trading during a run, in dense form; and the prices at which positions are valued.

use manyworlds_components::instrument::Instrument;
use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Serialize};

use super::ExchangeModule;
use super::settings::{RiskLimits, VenueSettings};

/// Instruments, venues and limits by dense id. Never changes during a run.
#[derive(Debug, Clone)]
pub struct Terms {
    /// By symbol.
    pub instruments: Vec<Instrument>,
    /// By venue.
    pub venues: Vec<VenueSettings>,
    /// By account.
    pub risk: Vec<RiskLimits>,
    /// Number of accounts: holdings stand at `symbol * accounts + account`.
    pub accounts: usize,
    /// Recording interval of accounts.
    pub record_equity: Option<Frame>,
    /// Accounts are marked and recorded from this time on.
    pub trade_from: Timestamp,
    /// Whether any venue lends, so that margins have to be watched.
    pub any_margin: bool,
    /// Whether anything borrowed costs anything.
    pub any_borrow: bool,
    /// Whether any account has a drawdown limit.
    pub any_kill_switch: bool,
    /// Yearly rate on cash below 0: the highest of all venues.
    pub cash_rate: f64,
}

impl Terms {
    pub(super) fn new(module: &ExchangeModule, accounts: usize) -> Self {
        let venues = module.venues.clone();
        let cash_rate = venues.iter().map(|v| v.borrow.cash_rate).fold(0.0, f64::max);
        Self {
            instruments: module.instruments.clone(),
            risk: module.risk.clone(),
            accounts,
            record_equity: module.record_equity,
            trade_from: module.trade_from.unwrap_or(Timestamp::MIN),
            any_margin: venues.iter().any(|v| v.margin.is_some()),
            any_borrow: cash_rate > 0.0 || venues.iter().any(|v| v.borrow.short_rate > 0.0),
            any_kill_switch: module.risk.iter().any(|r| r.max_drawdown.is_some()),
            cash_rate,
            venues,
        }
    }

    /// The venue of a symbol.
    #[inline]
    pub fn venue(&self, symbol: usize) -> &VenueSettings {
        &self.venues[self.instruments[symbol].venue.index()]
    }

    /// Base units of signed lots of a symbol.
    #[inline]
    pub fn quantity(&self, symbol: usize, lots: i64) -> f64 {
        self.instruments[symbol].lot_size.to_f64(lots)
    }

    /// Equity that a position needs to be opened, as a share of its value; 1 where there is no margin.
    #[inline]
    pub fn initial_margin(&self, symbol: usize) -> f64 {
        self.venue(symbol).margin.map_or(1.0, |m| m.initial)
    }
}

/// The price at which the exchange values each symbol, and how many accounts hold it.
///
/// It equals the last price between steps, but within a step it moves only after the events of one instant have
/// been matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// By symbol, in quote units; 0 until the first event.
    pub prices: Vec<f64>,
    /// By symbol: number of accounts with a position.
    pub holders: Vec<u32>,
    /// Number of holdings with a position, over all symbols.
    pub open_positions: u32,
}

impl Marks {
    pub(super) fn new(symbols: usize) -> Self {
        Self { prices: vec![0.0; symbols], holders: vec![0; symbols], open_positions: 0 }
    }
}
