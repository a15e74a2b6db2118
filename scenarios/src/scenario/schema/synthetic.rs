//! Synthetic market data: the settings of the generator, as a scenario writes them.

use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_systems::setting::{Check, Checker};
use serde::{Deserialize, Serialize};

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
    /// Added to the scenario's seed for this symbol. Default 0.
    pub seed_offset: u64,
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

/// One regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegimeSpec {
    /// Its name.
    pub name: String,
    /// Volatility relative to the other regimes. Range [0.01, 100].
    pub volatility: f64,
    /// Expected log return per year, on top of the symbol's. Default 0. Range [-100, 100].
    #[serde(default)]
    pub annual_drift: f64,
    /// How long it lasts on average, such as `"3d"`.
    pub mean_duration: Frame,
}

/// Compound Poisson jumps (Merton 1976) of the log price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JumpSpec {
    /// Expected number per day. Default 0.5.
    pub per_day: f64,
    /// Mean log size. Default 0. Range [-1, 1].
    pub mean: f64,
    /// Standard deviation of the log size. Default 0.01. Range [0, 1].
    pub sd: f64,
}

/// Log volatility within a regime: a sum of AR(1) components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VolatilitySpec {
    /// Standard deviation of log volatility. Default 0.5. Range [0, 2]; 0 is constant volatility.
    pub log_sd: f64,
    /// Shortest time scale. Default `5m`.
    pub shortest: Frame,
    /// Longest time scale. Default `28d`.
    pub longest: Frame,
    /// Number of components. Default 6. Range [1, 32].
    pub components: u32,
    /// The power with which the autocorrelation of volatility falls. Default 0.25. Range [0, 2].
    pub decay: f64,
}

/// Volume, driven by the same activity as volatility.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VolumeSpec {
    /// Mean volume of a bar in base units. Default 20.
    pub mean: f64,
    /// Volume grows like (volatility of the bar)^elasticity. Default 1. Range [0, 2].
    pub elasticity: f64,
    /// Standard deviation of the log of what volatility does not explain. Default 0.4. Range [0, 2].
    pub log_sd: f64,
    /// How volume moves with the time of day (UTC). Default `Crypto`.
    pub pattern: IntradayPattern,
    /// Volatility follows the pattern to this power. Default 0.25. Range [0, 1].
    pub volatility_share: f64,
}

/// The volume of each part of the day relative to the day's mean, in UTC.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum IntradayPattern {
    /// The same at all times.
    Flat,
    /// Around-the-clock trading.
    #[default]
    Crypto,
    /// High at both ends of the day, low in the middle.
    UShape,
    /// 24 relative volumes, one per hour.
    Hourly(Vec<f64>),
}

/// Trades: a Hawkes process whose base rate follows the bar's volume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TradeSpec {
    /// Mean number per bar. Default 20. Range [1, 100,000].
    pub per_bar: f64,
    /// Mean number of trades that a trade causes. Default 0.5. Range [0, 0.95].
    pub branching_ratio: f64,
    /// Time scale in which a trade's influence fades. Default `1s`.
    pub decay: Frame,
    /// Bid-ask bounce in ticks. Default 1. Range [0, 1,000].
    pub spread_ticks: u32,
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
            seed_offset: 0,
        }
    }
}

impl Default for JumpSpec {
    fn default() -> Self {
        Self { per_day: 0.5, mean: 0.0, sd: 0.01 }
    }
}

impl Default for VolatilitySpec {
    fn default() -> Self {
        let minutes = |n: i64| Frame::from_nanos(n * Frame::MINUTE.nanos()).unwrap_or(Frame::MINUTE);
        Self { log_sd: 0.5, shortest: minutes(5), longest: minutes(28 * 1_440), components: 6, decay: 0.25 }
    }
}

impl Default for VolumeSpec {
    fn default() -> Self {
        let pattern = IntradayPattern::Crypto;
        Self { mean: 20.0, elasticity: 1.0, log_sd: 0.4, pattern, volatility_share: 0.25 }
    }
}

impl Default for TradeSpec {
    fn default() -> Self {
        Self { per_bar: 20.0, branching_ratio: 0.5, decay: Frame::SECOND, spread_ticks: 1 }
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
