//! Feeds of single orders (L3): whose turn it is, is known.

use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::{OrderAction, OrderUpdate};
use manyworlds_components::market::MarketEvent;
use manyworlds_components::side::{BookSide, Side};

use super::Matcher;
use super::matching::Hits;
use super::resting::{Place, key};

impl Matcher<'_, '_> {
    /// An order of the book changes. Of those ahead of ours, what leaves moves us up; once one behind ours is executed, or one
    /// at a worse price, our turn has come.
    pub(super) fn order(&mut self, event: &MarketEvent, update: &OrderUpdate, book: &mut OrderBook) {
        self.desk.note_mid(book);
        let known = book.order(update.order);
        book.apply(event);
        let ts = event.ts_event;
        if let Some(order) = known {
            let side = match order.side {
                BookSide::Bid => Side::Buy,
                BookSide::Ask => Side::Sell,
            };
            let at = key(side, order.price);
            let size = update.size.0.min(order.size.0);
            let dealt = matches!(update.action, OrderAction::Execute | OrderAction::Fill);
            // Lots that leave the queue.
            let gone = match update.action {
                OrderAction::Execute | OrderAction::Reduce => size,
                OrderAction::Delete => order.size.0,
                OrderAction::Modify => {
                    let stays = book.order(update.order).filter(|_| {
                        (update.side, update.price) == (order.side, order.price)
                            && update.size.0 <= order.size.0
                    });
                    order.size.0 - stays.map_or(0, |now| now.size.0)
                }
                OrderAction::Add | OrderAction::Fill => 0,
            };
            let partial = self.floor.terms.venue(self.symbol).book.partial_fills;
            let mut hits: Hits = Vec::new();
            let met = self.desk.side(side).places.iter_mut().take_while(|place| place.key <= at);
            for place in met.filter(|place| place.since <= ts) {
                if place.key < at {
                    if dealt {
                        hits.extend(place.hits(i64::MAX));
                    }
                    continue;
                }
                let ahead = place.passes(update.order, gone, gone == order.size.0);
                if !ahead && dealt && place.ahead.is_some() {
                    hits.extend(place.hits(if partial { size } else { i64::MAX }));
                }
            }
            if self.matches(book) {
                if !hits.is_empty() {
                    self.fill(hits, ts);
                }
            } else {
                self.desk.blocked |= !hits.is_empty();
            }
        }
        self.cross(Side::Buy, book, ts);
        self.cross(Side::Sell, book, ts);
    }
}

impl Place {
    /// Takes note of what leaves of an order; false if that one is not ahead.
    fn passes(&mut self, order: u64, gone: i64, whole: bool) -> bool {
        let Some(ahead) = &mut self.ahead else { return false };
        let Ok(at) = ahead.binary_search(&order) else { return false };
        self.queue.front -= gone as f64;
        if whole {
            ahead.remove(at);
        }
        true
    }
}
