//! What a scenario says of a venue and of the limits of an account.

use bevy_ecs::component::Component;
use manyworlds_components::time::{Frame, NANOS_PER_SECOND};
use serde::{Deserialize, Serialize};

use super::book::settings::BookMatching;
use super::latency::LatencyTable;
use crate::setting::{Check, Checker};

/// A venue: how it charges, how long it takes, and how it fills orders on bars.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueSettings {
    /// Its name.
    pub name: String,
    /// What it charges. There is no default: a venue without a fee model is an error.
    pub fees: FeeModel,
    /// Time from a decision to the arrival of its order. Default: none.
    #[serde(default)]
    pub latency: LatencyModel,
    /// Where in a bar an order fills. Default: `NextOpen`.
    #[serde(default)]
    pub fills: FillRule,
    /// What a taker pays beyond the price. Default: `None`.
    #[serde(default)]
    pub slippage: SlippageModel,
    /// Largest share of a bar's volume that one order may fill; the rest waits for the next bar. Default: no limit.
    #[serde(default)]
    pub participation: Option<f64>,
    /// Leverage and margin. Default: none, i.e. spot: cash must cover every purchase.
    #[serde(default)]
    pub margin: Option<MarginModel>,
    /// Yearly cost of what is borrowed: shares sold short and cash below 0. Default: none.
    #[serde(default)]
    pub borrow: BorrowModel,
    /// How orders are matched in symbols of which this venue's order book is replayed. `fills`, `slippage` and `participation`
    /// say nothing about those. A resolved scenario leaves it out where it is the default.
    #[serde(default, skip_serializing_if = "BookMatching::is_default")]
    pub book: BookMatching,
}

/// Fees, per execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeModel {
    /// Fee on added liquidity in basis points of the traded value; negative is a rebate.
    #[serde(default)]
    pub maker_bps: f64,
    /// Fee on removed liquidity in basis points of the traded value.
    #[serde(default)]
    pub taker_bps: f64,
    /// Fee per base unit (share, contract), in quote units.
    #[serde(default)]
    pub per_unit: f64,
    /// Least fee of an execution, in quote units.
    #[serde(default)]
    pub minimum: f64,
    /// Cheaper rates by the account's traded value so far, ascending; the last tier that was reached counts.
    #[serde(default)]
    pub tiers: Vec<FeeTier>,
}

/// Rates from a traded value on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeTier {
    /// Traded value in quote units from which the tier counts.
    pub from_value: f64,
    /// As in [`FeeModel`].
    pub maker_bps: f64,
    /// As in [`FeeModel`].
    pub taker_bps: f64,
}

/// Time from a decision to the arrival of its order at the venue; and, where the model has it, of the venue's answer on its
/// way back, which is when the account knows of it ([`manyworlds_components::own_orders::OwnOrders`]; symbols with a book only).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum LatencyModel {
    /// Always the same.
    Constant {
        /// In milliseconds.
        ms: f64,
    },
    /// Uniform between two bounds, from the seeded stream `latency` of the symbol.
    Uniform {
        /// Least, in milliseconds.
        min_ms: f64,
        /// Most, in milliseconds.
        max_ms: f64,
    },
    /// Always the same, in each direction.
    PerDirection {
        /// From the decision to the venue, in milliseconds.
        entry_ms: f64,
        /// From the venue back to the account, in milliseconds.
        response_ms: f64,
    },
    /// As it was measured, interpolated between the rows.
    Recorded(LatencyTable),
    /// As long as the feed of the symbol took last (`ts_recv` less `ts_event`), times a factor. For symbols with a book;
    /// without one there is no feed to measure, and only `plus_ms` is left.
    Feed {
        /// Of the feed's latency, from the decision to the venue.
        entry_factor: f64,
        /// Of the feed's latency, from the venue back to the account.
        response_factor: f64,
        /// What is added in either direction, in milliseconds.
        #[serde(default)]
        plus_ms: f64,
    },
}

impl Default for LatencyModel {
    fn default() -> Self {
        Self::Constant { ms: 0.0 }
    }
}

/// Where in a bar an order fills that arrived before the bar opened (or, for `Close`, before it closed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FillRule {
    /// Market orders at the open of the next bar; limits and stops where the bar reaches them, gaps at the gap.
    #[default]
    NextOpen,
    /// Market orders at the first close at or after their arrival that is later than the decision. Without latency
    /// this is the close of the next bar, never of the one that was decided on: no order fills on its own cause.
    Close,
    /// Market orders at the worst price of the next bar; of two exits that a bar reaches, the worse one; a trailing
    /// stop as if the low of the bar had come after its high.
    WorstCase,
    /// Prices move open -> nearer extreme -> other extreme -> close; orders fill in that order.
    OhlcPath,
}

/// What a taker pays beyond the price. A fill never leaves the range of its bar (a print has none), nor the limit of
/// its order.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum SlippageModel {
    /// Nothing.
    #[default]
    None,
    /// A constant share of the price.
    Bps(f64),
    /// Half of a constant quoted spread.
    Spread {
        /// The whole spread in basis points of the price.
        bps: f64,
    },
    /// Square-root impact: Y sigma sqrt(Q / V), with sigma and V per bar over the last `window` bars before the fill.
    /// (Over n bars sigma grows by sqrt(n) and V by n: the impact is that of any span.) Nothing is charged before
    /// there are two returns.
    SquareRoot {
        /// Y, about 1.
        coefficient: f64,
        /// Bars for sigma (sample standard deviation of log returns) and V (mean volume).
        window: usize,
    },
}

/// Leverage and margin, as shares of position value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarginModel {
    /// Equity needed to open, as a share of position value (0.1 = 10x leverage).
    pub initial: f64,
    /// Equity needed to keep, as a share of position value; below it the account is liquidated.
    pub maintenance: f64,
    /// Extra fee of a liquidation in basis points of the traded value.
    #[serde(default)]
    pub liquidation_fee_bps: f64,
}

