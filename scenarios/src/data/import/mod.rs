//! Foreign files -> tapes: Binance klines, aggTrades and trades, and bars as csv or Parquet, plain or compressed.
//!
//! A file is read as a stream: container (`container`) -> rows (`csv`, `parquet`) -> checks (`validate`) -> tape.

mod columns;
mod container;
mod csv;
mod feed;
mod fit;
mod lean_day;
mod load;
mod parquet;
mod peek;
mod spec;
#[cfg(test)]
mod tests;
mod text_time;

pub(crate) use feed::feed_format;
pub use feed::import_feeds;
pub(crate) use fit::dumped_symbol;
pub use load::{ImportOutcome, import};
pub(crate) use load::{digest_file, import_to};
pub use peek::{Detected, Peek, detect};
pub use spec::{ImportSpec, SourceFormat, Stamp, TimeUnit};

use std::ops::ControlFlow;

use crate::data::error::DataError;
use crate::data::tape::TradeRow;
use crate::data::validate::{Place, RawBar};

/// A row as a reader found it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Record {
    Bar(RawBar),
    Trade(TradeRow),
}

/// Takes rows from a reader, and may have had enough.
pub(crate) type Sink<'a> = dyn FnMut(Record, Place<'_>) -> Result<ControlFlow<()>, DataError> + 'a;
