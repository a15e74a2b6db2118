//! A bar as the matching sees it: every price as it is, and as the ticks that lie just below and above.

use manyworlds_components::bar::Bar;
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::Step;
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;

/// A price in quote units with the ticks around it. Data may lie off the tick grid (adjusted or synthetic
/// prices); comparisons with an order's ticks are then exact all the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// In quote units.
    pub price: f64,
    /// The smallest tick that is not below it.
    pub up: i64,
    /// The largest tick that is not above it.
    pub down: i64,
}

impl Level {
    /// A price on the grid of `tick`.
    pub fn new(price: f64, tick: Step) -> Self {
        Self { price, up: tick.ceil(price), down: tick.floor(price) }
    }

    /// Whether a limit order at `limit` may trade here: at its price or better.
    #[inline]
    pub fn satisfies_limit(self, side: Side, limit: i64) -> bool {
        match side {
            Side::Buy => self.up <= limit,
            Side::Sell => self.down >= limit,
        }
    }

    /// Whether a stop wakes here: at its trigger or beyond.
    #[inline]
    pub fn reaches_stop(self, side: Side, trigger: i64) -> bool {
        match side {
            Side::Buy => self.down >= trigger,
            Side::Sell => self.up <= trigger,
        }
    }
}

/// A bar or a print, ready to be matched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceBar {
    /// When it began.
    pub open_time: Timestamp,
    /// When it ended.
    pub close_time: Timestamp,
    /// First price.
    pub open: Level,
    /// Highest price.
    pub high: Level,
    /// Lowest price.
    pub low: Level,
    /// Last price.
    pub close: Level,
    /// In base units.
    pub volume: f64,
    /// Whether it is a single print: a bar without a range.
    pub print: bool,
    /// The price grid.
    pub tick: Step,
}

impl PriceBar {
    /// A bar or trade on the grid of its symbol; `None` for what says something of a book.
    pub fn new(event: &MarketEvent, tick: Step) -> Option<Self> {
        let level = |price| Level::new(price, tick);
        Some(match &event.data {
            MarketData::Bar(bar) => Self {
                open_time: bar.open_time,
                close_time: bar.close_time,
                open: level(bar.open),
                high: level(bar.high),
                low: level(bar.low),
                close: level(bar.close),
                volume: bar.volume,
                print: false,
                tick,
            },
            MarketData::Trade(trade) => {
                let price = level(trade.price);
                Self {
                    open_time: event.ts_event,
                    close_time: event.ts_event,
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: trade.quantity,
                    print: true,
                    tick,
                }
            }
            _ => return None,
        })
    }

    /// The highest price for a buy, the lowest for a sell.
    #[inline]
    pub fn worst(&self, side: Side) -> Level {
        match side {
            Side::Buy => self.high,
            Side::Sell => self.low,
        }
    }

    /// The lowest price for a buy, the highest for a sell.
    #[inline]
    pub fn best(&self, side: Side) -> Level {
        self.worst(side.opposite())
    }
}

/// Low, high, last price and volume of a bar or trade of the symbol's own venue; `None` for any other event.
#[inline]
pub fn extremes(event: &MarketEvent) -> Option<(f64, f64, f64, f64)> {
    match &event.data {
        _ if !event.is_primary() => None,
        MarketData::Bar(Bar { low, high, close, volume, .. }) => Some((*low, *high, *close, *volume)),
        MarketData::Trade(trade) => Some((trade.price, trade.price, trade.price, trade.quantity)),
        _ => None,
    }
}
