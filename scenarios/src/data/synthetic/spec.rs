//! What a synthetic market is made of: settings with documented defaults.

use std::fmt;

use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::pattern::IntradayPattern;

/// Nanoseconds in the year of every annual setting here: 365 days, around the clock.
pub const YEAR_NANOS: f64 = 365.0 * 86_400e9;

/// How many bars there are where neither `end` nor `bars` says.
pub const DEFAULT_BARS: u64 = 100_000;

/// One synthetic symbol. All settings have defaults, which pass the stylized-facts gates (Cont 2001).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticSpec {
    /// Bar length. Default `1m`; at most `1d`.
    pub frame: Frame,
    /// Open of the first bar: nanoseconds since the epoch, or ISO 8601 with an offset (`"2024-01-01T00:00:00Z"`).
    /// Must lie on the frame's grid. Default 2024-01-01.
    #[serde(deserialize_with = "timestamp")]
    pub start: Timestamp,
    /// No bar closes after this. Default: not set. Excludes `bars`.
    #[serde(deserialize_with = "optional_timestamp")]
    pub end: Option<Timestamp>,
    /// Number of bars. Default: not set, which means [`DEFAULT_BARS`] unless `end` is given.
    pub bars: Option<u64>,
    /// Open of the first bar, in quote units. Default 10,000.
    pub initial_price: f64,
    /// Volatility of log returns per year of 365 days (jumps come on top). Default 0.6. Range [0, 20].
    pub annual_volatility: f64,
    /// Expected log return per year. Default 0. Range [-20, 20].
    pub annual_drift: f64,
    /// Hidden regimes, a Markov chain. Default: `calm` and `turbulent` ([`RegimeSpec::defaults`]). An empty list is one
    /// regime only. Must not be set together with `like`: a linked symbol lives in its leader's regimes.
    pub regimes: Option<Vec<RegimeSpec>>,
    /// Jumps. Default: one in two days, 1% standard deviation.
    pub jumps: JumpSpec,
    /// How volatility moves within a regime.
    pub volatility: VolatilitySpec,
    /// Degrees of freedom of the Student-t return innovations (scaled to variance 1), which set the tail index;
    /// `None` is Gaussian. Default 4.5. Range (2, 1000].
    pub tail_degrees_of_freedom: Option<f64>,
    /// Traded volume.
    pub volume: VolumeSpec,
    /// Trades.
    pub trades: TradeSpec,
    /// Price grid. Default 0.01.
    pub tick_size: Step,
    /// Quantity grid. Default 0.001.
    pub lot_size: Step,
    /// Steps of the path inside a bar, from which high and low are taken. Default 8. Range [2, 256].
    pub path_steps: u32,
    /// The symbol (of this market, or a reference with real bars) that this one is linked to. Default: none.
    pub like: Option<String>,
    /// Correlation of this symbol's bar returns with those of `like`. Default 0. Range [-1, 1].
    pub correlation: f64,
}

/// One regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegimeSpec {
    /// Its name, for labels.
    pub name: String,
    /// Volatility relative to the other regimes (all are scaled so that `annual_volatility` holds on the whole).
    /// Range [0.01, 100].
    pub volatility: f64,
    /// Expected log return per year, on top of the symbol's. Default 0. Range [-100, 100].
    #[serde(default)]
    pub annual_drift: f64,
    /// How long it lasts on average, such as `"3d"`. At least one frame.
    pub mean_duration: Frame,
}

/// Compound Poisson jumps (Merton 1976) of the log price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JumpSpec {
    /// Expected number per day; at most one in a bar. Default 0.5. At most 0.5 per bar.
    pub per_day: f64,
    /// Mean log size. Default 0. Range [-1, 1].
    pub mean: f64,
    /// Standard deviation of the log size. Default 0.01. Range [0, 1].
    pub sd: f64,
}

/// The log volatility within a regime: a sum of AR(1) components whose time scales are spaced geometrically.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VolatilitySpec {
    /// Standard deviation of log volatility. Default 0.6. Range [0, 2]; 0 is constant volatility.
    pub log_sd: f64,
    /// Shortest time scale. Default `5m`.
    pub shortest: Frame,
    /// Longest time scale. Default `28d`.
    pub longest: Frame,
    /// Number of components. Default 6. Range [1, 32].
    pub components: u32,
    /// The power with which the autocorrelation of volatility falls. Default 0.4. Range [0, 2].
    pub decay: f64,
}

