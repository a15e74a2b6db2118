//! Interventions: known answers of prices and feeds, the stress library, what is wrong about them.

mod books;
mod feeds;
mod prices;
mod round_trip;
mod stress;
mod wrong;

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::EventSource;

use super::apply;
use crate::data::feed::MemorySource;
use crate::scenario::Scenario;

/// Midnight of 2024-01-01 and so many seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_704_067_200 + seconds)
}

/// A scenario of one symbol, and one with funding rates, with these interventions.
fn scenario(interventions: &str) -> Scenario {
    let text = format!(
        r#"Scenario(
            venues: [(name: "v", fees: ())],
            symbols: [
                (symbol: "A", data: [Synthetic(kind: trades)]),
                (symbol: "PERP", data: [Synthetic(kind: trades), Funding(path: "rates.csv")]),
            ],
            models: [BuyAndHold],
            interventions: [{interventions}],
        )"#
    );
    Scenario::from_ron(&text).unwrap_or_else(|e| panic!("{}", e.report(false, 100)))
}

/// Minute bars from midnight on: [open, high, low, close], with volume 10.
fn bars(rows: impl IntoIterator<Item = [f64; 4]>) -> Arc<dyn EventSource> {
    let bar =
        |(i, [o, h, l, c]): (usize, [f64; 4])| Bar::new(at(60 * i as i64), Frame::MINUTE, [o, h, l, c, 10.0]);
    let bars: Vec<Bar> = rows.into_iter().enumerate().map(bar).collect();
    Arc::new(MemorySource::bars(SymbolId(0), &bars))
}

/// Prints: (seconds since midnight, price).
fn prints(rows: impl IntoIterator<Item = (i64, f64)>) -> Arc<dyn EventSource> {
    let trade = |(seconds, price): (i64, f64)| {
        (at(seconds), Trade { price, quantity: 1.0, aggressor: AggressorSide::Unknown })
    };
    let trades: Vec<_> = rows.into_iter().map(trade).collect();
    Arc::new(MemorySource::trades(SymbolId(0), &trades))
}

/// A source of the first symbol, without a book.
fn sourced(source: Arc<dyn EventSource>) -> apply::Sourced {
    apply::Sourced { symbol: SymbolId(0), listing: SymbolId(0).primary(), book: false, source }
}

/// These sources of the symbol with the interventions on them.
fn intervened(interventions: &str, plain: &[Arc<dyn EventSource>]) -> Vec<Arc<dyn EventSource>> {
    let plain: Vec<_> = plain.iter().cloned().map(sourced).collect();
    apply::sources(&scenario(interventions), &plain).unwrap()
}

/// All events, read in steps of so many rows.
fn events(source: &dyn EventSource, limit: usize) -> Vec<MarketEvent> {
    let (mut out, mut row) = (Vec::new(), 0);
    while row < source.len() {
        let next = source.fill(row, Timestamp::MAX, limit, &mut out);
        assert!(next > row);
        row = next;
    }
    out
}

fn bars_of(source: &dyn EventSource) -> Vec<Bar> {
    let bar = |event: MarketEvent| match event.data {
        MarketData::Bar(bar) => bar,
        other => panic!("{other:?}"),
    };
    events(source, 5).into_iter().map(bar).collect()
}

fn prices_of(source: &dyn EventSource) -> Vec<f64> {
    let price = |event: MarketEvent| match event.data {
        MarketData::Trade(trade) => trade.price,
        other => panic!("{other:?}"),
    };
    events(source, 3).into_iter().map(price).collect()
}
