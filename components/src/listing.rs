//! What is fixed about a symbol on a venue.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::ids::{SymbolId, VenueId};

/// Which symbol on which venue a listing is. Component of Listing entities; never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Component, Serialize, Deserialize)]
pub struct ListingOf {
    /// What is traded.
    pub symbol: SymbolId,
    /// Where.
    pub venue: VenueId,
}
