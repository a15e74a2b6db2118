//! The order book of a listing: sizes by price level (L2), and where the feed has them the single orders (L3).

mod encode;
mod ladder;
mod orders;
#[cfg(test)]
mod tests;

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::book_event::{BookSignal, DepthUpdate, OrderUpdate, Quote};
use crate::market::{MarketData, MarketEvent};
use crate::price::{Lots, Ticks};
use crate::side::BookSide;
use crate::time::Timestamp;

use ladder::Ladder;
use orders::Orders;
pub use orders::{BookOrder, QueuePosition};

/// A price level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Its price.
    pub price: Ticks,
    /// What rests there; above 0.
    pub size: Lots,
}

/// What a level does to levels of the other side that it meets or passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossRule {
    /// Nothing: the book stands crossed until the feed mends it.
    #[default]
    Keep,
    /// They are removed, as the newer word is the truer one.
    NewestWins,
}

/// What a book has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BookCounts {
    /// Book events applied.
    pub updates: u64,
    /// Instants (events of one `ts_recv`) at whose end the best bid was at or above the best ask. A message that passes
    /// through such a state on its way is no defect. The last instant is counted when the next one begins.
    pub crossed: u64,
    /// Levels that [`CrossRule::NewestWins`] removed.
    pub passed: u64,
    /// Signals of missing messages.
    pub gaps: u64,
    /// Clears: snapshots and resets.
    pub clears: u64,
    /// Changes of orders that are not in the book, and orders added twice.
    pub unmatched_orders: u64,
}

/// The order book of a listing. Component of Listing entities.
///
/// Prices are ticks and sizes lots of the symbol. Best prices are read in constant time, a level near them is changed in
/// constant time. No input makes it panic; one that cannot be right is counted.
#[derive(Debug, Clone, Default, Component)]
pub struct OrderBook {
    bids: Ladder,
    asks: Ladder,
    orders: Option<Box<Orders>>,
    rule: CrossRule,
    ts_recv: Timestamp,
    ts_event: Timestamp,
    counts: BookCounts,
    /// Whether there were levels or orders, so that a quote says only something about the best ones.
    deep: bool,
    gapped: bool,
    halted: bool,
}

/// Key of a price on a side: the lower, the better. Its own inverse.
#[inline]
fn key(side: BookSide, ticks: i64) -> i64 {
    match side {
        BookSide::Bid => !ticks,
        BookSide::Ask => ticks,
    }
}

impl OrderBook {
    /// An empty book.
    pub fn new(rule: CrossRule) -> Self {
        Self { rule, ..Self::default() }
    }

