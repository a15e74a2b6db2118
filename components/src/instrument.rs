//! What is fixed about a tradable instrument.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::ids::VenueId;
use crate::price::{Lots, Step, Ticks};

/// A tradable instrument on one venue. Immutable during a run.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct Instrument {
    /// The symbol as the venue writes it, e.g. `BTCUSDT`.
    pub symbol: String,
    /// The venue that it trades on.
    pub venue: VenueId,
    /// What is bought, e.g. `BTC`.
    pub base: String,
    /// What it is paid in, e.g. `USDT`.
    pub quote: String,
    /// Smallest price increment, in quote units.
    pub tick_size: Step,
    /// Smallest quantity increment, in base units.
    pub lot_size: Step,
}

impl Instrument {
    /// A price in quote units.
    #[inline]
    pub fn price(&self, ticks: Ticks) -> f64 {
        self.tick_size.to_f64(ticks.0)
    }

    /// The nearest tick to a price in quote units.
    #[inline]
    pub fn ticks(&self, price: f64) -> Ticks {
        Ticks(self.tick_size.round(price))
    }

    /// A quantity in base units.
    #[inline]
    pub fn quantity(&self, lots: Lots) -> f64 {
        self.lot_size.to_f64(lots.0)
    }

    /// The lots that a quantity in base units buys, rounded towards zero.
    #[inline]
    pub fn lots(&self, quantity: f64) -> Lots {
        Lots(if quantity < 0.0 { -self.lot_size.floor(-quantity) } else { self.lot_size.floor(quantity) })
    }
}
