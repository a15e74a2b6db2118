//! What happened: decisions, orders, fills, round trips and toggles, from which the output tables are made.

use std::ops::{Deref, DerefMut};

use bevy_ecs::resource::Resource;
use manyworlds_components::decision::{Decision, DecisionView, Vote};
use manyworlds_components::fill::{Fill, RoundTrip};
use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::order::OrderEvent;
use manyworlds_components::time::Timestamp;
use serde::Serialize;

use crate::roster::Roster;

/// A module was switched on or off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToggleRecord {
    /// The step boundary: after this step.
    pub step: u64,
    /// Its time.
    pub ts: Timestamp,
    /// Which module.
    pub module: String,
    /// On or off from then on.
    pub enabled: bool,
}

/// Something that a module found, for tables and plots. Nothing in a world reads it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Annotation {
    /// When it became known: the time of the step.
    pub ts: Timestamp,
    /// What it is about: `ts` or earlier.
    pub at: Timestamp,
    /// Of which symbol.
    pub symbol: SymbolId,
    /// What it is, `module.word`, e.g. `pivot_analysis.swing_high`.
    pub label: &'static str,
    /// Its rank among its kind where there are ranks, else 0.
    pub level: u8,
    /// Its value, e.g. the price of a pivot.
    pub value: f64,
}

/// An account's marks at a recording time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EquityRow {
    /// When.
    pub ts: Timestamp,
    /// Whose.
    pub account: AccountId,
    /// Cash plus position value.
    pub equity: f64,
    /// Cash.
    pub cash: f64,
    /// Fall from the peak, at most 0.
    pub drawdown: f64,
    /// Gross exposure over equity.
    pub exposure: f64,
}

/// Rows since the last drain. It is output, not state: nothing in a world reads it, and a fork begins with an
/// empty one. Buffers are reused, so that a steady run does not allocate.
#[derive(Debug, Default, Resource)]
pub struct Journal(Box<Rows>);

/// What a [`Journal`] points to, as bevy takes the room of 64 resources for each.
#[derive(Debug, Default)]
pub struct Rows {
    /// Decisions in order.
    pub decisions: Vec<(Decision, std::ops::Range<u32>)>,
    votes: Vec<Vote>,
    /// Changes of order status in order.
    pub orders: Vec<OrderEvent>,
    /// Executions in order.
    pub fills: Vec<Fill>,
    /// Finished round trips in order of their exit.
    pub trades: Vec<RoundTrip>,
    /// Account marks at the recording interval.
    pub equity: Vec<EquityRow>,
    /// What modules found: within a step in order of the modules' names, each module's in the order in which it found them.
    pub annotations: Vec<Annotation>,
    /// Module toggles.
    pub toggles: Vec<ToggleRecord>,
    pub(crate) delivered: usize,
    /// Where the trades of the current step begin.
    pub(crate) step_trades: usize,
    step_annotations: usize,
}

impl Deref for Journal {
    type Target = Rows;

    #[inline]
    fn deref(&self) -> &Rows {
        &self.0
    }
}

impl DerefMut for Journal {
    #[inline]
    fn deref_mut(&mut self) -> &mut Rows {
        &mut self.0
    }
}

impl Rows {
    /// Adds a decision with the votes behind it. `shared` is what this returned for an earlier decision of the same
    /// step with the same votes: they are then stored once.
    pub fn decide(
        &mut self,
        decision: Decision,
        votes: &[Vote],
        shared: Option<std::ops::Range<u32>>,
    ) -> std::ops::Range<u32> {
        let range = shared.unwrap_or_else(|| {
            let start = self.votes.len() as u32;
            self.votes.extend_from_slice(votes);
            start..self.votes.len() as u32
        });
        self.decisions.push((decision, range.clone()));
        range
    }

    /// The decisions with names and votes, as callbacks and tables see them.
    pub fn decision_views<'a>(&'a self, roster: &'a Roster) -> impl Iterator<Item = DecisionView<'a>> {
        self.decisions.iter().map(|(decision, votes)| DecisionView {
            decision,
            votes: &self.votes[votes.start as usize..votes.end as usize],
            account: &roster.accounts[decision.account.index()],
            symbol: &roster.symbols[decision.symbol.index()],
            models: &roster.models,
        })
    }

    /// The round trips that were closed in the current step.
    #[inline]
    pub fn trades_of_step(&self) -> &[RoundTrip] {
        &self.trades[self.step_trades..]
    }

    /// Ends a step. Its annotations are put in order of the modules that made them: which of two modules of a slot runs first
    /// is nobody's business, and may depend on what else a run has.
    #[inline]
    pub(crate) fn end_step(&mut self) {
        self.step_trades = self.trades.len();
        let of_step = &mut self.annotations[self.step_annotations..];
        if of_step.len() > 1 {
            of_step.sort_by_key(|row| row.label.split('.').next());
        }
        self.step_annotations = self.annotations.len();
    }

    /// Number of rows that wait to be drained.
    #[inline]
    pub fn len(&self) -> usize {
        let rows = self.decisions.len() + self.orders.len() + self.fills.len() + self.trades.len();
        rows + self.equity.len() + self.annotations.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.toggles.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.decisions.clear();
        self.votes.clear();
        self.orders.clear();
        self.fills.clear();
        self.trades.clear();
        self.equity.clear();
        self.annotations.clear();
        self.toggles.clear();
        self.delivered = 0;
        self.step_trades = 0;
        self.step_annotations = 0;
    }
}

/// Where journal rows go. Called at step boundaries with everything since the last call.
pub trait Recorder: Send {
    /// Takes in the rows; they are forgotten afterwards.
    ///
    /// # Errors
    /// Whatever kept it from storing them; the run stops with it.
    fn record(
        &mut self,
        journal: &Journal,
        roster: &Roster,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_of_a_step_are_in_order_of_modules() {
        let mut journal = Journal::default();
        let mut note = |step: &[&'static str]| {
            for (value, label) in step.iter().enumerate() {
                let (ts, symbol, value) = (Timestamp(0), SymbolId(0), value as f64);
                journal.annotations.push(Annotation { ts, at: ts, symbol, label, level: 0, value });
            }
            journal.end_step();
        };
        note(&["b.x", "a.y", "b.w", "a.x"]);
        note(&["c.x", "b.x"]);
        let rows: Vec<_> = journal.annotations.iter().map(|row| row.label).collect();
        assert_eq!(rows, ["a.y", "a.x", "b.x", "b.w", "b.x", "c.x"]);
    }
}
