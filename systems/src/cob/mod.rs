//! `cob`: the order books of a symbol on all its venues as one.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Analyze / Early | [`consolidate_books`] | `OrderBook` of all listings | [`ConsolidatedBook`], annotations |
//!
//! Features (`n` = basis points, `k` = place of a venue: 1 the symbol's own, then the further ones in scenario order, `w` = seconds):
//!
//! | feature | unit | meaning |
//! |---|---|---|
//! | `mid`, `spread_bps` | quote, bps | of the best prices of all venues; the spread of a crossed book is negative |
//! | `bid_volume`, `ask_volume`, `imbalance` | base, 1 | within the range around mid; (B - A) / (B + A) |
//! | `bid_depth_n`, `ask_depth_n` | base | within `n` bps of mid |
//! | `bid_slope`, `ask_slope` | base per bps | growth of the depth with the distance from mid ([`slope`]) |
//! | `imbalance_ws` | 1 | its mean over time ([`rolling`]) |
//! | `crossed` | 0/1 | best bid at or above best ask: flagged, never repaired |
//! | `best_bid_venue`, `best_ask_venue`, `venues` | place, count | who is best, and how many are in |
//! | `age_ms`, `age_ms_k`, `stale_k` | ms, 0/1 | since the last word of any venue, of venue `k`; whether `k` is left out |
//! | `liquidity_k` | base | of both sides within the range |
//!
//! A venue is left out while it is silent for longer than a limit, while messages are missing and while it is halted
//! ([`venue`]). Prices of venues that quote in another currency are converted at the rate of the `basis` setting; without
//! one the module refuses to be built. Annotations: `cob.stale`, `cob.gap`, `cob.halt`, `cob.back`, with the venue's place as
//! level and the seconds since its last word as value.
//!
//! All is read once a step from the flat books: levels within the range, best first, summed as whole lots, so that neither
//! the order of venues nor that of events shows in a bit. Buckets stand in one array that can be lent as the tensor of
//! models without copying ([`ConsolidatedBook::tensor`]).
//!
//! No library: those that consolidate books (`barter-data`, exchange connectors) keep books of their own, which cannot be
//! snapshot or digested, and none has buckets.

pub mod basis;
pub mod buckets;
pub mod consolidate;
pub mod consolidated;
mod features;
pub mod rolling;
pub mod settings;
pub mod slope;
#[cfg(test)]
mod tests;
pub mod venue;
mod walk;

use manyworlds_components::book::OrderBook;
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Slot, Stage};

pub use consolidate::{CobRules, consolidate_books};
pub use consolidated::{Best, Bucket, ConsolidatedBook};
pub use settings::{BucketSize, CobSettings, Rejoin};
pub use venue::{VenueStatus, VenueView};

/// The module.
#[derive(Debug, Clone, Default)]
pub struct CobModule(pub CobSettings);

impl Module for CobModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "cob".to_owned(),
            purpose: "the order books of a symbol on all its venues as one, in buckets around mid".to_owned(),
            stages: vec![Stage::Analyze],
            needs_books: true,
            features: features::features(&self.0).into_iter().map(|feature| feature.spec).collect(),
            settings: settings::specs(),
            ..ModuleInfo::default()
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        features::features(&self.0).iter().for_each(|feature| feature.register(app));
        let listing = app.roster().entities(Kind::Listing).first().copied();
        let instruments = basis::instruments(app);
        let has_books = listing.is_some_and(|listing| app.world().get::<OrderBook>(listing).is_some());
        if !has_books || instruments.is_empty() {
            app.refuse("it reads order books, and there are none: give a symbol a source of its book");
            return;
        }
        let rules = match CobRules::new(&self.0, app.roster(), &instruments) {
            Ok(rules) => rules,
            Err(reason) => return app.refuse(reason),
        };
        app.component(Kind::Symbol, |i| {
            ConsolidatedBook::new(&self.0, &instruments[i], rules.legs(i).len(), rules.buckets(i))
        });
        app.scratch(rules);
        app.add_systems_in(Stage::Analyze, Slot::Early, consolidate_books);
    }
}
