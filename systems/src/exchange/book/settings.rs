//! How a venue's orders are matched where its order book is replayed.

use serde::{Deserialize, Serialize};

use super::queue::QueueModel;
use crate::setting::{Check, Checker};

/// How orders meet a replayed order book.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BookMatching {
    /// How the place of a resting order in its level's queue is estimated. Where the feed has single orders (L3) the place is
    /// known, and no model is asked. Default: `RiskAverse`.
    pub queue: QueueModel,
    /// Whether executions are as large as the liquidity that they meet. If not, every execution is of the whole order: a taker's
    /// at the best price, whatever is displayed there. Default: true.
    pub partial_fills: bool,
    /// Whether what an account takes is gone, for that account, until the level has another size. Other accounts see it
    /// unchanged. Says nothing without `partial_fills`. Default: true.
    pub consume_displayed: bool,
    /// What happens if an order would trade with another one of its account. Default: `Off`.
    pub self_trade: SelfTradePrevention,
    /// Largest distance of a limit price from the mid, and of what a market order takes, as a fraction of the mid. Default: none.
    pub price_band: Option<f64>,
    /// What a taker gets beyond the quoted size where the feed has best prices only (L1). Default: `Displayed`.
    pub quote_fills: QuoteFills,
}

impl Default for BookMatching {
    fn default() -> Self {
        Self {
            queue: QueueModel::RiskAverse,
            partial_fills: true,
            consume_displayed: true,
            self_trade: SelfTradePrevention::Off,
            price_band: None,
            quote_fills: QuoteFills::Displayed,
        }
    }
}

impl BookMatching {
    /// Whether nothing is out of the ordinary.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What happens if an order would trade with another one of its account. Orders of one account never do trade with each other:
/// ours are not in the replayed book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SelfTradePrevention {
    /// Nothing: both are matched against the market alone.
    #[default]
    Off,
    /// The order that comes is rejected.
    CancelTaker,
    /// The orders that rest are canceled.
    CancelMaker,
    /// Both.
    CancelBoth,
}

/// What a taker gets beyond the quoted size of a feed of best prices (L1), which says nothing of what lies behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum QuoteFills {
    /// Nothing until the quote is refreshed.
    #[default]
    Displayed,
    /// All the rest one tick worse, as NautilusTrader fills on L1 quotes.
    NextTick,
}

impl Check for BookMatching {
    fn check(&self, c: &mut Checker) {
        if let QueueModel::PowerProbability(n)
        | QueueModel::PowerProbability2(n)
        | QueueModel::PowerProbability3(n) = self.queue
        {
            c.require("queue", n, n > 0.0 && n <= 100.0, "an exponent above 0 and up to 100");
        }
        if let Some(band) = self.price_band {
            c.require("price_band", band, band > 0.0 && band < 1.0, "a fraction above 0 and below 1");
        }
    }
}
