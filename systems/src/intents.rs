//! What Decide wants and the exchange has not seen yet: the desk between the orchestrator and the venue.

use std::ops::Range;

use bevy_ecs::prelude::Resource;
use manyworlds_components::decision::{Decision, Vote};
use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::order::{OrderRequest, VenueMessage};

/// A decision and the order that would carry it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The decision; risk may still cut it.
    pub decision: Decision,
    /// Its votes, a range of [`Intents::votes`].
    pub votes: Range<u32>,
    /// The order; `None` for a decision that needs none (a recorded HOLD).
    pub request: Option<OrderRequest>,
}

/// The intents of the current step. Scratch: written in Decide, checked and sent at the end of Decide, then empty.
#[derive(Debug, Default, Resource)]
pub struct Intents {
    /// In the order in which they were made.
    pub intents: Vec<Intent>,
    /// Votes that intents share.
    pub votes: Vec<Vote>,
    /// Cancels and replacements: whose, of an order in which symbol.
    pub messages: Vec<(AccountId, SymbolId, VenueMessage)>,
}

impl Intents {
    /// Forgets everything; keeps the buffers.
    pub fn clear(&mut self) {
        self.intents.clear();
        self.votes.clear();
        self.messages.clear();
    }
}
