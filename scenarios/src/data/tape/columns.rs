//! The columns of one record batch, as slices of the mapped file.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, Int8Type, Int64Type, TimestampNanosecondType};
use xxhash_rust::xxh3::Xxh3;

use super::book_columns::{DepthColumns, OrderColumns, QuoteColumns};
use super::meta::TapeKind;

/// Up to 65,536 consecutive bars; every column has the same length.
#[derive(Debug, Clone)]
pub struct BarColumns {
    /// Open time, ns.
    pub ts_event: ScalarBuffer<i64>,
    /// Close time, ns: when the bar becomes visible.
    pub ts_recv: ScalarBuffer<i64>,
    /// First price.
    pub open: ScalarBuffer<f64>,
    /// Highest price.
    pub high: ScalarBuffer<f64>,
    /// Lowest price.
    pub low: ScalarBuffer<f64>,
    /// Last price.
    pub close: ScalarBuffer<f64>,
    /// Base units.
    pub volume: ScalarBuffer<f64>,
    /// Number of trades; see [`BarColumns::trades_valid`].
    pub trades: ScalarBuffer<i64>,
    /// Which entries of `trades` are known; `None` means all.
    pub trades_valid: Option<NullBuffer>,
}

/// Up to 65,536 consecutive trades; every column has the same length.
#[derive(Debug, Clone)]
pub struct TradeColumns {
    /// Venue time, ns.
    pub ts_event: ScalarBuffer<i64>,
    /// Local time, ns.
    pub ts_recv: ScalarBuffer<i64>,
    /// The venue's id.
    pub trade_id: ScalarBuffer<i64>,
    /// Quote units.
    pub price: ScalarBuffer<f64>,
    /// Base units.
    pub quantity: ScalarBuffer<f64>,
    /// 1 buyer, -1 seller, 0 unknown.
    pub aggressor_side: ScalarBuffer<i8>,
}

pub(super) fn column<T: ArrowPrimitiveType>(
    batch: &RecordBatch,
    name: &str,
    may_be_null: bool,
) -> Result<(ScalarBuffer<T::Native>, Option<NullBuffer>), String> {
    let array = batch.column_by_name(name).ok_or_else(|| format!("no column `{name}`"))?;
    let array = array.as_primitive_opt::<T>().ok_or_else(|| format!("column `{name}` has another type"))?;
    if !may_be_null && array.null_count() > 0 {
        return Err(format!("column `{name}` has {} nulls", array.null_count()));
    }
    Ok((array.values().clone(), array.nulls().cloned()))
}

impl BarColumns {
    pub(super) fn new(batch: &RecordBatch) -> Result<Self, String> {
        let time = |name| column::<TimestampNanosecondType>(batch, name, false).map(|c| c.0);
        let float = |name| column::<Float64Type>(batch, name, false).map(|c| c.0);
        let (trades, trades_valid) = column::<Int64Type>(batch, "trades", true)?;
        Ok(Self {
            ts_event: time("ts_event")?,
            ts_recv: time("ts_recv")?,
            open: float("open")?,
            high: float("high")?,
            low: float("low")?,
            close: float("close")?,
            volume: float("volume")?,
            trades,
            trades_valid,
        })
    }

    /// The number of trades in a bar, if the source said so.
    #[inline]
    pub fn trades_at(&self, row: usize) -> Option<i64> {
        self.trades_valid.as_ref().is_none_or(|valid| valid.is_valid(row)).then(|| self.trades[row])
    }

    pub(super) fn hash(&self, hasher: &mut Xxh3) {
        for times in [&self.ts_event, &self.ts_recv] {
            hasher.update(times.inner().as_slice());
        }
        for values in [&self.open, &self.high, &self.low, &self.close, &self.volume] {
            hasher.update(values.inner().as_slice());
        }
        for row in 0..self.trades.len() {
            hasher.update(&self.trades_at(row).unwrap_or(i64::MIN).to_le_bytes());
        }
    }
}

impl TradeColumns {
    pub(super) fn new(batch: &RecordBatch) -> Result<Self, String> {
        let time = |name| column::<TimestampNanosecondType>(batch, name, false).map(|c| c.0);
        let float = |name| column::<Float64Type>(batch, name, false).map(|c| c.0);
        Ok(Self {
            ts_event: time("ts_event")?,
            ts_recv: time("ts_recv")?,
            trade_id: column::<Int64Type>(batch, "trade_id", false)?.0,
            price: float("price")?,
            quantity: float("quantity")?,
            aggressor_side: column::<Int8Type>(batch, "aggressor_side", false)?.0,
        })
    }

    pub(super) fn hash(&self, hasher: &mut Xxh3) {
        for integers in [&self.ts_event, &self.ts_recv, &self.trade_id] {
            hasher.update(integers.inner().as_slice());
        }
        for values in [&self.price, &self.quantity] {
            hasher.update(values.inner().as_slice());
        }
        hasher.update(self.aggressor_side.inner().as_slice());
    }
}

/// The batches of a tape.
#[derive(Debug, Clone)]
pub(super) enum Batches {
    Bars(Vec<BarColumns>),
    Trades(Vec<TradeColumns>),
    Depth(Vec<DepthColumns>),
    Quotes(Vec<QuoteColumns>),
    Orders(Vec<OrderColumns>),
}

/// The same of whichever columns there are.
macro_rules! each {
    ($batches:expr, $name:ident => $value:expr) => {
        match $batches {
            Batches::Bars($name) => $value,
            Batches::Trades($name) => $value,
            Batches::Depth($name) => $value,
            Batches::Quotes($name) => $value,
            Batches::Orders($name) => $value,
        }
    };
}

impl Batches {
    /// The receive times of one batch.
    #[inline]
    pub(super) fn ts_recv(&self, batch: usize) -> &[i64] {
        each!(self, batches => &batches[batch].ts_recv)
    }

    /// The venue times of one batch.
    pub(super) fn ts_event(&self, batch: usize) -> &[i64] {
        each!(self, batches => &batches[batch].ts_event)
    }

    /// No batches yet.
    pub(super) fn new(kind: TapeKind) -> Self {
        match kind {
            TapeKind::Bars => Self::Bars(Vec::new()),
            TapeKind::Trades => Self::Trades(Vec::new()),
            TapeKind::Depth => Self::Depth(Vec::new()),
            TapeKind::Quotes => Self::Quotes(Vec::new()),
            TapeKind::Orders => Self::Orders(Vec::new()),
        }
    }

    /// Adds one. The error says what is wrong with its columns.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<(), String> {
        match self {
            Self::Bars(all) => all.push(BarColumns::new(batch)?),
            Self::Trades(all) => all.push(TradeColumns::new(batch)?),
            Self::Depth(all) => all.push(DepthColumns::new(batch)?),
            Self::Quotes(all) => all.push(QuoteColumns::new(batch)?),
            Self::Orders(all) => all.push(OrderColumns::new(batch)?),
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        each!(self, batches => batches.len())
    }

    pub(super) fn hash(&self, hasher: &mut Xxh3) {
        each!(self, batches => batches.iter().for_each(|b| b.hash(hasher)));
    }
}
