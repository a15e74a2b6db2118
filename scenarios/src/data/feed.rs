//! Tapes and tables in memory as sources of market events in time order.

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::ids::{ListingId, SymbolId};
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::EventSource;

use crate::data::error::DataError;
use crate::data::tape::{BarColumns, Tape, TapeKind, TradeColumns};

/// The side that a tape stores as 1, -1 or 0.
#[inline]
pub fn aggressor(side: i8) -> AggressorSide {
    match side {
        1 => AggressorSide::Buyer,
        -1 => AggressorSide::Seller,
        _ => AggressorSide::Unknown,
    }
}

/// How many of the rows of a sorted window are not after `until`. From step to step few rows are due, and on a skip all
/// of them: both are found without a search.
#[inline]
fn due<T>(window: &[T], until: Timestamp, ts_recv: impl Fn(&T) -> i64) -> usize {
    const NEAR: usize = 8;
    let near = window.iter().take(NEAR).take_while(|row| ts_recv(row) <= until.0).count();
    if near < NEAR {
        return near;
    }
    match window.last() {
        Some(last) if ts_recv(last) > until.0 => {
            near + window[near..].partition_point(|row| ts_recv(row) <= until.0)
        }
        _ => window.len(),
    }
}

macro_rules! tape_source {
    ($(#[$doc:meta])* $name:ident, $kind:ident, $batches:ident, $append:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            tape: Arc<Tape>,
            symbol: SymbolId,
            listing: ListingId,
        }

        impl $name {
            /// The tape's rows as events of `symbol`.
            ///
            /// # Errors
            /// When the tape is of the other kind.
            pub fn new(tape: Arc<Tape>, symbol: SymbolId) -> Result<Self, DataError> {
                if tape.meta().kind != TapeKind::$kind {
                    return Err(DataError::Tape {
                        path: tape.path().to_owned(),
                        reason: format!("it holds {}", tape.meta().kind),
                        hint: format!("a tape of {} is needed here", TapeKind::$kind),
                    });
                }
                Ok(Self { tape, symbol, listing: symbol.primary() })
            }

            /// The same as events of another listing of the symbol.
            #[must_use]
            pub fn on(self, listing: ListingId) -> Self {
                Self { listing, ..self }
            }

            /// The tape that is read.
            pub fn tape(&self) -> &Arc<Tape> {
                &self.tape
            }
        }

        impl EventSource for $name {
            fn len(&self) -> u64 {
                self.tape.rows()
            }

            fn ts_recv(&self, row: u64) -> Timestamp {
                self.tape.ts_recv(row)
            }

            fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
                let (mut batch, mut start) = Tape::locate(from);
                let (mut next, mut left) = (from, limit);
                let batches = self.tape.$batches().unwrap_or_default();
                while left > 0 && batch < batches.len() {
                    let columns = &batches[batch];
                    let length = columns.ts_recv.len();
                    let window = start.min(length)..length.min(start.saturating_add(left));
                    let count = due(&columns.ts_recv[window], until, |ts| *ts);
                    $append(columns, start, count, (self.symbol, self.listing), out);
                    next += count as u64;
                    left -= count;
                    if start + count < length {
                        break;
                    }
                    (batch, start) = (batch + 1, 0);
                }
                next
            }

            fn seek(&self, t: Timestamp) -> u64 {
                self.tape.seek(t)
            }
        }
    };
}

tape_source!(
    /// A tape of bars as events; each bar is known at its close.
    BarSource,
    Bars,
    bars,
    append_bars
);

tape_source!(
    /// A tape of trades as events.
    TradeSource,
    Trades,
    trades,
    append_trades
);

/// `count` rows from `start` on. The columns are cut first, so that the loop needs no check per row and column.
#[inline]
fn append_bars(
    columns: &BarColumns,
    start: usize,
    count: usize,
    (symbol, listing): (SymbolId, ListingId),
    out: &mut Vec<MarketEvent>,
) {
    let rows = start..start + count;
    let (ts_event, ts_recv) = (&columns.ts_event[rows.clone()], &columns.ts_recv[rows.clone()]);
    let (open, high) = (&columns.open[rows.clone()], &columns.high[rows.clone()]);
    let (low, close) = (&columns.low[rows.clone()], &columns.close[rows.clone()]);
    let volume = &columns.volume[rows];
    out.extend((0..count).map(|i| {
        let (open_time, close_time) = (Timestamp(ts_event[i]), Timestamp(ts_recv[i]));
        let (open, high, low, close, volume) = (open[i], high[i], low[i], close[i], volume[i]);
        let bar = Bar { open_time, close_time, open, high, low, close, volume };
        MarketEvent { ts_recv: close_time, ts_event: open_time, symbol, listing, data: MarketData::Bar(bar) }
    }));
}

/// `count` rows from `start` on.
#[inline]
fn append_trades(
    columns: &TradeColumns,
    start: usize,
    count: usize,
    (symbol, listing): (SymbolId, ListingId),
    out: &mut Vec<MarketEvent>,
) {
    let rows = start..start + count;
    let (ts_event, ts_recv) = (&columns.ts_event[rows.clone()], &columns.ts_recv[rows.clone()]);
    let (price, quantity) = (&columns.price[rows.clone()], &columns.quantity[rows.clone()]);
    let side = &columns.aggressor_side[rows];
    out.extend((0..count).map(|i| {
        let trade = Trade { price: price[i], quantity: quantity[i], aggressor: aggressor(side[i]) };
        let (ts_recv, ts_event) = (Timestamp(ts_recv[i]), Timestamp(ts_event[i]));
        MarketEvent { ts_recv, ts_event, symbol, listing, data: MarketData::Trade(trade) }
    }));
}

/// Events in memory: a synthetic market, or a test's own.
#[derive(Debug, Clone, Default)]
pub struct MemorySource {
    events: Vec<MarketEvent>,
}

impl MemorySource {
    /// Events in any order; they are sorted by `ts_recv`, and those of one instant keep their order.
    pub fn new(mut events: Vec<MarketEvent>) -> Self {
        events.sort_by_key(|event| event.ts_recv);
        Self { events }
    }

    /// Bars of `symbol`, each known at its close.
    pub fn bars(symbol: SymbolId, bars: &[Bar]) -> Self {
        let event =
            |bar: &Bar| MarketEvent::primary(bar.close_time, bar.open_time, symbol, MarketData::Bar(*bar));
        Self::new(bars.iter().map(event).collect())
    }

    /// Trades of `symbol`, each known when it happens.
    pub fn trades(symbol: SymbolId, trades: &[(Timestamp, Trade)]) -> Self {
        let event = |(ts, trade): &(Timestamp, Trade)| {
            MarketEvent::primary(*ts, *ts, symbol, MarketData::Trade(*trade))
        };
        Self::new(trades.iter().map(event).collect())
    }
}

impl EventSource for MemorySource {
    fn len(&self) -> u64 {
        self.events.len() as u64
    }

    fn ts_recv(&self, row: u64) -> Timestamp {
        self.events[row as usize].ts_recv
    }

    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let start = (from as usize).min(self.events.len());
        let window = &self.events[start..self.events.len().min(start.saturating_add(limit))];
        let count = due(window, until, |event| event.ts_recv.0);
        out.extend_from_slice(&window[..count]);
        (start + count) as u64
    }

    fn seek(&self, t: Timestamp) -> u64 {
        self.events.partition_point(|event| event.ts_recv < t) as u64
    }
}

#[cfg(test)]
mod tests;
