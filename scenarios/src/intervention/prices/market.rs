//! What is read off the data before an intervention: never anything of its time or later.

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::book::OrderBook;
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::EventSource;

use super::super::reader::Reader;
use super::layer::Layer;

/// Rows that are read at once on the way back.
const ROWS: u64 = 4_096;

/// One row.
fn row(source: &dyn EventSource, at: u64) -> Option<MarketEvent> {
    let mut out = Vec::new();
    source.fill(at, Timestamp::MAX, 1, &mut out);
    out.pop()
}

/// When a print or bar is over, and the last price of it: with these layers on it. `None` for what nobody dealt in.
fn ended(event: &MarketEvent, layers: &[Layer]) -> Option<(Timestamp, f64)> {
    match event.data {
        MarketData::Trade(trade) => {
            let t = event.ts_event;
            Some((t + 1, layers.iter().fold(trade.price, |price, layer| layer.price(t, price))))
        }
        MarketData::Bar(mut bar) => {
            layers.iter().for_each(|layer| layer.bar(&mut bar));
            Some((bar.close_time, bar.close))
        }
        _ => None,
    }
}

/// The last price before `t` over all sources of a symbol; where there is none, the first price.
pub(crate) fn last_price(sources: &[&Arc<dyn EventSource>], layers: &[Layer], t: Timestamp) -> Option<f64> {
    let mut best: Option<(Timestamp, f64)> = None;
    for source in sources {
        let (mut end, mut events) = (source.seek(t + 1), Vec::new());
        while end > 0 {
            let from = end.saturating_sub(ROWS);
            events.clear();
            source.fill(from, t, (end - from) as usize, &mut events);
            let over = events.iter().rev().filter_map(|event| ended(event, layers));
            if let Some(found) = over.clone().find(|found| found.0 <= t) {
                if best.is_none_or(|known| found.0 > known.0) {
                    best = Some(found);
                }
                break;
            }
            end = from;
        }
    }
    let first = || {
        let first = sources.iter().filter_map(|s| row(&***s, 0)).filter(|e| e.data.is_print());
        let first = first.min_by_key(|event| event.ts_recv)?;
        match first.data {
            MarketData::Trade(trade) => Some(trade.price),
            MarketData::Bar(bar) => Some(bar.open),
            _ => None,
        }
    };
    best.map(|(_, price)| price).or_else(first)
}

/// The mid of an order book before `t`; `None` if it is not whole then.
pub(crate) fn last_mid(
    source: &dyn EventSource,
    tick_size: Step,
    layers: &[Layer],
    t: Timestamp,
) -> Option<f64> {
    let (mut book, mut events) = (OrderBook::default(), Reader::new(source, t + -1));
    while let Some((_, event)) = events.next() {
        book.apply(&event);
    }
    let mid = book.mid_ticks()? * tick_size.value();
    Some(layers.iter().fold(mid, |price, layer| layer.price(t + -1, price)))
}

/// Standard deviation of log returns and mean volume per bar over the last `window` bars that are over by `t`; prints are taken
/// together by minute. `None` with fewer than two returns, or without volume.
pub(crate) fn volatility_and_volume(
    sources: &[&Arc<dyn EventSource>],
    layers: &[Layer],
    (t, window): (Timestamp, usize),
) -> Option<(f64, f64)> {
    let bars = sources.iter().find_map(|source| bars_before(&***source, layers, t, window))?;
    let returns: Vec<f64> = bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln()).collect();
    if returns.len() < 2 {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let center = mean(&returns);
    let squares: f64 = returns.iter().map(|r| (r - center) * (r - center)).sum();
    let volumes: Vec<f64> = bars[1..].iter().map(|bar| bar.volume).collect();
    let volume = mean(&volumes);
    (volume > 0.0).then(|| ((squares / (returns.len() - 1) as f64).sqrt(), volume))
}

/// The last `window` bars, at most, that are over by `t`; `None` without any.
fn bars_before(source: &dyn EventSource, layers: &[Layer], t: Timestamp, window: usize) -> Option<Vec<Bar>> {
    let end = source.seek(t + 1);
    let mut from = end;
    let mut bars: Vec<Bar> = Vec::new();
    while from > 0 && bars.len() < window {
        // Farther back each time, from there on again: minutes of prints are whole only from their beginning.
        from = from.saturating_sub(ROWS.max(end - from));
        let mut events = Vec::new();
        source.fill(from, t, (end - from) as usize, &mut events);
        let mut builder = BarBuilder::new(Frame::MINUTE);
        bars.clear();
        for event in &events {
            match event.data {
                MarketData::Bar(mut bar) if bar.close_time <= t => {
                    layers.iter().for_each(|layer| layer.bar(&mut bar));
                    bars.push(bar);
                }
                MarketData::Trade(trade) if event.ts_event < t => {
                    let price = layers.iter().fold(trade.price, |p, layer| layer.price(event.ts_event, p));
                    bars.extend(builder.add_trade(event.ts_event, price, trade.quantity));
                }
                _ => {}
            }
        }
    }
    let surplus = bars.len().saturating_sub(window);
    bars.drain(..surplus);
    (!bars.is_empty()).then_some(bars)
}
