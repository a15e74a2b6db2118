//! Whose forecasts came true: what each model says, and what has come of it.
//!
//! Models repeat themselves, and an outcome is the same for all that spoke after the same bar. So outcomes are counted once
//! per symbol, and a model's record takes in how often each came about when the model says something else.

use std::collections::VecDeque;

use manyworlds_components::forecast::{Action, Forecast, Forecasts, Probabilities};
use serde::{Deserialize, Serialize};

use super::track_record::TrackRecord;

/// By symbol: what models say, and the outcomes so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracks {
    symbols: Vec<SymbolTracks>,
    /// By model: what it said before.
    records: Vec<TrackRecord>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SymbolTracks {
    /// Rounds that were opened: one per step with a new bar.
    opened: u64,
    /// Rounds that were closed, the oldest first.
    closed: u64,
    /// Outcomes of closed rounds, by action.
    outcomes: [u64; 3],
    /// By model: its word in the round that is closed next.
    spoken: Vec<Spoken>,
    /// (first round, model, its word from then on), in order of rounds that are not closed yet.
    turns: VecDeque<(u64, u32, Option<Probabilities>)>,
}

/// A word, and the outcomes before it was said first.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Spoken {
    word: Option<Probabilities>,
    before: [u64; 3],
}

impl Spoken {
    /// Puts what came of the word since then into a record.
    fn book(&self, outcomes: [u64; 3], record: &mut TrackRecord) {
        if let Some(word) = &self.word {
            record.add(word, std::array::from_fn(|i| outcomes[i] - self.before[i]));
        }
    }
}

/// What counts of a forecast: its probabilities, if it is one.
#[inline]
pub(super) fn word(forecast: &Forecast) -> Option<Probabilities> {
    forecast.readiness.is_ready().then_some(forecast.probabilities)
}

impl SymbolTracks {
    /// Books what came of words that others follow in the round that is closed next. Apart from the rest, as models mostly
    /// repeat themselves.
    #[inline(never)]
    fn take_turns(&mut self, records: &mut [TrackRecord]) {
        let Self { closed, outcomes, spoken, turns, .. } = self;
        while let Some((_, model, word)) = turns.pop_front_if(|(round, ..)| *round <= *closed) {
            let spoken = &mut spoken[model as usize];
            spoken.book(*outcomes, &mut records[model as usize]);
            *spoken = Spoken { word, before: *outcomes };
        }
    }
}

impl Tracks {
    pub(super) fn new(symbols: usize, models: usize) -> Self {
        let symbol = SymbolTracks {
            opened: 0,
            closed: 0,
            outcomes: [0; 3],
            spoken: vec![Spoken::default(); models],
            turns: VecDeque::new(),
        };
        Self { symbols: vec![symbol; symbols], records: vec![TrackRecord::default(); models] }
    }

    /// How good a model's forecasts have been so far.
    pub fn record(&self, model: usize) -> TrackRecord {
        let mut record = self.records[model].clone();
        self.symbols.iter().for_each(|symbol| symbol.spoken[model].book(symbol.outcomes, &mut record));
        record
    }

    /// From the round that is opened next, a model says something else.
    #[inline]
    pub(super) fn turn(&mut self, symbol: usize, model: usize, word: Option<Probabilities>) {
        let symbol = &mut self.symbols[symbol];
        symbol.turns.push_back((symbol.opened, model as u32, word));
    }

    /// A model falls silent: its forecast is taken away.
    pub(super) fn silence(&mut self, symbol: usize, model: usize, forecasts: &mut Forecasts) {
        if std::mem::take(&mut forecasts.0[model]).readiness.is_ready() {
            self.turn(symbol, model, None);
        }
    }

    /// Opens a round.
    #[inline]
    pub(super) fn open(&mut self, symbol: usize) {
        self.symbols[symbol].opened += 1;
    }

    /// Closes the oldest round; `None` if its outcome is lost.
    #[inline]
    pub(super) fn close(&mut self, symbol: usize, outcome: Option<Action>) {
        let Self { symbols, records } = self;
        let tracks = &mut symbols[symbol];
        if tracks.turns.front().is_some_and(|(round, ..)| *round <= tracks.closed) {
            tracks.take_turns(records);
        }
        tracks.closed += 1;
        if let Some(outcome) = outcome {
            tracks.outcomes[outcome as usize] += 1;
        }
    }

    /// Which models have a word in the round that was closed last.
    #[inline]
    pub(super) fn spoke(&self, symbol: usize) -> impl Iterator<Item = bool> {
        self.symbols[symbol].spoken.iter().map(|spoken| spoken.word.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn said(word: usize) -> Option<Probabilities> {
        [None, Probabilities::new(0.1, 0.2, 0.7), Probabilities::new(0.6, 0.3, 0.1)][word]
    }

    proptest! {
        /// Against a record that takes in forecast by forecast: two symbols, two models, any horizon, lost outcomes.
        #[test]
        fn a_record_is_the_sum_over_all_rounds(
            rounds in prop::collection::vec(
                (0usize..2, [0usize..3, 0usize..3], select(Action::ALL.to_vec()), prop::bool::weighted(0.1)), 1..80),
            horizon in 1usize..5,
        ) {
            let mut tracks = Tracks::new(2, 2);
            let mut expected = [TrackRecord::default(), TrackRecord::default()];
            let mut open: [VecDeque<_>; 2] = Default::default();
            let mut last = [[None; 2]; 2];
            for (symbol, words, outcome, lost) in rounds {
                if open[symbol].len() == horizon {
                    let (words, outcome): ([usize; 2], Option<Action>) = open[symbol].pop_front().unwrap();
                    tracks.close(symbol, outcome);
                    for (m, word) in words.into_iter().enumerate() {
                        if let Some((word, outcome)) = said(word).zip(outcome) {
                            expected[m].add(&word, std::array::from_fn(|i| u64::from(i == outcome as usize)));
                        }
                    }
                    prop_assert!(tracks.spoke(symbol).eq(words.into_iter().map(|w| said(w).is_some())));
                }
                for (m, word) in words.into_iter().enumerate() {
                    if last[symbol][m] != said(word) {
                        last[symbol][m] = said(word);
                        tracks.turn(symbol, m, said(word));
                    }
                }
                tracks.open(symbol);
                open[symbol].push_back((words, (!lost).then_some(outcome)));
            }
            for (m, expected) in expected.iter().enumerate() {
                let record = tracks.record(m);
                prop_assert_eq!((record.count(), record.hits()), (expected.count(), expected.hits()));
                let near = |a: Option<f64>, b: Option<f64>| a.zip(b).is_none_or(|(a, b)| (a - b).abs() < 1e-12);
                prop_assert!(near(record.brier(), expected.brier()) && near(record.log_loss(), expected.log_loss()));
            }
        }
    }
}
