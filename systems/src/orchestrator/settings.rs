//! What a scenario says of models, of their combination, and of how accounts decide.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::setting::{Check, Checker};

/// A baseline forecaster. `name: ...` may be added to any of them through [`ModelSettings::Named`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ModelSettings {
    /// Simple moving averages: BUY while the fast one is above the slow one, SELL while it is below.
    SmaCross {
        /// Bars of the fast average.
        fast: usize,
        /// Bars of the slow average.
        slow: usize,
    },
    /// The same with exponential averages (alpha = 2 / (n + 1), seeded with the simple average).
    EmaCross {
        /// Bars of the fast average.
        fast: usize,
        /// Bars of the slow average.
        slow: usize,
    },
    /// BUY if the return over `lookback` bars is above `threshold`, SELL if below `-threshold`. Score: that return.
    Momentum {
        /// Bars.
        lookback: usize,
        /// A fraction.
        #[serde(default)]
        threshold: f64,
        /// Newest bars left out of the return (12-1 momentum: lookback 252, skip 21).
        #[serde(default)]
        skip: usize,
    },
    /// BUY if the close is more than `z` standard deviations below its mean over `window` bars, SELL if above.
    MeanReversion {
        /// Bars.
        window: usize,
        /// Standard deviations (population).
        z: f64,
    },
    /// BUY on a close above the highest high of the `window` bars before, SELL below the lowest low (Donchian); the
    /// last break-out holds until the opposite one.
    Breakout {
        /// Bars.
        window: usize,
    },
    /// Always BUY.
    BuyAndHold,
    /// The class frequencies of past outcomes over `window` bars at the scoring horizon: the baseline that any
    /// classifier must beat.
    MajorityClass {
        /// Bars.
        window: usize,
    },
    /// Follows regime, timeframes, pivots and extrema, as far as their modules are loaded
    /// ([`MarketStructure`](super::baselines::MarketStructure)).
    MarketStructure {
        /// Least score, either sign, to take a side.
        #[serde(default = "quarter")]
        threshold: f64,
        /// Level of the swings.
        #[serde(default = "three")]
        level: u8,
        /// Weights of regime, timeframes, pivots and extrema.
        #[serde(default = "equally")]
        weights: (f64, f64, f64, f64),
    },
    /// Any of the others under a name of its own.
    Named {
        /// The name.
        name: String,
        /// The model.
        model: Box<ModelSettings>,
    },
    /// A model that the program registered under this name.
    Registered(String),
}

/// How forecasts become one signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CombineSettings {
    /// How probabilities are pooled.
    pub pool: Pool,
    /// Where the weights come from.
    pub weights: WeightRule,
    /// Least weight of an enabled, ready model, enforced after renormalising.
    pub floor: f64,
    /// Bars after which a forecast is scored.
    pub horizon: u64,
    /// Returns within this band (basis points, either sign) count as HOLD when forecasts are scored.
    pub neutral_bps: f64,
    /// Prior strength k in (n p + k / 3) / (n + k), n = scored forecasts of the model; 0 switches shrinking off.
    pub shrinkage: f64,
}

impl Default for CombineSettings {
    fn default() -> Self {
        Self {
            pool: Pool::Linear,
            weights: WeightRule::Equal,
            floor: 0.0,
            horizon: 1,
            neutral_bps: 0.0,
            shrinkage: 0.0,
        }
    }
}

/// How probabilities are pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Pool {
    /// Sum of w p.
    #[default]
    Linear,
    /// Product of p^w, renormalised.
    Log,
}

/// Where model weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum WeightRule {
    /// All the same: the mandatory baseline.
    #[default]
    Equal,
    /// w ~ exp(-eta * sum of losses).
    Hedge {
        /// Learning rate; sqrt(8 ln N / T) is the optimum for a known number T of scored forecasts.
        eta: f64,
    },
    /// Hedge, and after every loss w <- (1 - alpha) w + alpha / N.
    FixedShare {
        /// Learning rate.
        eta: f64,
        /// Share that is redistributed.
        alpha: f64,
    },
}

/// How an account turns the combined signal into positions.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionPolicy {
    /// Least three-class probability of BUY (SELL) to open a position.
    pub entry: f64,
    /// Least three-class probability of the opposite action to close it. Above 1/3: under that, uniform would exit.
    pub exit: f64,
    /// How large positions are.
    pub size: Sizing,
    /// Which sides may be held.
    pub side: AllowedSide,
    /// What the opposite signal does.
    pub opposite: OppositeSignal,
    /// Same-side signals that may add to a position; 0: no pyramiding.
    pub pyramid: u32,
    /// Close at this gain, as a fraction of the entry price.
    pub take_profit: Option<f64>,
    /// Close at this loss, as a fraction of the entry price.
    pub stop_loss: Option<f64>,
    /// Close at this fall from the best price since entry, as a fraction of the entry price.
    pub trailing_stop: Option<f64>,
    /// How symbols are chosen.
    pub select: Selection,
    /// Names of the models that the account listens to; empty: all.
    pub models: Vec<String>,
    /// A combination of the account's own instead of the scenario's.
    pub combine: Option<CombineSettings>,
}

