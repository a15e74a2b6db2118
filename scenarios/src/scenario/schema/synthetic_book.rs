//! Synthetic order books: the settings of the generator, as a scenario writes them.

use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_systems::setting::Checker;
use serde::{Deserialize, Serialize};

use super::Scenario;
use super::symbol::SymbolSettings;
use crate::data::synthetic::book::{BookDetail, BookSpec, HawkesFlow, Outage};

/// A seeded synthetic order book with its trades, on the symbol's tick and lot grid, on one or several venues. Everything
/// has a default, so `SyntheticBook()` will do. Rates are per second and side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticBookSettings {
    /// The venues that the symbol is traded on; one of them must be its own. Default: its own only.
    pub venues: Vec<String>,
    /// When the books open. Default: the scenario's `from`, else 2024-01-01.
    #[serde(with = "super::time::option")]
    pub start: Option<Timestamp>,
    /// How long they last. Default: until the scenario's `to`, else `1h`.
    pub duration: Option<Frame>,
    /// Price around which they open, in quote units. Default 10,000.
    pub initial_price: f64,
    /// Size of every order, in base units. Default 0.1.
    pub order_size: f64,
    /// Limit orders at 1, 2, ... ticks from the other side's best price. Default: 1.85, 1.51, 1.09, 0.88, 0.77.
    pub limit_rates: Vec<f64>,
    /// Beyond the last of `limit_rates` they fall with the distance to this power. Default 0.52.
    pub limit_power: f64,
    /// Ticks from the other side's best price up to which limit orders come. Default 20.
    pub depth: u32,
    /// Cancels of one order at 1, 2, ... ticks; further away the last one. Default: 0.71, 0.81, 0.68, 0.56, 0.47.
    pub cancel_rates: Vec<f64>,
    /// Market orders that nothing has excited. Default 0.94.
    pub market_rate: f64,
    /// All rates are multiplied by this. Default 1.
    pub speed: f64,
    /// How market orders excite each other. Default: not at all.
    pub hawkes: HawkesFlow,
    /// How often two venues of which one bids more than the other asks are dealt against each other. Default 5.
    pub arbitrage_rate: f64,
    /// What the feeds tell beside trades: `levels`, `orders` or `quotes`. Default `levels`.
    pub detail: BookDetail,
    /// Times in which a feed is silent. Default: none.
    pub outages: Vec<Outage>,
    /// From an event to our knowledge of it, in milliseconds. Default 0.
    pub feed_latency_ms: f64,
}

impl Default for SyntheticBookSettings {
    fn default() -> Self {
        let spec = BookSpec::default();
        Self {
            venues: Vec::new(),
            start: None,
            duration: None,
            initial_price: spec.initial_price,
            order_size: spec.order_size,
            limit_rates: spec.limit_rates,
            limit_power: spec.limit_power,
            depth: spec.depth,
            cancel_rates: spec.cancel_rates,
            market_rate: spec.market_rate,
            speed: spec.speed,
            hawkes: spec.hawkes,
            arbitrage_rate: spec.arbitrage_rate,
            detail: spec.detail,
            outages: spec.outages,
            feed_latency_ms: spec.feed_latency_ms,
        }
    }
}

impl SyntheticBookSettings {
    /// What the generator is told: these settings on the symbol's grids, with the times that they leave open taken from the
    /// scenario.
    pub fn spec(&self, scenario: &Scenario, symbol: &SymbolSettings) -> BookSpec {
        let spec = self.on(symbol.tick_size, symbol.lot_size);
        let start = self.start.or(scenario.from).unwrap_or(spec.start);
        let rest = scenario.to.and_then(|to| Frame::from_nanos(to - start));
        BookSpec { start, duration: self.duration.or(rest).unwrap_or(spec.duration), ..spec }
    }

    /// The venues of its feeds; `None` is the symbol's own.
    pub fn venues(&self) -> Vec<Option<&str>> {
        match &self.venues[..] {
            [] => vec![None],
            venues => venues.iter().map(|venue| Some(venue.as_str())).collect(),
        }
    }

    fn on(&self, tick_size: Step, lot_size: Step) -> BookSpec {
        let defaults = BookSpec::default();
        BookSpec {
            start: self.start.unwrap_or(defaults.start),
            duration: self.duration.unwrap_or(defaults.duration),
            initial_price: self.initial_price,
            order_size: self.order_size,
            limit_rates: self.limit_rates.clone(),
            limit_power: self.limit_power,
            depth: self.depth,
            cancel_rates: self.cancel_rates.clone(),
            market_rate: self.market_rate,
            speed: self.speed,
            hawkes: self.hawkes,
            arbitrage_rate: self.arbitrage_rate,
            detail: self.detail,
            outages: self.outages.clone(),
            feed_latency_ms: self.feed_latency_ms,
            tick_size,
            lot_size,
        }
    }

    /// Reports the first setting that is out of range.
    pub(super) fn check(&self, tick_size: Step, lot_size: Step, c: &mut Checker) {
        if let Err(error) = self.on(tick_size, lot_size).validate(self.venues().len()) {
            c.require(&error.field, error.value, false, &error.expected);
        }
        for (i, venue) in self.venues.iter().enumerate() {
            let again = self.venues[..i].contains(venue);
            c.require(&format!("venues[{i}]"), venue, !again, "another venue than those before");
        }
    }
}
