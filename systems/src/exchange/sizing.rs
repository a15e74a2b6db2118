//! Price and size of an execution: slippage, fee, and the lots that a share of equity buys.

use manyworlds_components::side::Side;

use super::floor::Floor;
use super::margin::MONEY_TOLERANCE;
use super::settings::{FeeModel, SlippageModel};
use super::slippage::slip;

/// What an execution costs at the place where an order was touched.
#[derive(Debug, Clone, Copy)]
pub struct Pricing<'a> {
    /// Of the order.
    pub side: Side,
    /// Price where it was touched.
    pub touched: f64,
    /// `None` for makers.
    pub slippage: Option<SlippageModel>,
    /// What a taker pays beyond it, as a fraction of the price.
    pub half_spread: f64,
    /// (sigma, volume) per bar before this one.
    pub market: (f64, f64),
    /// The bar's low and high, which no fill leaves; `None` for prints.
    pub range: Option<(f64, f64)>,
    /// A taking limit order pays no more than this.
    pub limit: Option<f64>,
    /// The venue's fees.
    pub fees: &'a FeeModel,
    /// Rate as a fraction of the value.
    pub rate: f64,
}

impl Pricing<'_> {
    /// Price of an execution of `quantity` base units.
    pub fn price(&self, quantity: f64) -> f64 {
        let Some(slippage) = self.slippage else { return self.touched };
        let fraction = slippage.fraction(quantity, self.market) + self.half_spread;
        let slipped = slip(self.touched, self.side, fraction, self.range);
        match (self.limit, self.side) {
            (Some(limit), Side::Buy) => slipped.min(limit.max(self.touched)),
            (Some(limit), Side::Sell) => slipped.max(limit.min(self.touched)),
            (None, _) => slipped,
        }
    }

    /// Fee of an execution of `quantity` base units at `price`.
    pub fn fee(&self, quantity: f64, price: f64) -> f64 {
        self.fees.fee(quantity, quantity * price, self.rate)
    }
}

impl Floor<'_> {
    /// The lots (above 0, or none) that bring the position to `fraction` of equity on the order's side at the price
    /// of the fill, with all costs covered: by cash where there is no margin, else by the equity beyond the initial
    /// margin. A reduce-only order keeps the fraction on the side that is held.
    pub fn lots_for(
        &self,
        symbol: usize,
        account: usize,
        fraction: f64,
        reduce_only: bool,
        pricing: &Pricing<'_>,
    ) -> i64 {
        let instrument = &self.terms.instruments[symbol];
        let position = self.positions[symbol * self.terms.accounts + account].lots;
        let sign = pricing.side.sign();
        let target_sign = if reduce_only { -sign } else { sign };
        let mut lots = 0;
        // The price depends on the size through market impact, the size on the price: an odd number of rounds ends
        // at or below the fixed point.
        for _ in 0..3 {
            let price = pricing.price(instrument.lot_size.to_f64(lots));
            let equity = self.equity_at(account, symbol, price);
            let target = target_sign * instrument.lots((fraction * equity / price).max(0.0)).0;
            let wanted = ((target - position) * sign).max(0);
            let after = position + sign * wanted;
            let grows = after.abs() > position.abs() || after.signum() * position.signum() < 0;
            lots = if grows { self.payable(symbol, account, wanted, price, pricing) } else { wanted };
            if pricing.slippage.is_none_or(|s| !matches!(s, SlippageModel::SquareRoot { .. })) {
                break;
            }
        }
        lots
    }

    /// The most lots, up to `wanted`, that the account can pay for.
    fn payable(&self, symbol: usize, account: usize, wanted: i64, price: f64, pricing: &Pricing<'_>) -> i64 {
        let instrument = &self.terms.instruments[symbol];
        let sign = pricing.side.sign();
        let fits = |lots: i64| {
            let quantity = instrument.lot_size.to_f64(lots);
            let fee = pricing.fee(quantity, price);
            self.refuses(symbol, account, sign * lots, price, fee).is_none()
        };
        if fits(wanted) {
            return wanted;
        }
        let bound = if self.terms.venue(symbol).margin.is_none() {
            if pricing.side == Side::Sell {
                return wanted;
            }
            pricing.fees.affordable(self.accounts[account].cash, price, pricing.rate)
        } else {
            // |after| price m + fee <= equity less what the other positions need.
            let (others, required) = self.others(account, symbol);
            let held = self.positions[symbol * self.terms.accounts + account].quantity;
            let equity = self.accounts[account].cash + held * price + others - required;
            let margin = self.terms.initial_margin(symbol);
            let against = held * sign as f64;
            let unit = price * (margin + pricing.rate) + pricing.fees.per_unit;
            let by_rate = (equity + (-against) * price * margin) / unit;
            let by_minimum = (equity - pricing.fees.minimum) / (price * margin) - against;
            if pricing.fees.minimum > 0.0 { by_rate.min(by_minimum) } else { by_rate }
        };
        let mut lots = wanted.min(instrument.lots(bound.max(0.0) * (1.0 + MONEY_TOLERANCE)).0);
        // Rounding may have left it one lot too high.
        for _ in 0..2 {
            if lots > 0 && !fits(lots) {
                lots -= 1;
            }
        }
        lots
    }
}
