//! Rows of order-book feeds as a parser found them, whatever the source.

use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use crate::data::error::DataError;
use crate::data::tape::TapeSignal;

/// Which tape a row belongs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FeedKind {
    Trades,
    Depth,
    Quotes,
    Orders,
}

impl FeedKind {
    pub(crate) const ALL: [Self; 4] = [Self::Trades, Self::Depth, Self::Quotes, Self::Orders];
}

/// One change, with the venue's time and ours (ns).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FeedRow {
    pub ts_event: i64,
    pub ts_recv: i64,
    pub change: Change,
}

/// What a row says. Prices in quote units, sizes in base units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Change {
    /// `aggressor`: 1 buyer, -1 seller, 0 unknown.
    Trade { id: i64, price: f64, quantity: f64, aggressor: i8 },
    /// The size that rests at a price now; 0 deletes the level.
    Level { side: BookSide, price: f64, size: f64 },
    /// Best prices; a side of size 0 is empty.
    Quote { bid: f64, bid_size: f64, ask: f64, ask_size: f64 },
    /// See [`manyworlds_components::book_event::OrderUpdate`].
    Order { order: u64, action: OrderAction, side: BookSide, price: f64, size: f64 },
    /// The book of a depth or orders tape as a whole.
    Signal { on: FeedKind, signal: TapeSignal },
}

impl Change {
    pub(crate) fn kind(&self) -> FeedKind {
        match self {
            Self::Trade { .. } => FeedKind::Trades,
            Self::Level { .. } => FeedKind::Depth,
            Self::Quote { .. } => FeedKind::Quotes,
            Self::Order { .. } => FeedKind::Orders,
            Self::Signal { on, .. } => *on,
        }
    }
}

/// What the source calls its venue and symbol, as far as it says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub venue: Option<String>,
    pub symbol: Option<String>,
}

/// Takes rows that have passed their checks.
pub(crate) trait RowSink {
    /// # Errors
    /// What the disk says.
    fn take(&mut self, row: &FeedRow, names: &Names) -> Result<(), DataError>;
}

#[cfg(test)]
impl RowSink for Vec<FeedRow> {
    fn take(&mut self, row: &FeedRow, _: &Names) -> Result<(), DataError> {
        self.push(*row);
        Ok(())
    }
}
