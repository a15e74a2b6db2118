//! hftbacktest (version 2) event arrays: npy, or npz with an array `data`; rows of 64 bytes.
//!
//! A row that is seen by the exchange and by us at different places in the order of time stands there twice, with one of
//! the two bits each; the tape holds the rows that we see, in the order in which we see them. `CLEAR` empties a side from
//! its best price to the row's.

use std::io::Read;

use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use super::FeedParser;
use super::intake::Intake;
use super::live_orders::LiveOrders;
use super::npy::read_header;
use super::row::{Change, FeedKind, FeedRow};
use super::text::cell_error;
use crate::data::error::{DataError, Location};
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Place};

const DTYPE: &str = "[('ev','<u8'),('exch_ts','<i8'),('local_ts','<i8'),('px','<f8'),('qty','<f8'),('order_id','<u8'),\
     ('ival','<i8'),('fval','<f8')]";
const EXCHANGE: u64 = 1 << 31;
const LOCAL: u64 = 1 << 30;
const BUY: u64 = 1 << 29;
const SELL: u64 = 1 << 28;

/// State across the files of one import, which are read in the order of time.
#[derive(Default)]
pub(super) struct Hftbacktest {
    synced: bool,
    live: LiveOrders,
    /// Best bid and ask with their sizes, of rows that tell one side each.
    quote: [(f64, f64); 2],
    trades: i64,
}

struct Event {
    ev: u64,
    ts_event: i64,
    ts_recv: i64,
    price: f64,
    size: f64,
    order: u64,
}

impl Event {
    fn new(bytes: &[u8; 64]) -> Self {
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at * 8..at * 8 + 8]);
            word
        };
        Self {
            ev: u64::from_le_bytes(word(0)),
            ts_event: i64::from_le_bytes(word(1)),
            ts_recv: i64::from_le_bytes(word(2)),
            price: f64::from_le_bytes(word(3)),
            size: f64::from_le_bytes(word(4)),
            order: u64::from_le_bytes(word(5)),
        }
    }

    fn side(&self, place: Place<'_>) -> Result<BookSide, DataError> {
        match self.ev & (BUY | SELL) {
            BUY => Ok(BookSide::Bid),
            SELL => Ok(BookSide::Ask),
            _ => {
                let expected = "an event with either the buy (29) or the sell bit (28)";
                Err(cell_error(place, "ev", &format!("{:#x}", self.ev), expected))
            }
        }
    }
}

impl Hftbacktest {
    fn event(&mut self, event: &Event, place: Place<'_>, intake: &mut Intake<'_>) -> Result<(), DataError> {
        let Event { ev, ts_event, ts_recv, price, size, order } = *event;
        let row = |change| FeedRow { ts_event, ts_recv, change };
        let action = match ev & 0xff {
            1 | 4 => {
                self.synced |= ev & 0xff == 4;
                let side = event.side(place)?;
                if !self.synced {
                    let value = || format!("{} {price} before the first snapshot", side.name());
                    if !intake.met(FeedKind::Depth, Defect::BeforeSnapshot, 1, ts_event, place, value)? {
                        intake.read(FeedKind::Depth, 1);
                        return Ok(());
                    }
                }
                return intake.push(&row(Change::Level { side, price, size }), place).map(|_| ());
            }
            2 => {
                self.trades += 1;
                let aggressor = match ev & (BUY | SELL) {
                    BUY => 1,
                    SELL => -1,
                    _ => 0,
                };
                let change = Change::Trade { id: self.trades, price, quantity: size, aggressor };
                return intake.push(&row(change), place).map(|_| ());
            }
            3 => {
                self.synced = true;
                let signal = match ev & (BUY | SELL) {
                    0 => TapeSignal::Clear,
                    _ => TapeSignal::ClearTo { side: event.side(place)?, price },
                };
                return intake.signal(FeedKind::Depth, signal, ts_event, ts_recv);
            }
            5 => {
                self.quote[event.side(place)? as usize] = (price, size);
                let [(bid, bid_size), (ask, ask_size)] = self.quote;
                let change = Change::Quote { bid, bid_size, ask, ask_size };
                return intake.push(&row(change), place).map(|_| ());
            }
            10 => OrderAction::Add,
            11 => OrderAction::Delete,
            12 => OrderAction::Modify,
            13 => OrderAction::Fill,
            other => {
                let expected = "an event of kind 1 to 5 or 10 to 13";
                return Err(cell_error(place, "ev", &format!("{:#x} (kind {other})", ev), expected));
            }
        };
        let side = event.side(place)?;
        self.live.push(&row(Change::Order { order, action, side, price, size }), place, intake)
    }
}

impl FeedParser for Hftbacktest {
    fn read(
        &mut self,
        source: &Location,
        input: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let header = read_header(source, input)?;
        let place = Place { source, row: 1 };
        if header.descr != DTYPE || header.shape.len() != 1 {
            let hint = if header.descr.contains("req_ts") {
                "that is a table of order latencies: name the events"
            } else if header.descr == "'<f8'" {
                "that is the layout of hftbacktest 1: convert it with hftbacktest 2"
            } else {
                "an array of hftbacktest 2 has"
            };
            return Err(cell_error(place, "dtype", &header.descr, &format!("{DTYPE} ({hint})")));
        }
        let mut bytes = [0; 64];
        for row in 1..=header.shape[0] {
            let place = Place { source, row };
            input.read_exact(&mut bytes).map_err(|e| {
                let reason = format!("{e}; its header promises {} rows", header.shape[0]);
                DataError::Corrupt { at: place.location(), reason }
            })?;
            let event = Event::new(&bytes);
            if event.ev & (EXCHANGE | LOCAL) == EXCHANGE {
                intake.ignore();
                continue;
            }
            self.event(&event, place, intake)?;
        }
        Ok(())
    }
}
