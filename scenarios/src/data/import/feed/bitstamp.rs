//! Bitstamp order-by-order captures: a line is `<receive time, ms> <event> <JSON>`.
//!
//! `order_created`, `order_changed` and `order_deleted` carry the order with what is left of it; an order that is deleted
//! with nothing left was dealt. `order_book` carries the best levels: the depth tape holds them as changes from one to the
//! next. Trades have no side. Events have no venue time: they happened when they were received.

use std::io::Read;

use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;
use serde::Deserialize;

use super::depth_diff::DepthDiff;
use super::intake::Intake;
use super::live_orders::LiveOrders;
use super::row::{Change, FeedRow};
use super::text::{Lines, cell_error};
use super::{FeedParser, wrong_kind};
use crate::data::error::{DataError, Location};
use crate::data::validate::Place;

const HINT: &str = "a capture has lines such as `1430438404518 order_created {\"price\": \"236.47\", ..}`";

#[derive(Deserialize)]
struct Order<'a> {
    id: u64,
    price: &'a str,
    amount: &'a str,
    order_type: i64,
}

#[derive(Deserialize)]
struct Trade {
    id: i64,
    price: f64,
    amount: f64,
}

#[derive(Deserialize)]
struct Book<'a> {
    #[serde(borrow)]
    bids: Vec<[&'a str; 2]>,
    asks: Vec<[&'a str; 2]>,
}

/// Live orders, to tell those that were never added, and the last published book.
#[derive(Default)]
pub(super) struct Bitstamp {
    live: LiveOrders,
    depth: DepthDiff,
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str, place: Place<'_>) -> Result<T, DataError> {
    serde_json::from_str(json)
        .map_err(|e| cell_error(place, "json", &e.to_string(), "a whole record of this event"))
}

fn number(field: &str, text: &str, place: Place<'_>) -> Result<f64, DataError> {
    text.parse().map_err(|_| cell_error(place, field, text, "a number such as 236.47"))
}

impl Bitstamp {
    fn order(
        &mut self,
        event: &str,
        json: &str,
        ts: i64,
        place: Place<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let order: Order<'_> = parse(json, place)?;
        let side = match order.order_type {
            0 => BookSide::Bid,
            1 => BookSide::Ask,
            other => {
                return Err(cell_error(place, "order_type", &other.to_string(), "0 (bid) or 1 (ask)"));
            }
        };
        let (price, size) = (number("price", order.price, place)?, number("amount", order.amount, place)?);
        let action = match event {
            "order_created" => OrderAction::Add,
            "order_changed" => OrderAction::Modify,
            _ => OrderAction::Delete,
        };
        let change = Change::Order { order: order.id, action, side, price, size };
        self.live.push(&FeedRow { ts_event: ts, ts_recv: ts, change }, place, intake)
    }
}

impl FeedParser for Bitstamp {
    fn read(
        &mut self,
        source: &Location,
        input: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let mut lines = Lines::new(source, input);
        while let Some((line, place)) = lines.next()? {
            let mut parts = line.splitn(3, ' ');
            let (clock, event, json) = (parts.next(), parts.next(), parts.next());
            let ms = clock.and_then(|ms| ms.parse::<i64>().ok());
            let (Some(ms), Some(event), Some(json)) = (ms, event, json) else {
                return Err(wrong_kind(place, "bitstamp", line, HINT));
            };
            if super::super::text_time::unit_of_count(ms) != 1_000_000 {
                return Err(wrong_kind(place, "bitstamp", line, HINT));
            }
            let ts = ms * 1_000_000;
            match event {
                "order_created" | "order_changed" | "order_deleted" => {
                    self.order(event, json, ts, place, intake)?;
                }
                "trade" => {
                    let Trade { id, price, amount } = parse(json, place)?;
                    let change = Change::Trade { id, price, quantity: amount, aggressor: 0 };
                    intake.push(&FeedRow { ts_event: ts, ts_recv: ts, change }, place)?;
                }
                "order_book" => {
                    let book: Book<'_> = parse(json, place)?;
                    let levels = |levels: &[[&str; 2]]| -> Result<Vec<(f64, f64)>, DataError> {
                        let level =
                            |[p, s]: &[&str; 2]| Ok((number("price", p, place)?, number("size", s, place)?));
                        levels.iter().map(level).collect()
                    };
                    let (bids, asks) = (levels(&book.bids)?, levels(&book.asks)?);
                    self.depth.show([&bids, &asks], (ts, ts), place, intake)?;
                }
                _ if event.starts_with('{') => return Err(wrong_kind(place, "bitstamp", line, HINT)),
                _ => intake.ignore(),
            }
        }
        Ok(())
    }
}
