//! What a market tells us: the events that Ingest applies, and the last state that they leave on a symbol.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::book_event::{BookSignal, DepthUpdate, OrderUpdate, Quote};
use crate::ids::{ListingId, SymbolId};
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
    /// A price level of a book has a new size (L2).
    Depth(DepthUpdate),
    /// The best bid and ask of a book (L1).
    Quote(Quote),
    /// An order of a book has changed (L3).
    Order(OrderUpdate),
    /// The feed of a book, or its market, begins anew, is broken, stops or goes on.
    Signal(BookSignal),
}

impl MarketData {
    /// Order among events of one instant: trades before what they leave in the book, lest queues shrink twice, and both
    /// before bars, so that a bar never precedes its own prints.
    #[inline]
    pub fn priority(&self) -> u8 {
        match self {
            Self::Trade(_) => 0,
            Self::Depth(_) | Self::Quote(_) | Self::Order(_) | Self::Signal(_) => 1,
            Self::Bar(_) => 2,
        }
    }

    /// Whether it is a trade or a bar: something that was dealt at a price.
    #[inline]
    pub fn is_print(&self) -> bool {
        matches!(self, Self::Trade(_) | Self::Bar(_))
    }

    /// Whether it says something about an order book.
    #[inline]
    pub fn is_book(&self) -> bool {
        !self.is_print()
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
    /// Where it happened: the symbol's primary listing, or one on a further venue.
    pub listing: ListingId,
    /// What happened.
    pub data: MarketData,
}

impl MarketEvent {
    /// An event of the symbol's primary listing.
    pub fn primary(ts_recv: Timestamp, ts_event: Timestamp, symbol: SymbolId, data: MarketData) -> Self {
        Self { ts_recv, ts_event, symbol, listing: symbol.primary(), data }
    }

    /// Whether it happened on the symbol's own venue.
    #[inline]
    pub fn is_primary(&self) -> bool {
        self.listing.0 == self.symbol.0
    }

    /// Whether it is a trade or bar of the symbol's own venue: what its last price, its bars and fills on bars and prints
    /// follow. Further venues feed their books only.
    #[inline]
    pub fn is_own_print(&self) -> bool {
        self.is_primary() && self.data.is_print()
    }
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
