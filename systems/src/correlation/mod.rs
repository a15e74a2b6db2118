//! `correlation`: how symbols move together, and who moves first.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Analyze / Main | [`update_grid`] | fresh bars of every symbol | [`CorrelationMatrix`], [`Correlation`], annotations |
//! | Analyze / Main, after it | [`update_lead_lag`] | prints of the step, rows of the grid | [`LeadLag`], [`LagReading`] |
//!
//! | feature | from |
//! |---|---|
//! | `rolling`, `beta`, `mean` | sums over a window of the common grid ([`grid`], [`pair_sums`]) |
//! | `ewma` | RiskMetrics, J.P. Morgan (1996), over common returns ([`reference_pair`]) |
//! | `break_z`, `breakdown` | Fisher (1921): recent window against the rest ([`moments`]) |
//! | `shrinkage` | Ledoit & Wolf (2004) on standardized returns, target identity ([`shrinkage`]) |
//! | `first_mode`, `signal_modes` | Marchenko & Pastur (1967), clipping of Laloux et al. (1999) ([`marchenko_pastur`]) |
//! | `hayashi_yoshida` | Hayashi & Yoshida (2005) on prints, no grid ([`hayashi_yoshida`]) |
//! | `lag_*` | Hoffmann, Rosenbaum & Yoshida (2013), Huth & Abergel (2014) ([`lead_lag`], [`lag_reading`]) |
//!
//! Only real updates count: a product of two returns enters only where both symbols had a bar in which something happened
//! at both ends of one grid interval. Bars that a feed filled forward are no updates. With one symbol nothing runs.
//!
//! Work per grid row is O(N^2 + N window) and state O(N^2 + N window), whatever the product of the two: a row comes and one
//! goes as rank-1 updates ([`pair_sums`]), the sums of a symbol are built anew in turn, all within 1,024 rows. For 500
//! symbols and 120 rows that is about 1.6 ns per pair and row where no bar is missing, 8 ns where some are.
//! Hayashi-Yoshida takes O(1) per print, pair and lag; what it adds is kept by bucket. Cleaning is O(N^3), at its interval.
//!
//! Own code and not `nalgebra` or `linfa`: state must be streamed, snapshot and digested, and the same bits must come out
//! on every machine.

pub mod eigen;
pub mod gaps;
pub mod grid;
pub mod hayashi_yoshida;
pub mod lag_reading;
pub mod lead_lag;
pub mod marchenko_pastur;
pub mod matrix;
pub mod moments;
pub mod pair_sums;
pub mod reference_pair;
pub mod settings;
pub mod shrinkage;
pub mod summary;
pub mod ticks;
pub mod update;

#[cfg(test)]
mod tests;

use bevy_ecs::schedule::IntoScheduleConfigs;
use manyworlds_components::feature::FeatureSpec;
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Stage};

use crate::market::SeriesFrame;

pub use lag_reading::LagReading;
pub use lead_lag::LeadLag;
pub use matrix::CorrelationMatrix;
use reference_pair::PairRules;
pub use settings::{Observations, Pairs, Settings};
pub use update::{BREAKDOWN, Correlation, update_grid, update_lead_lag};

/// The module.
pub struct CorrelationModule(pub Settings);

