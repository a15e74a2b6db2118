//! Matching against replayed order books: orders in symbols of whose own venue the book is replayed meet it event by event.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Ingest / Main | [`settle_books`] | the step's events | `OrderBook`, `LastPrice`, `BarBuilder`, `BarSeries`, `BookDesks`, `OwnOrders`, and what [`super::settle`] writes |
//! | Decide / Last | [`post_orders`] | `ExchangeState` | `BookDesks`, `OwnOrders` |
//!
//! These replace `settle` and the market's own systems in worlds where any primary listing has a book; symbols without one
//! are matched on their bars and prints as ever.
//!
//! The walk: before an event of a symbol, what has arrived at the venue earlier than the event (`ts_event`) takes its place:
//! orders enter, are canceled, replaced, or expire. Then the event is matched and applied to the book: a trade at the price of a
//! resting order takes off its queue, a trade beyond it or a best price of the other side that reaches it fills it, a change
//! of its level's size moves its place. A venue's time is known up to the last event less the feed's latency, which is also how far
//! the walk comes at the end of a step. What accounts know of all this is in
//! [`OwnOrders`](manyworlds_components::own_orders::OwnOrders), later by the response latency.

mod deal;
mod desk;
mod enter;
mod matching;
mod news;
mod orders;
pub mod queue;
mod resting;
pub mod settings;
mod stops;
mod take;
mod walk;

use bevy_ecs::prelude::Resource;
use manyworlds_components::ids::OrderId;
use serde::{Deserialize, Serialize};

use super::floor::Floor;
use crate::market::MarkRule;
pub use desk::BookDesk;
pub use news::post_orders;
pub use walk::settle_books;

/// By symbol, what a symbol of whose own venue the book is replayed is marked at; `None`: there is no book. Constant.
#[derive(Debug, Clone, Default, Resource)]
pub struct BookSymbols(pub Vec<Option<MarkRule>>);

/// What the venues hold beside the orders themselves. State.
#[derive(Debug, Clone, PartialEq, Resource, Serialize, Deserialize)]
pub struct BookDesks {
    /// By symbol; those without a book stay empty.
    pub desks: Vec<BookDesk>,
    /// The first order number that has not been posted.
    posted: OrderId,
}

impl BookDesks {
    pub(super) fn new(symbols: usize) -> Self {
        Self { desks: vec![BookDesk::default(); symbols], posted: OrderId(1) }
    }
}

/// The orders of one symbol before its book.
struct Matcher<'f, 'a> {
    floor: &'f mut Floor<'a>,
    desk: &'f mut BookDesk,
    symbol: usize,
}
