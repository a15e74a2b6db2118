//! A regime that does not flicker.

use manyworlds_components::regime::{MarketRegime, Regime};
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The regime that is about to take over.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Challenger {
    regime: Option<Regime>,
    bars: u64,
    since: Timestamp,
}

/// A change of regime.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The regime from now on.
    pub regime: Regime,
    /// Its probability now.
    pub probability: f64,
    /// The close of the first bar at which it led.
    pub since: Timestamp,
}

/// The most probable regime; the first of several.
#[inline]
pub fn most_probable(p: &[f64; 4]) -> Regime {
    let mut best = 0;
    for i in 1..4 {
        if p[i] > p[best] {
            best = i;
        }
    }
    Regime::ALL[best]
}

impl Challenger {
    /// Takes in the probabilities of the bar that closed `at`. The regime changes when another one has been the most
    /// probable, by at least `margin` over the one in force, for `bars` bars in a row. The first needs no such proof.
    #[inline]
    pub fn update(
        &mut self,
        market: &mut MarketRegime,
        p: [f64; 4],
        at: Timestamp,
        (bars, margin): (u64, f64),
    ) -> Option<Change> {
        market.probabilities = Some(p);
        market.bars += 1;
        let best = most_probable(&p);
        let lead = |current: Regime| best != current && p[best.index()] - p[current.index()] >= margin;
        if !market.regime.is_none_or(lead) {
            *self = Self::default();
            return None;
        }
        if self.regime != Some(best) {
            *self = Self { regime: Some(best), bars: 0, since: at };
        }
        self.bars += 1;
        if market.regime.is_some() && self.bars < bars {
            return None;
        }
        let since = self.since;
        *self = Self::default();
        (market.regime, market.bars) = (Some(best), 1);
        Some(Change { regime: best, probability: p[best.index()], since })
    }
}
