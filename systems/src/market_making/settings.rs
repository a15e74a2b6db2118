//! What a scenario says of an account that makes markets.

use manyworlds_components::time::{Frame, NANOS_PER_SECOND, Timestamp};
use serde::{Deserialize, Serialize};

use crate::setting::{Check, Checker};

/// How an account quotes. It stands in the place of the account's `policy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MarketMakingSettings {
    /// The symbols that are quoted, by name. Default: all that have an order book on their own venue.
    pub symbols: Vec<String>,
    /// The price around which quotes stand.
    pub around: FairPrice,
    /// How far from it they stand, and how the position moves them.
    pub quotes: QuoteRule,
    /// Size of each quote in base units.
    pub size: f64,
    /// The largest position in base units. Working orders count as if they had filled.
    pub max_position: f64,
    /// The smallest position in base units, below 0 for a short one. Default: `-max_position` where the venue lends (it has
    /// `margin`), else 0.
    pub min_position: Option<f64>,
    /// The position that the skew leads back to, in base units.
    pub target_position: f64,
    /// Quotes are looked at this often, at multiples of it; between two looks they stand.
    pub requote: Frame,
    /// Whether quotes never take liquidity: they keep a tick away from the other side's best price, and the venue refuses
    /// those that would cross when they arrive.
    pub post_only: bool,
}

impl Default for MarketMakingSettings {
    fn default() -> Self {
        Self {
            symbols: Vec::new(),
            around: FairPrice::WeightedMid,
            quotes: QuoteRule::Skewed { half_spread: HalfSpread::Ticks(1.0), skew: 0.0 },
            size: 1.0,
            max_position: 10.0,
            min_position: None,
            target_position: 0.0,
            requote: Frame::from_nanos(NANOS_PER_SECOND / 10).unwrap_or(Frame::MINUTE),
            post_only: true,
        }
    }
}

/// The price around which quotes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FairPrice {
    /// Halfway between the best prices.
    Mid,
    /// The best prices weighted with each other's sizes: (bid x ask size + ask x bid size) / (both sizes).
    #[default]
    WeightedMid,
    /// Stoikov's microprice as `microstructure` estimates it: that module must be loaded. Until it is ready, nothing is quoted.
    Microprice,
    /// None: each quote stands `half_spread` behind the best price of its own side; 0 joins it.
    Best,
}

/// How far from the price quotes stand, and how the position moves them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum QuoteRule {
    /// At a fixed distance around a price that every lot of the position moves by `skew`.
    Skewed {
        /// From the price to each quote.
        half_spread: HalfSpread,
        /// Ticks by which each lot of the position (less its target) moves both quotes: down if it is long, up if it is short.
        #[serde(default)]
        skew: f64,
    },
    /// Reservation price and spread of M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book",
    /// Quantitative Finance 8 (2008), equations 29 and 30; see [`super::avellaneda_stoikov`].
    AvellanedaStoikov {
        /// Risk aversion, per tick of profit.
        gamma: f64,
        /// Decay of the rate of fills with the distance of a quote, per tick: exp(-k distance).
        k: f64,
        /// Time over which the position is risked, T - t.
        horizon: Frame,
        /// Where given, T - t is never more than the time that is left to this one; nothing is quoted after it.
        #[serde(default, with = "crate::time_setting::option")]
        until: Option<Timestamp>,
        /// Half life of the observations that volatility is estimated from: squared changes of the mid, from second to second.
        /// Nothing is quoted before as much time has passed.
        #[serde(default = "minute")]
        half_life: Frame,
    },
}

fn minute() -> Frame {
    Frame::MINUTE
}

/// A distance from a price.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum HalfSpread {
    /// In ticks of the symbol.
    Ticks(f64),
    /// In basis points of the price.
    Bps(f64),
}

impl Check for MarketMakingSettings {
    fn check(&self, c: &mut Checker) {
        let positive = "a number above 0";
        let above = |x: f64| x > 0.0 && x.is_finite();
        c.require("size", self.size, above(self.size), positive);
        c.require("max_position", self.max_position, self.max_position.is_finite(), "a number");
        if let Some(least) = self.min_position {
            let below = least.is_finite() && least < self.max_position;
            c.require("min_position", least, below, "a number below `max_position`");
        } else {
            c.require("max_position", self.max_position, self.max_position > 0.0, positive);
        }
        c.require("target_position", self.target_position, self.target_position.is_finite(), "a number");
        c.within("quotes", |c| self.quotes.check(self.around, c));
        for (i, symbol) in self.symbols.iter().enumerate() {
            let again = self.symbols[..i].contains(symbol);
            c.require(&format!("symbols[{i}]"), symbol, !again, "another symbol than those before");
        }
    }
}

impl QuoteRule {
    fn check(&self, around: FairPrice, c: &mut Checker) {
        match *self {
            Self::Skewed { half_spread, skew } => {
                let distance = match half_spread {
                    HalfSpread::Ticks(ticks) => ticks,
                    HalfSpread::Bps(bps) => bps,
                };
                let (fits, expected) = match around {
                    FairPrice::Best => (distance >= 0.0, "a number of at least 0"),
                    _ => (distance > 0.0, "a number above 0 (only quotes around `Best` may have 0)"),
                };
                c.require("half_spread", distance, fits && distance.is_finite(), expected);
                c.range("skew", skew, 0.0, 1e9);
            }
            Self::AvellanedaStoikov { gamma, k, .. } => {
                let expected =
                    "quoted around `Best`, which has no price: use `Mid`, `WeightedMid` or `Microprice`";
                c.require("", "AvellanedaStoikov", around != FairPrice::Best, expected);
                c.require("gamma", gamma, gamma > 0.0 && gamma.is_finite(), "a number above 0");
                c.require("k", k, k > 0.0 && k.is_finite(), "a number above 0");
            }
        }
    }
}
