//! Market state: what the events of a step leave on each symbol.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Ingest / Early | [`apply_events`] | the step's events | `LastPrice`, `BarBuilder`, `BarSeries` |

mod apply_events;

use bevy_ecs::component::Component;
use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::LastPrice;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Slot, Stage, untracked};

pub use apply_events::apply_events;

/// Bars kept per symbol where nobody asks for more.
pub const DEFAULT_BARS_KEPT: usize = 300;

/// The core module that keeps market state.
#[derive(Debug, Clone)]
pub struct MarketModule {
    /// By symbol.
    pub instruments: Vec<Instrument>,
    /// The frame of each symbol's bar series: finer bars and prints are built up to it.
    pub frames: Vec<Frame>,
    /// Bars kept per symbol.
    pub bars_kept: usize,
    /// Closes kept per symbol, where they are more.
    pub closes_kept: usize,
}

/// The frame of a symbol's series. Constant.
#[derive(Debug, Clone, Copy, Component)]
pub struct SeriesFrame(pub Frame);

impl Module for MarketModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "market".to_owned(),
            purpose: "last price and closed bars of every symbol".to_owned(),
            stages: vec![Stage::Ingest],
            ..ModuleInfo::default()
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.constant(Kind::Symbol, |i| self.instruments[i].clone());
        app.constant(Kind::Symbol, |i| SeriesFrame(self.frames[i]));
        app.component(Kind::Symbol, |_| LastPrice::default());
        app.component(Kind::Symbol, |i| BarBuilder::new(self.frames[i]));
        app.component(Kind::Symbol, |_| BarSeries::with_closes(self.bars_kept, self.closes_kept));
        app.add_systems_in(Stage::Ingest, Slot::Early, untracked(apply_events));
    }
}
