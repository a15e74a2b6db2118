//! What a model says of a symbol: probabilities over the three actions, and whether it is ready to say anything.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

/// What to do. The order SELL, HOLD, BUY is the one order of probabilities everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[repr(u8)]
pub enum Action {
    /// Reduce, close or go short.
    Sell = 0,
    /// Do nothing.
    #[default]
    Hold = 1,
    /// Increase, cover or go long.
    Buy = 2,
}

impl Action {
    /// All actions in the order of [`Probabilities`].
    pub const ALL: [Self; 3] = [Self::Sell, Self::Hold, Self::Buy];

    /// `SELL`, `HOLD` or `BUY`.
    pub fn name(self) -> &'static str {
        ["SELL", "HOLD", "BUY"][self as usize]
    }
}

/// Probabilities of SELL, HOLD, BUY: each in [0, 1], together 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Probabilities([f64; 3]);

impl Default for Probabilities {
    fn default() -> Self {
        Self::UNIFORM
    }
}

impl Probabilities {
    /// One third each: what a model that knows nothing says.
    pub const UNIFORM: Self = Self([1.0 / 3.0; 3]);

    /// From values that are probabilities already; `None` unless each is in [0, 1] and their sum is 1 within 1e-9.
    pub fn new(sell: f64, hold: f64, buy: f64) -> Option<Self> {
        let p = [sell, hold, buy];
        let valid = p.iter().all(|x| (0.0..=1.0).contains(x)) && (sell + hold + buy - 1.0).abs() <= 1e-9;
        valid.then_some(Self(p))
    }

    /// From non-negative weights, divided by their sum; `None` if one is negative or not finite, or all are 0.
    #[inline]
    pub fn normalized(weights: [f64; 3]) -> Option<Self> {
        let sum = weights[0] + weights[1] + weights[2];
        let valid = weights.iter().all(|w| *w >= 0.0) && sum > 0.0 && sum.is_finite();
        valid.then(|| Self(weights.map(|w| w / sum)))
    }

    /// Softmax of `values / temperature`; how Q-values become probabilities. `None` unless all are finite and the
    /// temperature is positive.
    pub fn softmax(values: [f64; 3], temperature: f64) -> Option<Self> {
        let valid = values.iter().all(|v| v.is_finite()) && temperature > 0.0;
        let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        valid.then(|| Self::normalized(values.map(|v| ((v - top) / temperature).exp())))?
    }

    /// All on one action.
    pub fn certain(action: Action) -> Self {
        let mut p = [0.0; 3];
        p[action as usize] = 1.0;
        Self(p)
    }

    /// `strength` in [0, 1] on `action` beyond the uniform share: 0 is uniform, 1 is certain.
    #[inline]
    pub const fn leaning(action: Action, strength: f64) -> Self {
        let strength = strength.clamp(0.0, 1.0);
        let rest = (1.0 - strength) / 3.0;
        let mut p = [rest; 3];
        p[action as usize] += strength;
        Self(p)
    }

    /// Whether these are the same to the bit. In one comparison, where `==` branches by number.
    #[inline]
    pub fn is(&self, other: &Self) -> bool {
        let differ = self.0.iter().zip(other.0).map(|(a, b)| a.to_bits() ^ b.to_bits());
        differ.fold(0, |all, one| all | one) == 0
    }

    /// The probability of one action.
    #[inline]
    pub fn of(&self, action: Action) -> f64 {
        self.0[action as usize]
    }

    /// SELL, HOLD, BUY.
    #[inline]
    pub fn as_array(&self) -> [f64; 3] {
        self.0
    }

    /// The most probable action; HOLD wins ties, then SELL and BUY cancel to HOLD.
    #[inline]
    pub fn best(&self) -> Action {
        let [sell, hold, buy] = self.0;
        if buy > hold && buy > sell {
            Action::Buy
        } else if sell > hold && sell > buy {
            Action::Sell
        } else {
            Action::Hold
        }
    }

    /// 1 - H(p) / ln 3: 0 for uniform, 1 for certain.
    #[inline]
    pub fn confidence(&self) -> f64 {
        let entropy: f64 = self.0.iter().map(|p| if *p > 0.0 { -p * p.ln() } else { 0.0 }).sum();
        (1.0 - entropy / 3f64.ln()).clamp(0.0, 1.0)
    }
}

/// Whether a model (or a feature) has seen enough to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Readiness {
    /// Nothing seen or never trained: it abstains.
    #[default]
    Cold,
    /// Some of the bars that it needs: it abstains.
    Warming {
        /// Bars seen.
        have: u32,
        /// Bars needed.
        need: u32,
    },
    /// It speaks.
    Ready,
}

impl Readiness {
    /// From bars seen and bars needed.
    #[inline]
    pub fn of(have: u64, need: u64) -> Self {
        if have >= need {
            Self::Ready
        } else if have == 0 {
            Self::Cold
        } else {
            Self::Warming { have: have as u32, need: need as u32 }
        }
    }

    /// Whether forecasts count.
    #[inline]
    pub fn is_ready(self) -> bool {
        matches!(self, Self::Ready)
    }
}

/// One model's word on one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Forecast {
    /// SELL, HOLD, BUY. Uniform unless ready.
    pub probabilities: Probabilities,
    /// A number to rank symbols by (e.g. an expected or past return); 0 unless ready.
    pub score: f64,
    /// Whether the forecast counts.
    pub readiness: Readiness,
    /// The step in which it was made.
    pub step: u64,
}

impl Forecast {
    /// The word of a model that is not ready.
    #[inline]
    pub fn abstain(readiness: Readiness, step: u64) -> Self {
        Self { readiness, step, ..Self::default() }
    }
}

/// What every model says of a symbol (index = `ModelId`). On symbol entities.
#[derive(Debug, Clone, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct Forecasts(pub Vec<Forecast>);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_probabilities_are_accepted() {
        assert!(Probabilities::new(0.2, 0.3, 0.5).is_some());
        for (s, h, b) in [(0.5, 0.5, 0.5), (-0.1, 0.6, 0.5), (f64::NAN, 0.5, 0.5)] {
            assert!(Probabilities::new(s, h, b).is_none());
        }
        assert!(Probabilities::normalized([0.0; 3]).is_none());
        assert!(Probabilities::softmax([1.0, 2.0, 3.0], 0.0).is_none());
    }

    #[test]
    fn confidence_spans_zero_to_one() {
        assert!(Probabilities::UNIFORM.confidence() < 1e-15);
        assert_eq!(Probabilities::certain(Action::Buy).confidence(), 1.0);
    }

    #[test]
    fn ties_hold() {
        assert_eq!(Probabilities::new(0.4, 0.2, 0.4).unwrap().best(), Action::Hold);
        assert_eq!(Probabilities::UNIFORM.best(), Action::Hold);
        assert_eq!(Probabilities::leaning(Action::Sell, 0.01).best(), Action::Sell);
    }

    proptest! {
        #[test]
        fn softmax_is_a_distribution(v in prop::array::uniform3(-700.0f64..700.0), t in 0.01f64..10.0) {
            let p = Probabilities::softmax(v, t).unwrap();
            prop_assert!((p.as_array().iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&p.confidence()));
            let shifted = Probabilities::softmax(v.map(|x| x + 3.0), t).unwrap();
            for a in Action::ALL { prop_assert!((p.of(a) - shifted.of(a)).abs() < 1e-9); }
        }
    }
}
