//! Settings of the module, with their defaults and ranges.

use manyworlds_engine::SettingSpec;
use serde::{Deserialize, Serialize};

use super::volatility::EwmaVolatility;
use crate::setting::{Check, Checker};

/// What a scenario may say of `market_analysis`. Windows count bars of the symbol's series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MarketAnalysisSettings {
    /// Bars of the range and return estimators of volatility. Default 30.
    pub volatility_window: u64,
    /// Decay of the exponentially weighted volatility. Default 0.94 (RiskMetrics, daily).
    pub ewma_lambda: f64,
    /// Bars of ATR. Default 14 (Wilder).
    pub atr_period: u64,
    /// Bars of ADX, +DI and -DI. Default 14 (Wilder).
    pub adx_period: u64,
    /// Values among which the ATR is ranked. Default 200.
    pub percentile_window: u64,
    /// Changes of the efficiency ratio. Default 20.
    pub efficiency_window: u64,
    /// Returns of the variance ratio. Default 120.
    pub variance_ratio_window: u64,
    /// Bars of its longer return. Default 5.
    pub variance_ratio_horizon: u64,
    /// Bars in a row for which another regime must lead before it takes over. Default 5.
    pub confirm_bars: u64,
    /// By how much it must lead. Default 0.1.
    pub margin: f64,
    /// Whether bars without volume whose four prices are the close before are passed over: nothing was traded, so they
    /// say nothing (a feed may have filled them in). Default true.
    pub skip_idle_bars: bool,
    /// How evidence becomes probabilities.
    pub rules: RuleSettings,
    /// The hidden Markov model.
    pub hmm: HmmSettings,
    /// Change points.
    pub changes: ChangeSettings,
}

/// Linear from 0 at `low` to 1 at `high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// Up to here 0.
    pub low: f64,
    /// From here on 1; above `low`.
    pub high: f64,
}

/// How evidence becomes probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleSettings {
    /// ADX: range below, trend above. Default 20, 25.
    pub adx: Ramp,
    /// Efficiency ratio. Default 0.3 (a random walk's mean over 20 bars is 0.22), 0.6.
    pub efficiency_ratio: Ramp,
    /// Variance ratio. Default 1.2 (a random walk's mean is 1, its standard error 0.2), 2.
    pub variance_ratio: Ramp,
    /// ATR percentile: as usual below, volatile above. Default 0.7, 0.9.
    pub atr_percentile: Ramp,
    /// From this (+DI - -DI) / (+DI + -DI) on a trend is wholly upwards, from minus this on wholly downwards. Default 0.25.
    pub direction: f64,
}

/// The hidden Markov model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HmmSettings {
    /// Number of states. Default 2.
    pub states: u64,
    /// Past returns that a fit sees. Several regimes should fit in. Default 2,000.
    pub window: u64,
    /// Returns before the first fit. Default 250.
    pub first_fit: u64,
    /// Returns between fits. Default 2,000; earlier as long as fewer have been seen.
    pub refit: u64,
    /// Passes of the first fit at most. Default 30.
    pub first_passes: u64,
    /// Passes of later fits, which begin with the model in use, at most. Default 2.
    pub passes: u64,
    /// What a fit begins with counts as this many returns of evidence per state. Default 100.
    pub prior: f64,
    /// The most volatile state means `Volatile` only if it is this many times as volatile as the calmest. Default 1.5.
    pub ratio: f64,
    /// Its share in the volatility score; the rest is the ATR percentile's. Default 0.8.
    pub weight: f64,
}

/// Change points by CUSUM of returns (drift) and of their absolute values (volatility).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeSettings {
    /// Returns from which target and deviation are learned, at first and after every change. Default 100.
    pub baseline: u64,
    /// What is let go per bar, in standard deviations. Default 0.5.
    pub slack: f64,
    /// The sum at which a change is announced, in standard deviations. Default 10.
    pub threshold: f64,
}

impl Default for MarketAnalysisSettings {
    fn default() -> Self {
        Self {
            volatility_window: 30,
            ewma_lambda: 0.94,
            atr_period: 14,
            adx_period: 14,
            percentile_window: 200,
            efficiency_window: 20,
            variance_ratio_window: 120,
            variance_ratio_horizon: 5,
            confirm_bars: 5,
            margin: 0.1,
            skip_idle_bars: true,
            rules: RuleSettings::default(),
            hmm: HmmSettings::default(),
            changes: ChangeSettings::default(),
        }
    }
}

