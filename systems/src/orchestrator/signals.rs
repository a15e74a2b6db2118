//! The combined signal of every group and symbol.

use manyworlds_components::forecast::Probabilities;
use manyworlds_components::ids::SymbolId;
use serde::{Deserialize, Serialize};

/// What the models of a group say of a symbol, together.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Signal {
    /// SELL, HOLD, BUY; uniform while no model is ready.
    pub probabilities: Probabilities,
    /// The weighted mean of the ready models' scores.
    pub score: f64,
    /// Whether a model with a weight is ready.
    pub any_ready: bool,
    /// The step in which it was computed; 0 before the first.
    pub step: u64,
    /// The step in which the last ready model fell silent (or in which the first bar met none); 0 while any is ready.
    pub cold_since: u64,
}

impl Signal {
    /// What the models say now.
    #[inline]
    pub(super) fn speak(&mut self, probabilities: &Probabilities, score: f64, step: u64) {
        *self = Self { probabilities: *probabilities, score, any_ready: true, step, cold_since: 0 };
    }

    /// None of them is ready. Whether that is new.
    #[inline]
    pub(super) fn keep_silent(&mut self, step: u64) -> bool {
        let cold_since = if self.cold_since > 0 { self.cold_since } else { step };
        *self = Self { step, cold_since, ..Self::default() };
        cold_since == step
    }

    /// 1 - H(p) / ln 3.
    #[inline]
    pub fn confidence(&self) -> f64 {
        self.probabilities.confidence()
    }
}

/// Signals by symbol and group. Only symbols with a fresh bar are recomputed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    groups: usize,
    signals: Vec<Signal>,
}

impl Signals {
    pub(super) fn new(groups: usize, symbols: usize) -> Self {
        Self { groups, signals: vec![Signal::default(); groups * symbols] }
    }

    /// The signal of a group on a symbol.
    #[inline]
    pub fn get(&self, group: usize, symbol: SymbolId) -> &Signal {
        &self.of_symbol(symbol)[group]
    }

    /// The signals of a group, by symbol.
    pub fn of_group(&self, group: usize) -> impl Iterator<Item = &Signal> {
        self.signals.iter().skip(group).step_by(self.groups.max(1))
    }

    /// The signals on a symbol, by group.
    #[inline]
    pub fn of_symbol(&self, symbol: SymbolId) -> &[Signal] {
        &self.signals[symbol.index() * self.groups..][..self.groups]
    }

    /// The same, to be written.
    #[inline]
    pub(super) fn of_symbol_mut(&mut self, symbol: SymbolId) -> &mut [Signal] {
        &mut self.signals[symbol.index() * self.groups..][..self.groups]
    }
}
