//! What a taker pays beyond the price.

use manyworlds_components::side::Side;
use serde::{Deserialize, Serialize};

use super::ExchangeModule;
use super::settings::SlippageModel;

/// The square-root law of market impact, as a fraction of the price: I = Y sigma sqrt(Q / V).
///
/// sigma and V must belong to the same span; as sigma grows with the root of the span and V with the span itself,
/// which span it is does not matter. 0 where there is no volume.
#[inline]
pub fn square_root_impact(coefficient: f64, sigma: f64, quantity: f64, volume: f64) -> f64 {
    if volume > 0.0 { coefficient * sigma * (quantity / volume).sqrt() } else { 0.0 }
}

impl SlippageModel {
    /// Slippage of a taker of `quantity` base units, as a fraction of the price. `market` is (standard deviation of
    /// log returns, mean volume) per bar.
    #[inline]
    pub fn fraction(self, quantity: f64, market: (f64, f64)) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Bps(bps) => bps / 10_000.0,
            Self::Spread { bps } => bps / 20_000.0,
            Self::SquareRoot { coefficient, .. } => {
                square_root_impact(coefficient, market.0, quantity, market.1)
            }
        }
    }
}

/// `price` made worse by a fraction, and kept within `low ..= high`.
#[inline]
pub fn slip(price: f64, side: Side, fraction: f64, range: Option<(f64, f64)>) -> f64 {
    if fraction == 0.0 {
        return price;
    }
    let slipped = price * (1.0 + side.sign() as f64 * fraction);
    match range {
        Some((low, high)) => slipped.clamp(low, high),
        None => slipped.max(f64::MIN_POSITIVE),
    }
}

/// Log returns and volumes of the last events of every symbol whose venue charges square-root impact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImpactWindows(Vec<Option<ImpactWindow>>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ImpactWindow {
    last_close: f64,
    count: u64,
    returns: Vec<f64>,
    volumes: Vec<f64>,
}

impl ImpactWindow {
    #[inline(never)]
    fn add(&mut self, close: f64, volume: f64) {
        if self.last_close > 0.0 {
            let at = (self.count % self.returns.len() as u64) as usize;
            self.returns[at] = (close / self.last_close).ln();
            self.volumes[at] = volume;
            self.count += 1;
        }
        self.last_close = close;
    }
}

impl ImpactWindows {
    pub(super) fn new(module: &ExchangeModule) -> Self {
        let of = |instrument: &manyworlds_components::instrument::Instrument| match module.venues
            [instrument.venue.index()]
        .slippage
        {
            SlippageModel::SquareRoot { window, .. } => Some(ImpactWindow {
                last_close: 0.0,
                count: 0,
                returns: vec![0.0; window],
                volumes: vec![0.0; window],
            }),
            _ => None,
        };
        Self(module.instruments.iter().map(of).collect())
    }

    /// Takes in an event after it has been matched.
    #[inline]
    pub fn update(&mut self, symbol: usize, close: f64, volume: f64) {
        if let Some(window) = &mut self.0[symbol] {
            window.add(close, volume);
        }
    }

    /// (sample standard deviation of log returns, mean volume) per event over the window; zeros before there are
    /// two returns, so that nothing is charged yet.
    pub fn market(&self, symbol: usize) -> (f64, f64) {
        let Some(window) = &self.0[symbol] else { return (0.0, 0.0) };
        let n = window.count.min(window.returns.len() as u64) as usize;
        if n < 2 {
            return (0.0, 0.0);
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / n as f64;
        let (returns, volume) = (&window.returns[..n], mean(&window.volumes[..n]));
        let center = mean(returns);
        let squares: f64 = returns.iter().map(|r| (r - center) * (r - center)).sum();
        ((squares / (n - 1) as f64).sqrt(), volume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn square_root_law() {
        assert!((square_root_impact(1.0, 0.02, 1.0, 100.0) - 0.0020).abs() < 1e-15, "20 bps");
        let (one, four) =
            (square_root_impact(1.0, 0.02, 1.0, 100.0), square_root_impact(1.0, 0.02, 4.0, 100.0));
        assert!((four / one - 2.0).abs() < 1e-12, "four times the quantity costs twice as much");
    }

    #[test]
    fn a_spread_costs_its_half() {
        assert_eq!(
            slip(100.0, Side::Buy, SlippageModel::Spread { bps: 10.0 }.fraction(1.0, (0.0, 0.0)), None),
            100.05
        );
        assert_eq!(slip(100.0, Side::Sell, SlippageModel::Bps(100.0).fraction(1.0, (0.0, 0.0)), None), 99.0);
        assert_eq!(slip(100.0, Side::Sell, 0.01, Some((99.5, 101.0))), 99.5);
    }
}
