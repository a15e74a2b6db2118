//! `pivot_analysis`: pivot points of the previous session, and Williams market structure.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Analyze | [`update_session_pivots`] | `BarSeries` | [`SessionPivots`]: sessions, ATR |
//! | Analyze | [`update_market_structure`] | `BarSeries` | [`MarketStructure`]: swings of five levels, fractals; annotations |
//!
//! Features (`k` = level 1 to 5, `f` = family, `l` = `p`, `r1`, `s1`, ...):
//!
//! | feature | unit | meaning |
//! |---|---|---|
//! | `trend_k` | 1 | strength of the trend of level `k`, negative if down, 0 if sideways |
//! | `swing_high_k`, `swing_low_k` | quote | newest confirmed swing |
//! | `swing_high_age_k`, `swing_low_age_k` | bars | bars since it |
//! | `fractal_high`, `fractal_low` | quote | newest confirmed fractal of Bill Williams |
//! | `f_l_bps`, `f_l_atr` | bps, ATR | close above (+) or below (-) a pivot point |
//!
//! Annotations: `pivot_analysis.swing_high`, `pivot_analysis.swing_low`, with the level, at the pivot's time, known at
//! the time of the step that confirmed it.
//!
//! A swing is a fact only once its right side is there: a pivot of level `k` is known (4^k - 1) / 3 bars late on
//! average on a random walk (1, 5, 21, 85, 341). Sources: Larry Williams, *Long-Term Secrets to Short-Term Trading* (1999)
//! for the structure; Bill Williams, *Trading Chaos* (1995) for fractals; pivot points in [`PivotFamily`].
//!
//! No library: `yata` has a pivot reversal signal and `ta` an ATR, but neither has levels, confirmation times, or state
//! that can be stored; what is needed is a few comparisons per bar.

mod average_true_range;
mod features;
mod market_structure;
mod pivot_levels;
mod session_pivots;
mod settings;
mod swings;
#[cfg(test)]
mod tests;
mod update;

use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Stage};

pub use average_true_range::AverageTrueRange;
pub use market_structure::{MarketStructure, Trend, TrendDirection};
pub use pivot_levels::{PivotFamily, PivotLevel};
pub use session_pivots::{Distance, SessionPivots};
pub use settings::PivotAnalysisSettings;
pub use swings::{Extreme, MAX_LEVELS, Pivot, SwingSide, Swings};
pub use update::{AnnotateFrom, update_market_structure, update_session_pivots};

/// The module.
#[derive(Debug, Clone, Default)]
pub struct PivotAnalysisModule(pub PivotAnalysisSettings);

impl Module for PivotAnalysisModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "pivot_analysis".to_owned(),
            purpose: "pivot points of the previous session, and swing highs and lows of five levels"
                .to_owned(),
            stages: vec![Stage::Analyze],
            requires: Vec::new(),
            needs_books: false,
            lookback: 1,
            features: features::features(&self.0).into_iter().map(|f| f.spec).collect(),
            settings: settings::specs(),
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        let PivotAnalysisSettings { session, atr_period, levels, strength, fractals, annotate_from, .. } =
            self.0;
        app.component(Kind::Symbol, |_| SessionPivots::new(session, atr_period as u32));
        app.component(Kind::Symbol, |_| MarketStructure::new(levels as usize, strength as u32, fractals));
        app.constant(Kind::Symbol, |_| AnnotateFrom(annotate_from as u8));
        features::features(&self.0).iter().for_each(|feature| feature.register(app));
        app.add_systems(Stage::Analyze, (update_session_pivots, update_market_structure));
    }
}