impl DecisionPolicy {
    /// The policy of an account that does not decide by signals.
    pub fn elsewhere() -> Self {
        Self { select: Selection::Elsewhere, ..Self::default() }
    }
}

impl Default for DecisionPolicy {
    fn default() -> Self {
        Self {
            entry: 0.60,
            exit: 0.45,
            size: Sizing::Fraction(1.0),
            side: AllowedSide::LongOnly,
            opposite: OppositeSignal::Closes,
            pyramid: 0,
            take_profit: None,
            stop_loss: None,
            trailing_stop: None,
            select: Selection::All,
            models: Vec::new(),
            combine: None,
        }
    }
}

/// How large a position is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Sizing {
    /// A share of equity, worked out at the price of the fill. With several symbols each gets this share.
    Fraction(f64),
    /// Base units.
    Quantity(f64),
    /// Quote units at the decision's price.
    Notional(f64),
    /// A share of equity such that the position's volatility is `annual`.
    VolatilityTarget {
        /// Wanted standard deviation per year, as a fraction.
        annual: f64,
        /// Bars over which volatility is measured (standard deviation of log returns).
        window: usize,
        /// Largest share of equity.
        #[serde(default = "one")]
        max_fraction: f64,
    },
    /// A share of equity by the regime that `market_analysis` sees when the position is opened: the shares weighted by
    /// the regimes' probabilities.
    Regime {
        /// Share while it trends, either way.
        trending: f64,
        /// Share while it ranges.
        ranging: f64,
        /// Share while it is volatile.
        volatile: f64,
        /// Share while the regime is not known: warming up, or switched off.
        unknown: f64,
    },
    /// A share of the Kelly fraction (p w - (1 - p) l) / (w l) of the account's own closed trades.
    Kelly {
        /// Share of the full Kelly fraction, e.g. 0.5.
        share: f64,
        /// Closed trades needed before it counts; until then `fallback`.
        min_trades: u64,
        /// Share of equity before that.
        fallback: f64,
        /// Largest share of equity.
        #[serde(default = "one")]
        max_fraction: f64,
    },
}

fn one() -> f64 {
    1.0
}

fn quarter() -> f64 {
    0.25
}

fn three() -> u8 {
    3
}

fn equally() -> (f64, f64, f64, f64) {
    (1.0, 1.0, 1.0, 1.0)
}

/// Which sides an account may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum AllowedSide {
    /// Long or flat.
    #[default]
    LongOnly,
    /// Short or flat.
    ShortOnly,
    /// Both.
    Both,
}

/// What a signal against the position does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OppositeSignal {
    /// It closes the position.
    #[default]
    Closes,
    /// It closes the position and, from the entry threshold on, opens the opposite one.
    Flips,
}

/// How symbols are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Selection {
    /// Every symbol by its own thresholds.
    #[default]
    All,
    /// Cross-sectional: at every rebalance symbols are ranked by score; the best are held in equal parts.
    Rank {
        /// Share of the ready symbols that is held long.
        top: f64,
        /// Share of the ready symbols that is held short.
        #[serde(default)]
        bottom: f64,
        /// When.
        rebalance: Rebalance,
    },
    /// None: signals are not listened to, as the account makes markets or works an order. Scenarios say that by
    /// `market_making` or `execution`.
    #[serde(skip)]
    Elsewhere,
}

/// When a cross-sectional policy rebalances: at the first step of each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rebalance {
    /// Every step.
    Step,
    /// UTC days.
    Daily,
    /// Weeks from Monday.
    Weekly,
    /// Calendar months.
    Monthly,
}

impl ModelSettings {
    /// The name of the model: its own, or one made of its settings.
    pub fn name(&self) -> String {
        match self {
            Self::SmaCross { fast, slow } => format!("sma_cross_{fast}_{slow}"),
            Self::EmaCross { fast, slow } => format!("ema_cross_{fast}_{slow}"),
            Self::Momentum { lookback, skip: 0, .. } => format!("momentum_{lookback}"),
            Self::Momentum { lookback, skip, .. } => format!("momentum_{lookback}_{skip}"),
            Self::MeanReversion { window, z } => format!("mean_reversion_{window}_{z}"),
            Self::Breakout { window } => format!("breakout_{window}"),
            Self::BuyAndHold => "buy_and_hold".to_owned(),
            Self::MajorityClass { window } => format!("majority_class_{window}"),
            Self::MarketStructure { .. } => "market_structure".to_owned(),
            Self::Named { name, .. } | Self::Registered(name) => name.clone(),
        }
    }
}

