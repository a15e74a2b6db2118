//! What a scenario says of an account that works one large order.

use manyworlds_components::side::Side;
use manyworlds_components::time::{Frame, NANOS_PER_SECOND, Timestamp};
use serde::{Deserialize, Serialize};

use super::almgren_chriss::{Impact, adjusted};
use crate::setting::{Check, Checker};

/// A parent order, and how it is cut into slices. It stands in the place of the account's `policy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionSettings {
    /// The symbol, by name. Default: the only one; needed where there are several.
    #[serde(default)]
    pub symbol: Option<String>,
    /// Buy or sell.
    pub side: Side,
    /// How much, in base units.
    pub quantity: f64,
    /// When it begins. Default: with the first step in which accounts may trade and the price is known.
    #[serde(default, with = "crate::time_setting::option")]
    pub start: Option<Timestamp>,
    /// When it is to be done.
    #[serde(with = "crate::time_setting::one")]
    pub end: Timestamp,
    /// How much of it goes into each slice. Default: `Twap`.
    #[serde(default)]
    pub schedule: ScheduleRule,
    /// Equal intervals between start and end. Default 10.
    #[serde(default = "ten")]
    pub slices: u32,
    /// What a slice sends. Default: `Market`.
    #[serde(default)]
    pub orders: SliceOrders,
}

fn ten() -> u32 {
    10
}

/// How a parent order is spread over time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ScheduleRule {
    /// Equal slices.
    #[default]
    Twap,
    /// Slices in proportion to the volume that is expected in their time.
    Vwap {
        /// Where the expectation comes from.
        #[serde(default)]
        profile: VolumeProfile,
    },
    /// The trajectory of Almgren and Chriss; see [`super::almgren_chriss`]. The unit of time is the day.
    AlmgrenChriss {
        /// lambda: what a unit of variance of the cost is worth, per quote unit.
        risk_aversion: f64,
        /// Standard deviation of the price over a day, in quote units.
        volatility: f64,
        /// Temporary impact eta: quote units per base unit and day.
        temporary_impact: f64,
        /// Permanent impact gamma: quote units per base unit.
        #[serde(default)]
        permanent_impact: f64,
        /// Fixed cost epsilon of a base unit, in quote units.
        #[serde(default)]
        fixed_cost: f64,
    },
}

/// What volume is expected when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum VolumeProfile {
    /// One weight per slice.
    Given(Vec<f64>),
    /// By the time of day (UTC), from the days before the order begins that the run has seen whole; later days count more. As long
    /// as there is none, slices are equal.
    Learned {
        /// Times of day within one bucket count as one. It divides the day.
        #[serde(default = "quarter_hour")]
        bucket: Frame,
        /// Days after which a day counts half.
        #[serde(default = "five")]
        half_life_days: f64,
    },
}

fn quarter_hour() -> Frame {
    Frame::from_nanos(900 * NANOS_PER_SECOND).unwrap_or(Frame::MINUTE)
}

fn five() -> f64 {
    5.0
}

impl Default for VolumeProfile {
    fn default() -> Self {
        Self::Learned { bucket: quarter_hour(), half_life_days: five() }
    }
}

/// What a slice sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SliceOrders {
    /// A market order at its beginning.
    #[default]
    Market,
    /// A limit order at the best price of its own side (without a book: at the last price). What has not filled by the end of the
    /// slice expires and is bought or sold at the market.
    Passive,
}

impl ScheduleRule {
    /// The parameters of Almgren and Chriss.
    pub fn impact(&self) -> Option<(Impact, f64)> {
        match *self {
            Self::AlmgrenChriss {
                risk_aversion,
                volatility,
                temporary_impact: temporary,
                permanent_impact: permanent,
                fixed_cost: fixed,
            } => Some((Impact { volatility, permanent, temporary, fixed }, risk_aversion)),
            _ => None,
        }
    }
}

impl Check for ExecutionSettings {
    fn check(&self, c: &mut Checker) {
        let positive = "a number above 0";
        c.require("quantity", self.quantity, self.quantity > 0.0 && self.quantity.is_finite(), positive);
        c.whole("slices", u64::from(self.slices), 1, 100_000);
        if let Some(start) = self.start {
            c.require("end", self.end, self.end > start, "a time after `start`");
        }
        c.within("schedule", |c| match &self.schedule {
            ScheduleRule::Twap => {}
            ScheduleRule::Vwap { profile: VolumeProfile::Given(weights) } => {
                let (n, slices) = (weights.len(), self.slices as usize);
                let expected = format!("a list of {slices} weights, one per slice");
                c.require("profile", format_args!("a list of {n}"), n == slices, &expected);
                for (i, weight) in weights.iter().enumerate() {
                    c.range(&format!("profile[{i}]"), *weight, 0.0, f64::INFINITY);
                }
                let any = weights.iter().sum::<f64>() > 0.0;
                c.require("profile", "0 in sum", any, "a list with a weight above 0");
            }
            ScheduleRule::Vwap { profile: VolumeProfile::Learned { bucket, half_life_days } } => {
                let divides = Frame::DAY.nanos() % bucket.nanos() == 0 && bucket.nanos() >= NANOS_PER_SECOND;
                c.require("profile.bucket", bucket, divides, "a part of the day of at least a second");
                let half_life = *half_life_days;
                let fits = half_life > 0.0 && half_life.is_finite();
                c.require("profile.half_life_days", half_life, fits, positive);
            }
            ScheduleRule::AlmgrenChriss { .. } => {
                let Some((impact, aversion)) = self.schedule.impact() else { return };
                c.range("risk_aversion", aversion, 0.0, f64::INFINITY);
                c.range("volatility", impact.volatility, 0.0, f64::INFINITY);
                c.range("permanent_impact", impact.permanent, 0.0, f64::INFINITY);
                c.range("fixed_cost", impact.fixed, 0.0, f64::INFINITY);
                c.require("temporary_impact", impact.temporary, impact.temporary > 0.0, positive);
                if let Some(start) = self.start {
                    let days = (self.end - start) as f64 / Frame::DAY.nanos() as f64;
                    let interval = days / f64::from(self.slices.max(1));
                    let expected = format!(
                        "above half of the permanent impact of a slice's time, {}",
                        0.5 * impact.permanent * interval
                    );
                    let holds = adjusted(&impact, interval) > 0.0;
                    c.require("temporary_impact", impact.temporary, holds, &expected);
                }
            }
        });
    }
}