    #[inline]
    fn ladder(&self, side: BookSide) -> &Ladder {
        match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        }
    }

    #[inline]
    fn ladder_mut(&mut self, side: BookSide) -> &mut Ladder {
        match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        }
    }

    /// The best level of a side.
    #[inline]
    pub fn best(&self, side: BookSide) -> Option<Level> {
        let ladder = self.ladder(side);
        let best = ladder.best();
        (ladder.levels() > 0).then(|| Level { price: Ticks(key(side, best)), size: Lots(ladder.get(best)) })
    }

    /// The highest bid.
    #[inline]
    pub fn best_bid(&self) -> Option<Level> {
        self.best(BookSide::Bid)
    }

    /// The lowest ask.
    #[inline]
    pub fn best_ask(&self) -> Option<Level> {
        self.best(BookSide::Ask)
    }

    /// The best prices, if both sides have one: (bid, ask).
    #[inline]
    pub fn top(&self) -> Option<(Ticks, Ticks)> {
        let both = self.bids.levels() > 0 && self.asks.levels() > 0;
        both.then(|| (Ticks(!self.bids.best()), Ticks(self.asks.best())))
    }

    /// Halfway between the best prices, in ticks.
    #[inline]
    pub fn mid_ticks(&self) -> Option<f64> {
        self.top().map(|(bid, ask)| 0.5 * (bid.0 as f64 + ask.0 as f64))
    }

    /// Ask minus bid, in ticks; 0 or less if the book is crossed.
    #[inline]
    pub fn spread_ticks(&self) -> Option<i64> {
        self.top().map(|(bid, ask)| ask.0.saturating_sub(bid.0))
    }

    /// The size that rests at a price; 0 if there is no level.
    #[inline]
    pub fn size_at(&self, side: BookSide, price: Ticks) -> Lots {
        Lots(self.ladder(side).get(key(side, price.0)))
    }

    /// How many levels a side has.
    #[inline]
    pub fn level_count(&self, side: BookSide) -> usize {
        self.ladder(side).levels()
    }

    /// The levels of a side from the best one on.
    pub fn levels(&self, side: BookSide) -> impl Iterator<Item = Level> + '_ {
        let level = move |(k, size)| Level { price: Ticks(key(side, k)), size: Lots(size) };
        self.ladder(side).iter().map(level)
    }

    /// Writes the best levels of a side into `out`, best first; returns how many there were.
    #[inline]
    pub fn best_levels(&self, side: BookSide, out: &mut [Level]) -> usize {
        let mut count = 0;
        self.ladder(side).first(out.len(), |k, size| {
            out[count] = Level { price: Ticks(key(side, k)), size: Lots(size) };
            count += 1;
        });
        count
    }

    /// Calls `f` for at most `most` levels of a side, from the best one on.
    #[inline]
    pub fn for_best(&self, side: BookSide, most: usize, mut f: impl FnMut(Level)) {
        let see = |k, size| f(Level { price: Ticks(key(side, k)), size: Lots(size) });
        self.ladder(side).first(most, see);
    }

    /// The first level of a side at `price` or at a worse one: its price.
    #[inline]
    pub fn next_from(&self, side: BookSide, price: Ticks) -> Option<Ticks> {
        self.ladder(side).next_from(key(side, price.0)).map(|k| Ticks(key(side, k)))
    }

    /// The size of a side from the price `best` to the price `worst`, both included; 0 if `worst` is the better one. With
    /// [`OrderBook::next_from`], which passes over what is empty, the quickest way to add up many levels.
    #[inline]
    pub fn size_between(&self, side: BookSide, best: Ticks, worst: Ticks) -> Lots {
        Lots(self.ladder(side).size_between(key(side, best.0), key(side, worst.0)))
    }

    /// The size of a side within `ticks` of its best price, that one included.
    pub fn depth_within(&self, side: BookSide, ticks: i64) -> Lots {
        Lots(self.ladder(side).size_within(ticks))
    }

    /// Whether the best bid is at or above the best ask now.
    #[inline]
    pub fn is_crossed(&self) -> bool {
        self.top().is_some_and(|(bid, ask)| bid >= ask)
    }

    /// Whether there were levels or orders since it began. Then what is not displayed is not there; a book of quotes alone is
    /// whole after each of them.
    #[inline]
    pub fn is_deep(&self) -> bool {
        self.deep
    }

    /// Instants that ended crossed; see [`BookCounts::crossed`].
    #[inline]
    pub fn crossed_count(&self) -> u64 {
        self.counts.crossed
    }

    /// What it has met.
    #[inline]
    pub fn counts(&self) -> &BookCounts {
        &self.counts
    }

    /// Whether messages are missing since the last clear.
    #[inline]
    pub fn is_gapped(&self) -> bool {
        self.gapped
    }

    /// Whether the market is halted.
    #[inline]
    pub fn is_halted(&self) -> bool {
        self.halted
    }

    /// Whether it can be relied upon: both sides are there and nothing is missing.
    #[inline]
    pub fn is_live(&self) -> bool {
        !self.gapped && self.bids.levels() > 0 && self.asks.levels() > 0
    }

    /// When we learned of the last change (staleness is the clock's time less this); the epoch before the first one.
    #[inline]
    pub fn ts_recv(&self) -> Timestamp {
        self.ts_recv
    }

    /// When the last change happened at the venue.
    #[inline]
    pub fn ts_event(&self) -> Timestamp {
        self.ts_event
    }

    /// Applies one event of this listing; trades and bars leave the book as it is.
    #[inline]
    pub fn apply(&mut self, event: &MarketEvent) {
        match &event.data {
            MarketData::Depth(update) => {
                self.apply_depth(event.ts_recv, event.ts_event, update);
            }
            MarketData::Trade(_) | MarketData::Bar(_) => {}
            _ => self.apply_other(event),
        }
    }

    /// Apart from the rest: most events are changes of levels.
    #[inline(never)]
    fn apply_other(&mut self, event: &MarketEvent) {
        self.begin(event.ts_recv, event.ts_event);
        match &event.data {
            MarketData::Quote(quote) => self.set_quote(quote),
            MarketData::Order(update) => self.update_order(update),
            MarketData::Signal(signal) => self.signal(*signal),
            MarketData::Trade(_) | MarketData::Bar(_) | MarketData::Depth(_) => {}
        }
    }

    /// As [`OrderBook::apply`] of a change of one level, for loops over many of them; returns the size that the level had.
    #[inline(always)]
    pub fn apply_depth(&mut self, ts_recv: Timestamp, ts_event: Timestamp, update: &DepthUpdate) -> Lots {
        self.begin(ts_recv, ts_event);
        self.deep = true;
        self.set_level(update.side, update.price, update.size)
    }

    #[inline]
    fn begin(&mut self, ts_recv: Timestamp, ts_event: Timestamp) {
        if ts_recv != self.ts_recv {
            self.counts.crossed += u64::from(self.is_crossed());
            self.ts_recv = ts_recv;
        }
        self.ts_event = ts_event;
        self.counts.updates += 1;
    }

    /// Sets the size at a price (0 or less: no level) and returns what it was.
    #[inline]
    pub fn set_level(&mut self, side: BookSide, price: Ticks, size: Lots) -> Lots {
        let before = self.ladder_mut(side).set(key(side, price.0), size.0);
        if self.rule == CrossRule::NewestWins && size.0 > 0 {
            self.pass(side, price);
        }
        Lots(before)
    }

    /// Removes the levels of the other side that a price of this side meets or passes.
    #[inline(never)]
    fn pass(&mut self, side: BookSide, price: Ticks) {
        let other = side.opposite();
        let removed = self.ladder_mut(other).remove_through(key(other, price.0));
        self.counts.passed += removed as u64;
    }

    /// A quote is the whole book if there were only quotes; else levels better than it are gone, and the best one has
    /// its size.
    fn set_quote(&mut self, quote: &Quote) {
        let sides = [(BookSide::Bid, quote.bid, quote.bid_size), (BookSide::Ask, quote.ask, quote.ask_size)];
        for (side, price, size) in sides {
            let key = key(side, price.0);
            if !self.deep || size.0 <= 0 {
                self.ladder_mut(side).clear();
            } else if key > i64::MIN {
                self.ladder_mut(side).remove_through(key - 1);
            }
            if size.0 > 0 {
                self.set_level(side, price, size);
            }
        }
    }

    fn signal(&mut self, signal: BookSignal) {
        match signal {
            BookSignal::Clear => {
                self.bids.clear();
                self.asks.clear();
                if let Some(orders) = &mut self.orders {
                    orders.clear();
                }
                self.counts.clears += 1;
                self.gapped = false;
            }
            BookSignal::ClearTo { side, price } => {
                self.ladder_mut(side).remove_through(key(side, price.0));
            }
            BookSignal::Gap => {
                self.counts.gaps += 1;
                self.gapped = true;
            }
            BookSignal::Halt => self.halted = true,
            BookSignal::Resume => self.halted = false,
        }
    }

    fn update_order(&mut self, update: &OrderUpdate) {
        self.deep = true;
        let orders = self.orders.get_or_insert_default();
        let known = orders.update(update, &mut self.bids, &mut self.asks);
        self.counts.unmatched_orders += u64::from(!known);
    }

    /// An order by the venue's number (L3 feeds only).
    pub fn order(&self, order: u64) -> Option<BookOrder> {
        self.orders.as_ref()?.get(order)
    }

    /// How many orders there are (L3 feeds only).
    pub fn order_count(&self) -> usize {
        self.orders.as_ref().map_or(0, |orders| orders.len())
    }

    /// What stands before an order at its level (L3 feeds only).
    pub fn position(&self, order: u64) -> Option<QueuePosition> {
        self.orders.as_ref()?.position(order)
    }

    /// The orders at a price, first in the queue first (L3 feeds only).
    pub fn queue(&self, side: BookSide, price: Ticks) -> impl Iterator<Item = BookOrder> + '_ {
        self.orders.iter().flat_map(move |orders| orders.queue(side, price))
    }
}
