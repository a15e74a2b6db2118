//! What a step's events do to the best levels of books: noted on the walk, where a module asks for it.
//!
//! Books stand as at a step's end when modules look. Who needs the way there - the best prices before a trade, order flow
//! event by event - puts [`TopChanges`] into the world (`app.scratch(TopChanges::new(symbols, levels))`); whoever walks over
//! the events then applies them through [`TopChanges::apply`]. Where nobody asks it costs nothing.

use bevy_ecs::prelude::Resource;
use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::BookSignal;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::BookSide;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::apply_depth::apply_to_book;

#[cfg(test)]
mod tests;

/// The best level of both sides. A side without levels, or of a book in which messages are missing, has size 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Top {
    /// The highest bid.
    pub bid: Ticks,
    /// What rests there.
    pub bid_size: Lots,
    /// The lowest ask.
    pub ask: Ticks,
    /// What rests there.
    pub ask_size: Lots,
}

impl Top {
    /// Whether both sides are there and the book is not crossed.
    #[inline]
    pub fn is_whole(&self) -> bool {
        self.bid_size.0 > 0 && self.ask_size.0 > 0 && self.bid < self.ask
    }
}

/// What an instant did to the best levels of a symbol's own book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopChange {
    /// Place of its last event among those of the step: what comes later in the step has seen it.
    pub event: u32,
    /// Whose.
    pub symbol: SymbolId,
    /// When.
    pub ts_recv: Timestamp,
    /// The best levels at its end.
    pub top: Top,
    /// Order flow imbalance in lots, of the best levels and of all that are watched; 0 where the book began anew.
    pub flow: [i64; 2],
    /// Whether the book began anew, or messages are missing.
    pub reset: bool,
}

/// The most levels that can be watched.
pub const MAX_WATCHED: usize = 10;

/// Key of a price: the lower, the better. That of no level is the largest.
const NONE: i64 = i64::MAX;

/// The best levels of one side, best first; after the last one: no price, size 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Best {
    keys: [i64; MAX_WATCHED],
    sizes: [i64; MAX_WATCHED],
}

impl Best {
    const EMPTY: Self = Self { keys: [NONE; MAX_WATCHED], sizes: [0; MAX_WATCHED] };

    #[inline]
    fn of(book: &OrderBook, side: BookSide, levels: usize) -> Self {
        let mut best = Self::EMPTY;
        if book.is_gapped() {
            return best;
        }
        let mut places = best.keys.iter_mut().zip(&mut best.sizes);
        book.for_best(side, levels, |level| {
            if let Some((place, size)) = places.next() {
                (*place, *size) = (key(side, level.price), level.size.0);
            }
        });
        best
    }

    /// What a side adds to the order flow when it goes from `before` to `self`, level by level: (the best, all).
    ///
    /// Cont, Kukanov & Stoikov (2014), eq. 10, one side: 1{P at least as good} q - 1{P at most as good} q'. The other levels
    /// as Xu, Gould & Howison (2018), added up.
    #[inline]
    fn flow(&self, before: &Self, levels: usize) -> [i64; 2] {
        let part = |i: usize| {
            let now = if self.keys[i] <= before.keys[i] { self.sizes[i] } else { 0 };
            let then = if self.keys[i] >= before.keys[i] { before.sizes[i] } else { 0 };
            now.saturating_sub(then)
        };
        let first = part(0);
        [first, (1..levels).fold(first, |sum, i| sum.saturating_add(part(i)))]
    }
}

impl Best {
    /// A level that is there gets another size, above 0; what that adds to the order flow, as [`Best::flow`]. `None` if it is
    /// not there.
    #[inline]
    fn resize(&mut self, key: i64, size: i64) -> Option<[i64; 2]> {
        let place = self.keys.iter().position(|k| *k == key).filter(|_| size > 0 && key != NONE)?;
        let change = size.saturating_sub(std::mem::replace(&mut self.sizes[place], size));
        Some([if place == 0 { change } else { 0 }, change])
    }
}

#[inline]
fn key(side: BookSide, price: Ticks) -> i64 {
    match side {
        BookSide::Bid => !price.0,
        BookSide::Ask => price.0,
    }
}

const SIDES: [BookSide; 2] = [BookSide::Bid, BookSide::Ask];

#[derive(Debug, Clone)]
struct Watch {
    /// The step in which `best` was read from the book for the first time.
    step: u64,
    best: [Best; 2],
    /// Whether a side has to be read again when the instant ends.
    stale: [bool; 2],
    /// Where but one event of the instant did that, and to a level: its side, key and size. Then it is enough to look at that.
    only: Option<(BookSide, i64, i64)>,
    reset: bool,
}

impl Watch {
    #[inline]
    fn top(&self) -> Top {
        let [bids, asks] = &self.best;
        let none = |size: i64, ticks: i64| if size > 0 { Ticks(ticks) } else { Ticks(0) };
        Top {
            bid: none(bids.sizes[0], !bids.keys[0]),
            bid_size: Lots(bids.sizes[0]),
            ask: none(asks.sizes[0], asks.keys[0]),
            ask_size: Lots(asks.sizes[0]),
        }
    }