/// Yearly rates on what is borrowed, accrued per step over simulated time (365 days).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BorrowModel {
    /// On the value of short positions, as a fraction per year.
    pub short_rate: f64,
    /// On cash below 0, as a fraction per year. Cash is shared: of several venues the highest rate counts.
    pub cash_rate: f64,
}

/// Limits of an account, checked before an order is sent.
#[derive(Debug, Clone, Copy, PartialEq, Component, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskLimits {
    /// Largest absolute position value in one symbol as a multiple of equity.
    pub max_position: Option<f64>,
    /// Largest sum of absolute position values as a multiple of equity.
    pub max_exposure: Option<f64>,
    /// Most orders sent within `order_window`; refused requests do not count.
    pub max_orders: Option<u32>,
    /// Window of `max_orders`.
    pub order_window: Frame,
    /// Drawdown (a positive fraction) at which the account cancels its orders, closes everything and stops: from then
    /// on only reduce-only orders are sent.
    pub max_drawdown: Option<f64>,
}

impl Default for RiskLimits {
    fn default() -> Self {
        Self {
            max_position: None,
            max_exposure: None,
            max_orders: None,
            order_window: Frame::from_nanos(60 * NANOS_PER_SECOND).unwrap_or(Frame::MINUTE),
            max_drawdown: None,
        }
    }
}

impl Check for VenueSettings {
    fn check(&self, c: &mut Checker) {
        c.require("name", &self.name, !self.name.is_empty(), "a name");
        c.within("fees", |c| self.fees.check(c));
        c.within("latency", |c| self.latency.check(c));
        c.within("book", |c| self.book.check(c));
        c.within("slippage", |c| match self.slippage {
            SlippageModel::None => {}
            SlippageModel::Bps(bps) => c.range("", bps, 0.0, 10_000.0),
            SlippageModel::Spread { bps } => c.range("bps", bps, 0.0, 10_000.0),
            SlippageModel::SquareRoot { coefficient, window } => {
                c.range("coefficient", coefficient, 0.0, 100.0);
                c.whole("window", window as u64, 2, 100_000);
            }
        });
        if let Some(share) = self.participation {
            c.require("participation", share, share > 0.0 && share <= 1.0, "a number above 0 and up to 1");
        }
        if let Some(margin) = self.margin {
            c.within("margin", |c| {
                c.require(
                    "initial",
                    margin.initial,
                    margin.initial > 0.0 && margin.initial <= 1.0,
                    "a number above 0 and up to 1",
                );
                let expected = "a number above 0 and up to `initial`";
                let maintenance = margin.maintenance;
                c.require(
                    "maintenance",
                    maintenance,
                    maintenance > 0.0 && maintenance <= margin.initial,
                    expected,
                );
                c.range("liquidation_fee_bps", margin.liquidation_fee_bps, 0.0, 10_000.0);
            });
        }
        c.within("borrow", |c| {
            c.range("short_rate", self.borrow.short_rate, 0.0, 10.0);
            c.range("cash_rate", self.borrow.cash_rate, 0.0, 10.0);
        });
    }
}

impl Check for LatencyModel {
    fn check(&self, c: &mut Checker) {
        let hour = 3.6e6;
        match self {
            Self::Constant { ms } => c.range("ms", *ms, 0.0, hour),
            Self::Uniform { min_ms, max_ms } => {
                c.range("min_ms", *min_ms, 0.0, hour);
                c.range("max_ms", *max_ms, *min_ms, hour);
            }
            Self::PerDirection { entry_ms, response_ms } => {
                c.range("entry_ms", *entry_ms, 0.0, hour);
                c.range("response_ms", *response_ms, 0.0, hour);
            }
            Self::Recorded(table) => table.check(c),
            Self::Feed { entry_factor, response_factor, plus_ms } => {
                c.range("entry_factor", *entry_factor, 0.0, 1e3);
                c.range("response_factor", *response_factor, 0.0, 1e3);
                c.range("plus_ms", *plus_ms, 0.0, hour);
            }
        }
    }
}

impl Check for FeeModel {
    fn check(&self, c: &mut Checker) {
        c.range("maker_bps", self.maker_bps, -1_000.0, 10_000.0);
        c.range("taker_bps", self.taker_bps, -1_000.0, 10_000.0);
        c.range("per_unit", self.per_unit, 0.0, f64::INFINITY);
        c.range("minimum", self.minimum, 0.0, f64::INFINITY);
        let mut from = 0.0;
        for (i, tier) in self.tiers.iter().enumerate() {
            c.within(format_args!("tiers[{i}]"), |c| {
                c.range("from_value", tier.from_value, from, f64::INFINITY);
                c.range("maker_bps", tier.maker_bps, -1_000.0, 10_000.0);
                c.range("taker_bps", tier.taker_bps, -1_000.0, 10_000.0);
            });
            from = tier.from_value;
        }
    }
}

impl Check for RiskLimits {
    fn check(&self, c: &mut Checker) {
        let positive = "a number above 0";
        for (field, value) in [("max_position", self.max_position), ("max_exposure", self.max_exposure)] {
            if let Some(value) = value {
                c.require(field, value, value > 0.0 && value.is_finite(), positive);
            }
        }
        if let Some(orders) = self.max_orders {
            c.whole("max_orders", u64::from(orders), 1, 1_000_000);
        }
        if let Some(drawdown) = self.max_drawdown {
            c.require(
                "max_drawdown",
                drawdown,
                drawdown > 0.0 && drawdown < 1.0,
                "a number above 0 and below 1",
            );
        }
    }
}
