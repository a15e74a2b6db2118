//! The project's own tape: an uncompressed Arrow IPC file of one venue, symbol and kind, read in place.
//!
//! Bars: `ts_event` (open), `ts_recv` (close: when the bar becomes visible), `open`, `high`, `low`, `close`, `volume`,
//! `trades` (nullable). Trades: `ts_event`, `ts_recv`, `trade_id`, `price`, `quantity`, `aggressor_side` (1 buyer,
//! -1 seller, 0 unknown). Times are `timestamp[ns, UTC]`, so that pyarrow, polars and DuckDB read them as times.
//! What is known when the file is begun stands in the schema's metadata; row counts, span, digest and defects, known
//! only at its end, in the footer's.

mod columns;
mod meta;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use columns::{BarColumns, TradeColumns};
pub use meta::{BATCH_ROWS, FORMAT_VERSION, SourceFile, TapeKind, TapeMeta};
pub use read::Tape;
pub use write::{BarRow, SealedTape, TapeWriter, TradeRow};
