//! The columns of one record batch of an order-book tape, as slices of the mapped file.

use arrow::array::RecordBatch;
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{Float64Type, Int8Type, TimestampNanosecondType, UInt64Type};
use xxhash_rust::xxh3::Xxh3;

use super::columns::column;

/// Up to 65,536 consecutive changes of price levels; every column has the same length.
#[derive(Debug, Clone)]
pub struct DepthColumns {
    /// Venue time, ns.
    pub ts_event: ScalarBuffer<i64>,
    /// Local time, ns.
    pub ts_recv: ScalarBuffer<i64>,
    /// What the row says of the book as a whole; see [`super::signal_code`]. 0: it is a level.
    pub signal: ScalarBuffer<i8>,
    /// 1 bid, -1 ask; 0 for signals that have no side.
    pub side: ScalarBuffer<i8>,
    /// Quote units.
    pub price: ScalarBuffer<f64>,
    /// What rests at the price now, base units; 0: nothing.
    pub size: ScalarBuffer<f64>,
}

/// Up to 65,536 consecutive best prices; every column has the same length.
#[derive(Debug, Clone)]
pub struct QuoteColumns {
    /// Venue time, ns.
    pub ts_event: ScalarBuffer<i64>,
    /// Local time, ns.
    pub ts_recv: ScalarBuffer<i64>,
    /// Quote units.
    pub bid_price: ScalarBuffer<f64>,
    /// Base units; 0: there is no bid.
    pub bid_size: ScalarBuffer<f64>,
    /// Quote units.
    pub ask_price: ScalarBuffer<f64>,
    /// Base units; 0: there is no ask.
    pub ask_size: ScalarBuffer<f64>,
}

/// Up to 65,536 consecutive changes of orders; every column has the same length.
#[derive(Debug, Clone)]
pub struct OrderColumns {
    /// Venue time, ns.
    pub ts_event: ScalarBuffer<i64>,
    /// Local time, ns.
    pub ts_recv: ScalarBuffer<i64>,
    /// What the row says of the book as a whole; see [`super::signal_code`]. 0: it is an order.
    pub signal: ScalarBuffer<i8>,
    /// What happened to the order; see [`super::action_code`]. 0 for signals.
    pub action: ScalarBuffer<i8>,
    /// 1 bid, -1 ask; 0 for signals that have no side.
    pub side: ScalarBuffer<i8>,
    /// The venue's number of the order.
    pub order_id: ScalarBuffer<u64>,
    /// Quote units.
    pub price: ScalarBuffer<f64>,
    /// Base units.
    pub size: ScalarBuffer<f64>,
}

type Floats = ScalarBuffer<f64>;

fn times(batch: &RecordBatch) -> Result<[ScalarBuffer<i64>; 2], String> {
    let time = |name| column::<TimestampNanosecondType>(batch, name, false).map(|c| c.0);
    Ok([time("ts_event")?, time("ts_recv")?])
}

fn float(batch: &RecordBatch, name: &str) -> Result<Floats, String> {
    column::<Float64Type>(batch, name, false).map(|c| c.0)
}

fn byte(batch: &RecordBatch, name: &str) -> Result<ScalarBuffer<i8>, String> {
    column::<Int8Type>(batch, name, false).map(|c| c.0)
}

impl DepthColumns {
    pub(super) fn new(batch: &RecordBatch) -> Result<Self, String> {
        let [ts_event, ts_recv] = times(batch)?;
        Ok(Self {
            ts_event,
            ts_recv,
            signal: byte(batch, "signal")?,
            side: byte(batch, "side")?,
            price: float(batch, "price")?,
            size: float(batch, "size")?,
        })
    }

    pub(super) fn hash(&self, hasher: &mut Xxh3) {
        for times in [&self.ts_event, &self.ts_recv] {
            hasher.update(times.inner().as_slice());
        }
        for bytes in [&self.signal, &self.side] {
            hasher.update(bytes.inner().as_slice());
        }
        for values in [&self.price, &self.size] {
            hasher.update(values.inner().as_slice());
        }
    }
}

impl QuoteColumns {
    pub(super) fn new(batch: &RecordBatch) -> Result<Self, String> {
        let [ts_event, ts_recv] = times(batch)?;
        Ok(Self {
            ts_event,
            ts_recv,
            bid_price: float(batch, "bid_price")?,
            bid_size: float(batch, "bid_size")?,
            ask_price: float(batch, "ask_price")?,
            ask_size: float(batch, "ask_size")?,
        })
    }

    pub(super) fn hash(&self, hasher: &mut Xxh3) {
        for times in [&self.ts_event, &self.ts_recv] {
            hasher.update(times.inner().as_slice());
        }
        for values in [&self.bid_price, &self.bid_size, &self.ask_price, &self.ask_size] {
            hasher.update(values.inner().as_slice());
        }
    }
}

impl OrderColumns {
    pub(super) fn new(batch: &RecordBatch) -> Result<Self, String> {
        let [ts_event, ts_recv] = times(batch)?;
        Ok(Self {
            ts_event,
            ts_recv,
            signal: byte(batch, "signal")?,
            action: byte(batch, "action")?,
            side: byte(batch, "side")?,
            order_id: column::<UInt64Type>(batch, "order_id", false)?.0,
            price: float(batch, "price")?,
            size: float(batch, "size")?,
        })
    }

    pub(super) fn hash(&self, hasher: &mut Xxh3) {
        for times in [&self.ts_event, &self.ts_recv] {
            hasher.update(times.inner().as_slice());
        }
        for bytes in [&self.signal, &self.action, &self.side] {
            hasher.update(bytes.inner().as_slice());
        }
        hasher.update(self.order_id.inner().as_slice());
        for values in [&self.price, &self.size] {
            hasher.update(values.inner().as_slice());
        }
    }
}