impl Default for RuleSettings {
    fn default() -> Self {
        let ramp = |low, high| Ramp { low, high };
        Self {
            adx: ramp(20.0, 25.0),
            efficiency_ratio: ramp(0.3, 0.6),
            variance_ratio: ramp(1.2, 2.0),
            atr_percentile: ramp(0.7, 0.9),
            direction: 0.25,
        }
    }
}

impl Default for HmmSettings {
    fn default() -> Self {
        Self {
            states: 2,
            window: 2_000,
            first_fit: 250,
            refit: 2_000,
            first_passes: 30,
            passes: 2,
            prior: 100.0,
            ratio: 1.5,
            weight: 0.8,
        }
    }
}

impl Default for ChangeSettings {
    fn default() -> Self {
        Self { baseline: 100, slack: 0.5, threshold: 10.0 }
    }
}

impl MarketAnalysisSettings {
    /// Bars until there are regime probabilities: every rule has its window.
    pub fn regime_warmup(&self) -> u64 {
        (2 * self.adx_period)
            .max(self.atr_period + self.percentile_window)
            .max(self.efficiency_window + 1)
            .max(self.variance_ratio_window + 1)
    }

    /// Bars until the exponentially weighted volatility is offered.
    pub fn ewma_warmup(&self) -> u64 {
        EwmaVolatility::warmup(self.ewma_lambda) + 1
    }

    /// The settings for people; each default is that of [`Default`].
    pub fn specs() -> Vec<SettingSpec> {
        let d = Self::default();
        let spec = |name: &str, default: &dyn ToString, range: &str, meaning: &str| {
            SettingSpec::new(name, default.to_string(), range, meaning)
        };
        let ramp = |name: &str, r: &Ramp, range: &str, meaning: &str| {
            SettingSpec::new(name, format!("(low: {:?}, high: {:?})", r.low, r.high), range, meaning)
        };
        vec![
            spec(
                "volatility_window",
                &d.volatility_window,
                "2 ..= 100000",
                "bars of the volatility estimators",
            ),
            spec("ewma_lambda", &d.ewma_lambda, "0.01 ..= 0.9999", "decay of the weighted volatility"),
            spec("atr_period", &d.atr_period, "2 ..= 10000", "bars of ATR"),
            spec("adx_period", &d.adx_period, "2 ..= 10000", "bars of ADX, +DI and -DI"),
            spec(
                "percentile_window",
                &d.percentile_window,
                "2 ..= 10000",
                "values among which ATR is ranked",
            ),
            spec(
                "efficiency_window",
                &d.efficiency_window,
                "2 ..= 100000",
                "changes of the efficiency ratio",
            ),
            spec(
                "variance_ratio_window",
                &d.variance_ratio_window,
                "4 ..= 100000",
                "returns of the variance ratio",
            ),
            spec(
                "variance_ratio_horizon",
                &d.variance_ratio_horizon,
                "2 ..= window / 2",
                "bars of its longer return",
            ),
            spec("confirm_bars", &d.confirm_bars, "1 ..= 10000", "bars for which a new regime must lead"),
            spec("margin", &d.margin, "0 ..= 1", "by how much it must lead"),
            spec(
                "skip_idle_bars",
                &d.skip_idle_bars,
                "true or false",
                "pass over bars in which nothing was traded",
            ),
            ramp("rules.adx", &d.rules.adx, "0 ..= 100", "ADX: no trend, trend"),
            ramp(
                "rules.efficiency_ratio",
                &d.rules.efficiency_ratio,
                "0 ..= 1",
                "efficiency ratio: no trend, trend",
            ),
            ramp(
                "rules.variance_ratio",
                &d.rules.variance_ratio,
                "0 ..= 100",
                "variance ratio: no trend, trend",
            ),
            ramp(
                "rules.atr_percentile",
                &d.rules.atr_percentile,
                "0 ..= 1",
                "ATR percentile: as usual, volatile",
            ),
            spec(
                "rules.direction",
                &d.rules.direction,
                "0.01 ..= 1",
                "DI imbalance that leaves no doubt of the side",
            ),
            spec("hmm.states", &d.hmm.states, "2 ..= 4", "states of the hidden Markov model"),
            spec("hmm.window", &d.hmm.window, "first_fit ..= 100000", "past returns that a fit sees"),
            spec("hmm.first_fit", &d.hmm.first_fit, "40 ..= 100000", "returns before the first fit"),
            spec("hmm.refit", &d.hmm.refit, "1 ..= 1000000", "returns between fits, fewer at first"),
            spec("hmm.first_passes", &d.hmm.first_passes, "1 ..= 1000", "passes of the first fit at most"),
            spec("hmm.passes", &d.hmm.passes, "1 ..= 1000", "passes of later fits at most"),
            spec(
                "hmm.prior",
                &d.hmm.prior,
                "0 ..= 100000",
                "returns that the model before counts for, per state",
            ),
            spec(
                "hmm.ratio",
                &d.hmm.ratio,
                "1 ..= 100",
                "volatility ratio from which the last state is Volatile",
            ),
            spec("hmm.weight", &d.hmm.weight, "0 ..= 1", "share in the volatility score"),
            spec(
                "changes.baseline",
                &d.changes.baseline,
                "2 ..= 100000",
                "returns from which the target is learned",
            ),
            spec("changes.slack", &d.changes.slack, "0 ..= 10", "let go per bar, in deviations"),
            spec(
                "changes.threshold",
                &d.changes.threshold,
                "0.1 ..= 1000",
                "sum that is a change, in deviations",
            ),
        ]
    }
}

