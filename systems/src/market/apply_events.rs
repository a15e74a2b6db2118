//! The system that applies a step's events to the market state.

use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::market::{LastPrice, MarketData, MarketEvent};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Clock, ColumnMut, EventQueue, Shared};

/// Applies the step's events in order: the last price moves, bars of the series' frame (or coarser) are added as
/// they are, finer bars and prints are built up, and every frame that has ended is closed.
///
/// Prints are put into bars by the time at which we learned of them, so that no bar changes after it was seen.
#[inline]
pub fn apply_events(
    clock: Shared<'_, Clock>,
    queue: Shared<'_, EventQueue>,
    mut prices: ColumnMut<'_, LastPrice>,
    mut builders: ColumnMut<'_, BarBuilder>,
    mut series: ColumnMut<'_, BarSeries>,
) {
    let mut prints = Prints::new(clock.step, &mut prices, &mut builders, &mut series);
    for event in queue.events() {
        if event.is_own_print() {
            prints.add(event);
        }
    }
    prints.close(&clock);
}

/// What prints and bars leave on symbols, by symbol.
pub(crate) struct Prints<'a> {
    step: u64,
    prices: &'a mut [LastPrice],
    builders: &'a mut [BarBuilder],
    series: &'a mut [BarSeries],
    /// Whether a builder was fed in this step.
    building: bool,
}

impl<'a> Prints<'a> {
    #[inline]
    pub fn new(
        step: u64,
        prices: &'a mut [LastPrice],
        builders: &'a mut [BarBuilder],
        series: &'a mut [BarSeries],
    ) -> Self {
        Self { step, prices, builders, series, building: false }
    }

    /// Adds a trade or bar of the symbol's own venue.
    #[inline]
    pub fn add(&mut self, event: &MarketEvent) {
        let row = event.symbol.index();
        match &event.data {
            MarketData::Bar(bar) => {
                let frame = self.builders[row].frame();
                self.set_price(row, bar.close, event.ts_recv);
                if bar.close_time - bar.open_time >= frame.nanos() {
                    self.series[row].push(bar, self.step);
                    return;
                }
                self.building = true;
                if let Some(bar) = self.builders[row].add_bar(bar) {
                    self.series[row].push(&bar, self.step);
                }
            }
            MarketData::Trade(trade) => self.add_price(row, trade.price, trade.quantity, event.ts_recv),
            _ => {}
        }
    }

    /// Adds a price at which `quantity` was dealt: 0 for a mid.
    #[inline]
    pub fn add_price(&mut self, row: usize, price: f64, quantity: f64, ts_recv: Timestamp) {
        self.set_price(row, price, ts_recv);
        self.building = true;
        if let Some(bar) = self.builders[row].add_trade(ts_recv, price, quantity) {
            self.series[row].push(&bar, self.step);
        }
    }

    #[inline]
    fn set_price(&mut self, row: usize, price: f64, ts_recv: Timestamp) {
        let last = &mut self.prices[row];
        last.price = price;
        last.ts_recv = ts_recv;
        last.events += 1;
    }

    /// Closes every frame that has ended.
    #[inline]
    pub fn close(self, clock: &Clock) {
        // A builder holds an open bar only if it was fed; bar replays of the right frame never come here.
        if self.building || self.builders.iter().any(BarBuilder::is_open) {
            // With more events of this very time to come, nothing that ends now is over yet.
            let ended = if clock.next == Some(clock.now) { clock.now + -1 } else { clock.now };
            for (builder, series) in self.builders.iter_mut().zip(self.series.iter_mut()) {
                if let Some(bar) = builder.close_until(ended) {
                    series.push(&bar, self.step);
                }
            }
        }
    }
}
