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
use super::queue::QueueModel;
use super::resting::{Place, key};

/// Resting orders that an event fills: (key, number, at most so many lots).
pub(super) type Hits = Vec<(i64, OrderId, i64)>;

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
        // Only what this very level reaches: what we took of better ones is gone until they are refreshed.
        if update.size.0 > 0 {
            self.reach(side_of(update.side.opposite()), update.price, book, event.ts_event);
        }
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
        for place in &mut self.desk.side(own).places[at] {
            if place.since <= ts && place.ahead.is_none() {
                place.queue.resize(model, before, after, lot);
            }
        }
    }

    fn queue_model(&self) -> (QueueModel, f64) {
        let lot = self.floor.terms.instruments[self.symbol].lot_size.value();
        (self.floor.terms.venue(self.symbol).book.queue, lot)
    }

    /// Fills the resting orders of a side that the other side's best price has reached.
    pub(super) fn cross(&mut self, side: Side, book: &OrderBook, ts: Timestamp) {
        if let Some(best) = book.best(Self::facing(side)) {
            self.reach(side, best.price, book, ts);
        }
    }

    /// Fills the resting orders of a side that a price of the other side has reached.
    fn reach(&mut self, side: Side, price: Ticks, book: &OrderBook, ts: Timestamp) {
        let resting = self.desk.side(side);
        let met = resting.through(key(side, price));
        if met == 0 {
            return;
        }
        let met = resting.places[..met].iter().filter(|place| place.since <= ts);
        let hits: Hits = met.flat_map(|place| place.hits(i64::MAX)).collect();
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
            if partial {
                self.part_if_executed(*side, at, lots, ts);
            }
            for i in 0..self.desk.side(*side).through(at) {
                let place = &mut self.desk.side(*side).places[i];
                if place.since > ts {
                    continue;
                }
                if place.key < at {
                    // The market has traded through it.
                    hits.extend(place.hits(i64::MAX));
                } else if place.ahead.is_none() {
                    place.queue.trade(lots);
                    let executed = place.queue.take_executed();
                    if executed > 0 {
                        hits.extend(place.hits(if partial { executed } else { i64::MAX }));
                        if partial {
                            self.let_wait(*side, i, executed);
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

    /// Before a trade at a price that executes orders: those whose fates part stand alone.
    fn part_if_executed(&mut self, side: Side, key: i64, lots: f64, ts: Timestamp) {
        let resting = self.desk.side(side);
        let executed = |place: &Place| {
            let mut queue = place.queue;
            queue.trade(lots);
            place.since <= ts && place.ahead.is_none() && queue.take_executed() > 0
        };
        if resting.places[resting.at(key)].iter().any(executed) {
            resting.part(key);
        }
    }

    /// What a trade gives to an order, later orders of its account at the same price cannot have. They stand alone.
    fn let_wait(&mut self, side: Side, i: usize, lots: i64) {
        let [(id, account)] = self.desk.side(side).places[i].orders[..] else { return };
        let Some(at) = self.find(id) else { return };
        let lots = lots.min(self.orders()[at].order.remaining().0);
        let places = &mut self.desk.side(side).places[i..];
        let at = places[0].key;
        let later = places[1..].iter_mut().take_while(|place| place.key == at);
        for place in later.filter(|place| place.orders.len() == 1 && place.orders[0].1 == account) {
            place.queue.front += lots as f64;
        }
    }

    /// Executes resting orders at their prices.
    pub(super) fn fill(&mut self, mut hits: Hits, ts: Timestamp) {
        hits.sort_unstable();
        for (_, id, most) in hits {
            let Some(i) = self.find(id) else { continue };
            let OrderKind::Limit { price } = effective(&self.orders()[i]) else { continue };
            let mid = self.desk.mid;
            let deal = Deal { price, most, liquidity: LiquiditySide::Maker, ts, mid };
            self.floor.deal(self.symbol, i, deal);
        }
        self.sweep(ts);
    }
}
