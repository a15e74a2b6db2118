//! What an event of the book or a trade does to the orders that rest.

use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::{DepthUpdate, Quote};
use manyworlds_components::ids::OrderId;
use manyworlds_components::market::{MarketEvent, Trade};
use manyworlds_components::order::OrderKind;
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::{AggressorSide, BookSide, LiquiditySide, Side};
use manyworlds_components::time::Timestamp;

use super::super::bar_matching::effective;
use super::Matcher;
use super::deal::Deal;
use super::queue::{QueueEstimate, QueueModel};
use super::resting::key;

/// Resting orders that an event fills, and up to how many lots.
pub(super) type Hits = Vec<(OrderId, i64)>;

/// Whose orders a side of the book is.
fn side_of(side: BookSide) -> Side {
    match side {
        BookSide::Bid => Side::Buy,
        BookSide::Ask => Side::Sell,
    }
}

impl Matcher<'_, '_> {
    /// A level gets another size.
    pub(super) fn depth(&mut self, event: &MarketEvent, update: &DepthUpdate, book: &mut OrderBook) {
        self.desk.note_mid(book);
        let before = book.apply_depth(event.ts_recv, event.ts_event, update);
        self.resize(update.side, update.price, before, update.size, event.ts_event);
        self.cross(side_of(update.side.opposite()), book, event.ts_event);
    }

    /// The best prices are others: those of a level that is not the best any more stay as they were.
    pub(super) fn quote(&mut self, event: &MarketEvent, quote: &Quote, book: &mut OrderBook) {
        let sides = [(BookSide::Bid, quote.bid, quote.bid_size), (BookSide::Ask, quote.ask, quote.ask_size)];
        self.desk.note_mid(book);
        let before = sides.map(|(side, price, _)| book.size_at(side, price));
        book.apply(event);
        for ((side, price, size), before) in sides.into_iter().zip(before) {
            self.resize(side, price, before, size, event.ts_event);
        }
        self.cross(Side::Buy, book, event.ts_event);
        self.cross(Side::Sell, book, event.ts_event);
    }

    /// Moves the orders at a level whose size has changed.
    fn resize(&mut self, side: BookSide, price: Ticks, before: Lots, after: Lots, ts: Timestamp) {
        let own = side_of(side);
        let at = self.desk.side(own).at(key(own, price));
        if at.is_empty() {
            return;
        }
        let (model, lot) = self.queue_model();
        let rows = self.desk.side(own);
        // Orders that came at one time have the same place.
        let mut last: Option<(QueueEstimate, QueueEstimate)> = None;
        for row in at {
            let row = &mut rows.rows[row];
            if row.since > ts || row.ahead.is_some() {
                continue;
            }
            let was = row.queue;
            match last {
                Some((same, now)) if same == was => row.queue = now,
                _ => row.queue.resize(model, before, after, lot),
            }
            last = Some((was, row.queue));
        }
    }

    fn queue_model(&self) -> (QueueModel, f64) {
        let lot = self.floor.terms.instruments[self.symbol].lot_size.value();
        (self.floor.terms.venue(self.symbol).book.queue, lot)
    }

    /// Fills the resting orders of a side that the other side's best price has reached.
    pub(super) fn cross(&mut self, side: Side, book: &OrderBook, ts: Timestamp) {
        let Some(best) = book.best(Self::facing(side)) else { return };
        let rows = self.desk.side(side);
        let met = rows.through(key(side, best.price));
        if met == 0 {
            return;
        }
        let hits: Hits =
            rows.rows[..met].iter().filter(|r| r.since <= ts).map(|r| (r.id, i64::MAX)).collect();
        if self.matches(book) {
            self.fill(hits, ts);
        } else {
            self.desk.blocked = true;
        }
    }

    /// A public trade.
    pub(super) fn trade(&mut self, trade: &Trade, book: &OrderBook, ts: Timestamp) {
        self.desk.note_mid(book);
        let instrument = &self.floor.terms.instruments[self.symbol];
        let price = Ticks(instrument.tick_size.round(trade.price));
        let lots = instrument.lot_size.count(trade.quantity);
        let sides: &[Side] = match trade.aggressor {
            AggressorSide::Buyer => &[Side::Sell],
            AggressorSide::Seller => &[Side::Buy],
            AggressorSide::Unknown => &[Side::Buy, Side::Sell],
        };
        let partial = self.floor.terms.venue(self.symbol).book.partial_fills;
        let matches = self.matches(book);
        for side in sides {
            let at = key(*side, price);
            let mut hits: Hits = Vec::new();
            for i in 0..self.desk.side(*side).through(at) {
                let row = &mut self.desk.side(*side).rows[i];
                if row.since > ts {
                    continue;
                }
                if row.key < at {
                    // The market has traded through it.
                    hits.push((row.id, i64::MAX));
                } else if row.ahead.is_none() {
                    row.queue.trade(lots);
                    let executed = row.queue.take_executed();
                    if executed > 0 {
                        let (id, account) = (row.id, row.account);
                        let lots = if partial { executed } else { i64::MAX };
                        hits.push((id, lots));
                        if partial {
                            self.let_wait(*side, i, account, executed);
                        }
                    }
                }
            }
            if !matches {
                self.desk.blocked |= !hits.is_empty();
            } else if !hits.is_empty() {
                self.fill(hits, ts);
            }
        }
        if self.desk.stops && matches {
            self.wake_stops(trade.price, trade.price, ts);
        }
    }

    /// What a trade gives to an order, later orders of its account at the same price cannot have.
    fn let_wait(&mut self, side: Side, i: usize, account: manyworlds_components::ids::AccountId, lots: i64) {
        let id = self.desk.side(side).rows[i].id;
        let Some(at) = self.find(id) else { return };
        let lots = lots.min(self.orders()[at].order.remaining().0);
        let rows = &mut self.desk.side(side).rows[i..];
        let at = rows[0].key;
        for row in rows[1..].iter_mut().take_while(|r| r.key == at).filter(|r| r.account == account) {
            row.queue.front += lots as f64;
        }
    }

    /// Executes resting orders at their prices.
    pub(super) fn fill(&mut self, hits: Hits, ts: Timestamp) {
        for (id, most) in hits {
            let Some(i) = self.find(id) else { continue };
            let OrderKind::Limit { price } = effective(&self.orders()[i]) else { continue };
            let mid = self.desk.mid;
            let deal = Deal { price, most, liquidity: LiquiditySide::Maker, ts, mid };
            self.floor.deal(self.symbol, i, deal);
        }
        self.sweep(ts);
    }
}
