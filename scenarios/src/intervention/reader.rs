//! The events of a source, one after the other.

use manyworlds_components::market::MarketEvent;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::EventSource;

/// Rows that are read at once.
const ROWS: usize = 4_096;

/// Reads a source from its beginning up to a time.
pub(crate) struct Reader<'a> {
    source: &'a dyn EventSource,
    until: Timestamp,
    events: Vec<MarketEvent>,
    /// The row after those of `events`, and the place among them.
    row: u64,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(source: &'a dyn EventSource, until: Timestamp) -> Self {
        Self { source, until, events: Vec::with_capacity(ROWS), row: 0, at: 0 }
    }

    pub(crate) fn peek(&mut self) -> Option<&MarketEvent> {
        if self.at == self.events.len() {
            self.events.clear();
            self.at = 0;
            self.row = self.source.fill(self.row, self.until, ROWS, &mut self.events);
        }
        self.events.get(self.at)
    }

    pub(crate) fn next(&mut self) -> Option<(u64, MarketEvent)> {
        let event = *self.peek()?;
        self.at += 1;
        Some((self.row - (self.events.len() - self.at) as u64 - 1, event))
    }
}
