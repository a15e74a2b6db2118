//! Where an account's profit came from, and what its trading was like: parts of `summary.json`.

use serde::{Deserialize, Serialize};

/// Profit by cause, in quote units; costs are negative, so that the parts add up to `total`.
///
/// An execution at p while the book's mid was m earns the distance to it, side x quantity x (m - p): the spread. From then on the
/// position is worth what the mid makes of it; that is inventory.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ProfitSplit {
    /// Final equity less the capital that was paid in.
    pub total: f64,
    /// Distance of executions from the mid.
    pub spread: f64,
    /// What the price made of positions, marks included.
    pub inventory: f64,
    /// Fees, less rebates.
    pub fees: f64,
    /// Borrow cost and interest.
    pub borrow: f64,
    /// Funding of perpetuals.
    pub funding: f64,
}

impl ProfitSplit {
    /// `total` is what the parts but inventory leave for it.
    pub fn new(total: f64, spread: f64, [fees, borrow, funding]: [f64; 3]) -> Self {
        let inventory = total - spread + fees + borrow + funding;
        Self { total, spread, inventory, fees: 0.0 - fees, borrow: 0.0 - borrow, funding: 0.0 - funding }
    }

    /// All parts together.
    pub fn sum(&self) -> f64 {
        self.spread + self.inventory + self.fees + self.borrow + self.funding
    }
}

/// What an account did in one symbol. Quantities are base units.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TradingSummary {
    /// Which symbol.
    pub symbol: String,
    /// Quotes sent.
    pub quotes: u64,
    /// Times that quotes were taken back without new ones.
    pub withdrawals: u64,
    /// Quantity of all quotes.
    pub quoted: f64,
    /// Quantity executed as a maker and taker, over the quantity quoted; null where nothing was quoted.
    pub fill_ratio: Option<f64>,
    /// Executions that added liquidity.
    pub maker_fills: u64,
    /// Executions that took it.
    pub taker_fills: u64,
    /// Quantity bought.
    pub bought: f64,
    /// Quantity sold.
    pub sold: f64,
    /// Distance of executions from the mid in the account's favor, in quote units.
    pub spread_captured: f64,
    /// Position in the mean over time.
    pub inventory_mean: Option<f64>,
    /// Its absolute value in the mean over time.
    pub inventory_mean_absolute: Option<f64>,
    /// The largest position.
    pub inventory_most: f64,
    /// The smallest.
    pub inventory_least: f64,
    /// The last.
    pub inventory_last: f64,
}

/// What a parent order came to. Implementation shortfall: the difference to buying or selling all of it at the arrival price, at no
/// cost; positive is a loss.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ExecutionSummary {
    /// Which symbol.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// What was to be done, in base units.
    pub quantity: f64,
    /// What was done.
    pub filled: f64,
    /// Orders sent.
    pub orders: u64,
    /// The price when it began; null if it never did.
    pub arrival_price: Option<f64>,
    /// Mean price of what was done; null if nothing was.
    pub average_price: Option<f64>,
    /// What was done, at worse prices than that of the arrival, in quote units.
    pub price_cost: f64,
    /// Fees, less rebates.
    pub fees: f64,
    /// What was left undone, at the last price instead of that of the arrival.
    pub opportunity_cost: f64,
    /// The three together.
    pub shortfall: f64,
    /// The same in basis points of the whole at the arrival price.
    pub shortfall_bps: Option<f64>,
    /// What Almgren and Chriss expect of their trajectory, fixed cost included; null for other schedules.
    pub expected_cost: Option<f64>,
    /// Its standard deviation.
    pub expected_deviation: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parts_are_the_whole(total in -1e9f64..1e9, spread in -1e9f64..1e9, fees in -1e6f64..1e6, borrow in 0f64..1e6, funding in -1e6f64..1e6) {
            let split = ProfitSplit::new(total, spread, [fees, borrow, funding]);
            let largest = [total, spread, fees, borrow, funding].iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            prop_assert!((split.sum() - total).abs() <= 4.0 * f64::EPSILON * largest.max(split.inventory.abs()));
        }
    }
}
