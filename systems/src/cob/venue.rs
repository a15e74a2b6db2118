//! Whether a venue is to be relied upon, and for how long it has said nothing.

use manyworlds_components::book::OrderBook;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::settings::Rejoin;

/// Whether a venue is in the consolidation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum VenueStatus {
    /// It has not said anything yet.
    #[default]
    Absent,
    /// It is in.
    Live,
    /// It was silent for too long, and has not come back since.
    Stale,
    /// Messages are missing; its next snapshot brings it back.
    Gapped,
    /// Its market is halted.
    Halted,
}

/// What is known of one venue of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct VenueView {
    /// Whether it is in.
    pub status: VenueStatus,
    /// Nanoseconds since its last word; 0 while it is absent.
    pub age_ns: i64,
    /// What rests on it within the range, bids and asks, in lots. 0 while it is left out.
    pub lots: [i64; 2],
    /// Snapshots that it had had when it fell silent.
    clears: u64,
    /// Messages that were applied to its book.
    updates: u64,
}

impl VenueView {
    /// Takes note of a book as it is now. Returns whether anything about it is new but its age.
    #[inline]
    pub(super) fn look(
        &mut self,
        book: &OrderBook,
        now: Timestamp,
        stale_after: i64,
        rejoin: Rejoin,
    ) -> bool {
        let counts = book.counts();
        if counts.updates == 0 {
            return false;
        }
        self.age_ns = now.0.saturating_sub(book.ts_recv().0);
        let silent = self.age_ns > stale_after;
        let before = self.status;
        self.status = if book.is_gapped() {
            VenueStatus::Gapped
        } else if book.is_halted() {
            VenueStatus::Halted
        } else if silent || before == VenueStatus::Stale && !self.is_back(book, rejoin) {
            VenueStatus::Stale
        } else {
            VenueStatus::Live
        };
        if self.status == VenueStatus::Stale && before != VenueStatus::Stale {
            self.clears = counts.clears;
        }
        let news = self.status != before || self.updates != counts.updates;
        self.updates = counts.updates;
        news
    }

    /// Whether a venue that has spoken again after a silence is whole.
    fn is_back(&self, book: &OrderBook, rejoin: Rejoin) -> bool {
        rejoin == Rejoin::Update || book.counts().clears > self.clears || !book.is_deep()
    }

    /// Whether it is in the consolidation.
    #[inline]
    pub fn is_live(&self) -> bool {
        self.status == VenueStatus::Live
    }

    /// Whether it is left out though it was there once.
    pub fn is_left_out(&self) -> bool {
        !matches!(self.status, VenueStatus::Live | VenueStatus::Absent)
    }

    /// What an annotation calls the change to this status; nothing for the first word.
    pub(super) fn label(&self, before: VenueStatus) -> Option<&'static str> {
        match (before, self.status) {
            (before, after) if before == after => None,
            (VenueStatus::Absent, VenueStatus::Live) | (_, VenueStatus::Absent) => None,
            (_, VenueStatus::Live) => Some("cob.back"),
            (_, VenueStatus::Stale) => Some("cob.stale"),
            (_, VenueStatus::Gapped) => Some("cob.gap"),
            (_, VenueStatus::Halted) => Some("cob.halt"),
        }
    }
}