/// Volume, driven by the same activity as volatility (mixture of distributions, Clark 1973; Tauchen & Pitts 1983).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VolumeSpec {
    /// Mean volume of a bar, in base units. Default 20. At least four lots, so that a bar can hold its four prices.
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
    /// Bid-ask bounce in ticks (buyers print that much above sellers). Default 1. Range [0, 1,000].
    pub spread_ticks: u32,
}

impl Default for SyntheticSpec {
    fn default() -> Self {
        Self {
            frame: Frame::MINUTE,
            start: Timestamp::from_seconds(1_704_067_200),
            end: None,
            bars: None,
            initial_price: 10_000.0,
            annual_volatility: 0.6,
            annual_drift: 0.0,
            regimes: None,
            jumps: JumpSpec::default(),
            volatility: VolatilitySpec::default(),
            tail_degrees_of_freedom: Some(4.5),
            volume: VolumeSpec::default(),
            trades: TradeSpec::default(),
            tick_size: decimal(0.01),
            lot_size: decimal(0.001),
            path_steps: 8,
            like: None,
            correlation: 0.0,
        }
    }
}

impl RegimeSpec {
    /// `calm` (0.8, four days on average) and `turbulent` (1.4, two days).
    pub fn defaults() -> Vec<Self> {
        let regime = |name: &str, volatility, days: i64| Self {
            name: name.to_owned(),
            volatility,
            annual_drift: 0.0,
            mean_duration: Frame::from_nanos(days * Frame::DAY.nanos()).unwrap_or(Frame::DAY),
        };
        vec![regime("calm", 0.8, 4), regime("turbulent", 1.4, 2)]
    }

    /// The only regime of a market without regimes.
    pub(super) fn only() -> Self {
        Self { name: "only".to_owned(), volatility: 1.0, annual_drift: 0.0, mean_duration: Frame::WEEK }
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
        Self { log_sd: 0.6, shortest: minutes(5), longest: minutes(28 * 1_440), components: 6, decay: 0.4 }
    }
}

impl Default for VolumeSpec {
    fn default() -> Self {
        Self {
            mean: 20.0,
            elasticity: 1.0,
            log_sd: 0.4,
            pattern: IntradayPattern::Crypto,
            volatility_share: 0.25,
        }
    }
}

impl Default for TradeSpec {
    fn default() -> Self {
        Self { per_bar: 20.0, branching_ratio: 0.5, decay: Frame::SECOND, spread_ticks: 1 }
    }
}

impl SyntheticSpec {
    /// Number of bars that `bars`, or `start` and `end`, ask for.
    pub fn bar_count(&self) -> u64 {
        match (self.bars, self.end) {
            (Some(bars), _) => bars,
            (None, Some(end)) => ((end - self.start) / self.frame.nanos()).max(0) as u64,
            (None, None) => DEFAULT_BARS,
        }
    }

    /// The regimes in force: never empty.
    pub(super) fn regime_list(&self) -> Vec<RegimeSpec> {
        match &self.regimes {
            None => RegimeSpec::defaults(),
            Some(list) if list.is_empty() => vec![RegimeSpec::only()],
            Some(list) => list.clone(),
        }
    }
}

/// A step that is known to be one.
fn decimal(value: f64) -> Step {
    Step::new(value).unwrap_or_else(|_| unreachable!("{value} is finite and positive"))
}

/// Reads a timestamp as whole nanoseconds or as ISO 8601.
struct TimestampVisitor;

impl de::Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nanoseconds since the epoch, or a time such as \"2024-01-01T00:00:00Z\"")
    }

    fn visit_i64<E: de::Error>(self, ns: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(ns))
    }

    fn visit_u64<E: de::Error>(self, ns: u64) -> Result<Timestamp, E> {
        i64::try_from(ns).map(Timestamp).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(ns), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        let invalid = || E::invalid_value(de::Unexpected::Str(text), &self);
        let instant: jiff::Timestamp = text.parse().map_err(|_| invalid())?;
        i64::try_from(instant.as_nanosecond()).map(Timestamp).map_err(|_| invalid())
    }
}

fn timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    deserializer.deserialize_any(TimestampVisitor)
}

fn optional_timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    deserializer.deserialize_option(OptionalTimestampVisitor)
}

/// Reads an optional timestamp.
struct OptionalTimestampVisitor;

impl<'de> de::Visitor<'de> for OptionalTimestampVisitor {
    type Value = Option<Timestamp>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time or none")
    }

    fn visit_none<E: de::Error>(self) -> Result<Option<Timestamp>, E> {
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<Timestamp>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        timestamp(deserializer).map(Some)
    }
}
