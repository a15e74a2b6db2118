//! Forecasts whose outcome is not known yet.

use std::collections::VecDeque;

use manyworlds_components::forecast::Probabilities;
use serde::{Deserialize, Serialize};

/// The open forecasts of every scoring and symbol. A round is one bar of one symbol and what each model said after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenRounds {
    models: usize,
    symbols: usize,
    queues: Vec<RoundQueue>,
}

/// The rounds of one symbol under one scoring, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RoundQueue {
    /// (the bar at whose close the outcome is known, the close at which the forecasts were made)
    due: VecDeque<(u64, f64)>,
    /// One per model and round; `None` if the model did not speak.
    words: VecDeque<Option<Probabilities>>,
}

impl OpenRounds {
    pub(super) fn new(scorings: &[super::scoring::Scoring], symbols: usize, models: usize) -> Self {
        let queue = |horizon: u64| {
            let rounds = horizon.min(4_096) as usize + 1;
            RoundQueue {
                due: VecDeque::with_capacity(rounds),
                words: VecDeque::with_capacity(rounds * models),
            }
        };
        let queues = scorings.iter().flat_map(|s| (0..symbols).map(move |_| queue(s.horizon)));
        Self { models, symbols, queues: queues.collect() }
    }

    /// Opens a round that is due at bar `due`.
    #[inline]
    pub(super) fn open(
        &mut self,
        scoring: usize,
        symbol: usize,
        (due, price): (u64, f64),
        words: impl Iterator<Item = Option<Probabilities>>,
    ) {
        let queue = &mut self.queues[scoring * self.symbols + symbol];
        queue.due.push_back((due, price));
        words.for_each(|word| queue.words.push_back(word));
    }

    /// Takes out the oldest round if it is due by bar `count`: (due bar, price, what each model said). All words have to
    /// be taken.
    #[inline]
    pub(super) fn take_due(
        &mut self,
        scoring: usize,
        symbol: usize,
        count: u64,
    ) -> Option<(u64, f64, impl Iterator<Item = Option<Probabilities>>)> {
        let queue = &mut self.queues[scoring * self.symbols + symbol];
        let (due, price) = queue.due.pop_front_if(|(due, _)| *due <= count)?;
        let words = &mut queue.words;
        Some((due, price, (0..self.models).map(|_| words.pop_front().flatten())))
    }
}
