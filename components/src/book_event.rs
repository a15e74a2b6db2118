//! What feeds say about order books: levels (L2), best prices (L1), single orders (L3), and the state of the feed itself.

use serde::{Deserialize, Serialize};

use crate::price::{Lots, Ticks};
use crate::side::BookSide;

/// The new size of one price level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepthUpdate {
    /// Which side.
    pub side: BookSide,
    /// Which price.
    pub price: Ticks,
    /// The size that rests there now (absolute, not a difference). 0 deletes the level; so does a negative size.
    pub size: Lots,
}

/// Best bid and ask. A side of size 0 is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The highest price that is bid.
    pub bid: Ticks,
    /// The size at `bid`.
    pub bid_size: Lots,
    /// The lowest price that is asked.
    pub ask: Ticks,
    /// The size at `ask`.
    pub ask_size: Lots,
}

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderAction {
    /// It joins the end of its level's queue.
    Add,
    /// It has this price and size now. It keeps its place if the price is the same and the size not larger, else it joins the
    /// end. An order that is not known is added.
    Modify,
    /// `size` is taken off by its owner; the rest keeps its place. With nothing left it is gone.
    Reduce,
    /// It is taken off whole, whatever `size` says.
    Delete,
    /// `size` of it was dealt and has left the book; the rest keeps its place. With nothing left it is gone.
    Execute,
    /// `size` of it was dealt, but the book is told by a later `Reduce`, `Modify` or `Delete` (as Databento's `F`).
    Fill,
}

/// A change of one order of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderUpdate {
    /// The venue's number of the order.
    pub order: u64,
    /// What happened.
    pub action: OrderAction,
    /// The side on which it rests.
    pub side: BookSide,
    /// Its price. Only `Add` and `Modify` read it.
    pub price: Ticks,
    /// The whole size for `Add` and `Modify`, else the part that is gone.
    pub size: Lots,
}

/// What happens to a feed or market as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookSignal {
    /// The book is empty from here on: a snapshot follows, or the venue has reset it. Ends a gap.
    Clear,
    /// Levels of one side are gone from its best price down to this one, included.
    ClearTo {
        /// Which side.
        side: BookSide,
        /// The last price that is emptied.
        price: Ticks,
    },
    /// Messages are missing: what the book holds is not to be relied upon until the next `Clear`.
    Gap,
    /// The market does not trade until `Resume`; the book stands as it is.
    Halt,
    /// The market trades again.
    Resume,
}
