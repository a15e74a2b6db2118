//! Forecasts whose outcome is not known yet.

use std::collections::VecDeque;

use manyworlds_components::forecast::Probabilities;
use serde::{Deserialize, Serialize};

/// What each model said after one bar; `None` if it did not speak. Empty where nobody learns from it.
pub(super) type Words = Vec<Option<Probabilities>>;

/// The open forecasts of every scoring and symbol, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenRounds {
    symbols: usize,
    queues: Vec<VecDeque<Round>>,
}

/// One bar of one symbol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Round {
    /// The bar at whose close the outcome is known.
    pub due: u64,
    /// The close at which the forecasts were made.
    pub price: f64,
    pub words: Words,
}

impl OpenRounds {
    pub(super) fn new(scorings: &[super::scoring::Scoring], symbols: usize) -> Self {
        let queue = |horizon: u64| VecDeque::with_capacity(horizon.min(4_096) as usize + 1);
        let queues = scorings.iter().flat_map(|s| (0..symbols).map(move |_| queue(s.horizon)));
        Self { symbols, queues: queues.collect() }
    }

    /// Opens a round.
    #[inline]
    pub(super) fn open(&mut self, scoring: usize, symbol: usize, round: Round) {
        self.queues[scoring * self.symbols + symbol].push_back(round);
    }

    /// Takes out the oldest round if it is due by bar `count`.
    #[inline]
    pub(super) fn take_due(&mut self, scoring: usize, symbol: usize, count: u64) -> Option<Round> {
        self.queues[scoring * self.symbols + symbol].pop_front_if(|round| round.due <= count)
    }
}