impl Check for MarketAnalysisSettings {
    fn check(&self, checker: &mut Checker) {
        checker.whole("volatility_window", self.volatility_window, 2, 100_000);
        checker.range("ewma_lambda", self.ewma_lambda, 0.01, 0.9999);
        checker.whole("atr_period", self.atr_period, 2, 10_000);
        checker.whole("adx_period", self.adx_period, 2, 10_000);
        checker.whole("percentile_window", self.percentile_window, 2, 10_000);
        checker.whole("efficiency_window", self.efficiency_window, 2, 100_000);
        checker.whole("variance_ratio_window", self.variance_ratio_window, 4, 100_000);
        let half = (self.variance_ratio_window / 2).max(2);
        checker.whole("variance_ratio_horizon", self.variance_ratio_horizon, 2, half);
        checker.whole("confirm_bars", self.confirm_bars, 1, 10_000);
        checker.range("margin", self.margin, 0.0, 1.0);
        checker.within("rules", |c| self.rules.check(c));
        checker.within("hmm", |c| self.hmm.check(c));
        checker.within("changes", |c| self.changes.check(c));
    }
}

impl Check for RuleSettings {
    fn check(&self, checker: &mut Checker) {
        let ramps = [
            ("adx", self.adx, 100.0),
            ("efficiency_ratio", self.efficiency_ratio, 1.0),
            ("variance_ratio", self.variance_ratio, 100.0),
            ("atr_percentile", self.atr_percentile, 1.0),
        ];
        for (name, ramp, largest) in ramps {
            checker.within(name, |c| {
                c.range("low", ramp.low, 0.0, largest);
                c.range("high", ramp.high, 0.0, largest);
                c.require("high", ramp.high, ramp.high > ramp.low, &format!("above low ({})", ramp.low));
            });
        }
        checker.range("direction", self.direction, 0.01, 1.0);
    }
}

impl Check for HmmSettings {
    fn check(&self, checker: &mut Checker) {
        checker.whole("states", self.states, 2, 4);
        checker.whole("first_fit", self.first_fit, 40, 100_000);
        checker.whole("window", self.window, self.first_fit.max(40), 100_000);
        checker.whole("refit", self.refit, 1, 1_000_000);
        checker.whole("first_passes", self.first_passes, 1, 1_000);
        checker.whole("passes", self.passes, 1, 1_000);
        checker.range("prior", self.prior, 0.0, 100_000.0);
        checker.range("ratio", self.ratio, 1.0, 100.0);
        checker.range("weight", self.weight, 0.0, 1.0);
    }
}

impl Check for ChangeSettings {
    fn check(&self, checker: &mut Checker) {
        checker.whole("baseline", self.baseline, 2, 100_000);
        checker.range("slack", self.slack, 0.0, 10.0);
        checker.range("threshold", self.threshold, 0.1, 1_000.0);
    }
}
