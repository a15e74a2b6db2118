//! Trades whose aggregation gives back the bars.

use manyworlds_components::market::Trade;
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::Timestamp;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::bars::{BarStream, Constants, GridBar, prices_needed};
use super::hawkes::{Hawkes, exponential};

/// A public trade and when it happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimedTrade {
    /// When it happened at the venue.
    pub ts_event: Timestamp,
    /// The print.
    pub trade: Trade,
}

/// The trades of one symbol in time order, bar by bar, in memory that does not grow beyond one bar's trades.
///
/// Within each frame the first price is the bar's open, the last its close, the extremes its high and low, and the
/// quantities add up to its volume: exactly in ticks and lots (a sum of `f64` quantities agrees up to its rounding).
#[derive(Debug, Clone)]
pub struct TradeStream {
    bars: BarStream,
    rng: ChaCha8Rng,
    hawkes: Hawkes,
    /// Of the current bar, in order.
    trades: Vec<TimedTrade>,
    next: usize,
    offsets: Vec<i64>,
    prices: Vec<i64>,
    ticks: Vec<i64>,
    weights: Vec<f64>,
}

/// Trades of a bar are at most this many times the mean of the spec.
const MOST_TRADES: f64 = 100.0;

/// How far the direction of the path tilts the odds of a buyer taking.
const DIRECTION_TILT: f64 = 0.25;

impl TradeStream {
    /// The trades behind `bars`, which must be at its beginning.
    pub(super) fn new(bars: BarStream, rng: ChaCha8Rng) -> Self {
        let spec = &bars.constants().spec.trades;
        let hawkes = Hawkes::new(spec.branching_ratio, 1.0 / spec.decay.nanos() as f64);
        Self {
            bars,
            rng,
            hawkes,
            trades: Vec::new(),
            next: 0,
            offsets: Vec::new(),
            prices: Vec::new(),
            ticks: Vec::new(),
            weights: Vec::new(),
        }
    }

    fn fill(&mut self, grid: &GridBar) {
        let Self { bars, rng, hawkes, trades, offsets, prices, ticks, weights, .. } = self;
        let constants = bars.constants();
        ticks.clear();
        ticks.extend(bars.path().iter().map(|log_price| constants.ticks(*log_price)));
        let needed = prices_needed(grid.open, grid.high, grid.low, grid.close);
        draw_offsets(constants, grid, needed, hawkes, rng, offsets);
        draw_prices(constants, grid, ticks, offsets, rng, prices);
        draw_weights(rng, offsets.len(), weights);
        trades.clear();
        let spare = grid.volume - offsets.len() as i64;
        let (mut sum, mut given) = (0.0, 0);
        let mut last = grid.open;
        for (i, (offset, price)) in offsets.iter().zip(prices.iter()).enumerate() {
            // One lot each; the spare lots go by cumulated weight, so that they add up without a remainder.
            sum += weights[i];
            let upto = if i + 1 == offsets.len() { spare } else { ((spare as f64) * sum) as i64 };
            let lots = 1 + (upto - given).max(0);
            given = given.max(upto);
            let bought = match (*price - last).signum() {
                1 => true,
                -1 => false,
                _ => rng.random::<bool>(),
            };
            last = *price;
            trades.push(TimedTrade {
                ts_event: grid.open_time + *offset,
                trade: Trade {
                    price: constants.spec.tick_size.to_f64(*price),
                    quantity: constants.spec.lot_size.to_f64(lots),
                    aggressor: if bought { AggressorSide::Buyer } else { AggressorSide::Seller },
                },
            });
        }
    }
}

impl Iterator for TradeStream {
    type Item = TimedTrade;

    fn next(&mut self) -> Option<TimedTrade> {
        while self.next == self.trades.len() {
            let grid = self.bars.next_grid()?;
            self.fill(&grid);
            self.next = 0;
        }
        self.next += 1;
        self.trades.get(self.next - 1).copied()
    }
}

/// Arrival times within the bar, in order, in ns from its open: at least `needed` and at most one per lot.
fn draw_offsets(
    constants: &Constants,
    grid: &GridBar,
    needed: usize,
    hawkes: &mut Hawkes,
    rng: &mut ChaCha8Rng,
    offsets: &mut Vec<i64>,
) {
    offsets.clear();
    let (spec, frame_ns) = (&constants.spec, constants.spec.frame.nanos());
    let activity = (spec.lot_size.to_f64(grid.volume) / spec.volume.mean).min(MOST_TRADES);
    let most = (spec.trades.per_bar * MOST_TRADES).min(grid.volume as f64) as usize;
    let base_rate = spec.trades.per_bar * activity * (1.0 - spec.trades.branching_ratio) / frame_ns as f64;
    let mut now = 0.0;
    while let Some(arrival) = hawkes.next_arrival(rng, base_rate, now, frame_ns as f64) {
        now = arrival;
        if offsets.len() < most {
            offsets.push((arrival as i64).min(frame_ns - 1));
        }
    }
    if offsets.len() < needed {
        while offsets.len() < needed {
            offsets.push(rng.random_range(0..frame_ns));
        }
        offsets.sort_unstable();
    }
}

/// A price per arrival: on the path, bounced by the spread, and the four prices of the bar where they belong.
fn draw_prices(
    constants: &Constants,
    grid: &GridBar,
    ticks: &[i64],
    offsets: &[i64],
    rng: &mut ChaCha8Rng,
    prices: &mut Vec<i64>,
) {
    prices.clear();
    let steps = ticks.len() - 1;
    let per_step = constants.spec.frame.nanos() as f64 / steps as f64;
    let spread = i64::from(constants.spec.trades.spread_ticks);
    for offset in offsets {
        let position = *offset as f64 / per_step;
        let step = (position as usize).min(steps - 1);
        let (from, to) = (ticks[step], ticks[step + 1]);
        let on_path = from + ((to - from) as f64 * (position - step as f64)).round() as i64;
        let odds = 0.5 + DIRECTION_TILT * (to - from).signum() as f64;
        let bounce = if rng.random::<f64>() < odds { spread - spread / 2 } else { -(spread / 2) };
        prices.push((on_path + bounce).clamp(grid.low, grid.high));
    }
    let last = offsets.len() - 1;
    prices[last] = grid.close;
    prices[0] = grid.open;
    let mut extremes = [(0, 0); 2];
    let mut count = 0;
    for (price, outside) in
        [(grid.high, grid.high > grid.open.max(grid.close)), (grid.low, grid.low < grid.open.min(grid.close))]
    {
        let step = ticks.iter().position(|t| *t == price).unwrap_or(0);
        if outside {
            extremes[count] = (step, price);
            count += 1;
        }
    }
    let extremes = &mut extremes[..count];
    extremes.sort_unstable();
    let mut free = 1;
    for (i, (step, price)) in extremes.iter().enumerate() {
        let time = *step as f64 * per_step;
        let nearest = offsets.partition_point(|offset| (*offset as f64) < time);
        let index = nearest.clamp(free, last - (count - i));
        prices[index] = *price;
        free = index + 1;
    }
}

/// Shares of the volume, adding up to 1: squares of exponentials, many small trades and a few large ones.
fn draw_weights(rng: &mut ChaCha8Rng, count: usize, weights: &mut Vec<f64>) {
    weights.clear();
    weights.extend((0..count).map(|_| {
        let size = exponential(rng);
        size * size
    }));
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w = if total > 0.0 { *w / total } else { 1.0 / count as f64 });
}
