//! The system that builds the bars of all frames and measures their trends.

use manyworlds_components::bar::Bar;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::frame_series::FrameSeries;
use manyworlds_components::market::MarketData;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Clock, Column, ColumnMut, EventQueue, Feeds, Shared};

use super::timeframes::{TimeframeRule, Timeframes};

/// Puts the step's events into the frames of their symbols, closes what has ended, and measures the trends of the
/// symbols that got a bar. Every bar goes through the moving averages, however many a step closes.
///
/// As the market does, it puts prints into bars by the time at which we learned of them.
pub fn update_timeframes(
    clock: Shared<'_, Clock>,
    queue: Shared<'_, EventQueue>,
    feeds: Shared<'_, Feeds>,
    rule: Shared<'_, TimeframeRule>,
    own: Column<'_, BarSeries>,
    mut frames: ColumnMut<'_, FrameSeries>,
    mut timeframes: ColumnMut<'_, Timeframes>,
) {
    let (step, now) = (clock.step, clock.now);
    // What came before the first step that a module sees, it did not see.
    let since = if clock.previous == Timestamp::MIN { feeds.from } else { clock.previous };
    for event in queue.events() {
        if !event.is_primary() {
            continue;
        }
        let row = event.symbol.index();
        let print;
        let piece = match &event.data {
            MarketData::Bar(bar) => bar,
            MarketData::Trade(trade) => {
                let (t, price) = (event.ts_recv, trade.price);
                let (open, high, low, close) = (price, price, price, price);
                print = Bar { open_time: t, close_time: t, open, high, low, close, volume: trade.quantity };
                &print
            }
            _ => continue,
        };
        let (frames, timeframes) = (&mut frames[row], &mut timeframes[row]);
        frames.begin(since);
        frames.add(piece, step, &mut |at, bar| timeframes.add(at, bar.close, &rule));
    }
    // With more events of this very time to come, nothing that ends now is over yet.
    let ended = if clock.next == Some(now) { now + -1 } else { now };
    for ((frames, timeframes), own) in frames.iter_mut().zip(timeframes.iter_mut()).zip(own.iter()) {
        frames.begin(since);
        frames.close_until(ended, step, &mut |at, bar| timeframes.add(at, bar.close, &rule));
        if frames.updated_step() == step {
            timeframes.measure(frames, own, &rule);
        }
    }
}
