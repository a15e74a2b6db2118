//! LOBSTER: a message file and, if it is at hand, the order book file whose row k is the book after message k.
//!
//! The direction of a message is that of the resting order, so that the aggressor of an execution is the opposite. Times
//! are seconds after midnight of the venue's day; prices are 1/10,000 of the currency.

use std::io::Read;

use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use super::depth_diff::DepthDiff;
use super::intake::Intake;
use super::lobster_book::{Levels, LobsterBook};
use super::row::{Change, FeedKind, FeedRow};
use super::text::{Cells, Lines, cell_error};
use super::wrong_kind;
use crate::data::error::{DataError, Location};
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Place, Policy};

pub(super) const NAMES: [&str; 6] = ["time", "type", "order_id", "size", "price", "direction"];
const HINT: &str = "a message file has the columns time (seconds after midnight), type (1 to 7), order id, size, price x 10,000 \
     and direction (1 or -1), without a header";

/// A row of a message file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message {
    /// Nanoseconds after midnight.
    pub time: i64,
    /// 1 new, 2 partial cancel, 3 delete, 4 visible execution, 5 hidden execution, 6 cross, 7 halt.
    pub kind: i64,
    pub order: u64,
    pub size: i64,
    /// 1/10,000.
    pub price: i64,
    pub side: BookSide,
}

impl Message {
    pub(super) fn parse(line: &str, place: Place<'_>) -> Result<Self, DataError> {
        let cells = Cells::split(line, &NAMES, place)?;
        let seconds = super::super::text_time::TimeStyle::Epoch(1_000_000_000).parse(cells.text(0));
        let day = 0..=86_400_000_000_000;
        let time = seconds.filter(|time| day.contains(time));
        let kind = cells.integer(1)?;
        if !(1..=7).contains(&kind) {
            return Err(cells.error(1, "a type from 1 to 7"));
        }
        let side = match cells.text(5) {
            "1" => BookSide::Bid,
            "-1" => BookSide::Ask,
            _ => return Err(cells.error(5, "1 (a bid) or -1 (an ask)")),
        };
        Ok(Self {
            time: time.ok_or_else(|| cells.error(0, "seconds after midnight, such as 34200.017459617"))?,
            kind,
            order: cells.text(2).parse().map_err(|_| cells.error(2, "a whole number"))?,
            size: cells.integer(3)?,
            price: cells.integer(4)?,
            side,
        })
    }
}

/// The levels of a row of an order book file: bids and asks, best first, without the empty ones beyond the book's end.
pub(super) fn parse_levels(line: &str, place: Place<'_>) -> Result<Levels, DataError> {
    let mut levels = Levels::default();
    let mut cells = line.split(',').map(str::trim);
    let mut count = 0;
    while let Some(first) = cells.next() {
        let width = |found| DataError::Width {
            at: place.location(),
            found: count * 4 + found,
            expected: count * 4 + 4,
        };
        let mut next = |found| cells.next().ok_or_else(|| width(found));
        let texts = [first, next(1)?, next(2)?, next(3)?];
        let fields = ["ask price", "ask size", "bid price", "bid size"];
        let mut values = [0; 4];
        for ((value, text), field) in values.iter_mut().zip(texts).zip(fields) {
            let parsed = text.parse::<i64>();
            let field = format!("{field} {}", count + 1);
            *value = parsed.map_err(|_| cell_error(place, &field, text, "a whole number"))?;
        }
        let [ask, ask_size, bid, bid_size] = values;
        if ask_size < 0 || bid_size < 0 {
            let value = ask_size.min(bid_size).to_string();
            return Err(cell_error(place, "size", &value, "a size of 0 or above"));
        }
        for (side, price, size) in [(BookSide::Bid, bid, bid_size), (BookSide::Ask, ask, ask_size)] {
            if size > 0 {
                levels.sides[side as usize].push((price, size));
            }
        }
        count += 1;
    }
    levels.shown = count;
    Ok(levels)
}

/// Refuses a message file whose first line is no message.
pub(super) fn check_kind(source: &Location, messages: &mut dyn Read) -> Result<(), DataError> {
    match Lines::new(source, messages).next()? {
        Some((line, place)) => first_message(line, place).map(|_| ()),
        None => Ok(()),
    }
}

fn first_message(line: &str, place: Place<'_>) -> Result<Message, DataError> {
    Message::parse(line, place).map_err(|_| wrong_kind(place, "lobster", line, HINT))
}

