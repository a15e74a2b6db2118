//! Dense, stable identifiers. They index columns and may be persisted; ECS entity ids may not.

use serde::{Deserialize, Serialize};

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
            bevy_ecs::component::Component,
        )]
        pub struct $name(pub u32);

        impl $name {
            /// The id as a column index.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<usize> for $name {
            #[inline]
            fn from(index: usize) -> Self {
                debug_assert!(u32::try_from(index).is_ok());
                Self(index as u32)
            }
        }
    };
}

dense_id!(
    /// A tradable instrument, in the order in which the scenario names it.
    SymbolId
);
dense_id!(
    /// An exchange, in the order in which the scenario names it.
    VenueId
);
dense_id!(
    /// A symbol on a venue. Symbols come first, each on its own venue (its *primary* listing, where our orders go), so that
    /// listing `i` is the primary one of symbol `i`; then the further venues of each symbol, in scenario order.
    ListingId
);
dense_id!(
    /// A what-if variant ("lane"), in the order in which the scenario names it.
    AccountId
);
dense_id!(
    /// A registered forecaster, in the order in which the scenario names it.
    ModelId
);

impl ModelId {
    /// No model, but the policy of an account itself.
    pub const POLICY: Self = Self(u32::MAX);
}

impl SymbolId {
    /// The listing on the symbol's own venue.
    #[inline]
    pub fn primary(self) -> ListingId {
        ListingId(self.0)
    }
}

/// An order, numbered from 1 in the order in which requests were made within one world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct OrderId(pub u64);
