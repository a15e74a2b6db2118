//! What a venue charges for an execution.

use manyworlds_components::side::LiquiditySide;

use super::settings::FeeModel;

impl FeeModel {
    /// Rate as a fraction of the traded value, for an account that has traded `traded_value` so far.
    #[inline]
    pub fn rate(&self, liquidity: LiquiditySide, traded_value: f64) -> f64 {
        let tier = self.tiers.iter().rev().find(|tier| traded_value >= tier.from_value);
        let (maker, taker) =
            tier.map_or((self.maker_bps, self.taker_bps), |tier| (tier.maker_bps, tier.taker_bps));
        let bps = match liquidity {
            LiquiditySide::Maker => maker,
            LiquiditySide::Taker => taker,
        };
        bps / 10_000.0
    }

    /// The fee of an execution of `quantity` base units worth `value`, both above 0: value x rate + quantity x
    /// per unit, and at least the minimum if there is one. Below 0 it is a rebate.
    #[inline]
    pub fn fee(&self, quantity: f64, value: f64, rate: f64) -> f64 {
        let fee = value * rate + quantity * self.per_unit;
        if self.minimum > 0.0 { fee.max(self.minimum) } else { fee }
    }

    /// The most base units that `cash` buys at `price`, fees included: the largest q with q p + fee(q) <= cash.
    pub fn affordable(&self, cash: f64, price: f64, rate: f64) -> f64 {
        let unit = price * (1.0 + rate) + self.per_unit;
        let by_rate = cash / unit;
        let by_minimum = if self.minimum > 0.0 { (cash - self.minimum) / price } else { by_rate };
        by_rate.min(by_minimum).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::FeeTier;
    use super::*;
    use LiquiditySide::{Maker, Taker};

    fn model() -> FeeModel {
        FeeModel {
            maker_bps: -1.0,
            taker_bps: 10.0,
            per_unit: 0.0,
            minimum: 0.0,
            tiers: vec![
                FeeTier { from_value: 1_000.0, maker_bps: -2.0, taker_bps: 5.0 },
                FeeTier { from_value: 5_000.0, maker_bps: -3.0, taker_bps: 2.0 },
            ],
        }
    }

    #[test]
    fn the_last_tier_reached_counts() {
        let rates = [0.0, 999.0, 1_000.0, 4_999.0, 5_000.0].map(|v| model().rate(Taker, v) * 1e4);
        for (rate, expected) in rates.into_iter().zip([10.0, 10.0, 5.0, 5.0, 2.0]) {
            assert!((rate - expected).abs() < 1e-12);
        }
        assert!((model().rate(Maker, 0.0) + 1e-4).abs() < 1e-18);
    }

    #[test]
    fn rebates_minimum_and_units() {
        let plain = model();
        assert!((plain.fee(2.0, 200.0, plain.rate(Maker, 0.0)) + 0.02).abs() < 1e-15);
        let shares =
            FeeModel { per_unit: 0.005, minimum: 1.0, taker_bps: 0.0, maker_bps: 0.0, tiers: vec![] };
        assert_eq!(shares.fee(100.0, 5_000.0, 0.0), 1.0);
        assert_eq!(shares.fee(1_000.0, 50_000.0, 0.0), 5.0);
        assert!((shares.affordable(101.0, 10.0, 0.0) - 10.0).abs() < 1e-12, "the minimum binds");
        let many = shares.affordable(100_050.0, 10.0, 0.0);
        assert!((many * 10.0 + shares.fee(many, many * 10.0, 0.0) - 100_050.0).abs() < 1e-6);
    }
}
