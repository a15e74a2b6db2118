//! `features_summary.json`: every feature over the samples of a run.

use serde::{Deserialize, Serialize};

/// Its name in the output folder.
pub const FEATURES_FILE: &str = "features_summary.json";

/// Every feature over the samples of a run. Samples are steps at equal distances, so that all of the run weighs alike.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FeaturesSummary {
    /// Steps that were sampled.
    pub samples: u64,
    /// Sampled were the steps that are multiples of this.
    pub stride: u64,
    /// Number of symbols.
    pub symbol_count: u64,
    /// The symbols whose samples are kept one by one: the first ones.
    pub symbols: Vec<String>,
    /// In schema order.
    pub features: Vec<FeatureSummary>,
}

/// One feature over all symbols and samples. Undefined is null.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureSummary {
    /// `module.feature`.
    pub name: String,
    /// Unit of its values.
    pub unit: String,
    /// One line.
    pub meaning: String,
    /// Bars that it needs until it is valid.
    pub warmup_bars: u64,
    /// Share of samples at which it was masked: its module was warming up or off, or it had no value.
    pub masked: Option<f64>,
    /// Least value.
    pub min: Option<f64>,
    /// Mean of the values.
    pub mean: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// The same for each of [`FeaturesSummary::symbols`].
    pub symbols: Vec<SymbolFeature>,
}

/// One feature of one symbol over all samples.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SymbolFeature {
    /// Which.
    pub symbol: String,
    /// Share of samples at which it was masked.
    pub masked: Option<f64>,
    /// Least value.
    pub min: Option<f64>,
    /// Mean of the values.
    pub mean: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// The value at the last step; null where it was masked then.
    pub last: Option<f64>,
}
