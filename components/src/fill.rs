//! Executions of our orders, and the round trips that they add up to.

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, OrderId, SymbolId};
use crate::price::Lots;
use crate::side::{LiquiditySide, Side};
use crate::time::Timestamp;

/// Why an execution happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FillReason {
    /// A decision's order.
    Signal,
    /// A stop loss.
    StopLoss,
    /// A take profit.
    TakeProfit,
    /// A trailing stop.
    TrailingStop,
    /// The margin was gone.
    Liquidation,
    /// An order that an intervention sent.
    Intervention,
    /// Not an execution: the run ended with the position open, valued at the last price.
    EndOfRun,
}

impl FillReason {
    /// As it stands in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::StopLoss => "stop_loss",
            Self::TakeProfit => "take_profit",
            Self::TrailingStop => "trailing_stop",
            Self::Liquidation => "liquidation",
            Self::Intervention => "intervention",
            Self::EndOfRun => "end_of_run",
        }
    }
}

/// One execution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// When it executed at the venue.
    pub ts: Timestamp,
    /// Which order.
    pub order: OrderId,
    /// Whose.
    pub account: AccountId,
    /// Of what.
    pub symbol: SymbolId,
    /// Bought or sold.
    pub side: Side,
    /// How many lots, above 0.
    pub lots: Lots,
    /// The same in base units.
    pub quantity: f64,
    /// Price in quote units, slippage included.
    pub price: f64,
    /// Fee in quote units; negative is a rebate.
    pub fee: f64,
    /// Added or removed liquidity.
    pub liquidity: LiquiditySide,
    /// Why.
    pub reason: FillReason,
    /// Halfway between the best prices of the symbol's own book just before it was executed, in quote units; `None` without a
    /// book, or before it had two sides.
    pub mid: Option<f64>,
}

/// A position from flat to flat (a flip ends one round trip and begins the next).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RoundTrip {
    /// Whose.
    pub account: AccountId,
    /// Of what.
    pub symbol: SymbolId,
    /// Buy for a long position, sell for a short one.
    pub side: Side,
    /// First entry.
    pub entry_ts: Timestamp,
    /// Last exit.
    pub exit_ts: Timestamp,
    /// All that was entered, in base units.
    pub quantity: f64,
    /// Mean entry price, by quantity.
    pub entry_price: f64,
    /// Mean exit price, by quantity.
    pub exit_price: f64,
    /// Net of fees, funding and borrow cost, in quote units.
    pub pnl: f64,
    /// Fees, funding and borrow cost.
    pub fees: f64,
    /// `pnl` over the entry value.
    pub return_: f64,
    /// Maximum adverse excursion: worst mark since entry over the entry price, as a return, at most 0.
    pub mae: f64,
    /// Maximum favorable excursion, at least 0.
    pub mfe: f64,
    /// Market events of the symbol while the position was open (bars, in a bar replay).
    pub bars: u64,
    /// What ended it.
    pub reason: FillReason,
}