/// One day: its midnight in ns, and the book.
pub(super) struct LobsterDay {
    pub midnight: i64,
    depth: DepthDiff,
    book: LobsterBook,
}

impl LobsterDay {
    pub(super) fn new(midnight: i64) -> Self {
        Self { midnight, depth: DepthDiff::default(), book: LobsterBook::default() }
    }

    /// Reads both files side by side.
    pub(super) fn read(
        &mut self,
        (source, messages): (&Location, &mut dyn Read),
        books: Option<(&Location, &mut dyn Read)>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let mut lines = Lines::new(source, messages);
        let mut books = books.map(|(source, input)| Lines::new(source, input));
        let mut first = true;
        while let Some((line, place)) = lines.next()? {
            let is_first = std::mem::take(&mut first);
            let message = if is_first { first_message(line, place)? } else { Message::parse(line, place)? };
            let row = match &mut books {
                None => None,
                Some(books) => match books.next()? {
                    Some((line, place)) => Some((parse_levels(line, place)?, place)),
                    None => {
                        return Err(DataError::Format {
                            at: place.location(),
                            reason: "the order book file ends before this message".to_owned(),
                            hint: "it needs one row per message: fetch both files again".to_owned(),
                        });
                    }
                },
            };
            self.message(&message, is_first, row, place, intake)?;
        }
        if let Some(books) = &mut books
            && let Some((_, place)) = books.next()?
        {
            return Err(DataError::Format {
                at: place.location(),
                reason: "the message file ends before this row".to_owned(),
                hint: "it needs one message per row: fetch both files again".to_owned(),
            });
        }
        Ok(())
    }

    fn message(
        &mut self,
        message: &Message,
        is_first: bool,
        row: Option<(Levels, Place<'_>)>,
        place: Place<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let ts = self.midnight + message.time;
        let feed_row = |change| FeedRow { ts_event: ts, ts_recv: ts, change };
        if is_first {
            intake.signal(FeedKind::Orders, TapeSignal::Clear, ts, ts)?;
        }
        if matches!(message.kind, 4..=6) {
            // A cross has no aggressor.
            let aggressor = match (message.kind, message.side) {
                (6, _) => 0,
                (_, BookSide::Bid) => -1,
                (_, BookSide::Ask) => 1,
            };
            let (price, quantity) = (money(message.price), message.size as f64);
            let id = i64::try_from(place.row).unwrap_or(0);
            intake.push(&feed_row(Change::Trade { id, price, quantity, aggressor }), place)?;
        }
        if message.kind == 7 {
            // -1 halts; 0 lets quotes in, 1 trades.
            let signal = match message.price {
                -1 => Some(TapeSignal::Halt),
                1 => Some(TapeSignal::Resume),
                _ => None,
            };
            let both = [FeedKind::Orders, FeedKind::Depth];
            for on in both.into_iter().take(if row.is_some() { 2 } else { 1 }) {
                signal.map_or(Ok(()), |signal| intake.signal(on, signal, ts, ts))?;
            }
        }
        let mut changes = Vec::new();
        let unknown = self.book.apply(message, &mut changes);
        if unknown {
            let value = || format!("order {} was never submitted", message.order);
            intake.met(FeedKind::Orders, Defect::UnknownOrder, 1, ts, place, value)?;
        }
        if let Some((levels, at)) = &row
            && (is_first || intake.policy(Defect::UnseenOrder) != Policy::Skip)
        {
            let unseen = self.book.reconcile(levels, &mut changes);
            if unseen > 0 && !is_first {
                let value = || format!("{unseen} levels are not what the messages say");
                intake.met(FeedKind::Orders, Defect::UnseenOrder, unseen, ts, *at, value)?;
            }
        }
        for change in changes {
            intake.push(&feed_row(change), place)?;
        }
        if let Some((levels, at)) = row {
            let side = |side: BookSide| -> Vec<(f64, f64)> {
                levels.sides[side as usize].iter().map(|(p, s)| (money(*p), *s as f64)).collect()
            };
            self.depth.show([&side(BookSide::Bid), &side(BookSide::Ask)], (ts, ts), at, intake)?;
        }
        Ok(())
    }
}

/// A price in units of the currency.
pub(super) fn money(price: i64) -> f64 {
    price as f64 / 10_000.0
}

/// The change of one order.
pub(super) fn change(order: u64, action: OrderAction, side: BookSide, price: i64, size: i64) -> Change {
    Change::Order { order, action, side, price: money(price), size: size as f64 }
}
