//! Synthetic market data: the settings of the generator, as a scenario writes them.

use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_systems::setting::{Check, Checker};
use serde::{Deserialize, Serialize};

use super::Scenario;
use super::data::DataSettings;
use super::symbol::SymbolSettings;
use crate::data::synthetic::SyntheticSpec;
pub use crate::data::synthetic::{
    IntradayPattern, JumpSpec, RegimeSpec, TradeSpec, VolatilitySpec, VolumeSpec,
};

/// A seeded synthetic symbol: a hidden process (regimes, volatility, fat-tailed innovations, jumps) on the symbol's
/// tick and lot grid. Everything has a default, so `Synthetic()` will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticSettings {
    /// The symbol of this scenario that this one is linked to; it then shares its times, bars and regimes. Default: none.
    pub like: Option<String>,
    /// Correlation of bar returns with those of `like`. Default 0. Range [-1, 1].
    pub correlation: f64,
    /// What is generated. Default `bars`.
    pub kind: SyntheticKind,
    /// Bar length. Default: that of `like`, else `1m`. At most `1d`.
    pub frame: Option<Frame>,
    /// Open of the first bar. Default: that of `like`, else the scenario's `from`, else 2024-01-01.
    #[serde(with = "super::time::option")]
    pub start: Option<Timestamp>,
    /// No bar closes after this. Default: the scenario's `to`, if there is one. Excludes `bars`.
    #[serde(with = "super::time::option")]
    pub end: Option<Timestamp>,
    /// Number of bars. Default: up to `end`, else 100,000.
    pub bars: Option<u64>,
    /// Open of the first bar in quote units. Default 10,000.
    pub initial_price: f64,
    /// Volatility of log returns per year of 365 days (jumps come on top). Default 0.6. Range [0, 20].
    pub annual_volatility: f64,
    /// Expected log return per year. Default 0. Range [-20, 20].
    pub annual_drift: f64,
    /// Hidden regimes, a Markov chain. Default: none, which means a calm and a turbulent one; `[]` is one regime only.
    /// Excluded by `like`.
    pub regimes: Option<Vec<RegimeSpec>>,
    /// Jumps. Default: one in two days, 1% standard deviation.
    pub jumps: JumpSpec,
    /// How volatility moves within a regime.
    pub volatility: VolatilitySpec,
    /// Degrees of freedom of the Student-t innovations; `None` is Gaussian. Default 4. Range (2, 1000].
    pub tail_degrees_of_freedom: Option<f64>,
    /// Traded volume.
    pub volume: VolumeSpec,
    /// Trades.
    pub trades: TradeSpec,
    /// Steps of the path inside a bar. Default 8. Range [2, 256].
    pub path_steps: u32,
}

/// What is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyntheticKind {
    /// Bars.
    #[default]
    Bars,
    /// Trades, which aggregate to the same bars.
    Trades,
}

impl Default for SyntheticSettings {
    fn default() -> Self {
        Self {
            like: None,
            correlation: 0.0,
            kind: SyntheticKind::Bars,
            frame: None,
            start: None,
            end: None,
            bars: None,
            initial_price: 10_000.0,
            annual_volatility: 0.6,
            annual_drift: 0.0,
            regimes: None,
            jumps: JumpSpec::default(),
            volatility: VolatilitySpec::default(),
            tail_degrees_of_freedom: Some(4.0),
            volume: VolumeSpec::default(),
            trades: TradeSpec::default(),
            path_steps: 8,
        }
    }
}

impl SyntheticSettings {
    /// The specification of the generator: what is not set comes from the symbol, from the one that `like` names, and
    /// from the scenario's span.
    pub fn spec(&self, scenario: &Scenario, symbol: &SymbolSettings) -> SyntheticSpec {
        let defaults = SyntheticSpec::default();
        let leader = self.like.as_deref().and_then(|like| scenario.symbols.iter().find(|s| s.symbol == like));
        let leader = leader.and_then(|s| {
            let data = s.data.iter().find_map(|data| match data {
                DataSettings::Synthetic(settings) => Some(settings),
                _ => None,
            });
            data.map(|settings| settings.spec(scenario, s))
        });
        let end = self.end.or(if self.bars.is_none() { scenario.to } else { None });
        SyntheticSpec {
            frame: self.frame.or(leader.as_ref().map(|l| l.frame)).unwrap_or(defaults.frame),
            start: self
                .start
                .or(leader.as_ref().map(|l| l.start))
                .or(scenario.from)
                .unwrap_or(defaults.start),
            end,
            bars: self.bars,
            initial_price: self.initial_price,
            annual_volatility: self.annual_volatility,
            annual_drift: self.annual_drift,
            regimes: self.regimes.clone(),
            jumps: self.jumps.clone(),
            volatility: self.volatility.clone(),
            tail_degrees_of_freedom: self.tail_degrees_of_freedom,
            volume: self.volume.clone(),
            trades: self.trades.clone(),
            path_steps: self.path_steps,
            tick_size: symbol.tick_size,
            lot_size: symbol.lot_size,
            like: self.like.clone(),
            correlation: self.correlation,
        }
    }
}

