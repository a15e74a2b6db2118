//! What a scenario may say of extrema.

use manyworlds_engine::SettingSpec;
use serde::{Deserialize, Serialize};

use crate::setting::{Check, Checker};

/// Settings of [`super::ExtremaModule`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtremaSettings {
    /// The reversal that confirms a directional change, theta, in bps of the extreme price.
    pub threshold_bps: f64,
    /// Moves of the overshoot statistics.
    pub statistics_window: u64,
    /// Bars on each side of a windowed extremum.
    pub half_width: u64,
    /// Whether directional changes are noted in the annotations.
    pub annotate: bool,
}

impl Default for ExtremaSettings {
    fn default() -> Self {
        Self { threshold_bps: 50.0, statistics_window: 20, half_width: 5, annotate: true }
    }
}

impl Check for ExtremaSettings {
    fn check(&self, checker: &mut Checker) {
        checker.range("threshold_bps", self.threshold_bps, 0.01, 5_000.0);
        checker.whole("statistics_window", self.statistics_window, 1, 1_000);
        checker.whole("half_width", self.half_width, 1, 1_000);
    }
}

/// The settings for people, with their defaults.
pub(super) fn specs() -> Vec<SettingSpec> {
    let default = ExtremaSettings::default();
    let threshold = format!("{:?}", default.threshold_bps);
    vec![
        SettingSpec::new(
            "threshold_bps",
            threshold,
            "0.01 ..= 5000",
            "reversal that confirms a directional change",
        ),
        SettingSpec::new(
            "statistics_window",
            default.statistics_window,
            "1 ..= 1000",
            "moves of the statistics",
        ),
        SettingSpec::new(
            "half_width",
            default.half_width,
            "1 ..= 1000",
            "bars on each side of a windowed extremum",
        ),
        SettingSpec::new(
            "annotate",
            default.annotate,
            "true, false",
            "note tops and bottoms in the annotations",
        ),
    ]
}
