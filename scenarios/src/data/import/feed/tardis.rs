//! Tardis csv: `incremental_book_L2`, `trades` and `quotes`, told apart by their headers.
//!
//! Rules of the source (docs.tardis.dev, "Downloadable CSV files"): rows before the first snapshot are not used; where
//! `is_snapshot` turns from false to true, all levels known so far are void; `amount` is absolute and 0 deletes; the side
//! of a trade is the aggressor's. Times are microseconds since 1970, UTC.

use std::io::Read;

use manyworlds_components::side::BookSide;

use super::intake::Intake;
use super::row::{Change, FeedKind, FeedRow};
use super::text::{Cells, Lines};
use super::{FeedParser, wrong_kind};
use crate::data::error::{DataError, Location};
use crate::data::import::columns::parse_bool;
use crate::data::import::spec::ImportSpec;
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Place};

const BOOK: [&str; 8] =
    ["exchange", "symbol", "timestamp", "local_timestamp", "is_snapshot", "side", "price", "amount"];
const TRADES: [&str; 8] =
    ["exchange", "symbol", "timestamp", "local_timestamp", "id", "side", "price", "amount"];
const QUOTES: [&str; 8] = [
    "exchange",
    "symbol",
    "timestamp",
    "local_timestamp",
    "ask_amount",
    "ask_price",
    "bid_price",
    "bid_amount",
];
const HINT: &str = "a file of `incremental_book_L2`, `trades` or `quotes` begins with a header of the columns exchange, symbol, \
     timestamp, local_timestamp and those of its kind";

/// State across the files of one import, which are read in the order of time.
pub(super) struct Tardis {
    wanted: Option<String>,
    /// Whether the last row of the book was one of a snapshot; none before the first row.
    in_snapshot: bool,
    synced: bool,
    trades: i64,
}

impl Tardis {
    pub(super) fn new(spec: &ImportSpec) -> Self {
        Self { wanted: spec.source_symbol.clone(), in_snapshot: false, synced: false, trades: 0 }
    }

    fn book(&mut self, cells: &Cells<'_>, row: Common, intake: &mut Intake<'_>) -> Result<(), DataError> {
        let Common { ts_event, ts_recv, place } = row;
        let is_snapshot = parse_bool(cells.text(4)).ok_or_else(|| cells.error(4, "`true` or `false`"))?;
        let side = match cells.text(5) {
            "bid" => BookSide::Bid,
            "ask" => BookSide::Ask,
            _ => return Err(cells.error(5, "`bid` or `ask`")),
        };
        let change = Change::Level { side, price: cells.number(6)?, size: cells.number(7)? };
        if is_snapshot && !self.in_snapshot {
            intake.signal(FeedKind::Depth, TapeSignal::Clear, ts_event, ts_recv)?;
            self.synced = true;
        }
        self.in_snapshot = is_snapshot;
        if !self.synced {
            let kept = intake.met(FeedKind::Depth, Defect::BeforeSnapshot, 1, ts_event, place, || {
                format!("{} {} before the first snapshot", cells.text(5), cells.text(6))
            })?;
            if !kept {
                intake.read(FeedKind::Depth, 1);
                return Ok(());
            }
        }
        intake.push(&FeedRow { ts_event, ts_recv, change }, place).map(|_| ())
    }

    fn trade(&mut self, cells: &Cells<'_>, row: Common, intake: &mut Intake<'_>) -> Result<(), DataError> {
        let aggressor = match cells.text(5) {
            "buy" => 1,
            "sell" => -1,
            "unknown" => 0,
            _ => return Err(cells.error(5, "`buy`, `sell` or `unknown`")),
        };
        self.trades += 1;
        // Some venues number their trades, some name them: then the row's number stands for the name.
        let id = cells.text(4).parse().unwrap_or(self.trades);
        let change = Change::Trade { id, price: cells.number(6)?, quantity: cells.number(7)?, aggressor };
        row.push(change, intake)
    }
}

/// What the rows of every kind have.
#[derive(Clone, Copy)]
struct Common<'a> {
    ts_event: i64,
    ts_recv: i64,
    place: Place<'a>,
}

impl Common<'_> {
    fn push(self, change: Change, intake: &mut Intake<'_>) -> Result<(), DataError> {
        let Self { ts_event, ts_recv, place } = self;
        intake.push(&FeedRow { ts_event, ts_recv, change }, place).map(|_| ())
    }
}

/// A side of a quote; an empty cell says that it is empty.
fn side(cells: &Cells<'_>, price: usize, size: usize) -> Result<(f64, f64), DataError> {
    if cells.text(price).is_empty() && matches!(cells.text(size), "" | "0") {
        return Ok((0.0, 0.0));
    }
    Ok((cells.number(price)?, cells.number(size)?))
}

impl FeedParser for Tardis {
    fn read(
        &mut self,
        source: &Location,
        input: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let mut lines = Lines::new(source, input);
        let Some((header, place)) = lines.next()? else { return Ok(()) };
        let found: Vec<&str> = header.split(',').map(str::trim).collect();
        let kinds = [(BOOK, FeedKind::Depth), (TRADES, FeedKind::Trades), (QUOTES, FeedKind::Quotes)];
        let Some((names, kind)) = kinds.into_iter().find(|(names, _)| found == *names) else {
            return Err(wrong_kind(place, "tardis", header, HINT));
        };
        while let Some((line, place)) = lines.next()? {
            let cells = Cells::split(line, &names, place)?;
            match &self.wanted {
                Some(wanted) if wanted != cells.text(1) => continue,
                _ => {}
            }
            intake.name_venue(cells.text(0), "exchange", place)?;
            intake.name_symbol(cells.text(1), "symbol", place)?;
            let row = Common {
                ts_event: cells.time(2, 1_000, "microseconds")?,
                ts_recv: cells.time(3, 1_000, "microseconds")?,
                place,
            };
            match kind {
                FeedKind::Depth => self.book(&cells, row, intake)?,
                FeedKind::Trades => self.trade(&cells, row, intake)?,
                _ => {
                    let ((ask, ask_size), (bid, bid_size)) = (side(&cells, 5, 4)?, side(&cells, 6, 7)?);
                    row.push(Change::Quote { bid, bid_size, ask, ask_size }, intake)?;
                }
            }
        }
        Ok(())
    }
}