impl Check for SyntheticSettings {
    fn check(&self, c: &mut Checker) {
        c.range("correlation", self.correlation, -1.0, 1.0);
        let linked = self.like.is_some() || self.correlation == 0.0;
        c.require("correlation", self.correlation, linked, "0 unless `like` names a symbol");
        if let Some(frame) = self.frame {
            c.require("frame", frame, frame <= Frame::DAY, "at most 1d");
        }
        if let Some(bars) = self.bars {
            c.require("bars", bars, self.end.is_none(), "the only one of `bars` and `end`");
            c.whole("bars", bars, 1, 1 << 40);
        }
        if let (Some(start), Some(end)) = (self.start, self.end) {
            c.require("end", end, end > start, "after `start`");
        }
        c.require(
            "initial_price",
            self.initial_price,
            self.initial_price > 0.0 && self.initial_price.is_finite(),
            "a number above 0",
        );
        c.range("annual_volatility", self.annual_volatility, 0.0, 20.0);
        c.range("annual_drift", self.annual_drift, -20.0, 20.0);
        let regimes = self.regimes.as_deref().unwrap_or_default();
        let alone = self.like.is_none() || self.regimes.is_none();
        c.require("regimes", "set together with `like`", alone, "left to the symbol that `like` names");
        for (i, regime) in regimes.iter().enumerate() {
            c.within(format_args!("regimes[{i}]"), |c| {
                c.range("volatility", regime.volatility, 0.01, 100.0);
                c.range("annual_drift", regime.annual_drift, -100.0, 100.0);
                let unique = regimes[..i].iter().all(|r| r.name != regime.name);
                c.require("name", &regime.name, unique, "different from the others");
            });
        }
        c.within("jumps", |c| {
            c.range("per_day", self.jumps.per_day, 0.0, 43_200.0);
            c.range("mean", self.jumps.mean, -1.0, 1.0);
            c.range("sd", self.jumps.sd, 0.0, 1.0);
        });
        c.within("volatility", |c| {
            c.range("log_sd", self.volatility.log_sd, 0.0, 2.0);
            c.whole("components", u64::from(self.volatility.components), 1, 32);
            c.range("decay", self.volatility.decay, 0.0, 2.0);
            let ordered = self.volatility.longest >= self.volatility.shortest;
            c.require("longest", self.volatility.longest, ordered, "at least `shortest`");
        });
        if let Some(df) = self.tail_degrees_of_freedom {
            let holds = df > 2.0 && df <= 1_000.0;
            c.require("tail_degrees_of_freedom", df, holds, "a number above 2 and up to 1000");
        }
        c.within("volume", |c| self.volume.check(c));
        c.within("trades", |c| {
            c.range("per_bar", self.trades.per_bar, 1.0, 100_000.0);
            c.range("branching_ratio", self.trades.branching_ratio, 0.0, 0.95);
            c.whole("spread_ticks", u64::from(self.trades.spread_ticks), 0, 1_000);
        });
        c.whole("path_steps", u64::from(self.path_steps), 2, 256);
    }
}

impl Check for VolumeSpec {
    fn check(&self, c: &mut Checker) {
        c.require("mean", self.mean, self.mean > 0.0 && self.mean.is_finite(), "a number above 0");
        c.range("elasticity", self.elasticity, 0.0, 2.0);
        c.range("log_sd", self.log_sd, 0.0, 2.0);
        c.range("volatility_share", self.volatility_share, 0.0, 1.0);
        if let IntradayPattern::Hourly(hours) = &self.pattern {
            let count = hours.len();
            c.require(
                "pattern",
                format_args!("a list of {count}"),
                count == 24,
                "24 numbers, one per hour UTC",
            );
            for (hour, value) in hours.iter().enumerate() {
                c.range(&format!("pattern[{hour}]"), *value, 1e-3, 1e3);
            }
        }
    }
}
