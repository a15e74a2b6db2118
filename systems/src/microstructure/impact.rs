//! What an order would move the price by.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use super::settings::ImpactSettings;
use crate::exchange::square_root_impact;

/// Temporary and permanent impact of Almgren, Thum, Hauptmann & Li (2005), "Direct estimation of equity market impact".
///
/// I = gamma sigma (X / V) (Theta / V)^(1/4) stays, J = I / 2 + eta sigma |X / (V T)|^(3/5) is paid on average; as fractions of
/// the price, with sigma and V of a day, Theta the units in existence and T the time of the order in days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Almgren {
    /// I: what stays.
    pub permanent: f64,
    /// J: what is paid.
    pub cost: f64,
}

impl Almgren {
    /// gamma of the paper.
    pub const GAMMA: f64 = 0.314;
    /// eta of the paper.
    pub const ETA: f64 = 0.142;

    /// Of `share` = X / V of the daily volume within `days`, at `turnover` = Theta / V.
    pub fn of(sigma: f64, share: f64, days: f64, turnover: f64) -> Self {
        let permanent = Self::GAMMA * sigma * share * turnover.powf(0.25);
        let temporary = Self::ETA * sigma * (share.abs() / days).powf(0.6) * share.signum();
        Self { permanent, cost: 0.5 * permanent + temporary }
    }
}

/// What is known of a symbol's market, from which the impact of an order is expected before it is sent. An estimate: nobody
/// charges it. A fill on bars may be charged the exchange's own slippage, and one that walks through a book pays what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct ImpactEstimate {
    coefficient: f64,
    /// (standard deviation of log returns, volume), both of a day.
    day: Option<(f64, f64)>,
}

impl ImpactEstimate {
    /// Nothing known yet.
    pub fn new(settings: &ImpactSettings) -> Self {
        Self { coefficient: settings.coefficient, day: None }
    }

    /// The market is this now: standard deviation and volume of a span of `seconds`.
    pub fn learn(&mut self, market: Option<(f64, f64)>, seconds: f64) {
        let spans = 86_400.0 / seconds;
        self.day = market.map(|(deviation, volume)| (deviation * spans.sqrt(), volume * spans));
    }

    /// Standard deviation of a day's log return.
    pub fn volatility(&self) -> Option<f64> {
        self.day.map(|(deviation, _)| deviation)
    }

    /// A day's volume in base units.
    pub fn volume(&self) -> Option<f64> {
        self.day.map(|(_, volume)| volume)
    }

    /// Expected impact of `quantity` base units in bps of the price, by the square-root law; `None` while the market is not
    /// known, or where nothing trades.
    pub fn expect_bps(&self, quantity: f64) -> Option<f64> {
        let (deviation, volume) = self.day.filter(|(_, volume)| *volume > 0.0)?;
        Some(1e4 * square_root_impact(self.coefficient, deviation, quantity.abs(), volume))
    }

    /// Expected impact of an order in bps: that of its quantity if it takes, and none if it rests, as who trades with it moves the
    /// price then. `None` while the market is not known.
    pub fn expect_order_bps(&self, quantity: f64, takes: bool) -> Option<f64> {
        if takes { self.expect_bps(quantity) } else { Some(0.0) }
    }

    /// [`Self::expect_bps`] of a share of the day's volume.
    pub fn expect_share_bps(&self, share: f64) -> Option<f64> {
        self.expect_bps(share * self.volume()?)
    }

    /// Almgren's estimate for the order of the settings.
    pub fn almgren(&self, settings: &ImpactSettings) -> Option<Almgren> {
        let ImpactSettings { share, days, turnover, .. } = *settings;
        self.day.filter(|(_, volume)| *volume > 0.0).map(|(d, _)| Almgren::of(d, share, days, turnover))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answer: sigma 2%, 1% of the volume, Y 1: 20 bps; four times the order, twice the impact.
    #[test]
    fn the_square_root_law() {
        let mut estimate = ImpactEstimate::new(&ImpactSettings::default());
        assert_eq!(estimate.expect_bps(1.0), None);
        // A tenth of a thousandth of a day: the span does not matter.
        let spans: f64 = 10_000.0;
        estimate.learn(Some((0.02 / spans.sqrt(), 1_000.0 / spans)), 86_400.0 / spans);
        assert!((estimate.expect_bps(10.0).unwrap() - 20.0).abs() < 1e-9);
        assert!((estimate.expect_bps(-40.0).unwrap() - 40.0).abs() < 1e-9);
        assert!((estimate.expect_share_bps(0.01).unwrap() - 20.0).abs() < 1e-9);
        estimate.learn(Some((0.02, 0.0)), 86_400.0);
        assert_eq!((estimate.expect_bps(1.0), estimate.volatility()), (None, Some(0.02)));
    }

    /// The paper's table for IBM: 10% of the daily volume in a tenth, a fifth and half of a day.
    #[test]
    fn almgren_2005() {
        for (days, cost) in [(0.1, 32.0), (0.2, 25.0), (0.5, 18.0)] {
            let ibm = Almgren::of(0.0157, 0.1, days, 263.0);
            assert!((1e4 * ibm.permanent - 20.0).abs() < 0.5, "{ibm:?}");
            assert!((1e4 * ibm.cost - cost).abs() < 0.5, "{days}: {ibm:?}");
            let sold = Almgren::of(0.0157, -0.1, days, 263.0);
            assert_eq!((sold.permanent, sold.cost), (-ibm.permanent, -ibm.cost));
        }
    }
}
