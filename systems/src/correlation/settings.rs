//! Settings of `correlation`.

use manyworlds_components::time::Frame;
use manyworlds_engine::SettingSpec;
use serde::{Deserialize, Serialize};

use crate::setting::{Check, Checker};

/// What counts as an observation of a price for Hayashi-Yoshida and lead-lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Observations {
    /// Every print, at the time at which we learned of it.
    #[default]
    Trades,
    /// Every close of a bar in which something happened. Known one row later. Choose lags of whole bars.
    Closes,
}

/// Which pairs are followed by Hayashi-Yoshida and lead-lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Pairs {
    /// The reference with each other symbol.
    #[default]
    Reference,
    /// Every pair, in order of the symbols, at most `max_pairs`; those of the reference come first.
    All,
}

/// The settings, as a scenario writes them: `"correlation": (window: 240, reference: "BTCUSDT")`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The symbol that others are compared with; empty for the first of the scenario.
    pub reference: String,
    /// Grid rows of the rolling correlation, the matrix and its shrinkage.
    pub window: u64,
    /// Share of the window's rows in which both symbols must have a return.
    pub min_coverage: f64,
    /// A row over a longer time - a night, a halt - does not count; `None` counts all.
    pub max_interval: Option<Frame>,
    /// Half-life of the exponentially weighted correlation, in returns that both symbols have.
    pub ewma_halflife: u64,
    /// Rows that count as recent when a break is looked for.
    pub break_window: u64,
    /// Standard errors of the Fisher transforms' difference from which a correlation is broken.
    pub break_threshold: f64,
    /// Rows between two Marchenko-Pastur cleanings.
    pub clean_every: u64,
    /// What Hayashi-Yoshida is computed from.
    pub observations: Observations,
    /// Grid rows of the Hayashi-Yoshida window.
    pub lag_window: u64,
    /// Distance of two lags.
    pub lag_step: Frame,
    /// Lags on either side of zero.
    pub lags: u64,
    /// Which pairs are followed.
    pub pairs: Pairs,
    /// The most pairs that are followed.
    pub max_pairs: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reference: String::new(),
            window: 120,
            min_coverage: 0.5,
            max_interval: None,
            ewma_halflife: 30,
            break_window: 30,
            break_threshold: 4.0,
            clean_every: 1_440,
            observations: Observations::Trades,
            lag_window: 60,
            lag_step: Frame::SECOND,
            lags: 10,
            pairs: Pairs::Reference,
            max_pairs: 1_000,
        }
    }
}

impl Check for Settings {
    fn check(&self, checker: &mut Checker) {
        checker.whole("window", self.window, 10, 10_000);
        checker.range("min_coverage", self.min_coverage, 0.05, 1.0);
        checker.whole("ewma_halflife", self.ewma_halflife, 1, 10_000);
        let room = self.window.saturating_sub(5).max(5);
        checker.whole("break_window", self.break_window, 5, room);
        checker.range("break_threshold", self.break_threshold, 1.0, 100.0);
        checker.whole("clean_every", self.clean_every, 1, 1_000_000);
        checker.whole("lag_window", self.lag_window, 5, 10_000);
        checker.whole("lags", self.lags, 1, 200);
        checker.whole("max_pairs", self.max_pairs, 1, 100_000);
    }
}

impl Settings {
    /// One line each, with the defaults.
    pub(super) fn specs() -> Vec<SettingSpec> {
        let d = Self::default();
        let frames = "a frame, such as \"1s\"";
        vec![
            SettingSpec::new(
                "reference",
                format!("{:?}", d.reference),
                "a symbol, or \"\" for the first",
                "whom the others are compared with",
            ),
            SettingSpec::new("window", d.window, "10 ..= 10000", "grid rows of the rolling values"),
            SettingSpec::new(
                "min_coverage",
                d.min_coverage,
                "0.05 ..= 1",
                "share of rows that both symbols must have",
            ),
            SettingSpec::new(
                "max_interval",
                format!("{:?}", d.max_interval),
                "None or Some(\"2h\")",
                "rows over a longer time do not count",
            ),
            SettingSpec::new("ewma_halflife", d.ewma_halflife, "1 ..= 10000", "half-life in common returns"),
            SettingSpec::new(
                "break_window",
                d.break_window,
                "5 ..= window - 5",
                "recent rows, held against the rest",
            ),
            SettingSpec::new(
                "break_threshold",
                d.break_threshold,
                "1 ..= 100",
                "standard errors that make a break",
            ),
            SettingSpec::new("clean_every", d.clean_every, "1 ..= 1000000", "rows between two cleanings"),
            SettingSpec::new(
                "observations",
                format!("{:?}", d.observations),
                "Trades or Closes",
                "what Hayashi-Yoshida sees",
            ),
            SettingSpec::new(
                "lag_window",
                d.lag_window,
                "5 ..= 10000",
                "grid rows of the Hayashi-Yoshida window",
            ),
            SettingSpec::new("lag_step", format!("\"{}\"", d.lag_step), frames, "distance of two lags"),
            SettingSpec::new("lags", d.lags, "1 ..= 200", "lags on either side of zero"),
            SettingSpec::new(
                "pairs",
                format!("{:?}", d.pairs),
                "Reference or All",
                "pairs that are followed",
            ),
            SettingSpec::new("max_pairs", d.max_pairs, "1 ..= 100000", "the most pairs that are followed"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_wrong_ones_are_named() {
        assert!(Checker::run(&Settings::default()).is_empty());
        let wrong = Settings { window: 20, break_window: 16, min_coverage: 0.0, ..Settings::default() };
        let paths: Vec<String> = Checker::run(&wrong).into_iter().map(|e| e.path).collect();
        assert_eq!(paths, ["min_coverage", "break_window"]);
        assert!(ron::from_str::<Settings>("(windw: 3)").is_err());
        let read: Settings = ron::from_str("(max_interval: Some(\"2h\"), pairs: All)").unwrap();
        assert_eq!((read.max_interval.map(Frame::nanos), read.pairs), (Some(7_200_000_000_000), Pairs::All));
    }

    #[test]
    fn every_setting_is_described() {
        let fields = ron::to_string(&Settings::default()).unwrap();
        for spec in Settings::specs() {
            assert!(fields.contains(&format!("{}:", spec.name)), "{}", spec.name);
        }
        assert_eq!(Settings::specs().len(), fields.matches(':').count());
    }
}
