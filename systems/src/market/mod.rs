//! Market state: what the events of a step leave on each symbol.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Ingest / Early | [`apply_events`] | the step's events | `LastPrice`, `BarBuilder`, `BarSeries` |
//! | or, with books, [`apply_depth`] | the same | the same, and `OrderBook` |
//! | or, with books and an exchange | nothing: [`crate::exchange::book`] does it | |

mod apply_depth;
mod apply_events;
#[cfg(test)]
mod tests;
mod top_changes;

use bevy_ecs::component::Component;
use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::book::{CrossRule, OrderBook};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::listing::ListingOf;
use manyworlds_components::market::LastPrice;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Slot, Stage, untracked};

pub use apply_depth::{BookRules, BookWalk, MarkRule, apply_depth, apply_to_book, mid_price};
pub(crate) use apply_events::Prints;
pub use apply_events::apply_events;
pub use top_changes::{MAX_WATCHED, Top, TopChange, TopChanges};

/// Bars kept per symbol where nobody asks for more.
pub const DEFAULT_BARS_KEPT: usize = 64;

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
        self.build_state(app);
        app.add_systems_in(Stage::Ingest, Slot::Early, untracked(apply_events));
    }
}

impl MarketModule {
    fn build_state(&self, app: &mut ModuleContext<'_>) {
        app.constant(Kind::Symbol, |i| self.instruments[i].clone());
        app.constant(Kind::Symbol, |i| SeriesFrame(self.frames[i]));
        app.component(Kind::Symbol, |_| LastPrice::default());
        app.component(Kind::Symbol, |i| BarBuilder::new(self.frames[i]));
        app.component(Kind::Symbol, |_| BarSeries::with_closes(self.bars_kept, self.closes_kept));
    }
}

/// The market module of a run that has order books.
#[derive(Debug, Clone)]
pub struct BookMarketModule {
    /// Prices and bars.
    pub market: MarketModule,
    /// What each symbol is marked at.
    pub marks: Vec<MarkRule>,
    /// What a level does to levels of the other side that it meets, by listing; the default for those that are not there.
    pub crosses: Vec<CrossRule>,
    /// Who applies events to books, prices and bars.
    pub walk: BookWalk,
}

impl Module for BookMarketModule {
    fn info(&self) -> ModuleInfo {
        let purpose = "last price, closed bars and order books of every symbol".to_owned();
        ModuleInfo { purpose, ..self.market.info() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        self.market.build_state(app);
        let listings = listings(app, &self.market.instruments);
        app.constant(Kind::Listing, |i| listings[i]);
        app.component(Kind::Listing, |i| OrderBook::new(self.crosses.get(i).copied().unwrap_or_default()));
        if self.walk == BookWalk::Market {
            app.scratch(BookRules::new(self.marks.clone()));
            app.add_systems_in(Stage::Ingest, Slot::Early, untracked(apply_depth));
        }
    }
}

/// The listings of a run: each symbol on its own venue, then the further ones.
fn listings(app: &ModuleContext<'_>, instruments: &[Instrument]) -> Vec<ListingOf> {
    let own = app.symbols().zip(instruments).map(|(symbol, i)| ListingOf { symbol, venue: i.venue });
    let further =
        app.roster().further.iter().map(|(symbol, venue)| ListingOf { symbol: *symbol, venue: *venue });
    own.chain(further).collect()
}