impl Check for ModelSettings {
    fn check(&self, c: &mut Checker) {
        let bars =
            |c: &mut Checker, field: &str, n: usize, low: u64| c.whole(field, n as u64, low, 1_000_000);
        match self {
            Self::SmaCross { fast, slow } | Self::EmaCross { fast, slow } => {
                bars(c, "fast", *fast, 1);
                bars(c, "slow", *slow, *fast as u64 + 1);
            }
            Self::Momentum { lookback, threshold, skip } => {
                bars(c, "lookback", *lookback, *skip as u64 + 1);
                c.range("threshold", *threshold, 0.0, 100.0);
            }
            Self::MeanReversion { window, z } => {
                bars(c, "window", *window, 2);
                c.range("z", *z, 0.0, 100.0);
            }
            Self::Breakout { window } | Self::MajorityClass { window } => bars(c, "window", *window, 1),
            Self::MarketStructure { threshold, level, weights: (regime, timeframes, pivots, extrema) } => {
                c.range("threshold", *threshold, 0.0, 1.0);
                c.whole("level", u64::from(*level), 1, 5);
                let weights = [*regime, *timeframes, *pivots, *extrema];
                let valid =
                    weights.iter().all(|w| *w >= 0.0 && w.is_finite()) && weights.iter().sum::<f64>() > 0.0;
                c.require(
                    "weights",
                    format!("{weights:?}"),
                    valid,
                    "four numbers of at least 0, one above 0",
                );
            }
            Self::BuyAndHold | Self::Registered(_) => {}
            Self::Named { model, .. } => c.within("model", |c| model.check(c)),
        }
    }
}

impl Check for CombineSettings {
    fn check(&self, c: &mut Checker) {
        c.range("floor", self.floor, 0.0, 0.5);
        c.whole("horizon", self.horizon, 1, 100_000);
        c.range("neutral_bps", self.neutral_bps, 0.0, 10_000.0);
        c.range("shrinkage", self.shrinkage, 0.0, f64::INFINITY);
        c.within("weights", |c| match self.weights {
            WeightRule::Equal => {}
            WeightRule::Hedge { eta } => c.range("eta", eta, 0.0, 100.0),
            WeightRule::FixedShare { eta, alpha } => {
                c.range("eta", eta, 0.0, 100.0);
                c.range("alpha", alpha, 0.0, 1.0);
            }
        });
    }
}

impl Check for DecisionPolicy {
    fn check(&self, c: &mut Checker) {
        let vacuous = "a probability above 1/3 and up to 1 (of three classes one always reaches 1/3)";
        c.require("entry", self.entry, self.entry > 1.0 / 3.0 && self.entry <= 1.0, vacuous);
        c.require("exit", self.exit, self.exit > 1.0 / 3.0 && self.exit <= 1.0, vacuous);
        c.within("size", |c| match self.size {
            Sizing::Fraction(f) => {
                c.require("", f, f > 0.0 && f <= 100.0, "a share of equity above 0 and up to 100")
            }
            Sizing::Quantity(q) | Sizing::Notional(q) => {
                c.require("", q, q > 0.0 && q.is_finite(), "a number above 0")
            }
            Sizing::VolatilityTarget { annual, window, max_fraction } => {
                c.range("annual", annual, 1e-6, 100.0);
                c.whole("window", window as u64, 2, 100_000);
                c.range("max_fraction", max_fraction, 1e-6, 100.0);
            }
            Sizing::Regime { trending, ranging, volatile, unknown } => {
                c.range("trending", trending, 0.0, 100.0);
                c.range("ranging", ranging, 0.0, 100.0);
                c.range("volatile", volatile, 0.0, 100.0);
                c.range("unknown", unknown, 0.0, 100.0);
            }
            Sizing::Kelly { share, fallback, max_fraction, .. } => {
                c.range("share", share, 1e-6, 1.0);
                c.range("fallback", fallback, 1e-6, 100.0);
                c.range("max_fraction", max_fraction, 1e-6, 100.0);
            }
        });
        for (field, value) in [
            ("take_profit", self.take_profit),
            ("stop_loss", self.stop_loss),
            ("trailing_stop", self.trailing_stop),
        ] {
            if let Some(value) = value {
                let high = if field == "take_profit" { 100.0 } else { 0.999_999 };
                c.range(field, value, 1e-6, high);
            }
        }
        if let Selection::Rank { top, bottom, .. } = self.select {
            c.within("select", |c| {
                c.range("top", top, 0.0, 1.0);
                c.range("bottom", bottom, 0.0, 1.0 - top.clamp(0.0, 1.0));
                c.require("top", top, top + bottom > 0.0, "above 0 unless `bottom` is");
            });
        }
        if let Some(combine) = &self.combine {
            c.within("combine", |c| combine.check(c));
        }
    }
}