    /// What an event may do to the best levels, before it is applied.
    #[inline]
    fn expect(&mut self, data: &MarketData, last: usize) {
        match data {
            MarketData::Depth(update) => {
                let (side, key) = (update.side as usize, key(update.side, update.price));
                if key <= self.best[side].keys[last] {
                    let first = self.stale == [false; 2];
                    self.only = first.then_some((update.side, key, update.size.0));
                    self.stale[side] = true;
                }
            }
            MarketData::Signal(BookSignal::Clear | BookSignal::Gap) => {
                (self.stale, self.only) = ([true; 2], None);
                self.reset = true;
            }
            MarketData::Trade(_) | MarketData::Bar(_) => {}
            MarketData::Quote(_) | MarketData::Order(_) | MarketData::Signal(_) => {
                (self.stale, self.only) = ([true; 2], None);
            }
        }
    }
}

/// Changes of the best levels of a step, on the symbols' own venues, in order. Scratch: made anew in every step.
///
/// Events of one time and listing are one instant: halfway through a message a book is in no state that was ever quoted. A
/// step ends an instant.
#[derive(Debug, Resource)]
pub struct TopChanges {
    levels: usize,
    /// Of this walk; nothing depends on the number.
    step: u64,
    watches: Vec<Watch>,
    changes: Vec<TopChange>,
}

impl TopChanges {
    /// Watches the best `levels` (1 to [`MAX_WATCHED`]) of every symbol's own book.
    pub fn new(symbols: usize, levels: usize) -> Self {
        let watch = Watch { step: 0, best: [Best::EMPTY; 2], stale: [false; 2], only: None, reset: false };
        Self {
            levels: levels.clamp(1, MAX_WATCHED),
            step: 0,
            watches: vec![watch; symbols],
            changes: Vec::new(),
        }
    }

    /// What changed in this step, first to last.
    #[inline]
    pub fn changes(&self) -> &[TopChange] {
        &self.changes
    }

    /// A step begins: forgets the last one.
    #[inline]
    pub fn begin(&mut self) {
        self.step += 1;
        self.changes.clear();
    }

    /// Applies event `i` of the step to the book of its listing, as [`apply_to_book`] does, and notes what it does to the best
    /// levels. Every event of a step has to come by, in order; `books` by listing.
    #[inline]
    pub fn apply(&mut self, events: &[MarketEvent], i: usize, books: &mut [OrderBook]) {
        self.before(&events[i], books);
        apply_to_book(&events[i], books);
        self.after(events, i, books);
    }

    /// The first half of [`TopChanges::apply`], for who applies the event to its book by itself.
    #[inline]
    pub fn before(&mut self, event: &MarketEvent, books: &[OrderBook]) {
        let listing = event.listing.index();
        let (Some(watch), Some(book)) = (self.watches.get_mut(listing), books.get(listing)) else { return };
        if event.data.is_print() {
            return;
        }
        if watch.step != self.step {
            watch.step = self.step;
            watch.best = SIDES.map(|side| Best::of(book, side, self.levels));
        }
        watch.expect(&event.data, self.levels - 1);
    }

    /// The second half, once the event is applied.
    #[inline]
    pub fn after(&mut self, events: &[MarketEvent], i: usize, books: &[OrderBook]) {
        let event = &events[i];
        let listing = event.listing.index();
        let (Some(watch), Some(book)) = (self.watches.get(listing), books.get(listing)) else { return };
        if watch.stale != [false; 2] && !event.data.is_print() {
            let goes_on = |next: &MarketEvent| {
                next.ts_recv == event.ts_recv && next.listing == event.listing && next.data.is_book()
            };
            if !events.get(i + 1).is_some_and(goes_on) {
                self.note(event, i);
                self.end_instant(listing, book);
            }
        }
    }

    /// The place of a change that may come.
    #[inline]
    fn note(&mut self, event: &MarketEvent, i: usize) {
        self.changes.push(TopChange {
            event: i as u32,
            symbol: event.symbol,
            ts_recv: event.ts_recv,
            top: Top::default(),
            flow: [0; 2],
            reset: false,
        });
    }

    /// Reads again what may have changed; takes the place back if nothing has.
    #[inline]
    fn end_instant(&mut self, listing: usize, book: &OrderBook) {
        let (watch, levels) = (&mut self.watches[listing], self.levels);
        let before = watch.top();
        let mut flow = [0; 2];
        let only = watch.only.take().filter(|_| !book.is_gapped());
        if let Some((side, key, size)) = only
            && let Some([first, all]) = watch.best[side as usize].resize(key, size)
        {
            let sign = if side == BookSide::Bid { 1 } else { -1 };
            flow = [sign * first, sign * all];
            watch.stale[side as usize] = false;
        }
        for (s, side) in SIDES.into_iter().enumerate() {
            // A level that meets the other side may have taken levels away there.
            let other = || book.best(side).map_or(NONE, |best| key(side, best.price));
            if !watch.stale[s] && other() == watch.best[s].keys[0] {
                continue;
            }
            let now = Best::of(book, side, levels);
            let [first, all] = now.flow(&watch.best[s], levels);
            let sign = if s == 0 { 1 } else { -1 };
            flow = [flow[0] + sign * first, flow[1] + sign * all];
            watch.best[s] = now;
        }
        let reset = std::mem::take(&mut watch.reset);
        watch.stale = [false; 2];
        let top = watch.top();
        if reset || top != before || flow != [0; 2] {
            if let Some(change) = self.changes.last_mut() {
                (change.top, change.reset) = (top, reset);
                change.flow = if reset { [0; 2] } else { flow };
            }
        } else {
            self.changes.pop();
        }
    }
}
