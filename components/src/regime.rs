//! The regime that a symbol's market is in.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

/// A kind of market behavior.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Regime {
    /// Prices move up, along a line more than around it.
    TrendingUp,
    /// The same downwards.
    TrendingDown,
    /// No direction, and no more movement than usual.
    Ranging,
    /// No direction, and more movement than usual.
    Volatile,
}

impl Regime {
    /// All regimes in the order of their indices.
    pub const ALL: [Self; 4] = [Self::TrendingUp, Self::TrendingDown, Self::Ranging, Self::Volatile];

    /// The place in [`Regime::ALL`].
    #[inline]
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        ["trending_up", "trending_down", "ranging", "volatile"][self.index()]
    }
}

/// The regime of a symbol, as far as the bars so far tell. Sits on the symbol while a module finds it out.
#[derive(Debug, Clone, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct MarketRegime {
    /// By [`Regime::index`], with sum 1; `None` until there is enough history.
    pub probabilities: Option<[f64; 4]>,
    /// The regime in force, which changes less often than the most probable one (hysteresis).
    pub regime: Option<Regime>,
    /// Bars since it is in force; 1 with the bar that brought it.
    pub bars: u64,
}

impl MarketRegime {
    /// The probability of one regime.
    #[inline]
    pub fn probability(&self, regime: Regime) -> Option<f64> {
        self.probabilities.map(|p| p[regime.index()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_names_and_probabilities() {
        for (i, regime) in Regime::ALL.into_iter().enumerate() {
            assert_eq!(regime.index(), i);
        }
        assert_eq!(Regime::Volatile.name(), "volatile");
        let mut market = MarketRegime::default();
        assert_eq!(market.probability(Regime::Ranging), None);
        market.probabilities = Some([0.1, 0.2, 0.3, 0.4]);
        assert_eq!(market.probability(Regime::Ranging), Some(0.3));
    }
}
