//! Binance web-socket captures: a line is `<local receive time, ns> <JSON>`, or the JSON alone.
//!
//! How the book is kept (Binance API, "How to manage a local order book correctly") is in `binance_depth`; here lines are
//! told apart. `m` of a trade says that the buyer was the maker: the aggressor sold.

use std::io::Read;

use serde::Deserialize;

use super::binance_depth::DepthSync;
use super::intake::Intake;
use super::row::{Change, FeedRow};
use super::text::{Lines, cell_error};
use super::{FeedParser, wrong_kind};
use crate::data::error::{DataError, Location};
use crate::data::import::spec::ImportSpec;
use crate::data::validate::Place;

const HINT: &str =
    "a capture has lines such as `1723161255030314667 {\"stream\":\"btcusdt@depth\",\"data\":{..}}`";

#[derive(Deserialize)]
struct BookTicker<'a> {
    s: &'a str,
    b: &'a str,
    #[serde(rename = "B")]
    bid_size: &'a str,
    a: &'a str,
    #[serde(rename = "A")]
    ask_size: &'a str,
    #[serde(rename = "T")]
    transaction_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    s: &'a str,
    t: i64,
    p: &'a str,
    q: &'a str,
    #[serde(rename = "T")]
    ms: i64,
    m: bool,
}

#[derive(Deserialize)]
struct AggTrade<'a> {
    s: &'a str,
    a: i64,
    p: &'a str,
    q: &'a str,
    #[serde(rename = "T")]
    ms: i64,
    m: bool,
}

/// Where a record stands and when it was received.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub place: Place<'a>,
    /// None where the capture has no clock of its own.
    pub received: Option<i64>,
}

impl<'a> At<'a> {
    pub(super) fn parse<'j, T: Deserialize<'j>>(&self, json: &'j str) -> Result<T, DataError> {
        serde_json::from_str(json).map_err(|e| {
            let cut = e.is_eof();
            let expected =
                if cut { "a whole record: the line is cut off" } else { "a record of this stream" };
            cell_error(self.place, "json", &format!("{e}"), expected)
        })
    }

    pub(super) fn number(&self, field: &str, text: &str) -> Result<f64, DataError> {
        text.parse().map_err(|_| cell_error(self.place, field, text, "a number such as 16541.77"))
    }

    /// Milliseconds since 1970 as nanoseconds.
    pub(super) fn ms(&self, field: &str, ms: i64) -> Result<i64, DataError> {
        let wrong = || cell_error(self.place, field, &ms.to_string(), "a time in milliseconds since 1970");
        if super::super::text_time::unit_of_count(ms) != 1_000_000 {
            return Err(wrong());
        }
        ms.checked_mul(1_000_000).ok_or_else(wrong)
    }
}

/// What the records of a capture are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Depth,
    BookTicker,
    Trade,
    AggTrade,
    Snapshot,
    Other,
}

/// Tells a record by its stream or event name; spot book tickers have neither. None: it is not Binance's.
fn kind_of(stream: Option<&str>, json: &str) -> Option<Kind> {
    let name = match stream {
        Some(stream) => stream.split('@').nth(1)?,
        None if json.contains("\"lastUpdateId\"") => return Some(Kind::Snapshot),
        None => match json.split_once("\"e\":\"") {
            Some((_, rest)) => rest.split('"').next()?,
            None if json.contains("\"B\":") && json.contains("\"A\":") => "bookTicker",
            None => return None,
        },
    };
    Some(match name {
        "depth" | "depthUpdate" => Kind::Depth,
        "bookTicker" => Kind::BookTicker,
        "trade" => Kind::Trade,
        "aggTrade" => Kind::AggTrade,
        _ => Kind::Other,
    })
}

/// A line cut into its clock, stream name and record. None: it is no such line.
fn cut(line: &str) -> Option<(Option<i64>, Option<&str>, &str)> {
    let (received, json) = match line.split_once(' ') {
        Some((clock, json)) if !clock.starts_with('{') => (Some(clock.parse().ok()?), json.trim()),
        _ => (None, line.trim()),
    };
    if !json.starts_with('{') {
        return None;
    }
    let Some(rest) = json.strip_prefix("{\"stream\":\"") else { return Some((received, None, json)) };
    let (stream, rest) = rest.split_once('"')?;
    let data = rest.split_once("\"data\":")?.1;
    // The record ends before the brace that closes the wrapping; without that brace, the line is cut off.
    Some((received, Some(stream), data.strip_suffix('}').unwrap_or(data)))
}

