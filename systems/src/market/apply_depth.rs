//! The system that applies a step's events to books, and to prices and bars, in one walk.

use bevy_ecs::prelude::Resource;
use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::book::OrderBook;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{LastPrice, MarketEvent};
use manyworlds_engine::{Clock, Column, ColumnMut, EventQueue, Shared, SharedMut};

use super::apply_events::Prints;
use super::top_changes::TopChanges;

/// What a symbol is marked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MarkRule {
    /// Its last trade, or the close of its last bar.
    #[default]
    Prints,
    /// Halfway between the best prices of its own venue's book, at the end of each instant at which it has both and is not
    /// crossed. For symbols that have a book but neither trades nor bars. Bars are built of it, too, with volume 0.
    Mid,
}

/// Who applies events to books, and so to prices and bars: it has to be one, once, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BookWalk {
    /// The market system, all events of a step at once: when the exchange looks, books stand as at the step's end.
    #[default]
    Market,
    /// The exchange, which matches orders between one event and the next: see [`crate::exchange::book`]. It tells
    /// [`TopChanges`] of every event where a module has put it into the world.
    Exchange,
}

/// How books are kept. Constant.
#[derive(Debug, Clone, Default, Resource)]
pub struct BookRules {
    /// By symbol.
    pub marks: Vec<MarkRule>,
    /// Whether any symbol is marked at its mid.
    any_mid: bool,
}

impl BookRules {
    /// Those of symbols with these marks.
    pub fn new(marks: Vec<MarkRule>) -> Self {
        Self { any_mid: marks.contains(&MarkRule::Mid), marks }
    }
}

/// Applies one event to the book of its listing; trades and bars leave it as it is. `books` by listing.
#[inline]
pub fn apply_to_book(event: &MarketEvent, books: &mut [OrderBook]) {
    if let Some(book) = books.get_mut(event.listing.index()) {
        book.apply(event);
    }
}

/// The mid of a book in quote units; none if a side is empty or the book is crossed.
#[inline]
pub fn mid_price(book: &OrderBook, instrument: &Instrument) -> Option<f64> {
    let (bid, ask) = book.top().filter(|(bid, ask)| bid < ask)?;
    Some(0.5 * (instrument.price(bid) + instrument.price(ask)))
}

/// As [`super::apply_events`], and books are applied to in the same walk.
pub fn apply_depth(
    (clock, queue, rules): (Shared<'_, Clock>, Shared<'_, EventQueue>, Shared<'_, BookRules>),
    instruments: Column<'_, Instrument>,
    mut books: ColumnMut<'_, OrderBook>,
    mut prices: ColumnMut<'_, LastPrice>,
    mut builders: ColumnMut<'_, BarBuilder>,
    mut series: ColumnMut<'_, BarSeries>,
    mut tops: Option<SharedMut<'_, TopChanges>>,
) {
    let mut prints = Prints::new(clock.step, &mut prices, &mut builders, &mut series);
    let events = queue.events();
    let mut tops = tops.as_deref_mut();
    if let Some(tops) = &mut tops {
        tops.begin();
    }
    if rules.any_mid {
        for (i, event) in events.iter().enumerate() {
            match &mut tops {
                Some(tops) => tops.apply(events, i, &mut books),
                None => apply_to_book(event, &mut books),
            }
            let symbol = event.symbol.index();
            if !event.is_primary() {
                continue;
            }
            if rules.marks[symbol] == MarkRule::Prints {
                prints.add(event);
                continue;
            }
            // What comes at the same time belongs together: halfway through a message, a book may be crossed.
            let goes_on = |next: &MarketEvent| next.ts_recv == event.ts_recv && next.listing == event.listing;
            let mid = || mid_price(&books[event.listing.index()], &instruments[symbol]);
            if !events.get(i + 1).is_some_and(goes_on)
                && let Some(mid) = mid()
            {
                prints.add_price(symbol, mid, 0.0, event.ts_recv);
            }
        }
    } else if let Some(tops) = tops {
        for (i, event) in events.iter().enumerate() {
            tops.apply(events, i, &mut books);
            if event.is_own_print() {
                prints.add(event);
            }
        }
    } else {
        for event in events {
            if event.data.is_book() {
                apply_to_book(event, &mut books);
            } else if event.is_primary() {
                prints.add(event);
            }
        }
    }
    prints.close(&clock);
}
