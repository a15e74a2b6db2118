//! `microstructure`: order flow, trade flow, spreads and impact, from trades and the changes of the best levels.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Ingest (the walk over books) | | events | [`crate::market::TopChanges`], as this module asks for it |
//! | Analyze | [`update_microstructure`] | trades and changes of the step | [`Microstructure`], [`ImpactEstimate`] |
//!
//! | feature | from |
//! |---|---|
//! | `cvd*`, `trades`, `volume`, `vwap`, ... | sums over whole intervals and the running one ([`windows`], [`sums`], [`prints`]) |
//! | `ofi*` | Cont, Kukanov & Stoikov (2014), eq. 10, at every instant; levels as Xu, Gould & Howison (2018) |
//! | `ofi*_r2`, `ofi*_predictive_r2`, `trade_r2`, `*_z` | spans of equal length ([`samples`]); what explains is not what foretells |
//! | `vpin` | Easley, Lopez de Prado & O'Hara (2012) ([`vpin`]) |
//! | `hawkes_*` | exponential kernel, maximum likelihood on past arrivals (Ogata 1978) ([`hawkes`]) |
//! | `effective_`, `realized_spread`, `price_impact` | Huang & Stoll (1996), weighted by value ([`spreads`]) |
//! | `roll_spread`, `amihud`, `kyle_lambda` | Roll (1984), Amihud (2002), Kyle (1985) over all trades of the window |
//! | `microprice` | Stoikov (2018), counted and solved online ([`microprice`]) |
//! | `expected_impact`, `almgren_*` | root law; Almgren et al. (2005) ([`impact`]) |
//!
//! A symbol without a book has the features of trades, one without trades those of its book, one with bars alone none of them:
//! that is noted once (`microstructure.no_prints`). Only the symbol's own venue counts. A value is a function of events and
//! their times: how they are cut into steps does not matter, apart from instants that the clock `Event` takes apart.
//!
//! Decisions carry the impact that is expected of their orders ([`ImpactEstimate`], `expected_impact_bps`): by the root law of what
//! is bought or sold, in slices too, whether they take or rest, as a parent order pushes either way; and 0 of a quote that rests
//! (one that would take is an order like another). It is an estimate:
//! what an order costs is the exchange's business, by its slippage on bars or by the levels that it takes, never both.
//!
//! No library: none streams these over events with state that can be stored; `statrs` has the error function.

mod features;
pub mod hawkes;
pub mod impact;
pub mod microprice;
pub mod prints;
pub mod samples;
pub mod settings;
mod specs;
pub mod spreads;
mod state;
pub mod sums;
#[cfg(test)]
mod tests;
mod update;
pub mod vpin;
pub mod windows;

use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Stage, untracked};

pub use impact::{Almgren, ImpactEstimate};
pub use settings::MicrostructureSettings;
pub use state::{Microstructure, Quotes};
pub use update::{MicrostructurePlan, NO_PRINTS, update_microstructure};

use crate::market::TopChanges;

/// The module.
#[derive(Debug, Clone, Default)]
pub struct MicrostructureModule(pub MicrostructureSettings);

impl Module for MicrostructureModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "microstructure".to_owned(),
            purpose: "order flow, trade flow, spreads and expected impact, from trades and best levels"
                .to_owned(),
            stages: vec![Stage::Analyze],
            requires: Vec::new(),
            needs_books: false,
            lookback: 0,
            features: features::features(&self.0).into_iter().map(|f| f.spec).collect(),
            settings: specs::specs(),
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        let settings = &self.0;
        app.component(Kind::Symbol, |_| Microstructure::new(settings));
        app.component(Kind::Symbol, |_| ImpactEstimate::new(&settings.impact));
        app.scratch(MicrostructurePlan(settings.clone()));
        app.scratch(TopChanges::new(app.roster().symbols.len(), settings.levels as usize));
        features::features(settings).iter().for_each(|f| f.register(app, &settings.impact));
        app.add_systems(Stage::Analyze, untracked(update_microstructure));
    }
}
