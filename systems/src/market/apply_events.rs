//! The system that applies a step's events to the market state.

use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::market::{LastPrice, MarketData};
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
    let step = clock.step;
    let mut building = false;
    for event in queue.events() {
        let row = event.symbol.index();
        let (last, builder, series) = (&mut prices[row], &mut builders[row], &mut series[row]);
        last.ts_recv = event.ts_recv;
        last.events += 1;
        let finished = match &event.data {
            MarketData::Bar(bar) => {
                last.price = bar.close;
                if bar.close_time - bar.open_time >= builder.frame().nanos() {
                    series.push(bar, step);
                    continue;
                }
                builder.add_bar(bar)
            }
            MarketData::Trade(trade) => {
                last.price = trade.price;
                builder.add_trade(event.ts_recv, trade.price, trade.quantity)
            }
        };
        building = true;
        if let Some(bar) = finished {
            series.push(&bar, step);
        }
    }
    // A builder holds an open bar only if it was fed; bar replays of the right frame never come here.
    if building || builders.iter().any(BarBuilder::is_open) {
        // With more events of this very time to come, nothing that ends now is over yet.
        let ended = if clock.next == Some(clock.now) { clock.now + -1 } else { clock.now };
        for (builder, series) in builders.iter_mut().zip(series.iter_mut()) {
            if let Some(bar) = builder.close_until(ended) {
                series.push(&bar, step);
            }
        }
    }
}
