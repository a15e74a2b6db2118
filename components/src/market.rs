//! What a market tells us: the events that Ingest applies, and the last state that they leave on a symbol.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::ids::SymbolId;
use crate::side::AggressorSide;
use crate::time::Timestamp;

/// A public trade (print).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Price in quote units.
    pub price: f64,
    /// Quantity in base units.
    pub quantity: f64,
    /// Who took liquidity.
    pub aggressor: AggressorSide,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum MarketData {
    /// A public trade.
    Trade(Trade),
    /// A bar has closed.
    Bar(Bar),
}

impl MarketData {
    /// Order among events of one instant: trades before bars, so that a bar never precedes its own prints.
    #[inline]
    pub fn priority(&self) -> u8 {
        match self {
            Self::Trade(_) => 0,
            Self::Bar(_) => 2,
        }
    }
}

/// One event of one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MarketEvent {
    /// When we learn of it (local clock); the order of the simulation. For a bar: its close or later.
    pub ts_recv: Timestamp,
    /// When it happened at the venue.
    pub ts_event: Timestamp,
    /// Whose event it is.
    pub symbol: SymbolId,
    /// What happened.
    pub data: MarketData,
}

/// The last price of a symbol, from whichever event came last. NaN-free: `price` is 0 until `is_known`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct LastPrice {
    /// In quote units.
    pub price: f64,
    /// When we learned of it.
    pub ts_recv: Timestamp,
    /// Number of market events that the symbol has had; 0 means that the price is not known yet.
    pub events: u64,
}

impl LastPrice {
    /// Whether there has been an event.
    #[inline]
    pub fn is_known(&self) -> bool {
        self.events > 0
    }
}
