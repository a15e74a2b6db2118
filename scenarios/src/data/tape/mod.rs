//! The project's own tape: an uncompressed Arrow IPC file of one venue, symbol and kind, read in place.
//!
//! Bars: `ts_event` (open), `ts_recv` (close: when the bar becomes visible), `open`, `high`, `low`, `close`, `volume`,
//! `trades` (nullable). Trades: `ts_event`, `ts_recv`, `trade_id`, `price`, `quantity`, `aggressor_side` (1 buyer,
//! -1 seller, 0 unknown).
//! Depth (L2): `ts_event`, `ts_recv`, `signal` (0: the row is a level; 1 clear, 2 gap, 3 halt, 4 resume, 5 clear one side
//! down to `price`), `side` (1 bid, -1 ask), `price`, `size` (what rests there now; 0 deletes). Quotes (L1): `bid_price`,
//! `bid_size`, `ask_price`, `ask_size`. Orders (L3): as depth, with `action` (1 add, 2 modify, 3 reduce, 4 delete,
//! 5 execute, 6 fill) and `order_id`. Depth and orders begin with a clear. Times are `timestamp[ns, UTC]`, so that pyarrow, polars and DuckDB read them as times.
//! What is known when the file is begun stands in the schema's metadata; row counts, span, digest and defects, known
//! only at its end, in the footer's.

mod book_columns;
#[cfg(test)]
mod book_tests;
mod check;
mod codes;
mod columns;
#[cfg(test)]
mod damage_tests;
mod fit;
#[cfg(test)]
mod fit_tests;
mod message;
mod meta;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod write;

pub use book_columns::{DepthColumns, OrderColumns, QuoteColumns};
pub(crate) use check::MOST_STEPS;
pub use codes::{action_code, book_side, book_signal, order_action, side_code, signal_code};
pub use columns::{BarColumns, TradeColumns};
pub use meta::{BATCH_ROWS, FORMAT_VERSION, SourceFile, TapeKind, TapeMeta};
pub use read::Tape;
pub use rows::{BarRow, DepthChange, DepthRow, OrderChange, OrderRow, QuoteRow, TapeSignal, TradeRow};
pub use write::{SealedTape, TapeWriter};