/// State across the files of one import, which are read in the order of time.
pub(super) struct BinanceStream {
    pub(super) wanted: Option<String>,
    other_symbols: bool,
    depth: DepthSync,
    /// `trade` or `aggTrade`, whichever came first: each is the whole of the trades.
    trades: Option<Kind>,
}

impl BinanceStream {
    pub(super) fn new(spec: &ImportSpec) -> Self {
        let depth = DepthSync::default();
        Self { wanted: spec.source_symbol.clone(), other_symbols: false, depth, trades: None }
    }

    /// Whether a record is of the symbol that is imported.
    fn is_wanted(
        &mut self,
        symbol: &str,
        intake: &mut Intake<'_>,
        place: Place<'_>,
    ) -> Result<bool, DataError> {
        if self.wanted.as_ref().is_some_and(|wanted| wanted != symbol) {
            self.other_symbols = true;
            return Ok(false);
        }
        intake.name_symbol(symbol, "s", place)?;
        Ok(true)
    }

    fn record(
        &mut self,
        kind: Kind,
        json: &str,
        at: At<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let place = at.place;
        match kind {
            Kind::Depth => {
                let update = at.parse(json)?;
                if self.is_wanted(super::binance_depth::symbol(&update), intake, place)? {
                    self.depth.update(&update, at, intake)?;
                }
            }
            Kind::Snapshot => {
                let snapshot = at.parse(json)?;
                let wanted = match super::binance_depth::snapshot_symbol(&snapshot) {
                    Some(symbol) => self.is_wanted(symbol, intake, place)?,
                    None if self.other_symbols => {
                        return Err(DataError::Format {
                            at: place.location(),
                            reason: "a snapshot that names no symbol, in a capture of several".to_owned(),
                            hint: "split the capture by symbol first".to_owned(),
                        });
                    }
                    None => true,
                };
                if wanted {
                    self.depth.snapshot(&snapshot, at, intake)?;
                }
            }
            Kind::BookTicker => {
                let quote: BookTicker<'_> = at.parse(json)?;
                if self.is_wanted(quote.s, intake, place)? {
                    let (bid, bid_size) = (at.number("b", quote.b)?, at.number("B", quote.bid_size)?);
                    let (ask, ask_size) = (at.number("a", quote.a)?, at.number("A", quote.ask_size)?);
                    // Spot has no time: then it happened when it was received.
                    let venue = quote.transaction_ms.map(|ms| at.ms("T", ms)).transpose()?;
                    let Some(ts_recv) = at.received.or(venue) else {
                        return Err(cell_error(
                            place,
                            "T",
                            "",
                            "a time: neither the line nor the record has one",
                        ));
                    };
                    let change = Change::Quote { bid, bid_size, ask, ask_size };
                    let row = FeedRow { ts_event: venue.unwrap_or(ts_recv), ts_recv, change };
                    intake.push(&row, place)?;
                }
            }
            Kind::Trade | Kind::AggTrade if self.trades.is_some_and(|first| first != kind) => intake.ignore(),
            Kind::Trade | Kind::AggTrade => {
                self.trades = Some(kind);
                let trade: Trade<'_> = if kind == Kind::Trade {
                    at.parse(json)?
                } else {
                    let AggTrade { s, a, p, q, ms, m } = at.parse(json)?;
                    Trade { s, t: a, p, q, ms, m }
                };
                if self.is_wanted(trade.s, intake, place)? {
                    let (price, quantity) = (at.number("p", trade.p)?, at.number("q", trade.q)?);
                    let ts_event = at.ms("T", trade.ms)?;
                    let aggressor = if trade.m { -1 } else { 1 };
                    let change = Change::Trade { id: trade.t, price, quantity, aggressor };
                    let ts_recv = at.received.unwrap_or(ts_event);
                    intake.push(&FeedRow { ts_event, ts_recv, change }, place)?;
                }
            }
            Kind::Other => intake.ignore(),
        }
        Ok(())
    }
}

impl FeedParser for BinanceStream {
    fn read(
        &mut self,
        source: &Location,
        input: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        intake.sequential_trades = true;
        let mut lines = Lines::new(source, input);
        while let Some((line, place)) = lines.next()? {
            let found =
                cut(line).and_then(|(received, stream, json)| Some((received, kind_of(stream, json)?, json)));
            let Some((received, kind, json)) = found else {
                return Err(wrong_kind(place, "binance_stream", line, HINT));
            };
            self.record(kind, json, At { place, received }, intake)?;
        }
        Ok(())
    }

    fn finish(&mut self, intake: &mut Intake<'_>) -> Result<(), DataError> {
        self.depth.finish(intake)
    }
}
