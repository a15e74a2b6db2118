//! `bookTicker` of Binance's public archive: csv, header optional.
//!
//! The archive has no clock of its own: what the venue sent at `event_time` was received then.

use std::io::Read;

use super::intake::Intake;
use super::row::{Change, FeedRow};
use super::text::{Cells, Lines};
use super::{FeedParser, wrong_kind};
use crate::data::error::{DataError, Location};

const NAMES: [&str; 7] = [
    "update_id",
    "best_bid_price",
    "best_bid_qty",
    "best_ask_price",
    "best_ask_qty",
    "transaction_time",
    "event_time",
];
const HINT: &str = "it has the columns update_id, best_bid_price, best_bid_qty, best_ask_price, best_ask_qty, \
     transaction_time, event_time";

/// Reads files one by one; it keeps nothing between them.
pub(super) struct BookTickerCsv;

impl FeedParser for BookTickerCsv {
    fn read(
        &mut self,
        source: &Location,
        input: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let mut lines = Lines::new(source, input);
        let mut first = true;
        while let Some((line, place)) = lines.next()? {
            let is_first = std::mem::take(&mut first);
            let found = line.split(',').map(str::trim);
            if is_first && found.clone().eq(NAMES) {
                continue;
            }
            let times = found.clone().skip(5);
            let fits = found.clone().count() == 7
                && times.clone().all(|t| t.len() == 13 && t.parse::<i64>().is_ok());
            if is_first && !fits {
                return Err(wrong_kind(place, "binance_book_ticker", line, HINT));
            }
            let cells = Cells::split(line, &NAMES, place)?;
            cells.integer(0)?;
            let ts_event = cells.time(5, 1_000_000, "milliseconds")?;
            let ts_recv = cells.time(6, 1_000_000, "milliseconds")?.max(ts_event);
            let (bid, bid_size) = (cells.number(1)?, cells.number(2)?);
            let (ask, ask_size) = (cells.number(3)?, cells.number(4)?);
            let change = Change::Quote { bid, bid_size, ask, ask_size };
            intake.push(&FeedRow { ts_event, ts_recv, change }, place)?;
        }
        Ok(())
    }
}
