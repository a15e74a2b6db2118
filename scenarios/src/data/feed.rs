//! Tapes and tables in memory as sources of market events in time order.

use std::marker::PhantomData;
use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::ids::{ListingId, SymbolId};
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::price::Step;
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::EventSource;

use crate::data::error::{DataError, Location};
use crate::data::tape::{BarColumns, DepthColumns, OrderColumns, QuoteColumns, Tape, TapeKind, TradeColumns};

mod book;

/// The side that a tape stores as 1, -1 or 0.
#[inline]
pub fn aggressor(side: i8) -> AggressorSide {
    match side {
        1 => AggressorSide::Buyer,
        -1 => AggressorSide::Seller,
        _ => AggressorSide::Unknown,
    }
}

/// How many of the rows of a sorted window are not after `until`. From step to step few rows are due, or some hundreds: they
/// are sought for in strides that double, so that no row far ahead is touched, which would not be in any cache.
#[inline]
fn due<T>(window: &[T], until: Timestamp, ts_recv: impl Fn(&T) -> i64) -> usize {
    const NEAR: usize = 8;
    let near = window.iter().take(NEAR).take_while(|row| ts_recv(row) <= until.0).count();
    if near < NEAR {
        return near;
    }
    let (mut low, mut stride) = (near, NEAR);
    while window.get(low + stride - 1).is_some_and(|row| ts_recv(row) <= until.0) {
        low += stride;
        stride *= 2;
    }
    let last = window.len().min(low + stride);
    low + window[low..last].partition_point(|row| ts_recv(row) <= until.0)
}

/// Columns of a tape whose rows are events.
pub trait EventColumns: Sized + Send + Sync {
    /// What a row is.
    const KIND: TapeKind;

    /// The batches of a tape of the kind; none of another one.
    fn batches(tape: &Tape) -> &[Self];

    /// When each row becomes known.
    fn ts_recv(&self) -> &[i64];

    /// The `count` rows from `start` on as events.
    fn append(&self, start: usize, count: usize, target: &Target, out: &mut Vec<MarketEvent>);
}

/// Whose events the rows of a tape are, and the grid on which they count prices and sizes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The symbol.
    pub symbol: SymbolId,
    /// The symbol's own listing, or that on another venue.
    pub listing: ListingId,
    /// Smallest price increment.
    pub tick_size: Step,
    /// Smallest quantity increment.
    pub lot_size: Step,
}

/// A tape as events.
#[derive(Debug, Clone)]
pub struct TapeSource<C> {
    tape: Arc<Tape>,
    target: Target,
    columns: PhantomData<fn() -> C>,
}

/// A tape of bars as events; each bar is known at its close.
pub type BarSource = TapeSource<BarColumns>;
/// A tape of trades as events.
pub type TradeSource = TapeSource<TradeColumns>;
/// A tape of changes of price levels as events.
pub type DepthSource = TapeSource<DepthColumns>;
/// A tape of best prices as events.
pub type QuoteSource = TapeSource<QuoteColumns>;
/// A tape of changes of orders as events.
pub type OrderSource = TapeSource<OrderColumns>;

impl<C: EventColumns> TapeSource<C> {
    /// The tape's rows as events of `symbol` on its own venue, on the tape's grid, or where it names none on one of 1e-8.
    ///
    /// # Errors
    /// When the tape is of another kind.
    pub fn new(tape: Arc<Tape>, symbol: SymbolId) -> Result<Self, DataError> {
        if tape.meta().kind != C::KIND {
            return Err(DataError::Format {
                at: Location::file(tape.origin()),
                reason: format!("it holds {}, and a tape of {} is needed here", tape.meta().kind, C::KIND),
                hint: "name it as what it holds, or name another file".to_owned(),
            });
        }
        let step = |size: Option<Step>| {
            let fine = || Step::new(1e-8).unwrap_or_else(|_| unreachable!("1e-8 is finite and positive"));
            size.unwrap_or_else(fine)
        };
        let (tick_size, lot_size) = (step(tape.meta().tick_size), step(tape.meta().lot_size));
        let target = Target { symbol, listing: symbol.primary(), tick_size, lot_size };
        Ok(Self { tape, target, columns: PhantomData })
    }

