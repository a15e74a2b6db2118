//! `extrema`: local tops and bottoms, as far as they can be known while time passes.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Analyze | [`update_extrema`] | `BarSeries` | [`Extrema`]: directional changes, overshoots, windowed extrema; annotations |
//!
//! Features (`n` = half-width), all of closes:
//!
//! | feature | unit | meaning |
//! |---|---|---|
//! | `direction` | 1 | +1 or -1, by the last directional change |
//! | `overshoot_bps`, `pullback`, `move_bars` | bps, 1, bars | how far beyond, how much of the threshold back, how long since |
//! | `last_top`, `last_bottom`, `.._age` | quote, bars | newest confirmed by a reversal of the threshold |
//! | `moves`, `mean_overshoot`, `mean_move_bars` | 1, 1, bars | count; means over the last moves (a random walk: 1, (theta/sigma)^2) |
//! | `local_top_n`, `local_bottom_n`, `.._age_n` | quote, bars | newest above (below) `n` closes on each side, known `n` bars later |
//!
//! Annotations: `extrema.top`, `extrema.bottom` for directional changes, at the extremum's time, known at the time of
//! the step that confirmed it.
//!
//! Source: Glattfelder, Dupuis & Olsen 2011, "Patterns in high-frequency FX data: discovery of 12 empirical scaling
//! laws". Extrema that only the future shows - perfect moves - are not here, and cannot be: they are a function over
//! finished bars in the `manyworlds` crate (`labels`), which this crate cannot name.
//!
//! No library: `yata` and `ta` have no directional changes, and state that can be stored is a few numbers.

mod directional_change;
mod features;
mod move_statistics;
mod settings;
mod symbol_extrema;
#[cfg(test)]
mod tests;
mod update;

use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Stage};

pub use directional_change::{Direction, DirectionalChange, DirectionalChanges};
pub use move_statistics::MoveStatistics;
pub use settings::ExtremaSettings;
pub use symbol_extrema::Extrema;
pub use update::{AnnotateChanges, update_extrema};

/// The module.
#[derive(Debug, Clone, Default)]
pub struct ExtremaModule(pub ExtremaSettings);

impl Module for ExtremaModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "extrema".to_owned(),
            purpose: "tops and bottoms by directional change and by window, once confirmed".to_owned(),
            stages: vec![Stage::Analyze],
            requires: Vec::new(),
            needs_books: false,
            lookback: 1,
            features: features::features(&self.0).into_iter().map(|f| f.spec).collect(),
            settings: settings::specs(),
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        let ExtremaSettings { threshold_bps, statistics_window, half_width, annotate } = self.0;
        let (window, half_width) = (statistics_window as u32, half_width as u32);
        app.component(Kind::Symbol, |_| Extrema::new(threshold_bps / 1e4, window, half_width));
        app.constant(Kind::Symbol, |_| AnnotateChanges(annotate));
        features::features(&self.0).iter().for_each(|f| app.feature(&f.spec.name, f.read));
        app.add_systems(Stage::Analyze, update_extrema);
    }
}
