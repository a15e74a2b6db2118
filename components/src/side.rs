//! Sides: of our orders, of public trades, and of liquidity.

use serde::{Deserialize, Serialize};

/// The side of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Adds to the position.
    Buy,
    /// Takes from the position.
    Sell,
}

impl Side {
    /// +1 for a buy, -1 for a sell.
    #[inline]
    pub fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }

    /// The other side.
    #[inline]
    pub fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// The side that moves a position by `lots`; `None` for zero.
    #[inline]
    pub fn of(lots: i64) -> Option<Self> {
        match lots.signum() {
            1 => Some(Self::Buy),
            -1 => Some(Self::Sell),
            _ => None,
        }
    }

    /// `buy` or `sell`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// A side of an order book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BookSide {
    /// Buyers; the best price is the highest.
    Bid,
    /// Sellers; the best price is the lowest.
    Ask,
}

impl BookSide {
    /// The other side.
    #[inline]
    pub fn opposite(self) -> Self {
        match self {
            Self::Bid => Self::Ask,
            Self::Ask => Self::Bid,
        }
    }

    /// `bid` or `ask`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bid => "bid",
            Self::Ask => "ask",
        }
    }
}

impl From<Side> for BookSide {
    /// Where an order of a side rests.
    #[inline]
    fn from(side: Side) -> Self {
        match side {
            Side::Buy => Self::Bid,
            Side::Sell => Self::Ask,
        }
    }
}

/// Who took liquidity in a public trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum AggressorSide {
    /// The buyer lifted the offer (Binance `is_buyer_maker = false`).
    Buyer,
    /// The seller hit the bid (Binance `is_buyer_maker = true`).
    Seller,
    /// The source does not say.
    #[default]
    Unknown,
}

/// Whether our fill added or removed liquidity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LiquiditySide {
    /// A resting order was hit.
    Maker,
    /// The order crossed the market.
    Taker,
}

impl LiquiditySide {
    /// `maker` or `taker`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Maker => "maker",
            Self::Taker => "taker",
        }
    }
}