    /// The same as events of another listing of the symbol.
    #[must_use]
    pub fn on(mut self, listing: ListingId) -> Self {
        self.target.listing = listing;
        self
    }

    /// The same on another grid.
    ///
    /// # Errors
    /// When a price or size of a book lies off it.
    pub fn on_grid(mut self, tick_size: Step, lot_size: Step) -> Result<Self, DataError> {
        self.tape.check_grid(tick_size, lot_size)?;
        (self.target.tick_size, self.target.lot_size) = (tick_size, lot_size);
        Ok(self)
    }

    /// The tape that is read.
    pub fn tape(&self) -> &Arc<Tape> {
        &self.tape
    }
}

impl<C: EventColumns> EventSource for TapeSource<C> {
    fn len(&self) -> u64 {
        self.tape.rows()
    }

    fn ts_recv(&self, row: u64) -> Timestamp {
        let (batch, at) = Tape::locate(row);
        Timestamp(C::batches(&self.tape)[batch].ts_recv()[at])
    }

    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let (mut batch, mut start) = Tape::locate(from);
        let (mut next, mut left) = (from, limit);
        let batches = C::batches(&self.tape);
        while left > 0 && batch < batches.len() {
            let columns = &batches[batch];
            let length = columns.ts_recv().len();
            let window = start.min(length)..length.min(start.saturating_add(left));
            let count = due(&columns.ts_recv()[window], until, |ts| *ts);
            columns.append(start, count, &self.target, out);
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

impl EventColumns for BarColumns {
    const KIND: TapeKind = TapeKind::Bars;

    #[inline]
    fn batches(tape: &Tape) -> &[Self] {
        tape.bars().unwrap_or_default()
    }

    #[inline]
    fn ts_recv(&self) -> &[i64] {
        &self.ts_recv
    }

    // The columns are cut first, so that the loop needs no check per row and column.
    #[inline]
    fn append(&self, start: usize, count: usize, target: &Target, out: &mut Vec<MarketEvent>) {
        let Target { symbol, listing, .. } = *target;
        let rows = start..start + count;
        let (ts_event, ts_recv) = (&self.ts_event[rows.clone()], &self.ts_recv[rows.clone()]);
        let (open, high) = (&self.open[rows.clone()], &self.high[rows.clone()]);
        let (low, close) = (&self.low[rows.clone()], &self.close[rows.clone()]);
        let volume = &self.volume[rows];
        out.extend((0..count).map(|i| {
            let (open_time, close_time) = (Timestamp(ts_event[i]), Timestamp(ts_recv[i]));
            let (open, high, low, close, volume) = (open[i], high[i], low[i], close[i], volume[i]);
            let bar = Bar { open_time, close_time, open, high, low, close, volume };
            MarketEvent {
                ts_recv: close_time,
                ts_event: open_time,
                symbol,
                listing,
                data: MarketData::Bar(bar),
            }
        }));
    }
}

impl EventColumns for TradeColumns {
    const KIND: TapeKind = TapeKind::Trades;

    #[inline]
    fn batches(tape: &Tape) -> &[Self] {
        tape.trades().unwrap_or_default()
    }

    #[inline]
    fn ts_recv(&self) -> &[i64] {
        &self.ts_recv
    }

    #[inline]
    fn append(&self, start: usize, count: usize, target: &Target, out: &mut Vec<MarketEvent>) {
        let Target { symbol, listing, .. } = *target;
        let rows = start..start + count;
        let (ts_event, ts_recv) = (&self.ts_event[rows.clone()], &self.ts_recv[rows.clone()]);
        let (price, quantity) = (&self.price[rows.clone()], &self.quantity[rows.clone()]);
        let side = &self.aggressor_side[rows];
        out.extend((0..count).map(|i| {
            let trade = Trade { price: price[i], quantity: quantity[i], aggressor: aggressor(side[i]) };
            let (ts_recv, ts_event) = (Timestamp(ts_recv[i]), Timestamp(ts_event[i]));
            MarketEvent { ts_recv, ts_event, symbol, listing, data: MarketData::Trade(trade) }
        }));
    }
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
