//! Rows on their way to a tape.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int8Array, Int64Array, TimestampNanosecondArray, UInt64Array};
use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use super::codes::{action_code, side_code, signal_code};

/// A bar on its way to a tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarRow {
    /// Open time, ns.
    pub ts_event: i64,
    /// When the bar becomes visible, ns.
    pub ts_recv: i64,
    /// Open, high, low, close (quote units), volume (base units).
    pub ohlcv: [f64; 5],
    /// Number of trades, if known.
    pub trades: Option<i64>,
}

/// A trade on its way to a tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeRow {
    /// Venue time, ns.
    pub ts_event: i64,
    /// Local time, ns.
    pub ts_recv: i64,
    /// The venue's id.
    pub trade_id: i64,
    /// Quote units.
    pub price: f64,
    /// Base units.
    pub quantity: f64,
    /// 1 buyer, -1 seller, 0 unknown.
    pub aggressor_side: i8,
}

/// What is said of a book as a whole, with a price in quote units;
/// see [`manyworlds_components::book_event::BookSignal`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TapeSignal {
    /// The book is empty from here on.
    Clear,
    /// Levels of one side are gone from the best one down to this price.
    ClearTo {
        /// Which side.
        side: BookSide,
        /// Quote units.
        price: f64,
    },
    /// Messages are missing.
    Gap,
    /// The market does not trade.
    Halt,
    /// The market trades again.
    Resume,
}

/// A change of a price level, or of the book as a whole, on its way to a tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DepthRow {
    /// Venue time, ns.
    pub ts_event: i64,
    /// Local time, ns.
    pub ts_recv: i64,
    /// What happened.
    pub change: DepthChange,
}

/// What a [`DepthRow`] says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DepthChange {
    /// What rests at a price now.
    Level {
        /// Which side.
        side: BookSide,
        /// Quote units.
        price: f64,
        /// Base units; 0: nothing.
        size: f64,
    },
    /// Of the book as a whole.
    Signal(TapeSignal),
}

/// Best prices on their way to a tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuoteRow {
    /// Venue time, ns.
    pub ts_event: i64,
    /// Local time, ns.
    pub ts_recv: i64,
    /// Price (quote units) and size (base units) of the best bid; size 0: none.
    pub bid: (f64, f64),
    /// The same of the best ask.
    pub ask: (f64, f64),
}

/// A change of an order, or of the book as a whole, on its way to a tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderRow {
    /// Venue time, ns.
    pub ts_event: i64,
    /// Local time, ns.
    pub ts_recv: i64,
    /// What happened.
    pub change: OrderChange,
}

/// What an [`OrderRow`] says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OrderChange {
    /// Of one order; see [`manyworlds_components::book_event::OrderUpdate`].
    Order {
        /// The venue's number.
        order_id: u64,
        /// What happened to it.
        action: OrderAction,
        /// Its side.
        side: BookSide,
        /// Quote units. Only added and modified orders need it.
        price: f64,
        /// Base units.
        size: f64,
    },
    /// Of the book as a whole.
    Signal(TapeSignal),
}

impl TapeSignal {
    /// Its code, the side's code and the price, as they stand on a tape.
    fn cells(&self) -> (i8, i8, f64) {
        match self {
            Self::ClearTo { side, price } => (signal_code(self), side_code(*side), *price),
            _ => (signal_code(self), 0, 0.0),
        }
    }
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from_iter_values(values).with_timezone("UTC"))
}

fn floats(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

fn bytes(values: impl Iterator<Item = i8>) -> ArrayRef {
    Arc::new(Int8Array::from_iter_values(values))
}

pub(super) fn bar_columns(rows: &[BarRow]) -> Vec<ArrayRef> {
    let mut columns = vec![times(rows.iter().map(|r| r.ts_event)), times(rows.iter().map(|r| r.ts_recv))];
    columns.extend((0..5).map(|column| floats(rows.iter().map(move |r| r.ohlcv[column]))));
    columns.push(Arc::new(rows.iter().map(|r| r.trades).collect::<Int64Array>()));
    columns
}

pub(super) fn trade_columns(rows: &[TradeRow]) -> Vec<ArrayRef> {
    vec![
        times(rows.iter().map(|r| r.ts_event)),
        times(rows.iter().map(|r| r.ts_recv)),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.trade_id))),
        floats(rows.iter().map(|r| r.price)),
        floats(rows.iter().map(|r| r.quantity)),
        bytes(rows.iter().map(|r| r.aggressor_side)),
    ]
}

pub(super) fn depth_columns(rows: &[DepthRow]) -> Vec<ArrayRef> {
    let cells = |row: &DepthRow| match &row.change {
        DepthChange::Level { side, price, size } => (0, side_code(*side), *price, *size),
        DepthChange::Signal(signal) => {
            let (code, side, price) = signal.cells();
            (code, side, price, 0.0)
        }
    };
    vec![
        times(rows.iter().map(|r| r.ts_event)),
        times(rows.iter().map(|r| r.ts_recv)),
        bytes(rows.iter().map(|r| cells(r).0)),
        bytes(rows.iter().map(|r| cells(r).1)),
        floats(rows.iter().map(|r| cells(r).2)),
        floats(rows.iter().map(|r| cells(r).3)),
    ]
}

pub(super) fn quote_columns(rows: &[QuoteRow]) -> Vec<ArrayRef> {
    vec![
        times(rows.iter().map(|r| r.ts_event)),
        times(rows.iter().map(|r| r.ts_recv)),
        floats(rows.iter().map(|r| r.bid.0)),
        floats(rows.iter().map(|r| r.bid.1)),
        floats(rows.iter().map(|r| r.ask.0)),
        floats(rows.iter().map(|r| r.ask.1)),
    ]
}

pub(super) fn order_columns(rows: &[OrderRow]) -> Vec<ArrayRef> {
    let cells = |row: &OrderRow| match &row.change {
        OrderChange::Order { order_id, action, side, price, size } => {
            (0, action_code(*action), side_code(*side), *order_id, *price, *size)
        }
        OrderChange::Signal(signal) => {
            let (code, side, price) = signal.cells();
            (code, 0, side, 0, price, 0.0)
        }
    };
    vec![
        times(rows.iter().map(|r| r.ts_event)),
        times(rows.iter().map(|r| r.ts_recv)),
        bytes(rows.iter().map(|r| cells(r).0)),
        bytes(rows.iter().map(|r| cells(r).1)),
        bytes(rows.iter().map(|r| cells(r).2)),
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(|r| cells(r).3))),
        floats(rows.iter().map(|r| cells(r).4)),
        floats(rows.iter().map(|r| cells(r).5)),
    ]
}
