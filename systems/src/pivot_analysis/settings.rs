//! What a scenario may say of pivot analysis.

use manyworlds_components::time::Frame;
use manyworlds_engine::SettingSpec;
use serde::{Deserialize, Serialize};

use super::pivot_levels::PivotFamily;
use super::session_pivots::Distance;
use super::swings::MAX_LEVELS;
use crate::setting::{Check, Checker};

/// Settings of [`super::PivotAnalysisModule`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PivotAnalysisSettings {
    /// The session that pivot points come from, aligned to UTC (weeks to Monday). A whole number of the symbols' bars
    /// should fit: a bar belongs to the session in which it opens.
    pub session: Frame,
    /// The pivot points that become features.
    pub families: Vec<PivotFamily>,
    /// In what the distance of the close to them is given: a feature for each.
    pub distances: Vec<Distance>,
    /// Bars of the ATR.
    pub atr_period: u64,
    /// Levels of the swing structure.
    pub levels: u64,
    /// Bars on each side that a swing of level 1 is above or below.
    pub strength: u64,
    /// Whether to look for Bill Williams' fractals, too.
    pub fractals: bool,
    /// The lowest level whose pivots are noted in the annotations; 6 for none.
    pub annotate_from: u64,
}

impl Default for PivotAnalysisSettings {
    fn default() -> Self {
        Self {
            session: Frame::DAY,
            families: vec![PivotFamily::Classic],
            distances: vec![Distance::Bps, Distance::Atr],
            atr_period: 14,
            levels: MAX_LEVELS as u64,
            strength: 1,
            fractals: true,
            annotate_from: 2,
        }
    }
}

impl Check for PivotAnalysisSettings {
    fn check(&self, checker: &mut Checker) {
        let distinct = |text: &[String]| text.iter().enumerate().all(|(i, t)| !text[..i].contains(t));
        let families: Vec<String> = self.families.iter().map(|f| format!("{f:?}")).collect();
        let distances: Vec<String> = self.distances.iter().map(|d| format!("{d:?}")).collect();
        for (field, list) in [("families", families), ("distances", distances)] {
            checker.require(field, list.join(", "), distinct(&list), "a list without repetition");
        }
        checker.whole("atr_period", self.atr_period, 1, 1_000);
        checker.whole("levels", self.levels, 1, MAX_LEVELS as u64);
        checker.whole("strength", self.strength, 1, 50);
        checker.whole("annotate_from", self.annotate_from, 1, MAX_LEVELS as u64 + 1);
    }
}

/// The settings for people, with their defaults.
pub(super) fn specs() -> Vec<SettingSpec> {
    let default = PivotAnalysisSettings::default();
    let (families, distances) = (format!("{:?}", default.families), format!("{:?}", default.distances));
    let session = format!("\"{}\"", default.session);
    vec![
        SettingSpec::new(
            "session",
            session,
            "a frame, e.g. \"1d\", \"1w\", \"4h\"",
            "session that pivot points come from, UTC",
        ),
        SettingSpec::new(
            "families",
            families,
            "of Classic, Fibonacci, Camarilla, Woodie, DeMark",
            "pivot points that become features",
        ),
        SettingSpec::new("distances", distances, "of Bps, Atr", "units of the distance to pivot points"),
        SettingSpec::new("atr_period", default.atr_period, "1 ..= 1000", "bars of the ATR"),
        SettingSpec::new("levels", default.levels, "1 ..= 5", "levels of swings"),
        SettingSpec::new("strength", default.strength, "1 ..= 50", "bars on each side of a swing of level 1"),
        SettingSpec::new("fractals", default.fractals, "true, false", "Bill Williams' fractals, too"),
        SettingSpec::new(
            "annotate_from",
            default.annotate_from,
            "1 ..= 6",
            "lowest level whose pivots are annotated; 6: none",
        ),
    ]
}