impl Module for CorrelationModule {
    fn info(&self) -> ModuleInfo {
        let Settings { window, ewma_halflife, lag_window, .. } = self.0;
        let (bars, weighted, lagged) = (window + 1, 3 * ewma_halflife + 1, lag_window + 1);
        let feature = |name: &str, unit: &str, meaning: &str, bars: u64| {
            FeatureSpec::new(&format!("correlation.{name}"), unit, meaning, bars)
        };
        ModuleInfo {
            name: "correlation".into(),
            purpose: "how symbols move together, and who moves first".into(),
            stages: vec![Stage::Analyze],
            requires: Vec::new(),
            needs_books: false,
            lookback: window as usize + 1,
            features: vec![
                feature("rolling", "1", "Pearson correlation of log returns with the reference", bars),
                feature("ewma", "1", "exponentially weighted correlation with the reference", weighted),
                feature("beta", "1", "slope of log returns on those of the reference", bars),
                feature("mean", "1", "mean correlation with all other symbols", bars),
                feature(
                    "shrinkage",
                    "1",
                    "Ledoit-Wolf intensity of the matrix: 0 as it is, 1 identity",
                    bars,
                ),
                feature("first_mode", "1", "share of the largest eigenvalue, as of the last cleaning", bars),
                feature(
                    "signal_modes",
                    "count",
                    "eigenvalues above the Marchenko-Pastur edge, likewise",
                    bars,
                ),
                feature("break_z", "standard errors", "recent less earlier correlation, by Fisher", bars),
                feature("breakdown", "0/1", "whether the correlation with the reference is broken", bars),
                feature(
                    "hayashi_yoshida",
                    "1",
                    "correlation with the reference on prints; may exceed 1",
                    lagged,
                ),
                feature(
                    "lag_seconds",
                    "s",
                    "lag of the largest correlation; above 0 the reference leads",
                    lagged,
                ),
                feature("lag_ratio", "1", "Huth-Abergel lead-lag ratio; above 1 the reference leads", lagged),
                feature("lag_confidence", "1", "how sure the lag is: 0 not at all, 1 wholly", lagged),
                feature("ratio_confidence", "1", "how sure the side of 1 is on which the ratio is", lagged),
            ],
            settings: Settings::specs(),
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Correlation::default());
        app.component(Kind::Symbol, |_| LagReading::default());
        app.feature("correlation.rolling", |c: &Correlation| c.rolling);
        app.feature("correlation.ewma", |c: &Correlation| c.ewma);
        app.feature("correlation.beta", |c: &Correlation| c.beta);
        app.feature("correlation.mean", |c: &Correlation| c.mean);
        app.feature("correlation.shrinkage", |c: &Correlation| c.shrinkage);
        app.feature("correlation.first_mode", |c: &Correlation| c.first_mode);
        app.feature("correlation.signal_modes", |c: &Correlation| c.signal_modes);
        app.feature("correlation.break_z", |c: &Correlation| c.break_z);
        app.feature("correlation.breakdown", |c: &Correlation| c.breakdown);
        app.feature("correlation.hayashi_yoshida", |l: &LagReading| l.hayashi_yoshida);
        app.feature("correlation.lag_seconds", |l: &LagReading| l.seconds);
        app.feature("correlation.lag_ratio", |l: &LagReading| l.ratio);
        app.feature("correlation.lag_confidence", |l: &LagReading| l.confidence);
        app.feature("correlation.ratio_confidence", |l: &LagReading| l.ratio_confidence);

        let settings = &self.0;
        let names = &app.roster().symbols;
        let found = match settings.reference.as_str() {
            "" => Some(0),
            name => names.iter().position(|n| n == name),
        };
        let refusal = found.is_none().then(|| {
            let (name, names) = (&settings.reference, names.join(", "));
            format!("correlation: the reference `{name}` is no symbol of this run; there are {names}")
        });
        let (symbols, reference) = (names.len(), found.unwrap_or(0));
        let refusal = refusal.or_else(|| too_short(settings, app));
        if symbols < 2 && refusal.is_none() {
            return;
        }
        let rules = PairRules {
            window: settings.window as usize,
            min_coverage: settings.min_coverage,
            decay: 0.5f64.powf(1.0 / settings.ewma_halflife as f64),
            ewma_needs: 3 * settings.ewma_halflife,
            break_window: settings.break_window as usize,
            break_threshold: settings.break_threshold,
        };
        let max_interval = settings.max_interval.map(|f| f.nanos());
        app.resource(CorrelationMatrix::new(symbols, reference, rules, max_interval, settings.clean_every));
        app.resource(LeadLag::new(symbols, reference, settings));
        app.scratch(update::Refusal(refusal));
        app.scratch(update::Scratch::default());
        app.add_systems(Stage::Analyze, (update_grid, update_lead_lag).chain());
    }
}

/// Why no row could ever be made: the longest interval is shorter than a bar.
fn too_short(settings: &Settings, app: &mut ModuleContext<'_>) -> Option<String> {
    let longest = settings.max_interval?;
    let symbols = app.roster().entities(Kind::Symbol).to_vec();
    let world = app.world();
    let frames = symbols.iter().filter_map(|s| world.get::<SeriesFrame>(*s));
    let frame = frames.map(|f| f.0).max().filter(|frame| *frame > longest)?;
    Some(format!(
        "correlation: max_interval {longest} is shorter than bars of {frame}: take at least {frame}"
    ))
}
