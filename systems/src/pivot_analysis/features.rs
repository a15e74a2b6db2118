//! The features of pivot analysis: one list that both declares them and says how each is read.

use manyworlds_components::feature::FeatureSpec;
use manyworlds_engine::ModuleContext;

use super::market_structure::{MarketStructure, Trend};
use super::pivot_levels::{PivotFamily, PivotLevel};
use super::session_pivots::{Distance, SessionPivots};
use super::settings::PivotAnalysisSettings;
use super::swings::{Pivot, fewest_bars};

/// Where a feature is read.
#[derive(Debug, Clone, Copy)]
enum Source {
    Structure(fn(&MarketStructure, u8) -> Option<f64>, u8),
    PivotPoint(PivotFamily, PivotLevel, Distance),
}

/// A feature and its source.
#[derive(Debug)]
pub(super) struct Feature {
    pub(super) spec: FeatureSpec,
    source: Source,
}

impl Feature {
    /// Tells the context how to read it.
    pub(super) fn register(&self, app: &mut ModuleContext<'_>) {
        match self.source {
            Source::Structure(read, level) => {
                app.feature(&self.spec.name, move |s: &MarketStructure| read(s, level));
            }
            Source::PivotPoint(family, level, unit) => {
                app.feature(&self.spec.name, move |p: &SessionPivots| p.distance(family, level, unit));
            }
        }
    }
}

fn price(pivot: Option<&Pivot>) -> Option<f64> {
    pivot.map(|p| p.price)
}

fn age(structure: &MarketStructure, pivot: Option<&Pivot>) -> Option<f64> {
    pivot.map(|p| structure.age(p) as f64)
}

/// All features, in order. Warm-ups are the fewest bars after which there can be a value.
pub(super) fn features(settings: &PivotAnalysisSettings) -> Vec<Feature> {
    let mut list = Vec::new();
    let mut structure = |word: &str, unit: &str, meaning: &str, warmup, read, level| {
        let spec = FeatureSpec::new(&format!("pivot_analysis.{word}"), unit, meaning, warmup);
        list.push(Feature { spec, source: Source::Structure(read, level) });
    };
    for k in 1..=settings.levels as u8 {
        let warmup = |pivots| fewest_bars(k, settings.strength, pivots);
        let mut add = |word: &str, unit: &str, meaning: &str, pivots, read| {
            structure(
                &format!("{word}_{k}"),
                unit,
                &format!("{meaning} of level {k}"),
                warmup(pivots),
                read,
                k,
            );
        };
        add("trend", "1", "strength 0 to 1 of the trend, negative if down, 0 if sideways,", 2, |s, k| {
            s.trend(k).map(Trend::signed)
        });
        add("swing_high", "quote", "price of the newest confirmed swing high", 1, |s, k| {
            price(s.highs().last(k))
        });
        add("swing_low", "quote", "price of the newest confirmed swing low", 1, |s, k| {
            price(s.lows().last(k))
        });
        add("swing_high_age", "bars", "bars since the newest confirmed swing high", 1, |s, k| {
            age(s, s.highs().last(k))
        });
        add("swing_low_age", "bars", "bars since the newest confirmed swing low", 1, |s, k| {
            age(s, s.lows().last(k))
        });
    }
    if settings.fractals {
        let mut add = |word: &str, meaning: &str, read| structure(word, "quote", meaning, 5, read, 0);
        add("fractal_high", "price of the newest confirmed fractal high (5 bars)", |s, _| {
            price(s.fractal_high())
        });
        add("fractal_low", "price of the newest confirmed fractal low (5 bars)", |s, _| {
            price(s.fractal_low())
        });
    }
    for &family in &settings.families {
        for level in family.levels() {
            list.extend(settings.distances.iter().map(|unit| pivot_point(settings, family, level, *unit)));
        }
    }
    list
}

fn pivot_point(
    settings: &PivotAnalysisSettings,
    family: PivotFamily,
    level: PivotLevel,
    unit: Distance,
) -> Feature {
    let (suffix, measure, warmup) = match unit {
        Distance::Bps => ("bps", "bps of the close", 1),
        Distance::Atr => ("atr", "ATRs of the bars", settings.atr_period + 1),
    };
    let (name, level_name, session) = (family.name(), level.name(), settings.session);
    let upper = level_name.to_uppercase();
    let meaning = format!(
        "close above (+) or below (-) {upper} of the {name} pivot points, in {measure}; from the first whole {session} session on"
    );
    let spec =
        FeatureSpec::new(&format!("pivot_analysis.{name}_{level_name}_{suffix}"), suffix, &meaning, warmup);
    // What is measured in ATRs needs bars of the series, too: that many are declared.
    let spec = if unit == Distance::Bps { spec.of_frame(session) } else { spec };
    Feature { spec, source: Source::PivotPoint(family, level, unit) }
}
