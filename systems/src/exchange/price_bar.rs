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
            // Of bars that contradict themselves, and were flagged and kept, every price was one: the range holds all four.
            MarketData::Bar(bar) => Self {
                open_time: bar.open_time,
                close_time: bar.close_time,
                open: level(bar.open),
                high: level(bar.high.max(bar.open).max(bar.close).max(bar.low)),
                low: level(bar.low.min(bar.open).min(bar.close).min(bar.high)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_components::ids::SymbolId;
    use manyworlds_components::time::Frame;

    #[test]
    fn a_bar_that_contradicts_itself_ranges_over_all_that_it_says() {
        let bar = Bar::new(Timestamp(0), Frame::MINUTE, [100.0, 1.0, 98.0, 99.0, 5.0]);
        let event = MarketEvent::primary(bar.close_time, bar.close_time, SymbolId(0), MarketData::Bar(bar));
        let bar = PriceBar::new(&event, Step::new(0.01).unwrap()).unwrap();
        assert_eq!((bar.low.price, bar.high.price), (1.0, 100.0));
        assert_eq!((bar.open.price, bar.close.price), (100.0, 99.0));
    }
}
