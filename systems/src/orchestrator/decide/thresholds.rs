//! The thresholds of accounts, as dense columns.

use bevy_ecs::component::Component;
use manyworlds_components::forecast::{Action, Probabilities};
use manyworlds_components::order::WorkingOrders;
use manyworlds_components::position::Position;
use serde::{Deserialize, Serialize};

use super::super::settings::{AllowedSide, DecisionPolicy, Selection};
use super::super::signals::Signal;

/// The thresholds that are in force for an account. They begin as its policy says; modules and interventions may
/// move them, within (1/3, 1]. On account entities.
#[derive(Debug, Clone, Copy, PartialEq, Component, Serialize, Deserialize)]
pub struct Thresholds {
    /// Least probability of BUY (SELL) to open.
    pub entry: f64,
    /// Least probability of the opposite action to close.
    pub exit: f64,
}

impl Thresholds {
    /// Those of a policy.
    pub fn of(policy: &DecisionPolicy) -> Self {
        Self { entry: policy.entry, exit: policy.exit }
    }
}

/// What a policy forbids, as numbers that are added to a threshold: 0 allows, 1 lifts it above every probability.
/// By what acting would mean: [`EXIT`], [`ADD`], [`LONG`], [`SHORT`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Blocks([f64; 4]);

/// To close what is held against the signal.
const EXIT: usize = 0;
/// To add to what is held with it.
const ADD: usize = 1;
/// To open a long position.
const LONG: usize = 2;
/// To open a short one.
const SHORT: usize = 3;

impl Blocks {
    pub fn of(policy: &DecisionPolicy) -> Self {
        let unless = |allowed: bool| if allowed { 0.0 } else { 1.0 };
        let by_threshold = policy.select == Selection::All;
        let mut blocks = [0.0; 4];
        blocks[EXIT] = unless(by_threshold);
        blocks[ADD] = unless(by_threshold && policy.pyramid > 0);
        blocks[LONG] = unless(by_threshold && policy.side != AllowedSide::ShortOnly);
        blocks[SHORT] = unless(by_threshold && policy.side != AllowedSide::LongOnly);
        Self(blocks)
    }
}

/// The side that a signal is on, and its probability; `None` if BUY and SELL are equally probable.
#[inline]
pub(super) fn lean(p: &Probabilities) -> Option<(Action, f64)> {
    let (buy, sell) = (p.of(Action::Buy), p.of(Action::Sell));
    if buy > sell {
        Some((Action::Buy, buy))
    } else if sell > buy {
        Some((Action::Sell, sell))
    } else {
        None
    }
}

/// Whether anything is to be done: the dense first pass over all accounts of a run, without branches. `lots` and
/// `busy` give an account's position and whether it has orders on the way.
#[inline]
pub(super) fn mark_hits(
    (action, p): (Action, f64),
    thresholds: &[Thresholds],
    blocks: &[Blocks],
    lots: impl Iterator<Item = i64>,
    busy: impl Iterator<Item = bool>,
    hits: &mut [u8],
) {
    let direction = if action == Action::Buy { 1 } else { -1 };
    let accounts = thresholds.iter().zip(blocks).zip(lots).zip(busy).zip(hits);
    for ((((t, b), lots), busy), hit) in accounts {
        *hit = u8::from((p >= needed(direction, lots, t, b)) & !busy);
    }
}

/// The least probability at which an account acts on a signal of this direction.
#[inline(always)]
fn needed(direction: i64, lots: i64, t: &Thresholds, b: &Blocks) -> f64 {
    let side = lots.signum() * direction;
    let open = t.entry + if direction > 0 { b.0[LONG] } else { b.0[SHORT] };
    let same = t.entry + b.0[ADD];
    let against = t.exit + b.0[EXIT];
    let held = if side > 0 { same } else { against };
    if side == 0 { open } else { held }
}

/// The same where hardly any two neighbors hear the same signal: `signals` has one for each account. Marks those too to
/// whom something is to be said whatever it is: in the step in which their last model fell silent, and all that go by
/// thresholds if `record_holds`.
pub(super) fn mark_each<'a>(
    signals: impl Iterator<Item = &'a Signal>,
    (step, record_holds): (u64, bool),
    columns: (&[Thresholds], &[Blocks], &[Position], &[WorkingOrders]),
    hits: &mut [u8],
) {
    let (thresholds, blocks, positions, working) = columns;
    let accounts = thresholds.iter().zip(blocks).zip(positions).zip(working);
    for ((signal, (((t, b), position), working)), hit) in signals.zip(accounts).zip(&mut *hits) {
        // Where no model is ready, both are the same.
        let (buy, sell) = (signal.probabilities.of(Action::Buy), signal.probabilities.of(Action::Sell));
        let long = buy > sell;
        let p = if long { buy } else { sell };
        // As `needed`; looked up, as what is held changes from account to account and no branch can guess it.
        let (flat, with) = (position.lots == 0, (position.lots > 0) == long);
        let place = 2 * usize::from(flat) + usize::from(with);
        let level = if place == EXIT { &t.exit } else { &t.entry };
        let acts = (buy != sell) & (p > 1.0 / 3.0) & (p >= level + b.0[place]) & (working.count == 0);
        *hit = u8::from(acts | (signal.cold_since == step));
    }
    if record_holds {
        blocks.iter().zip(hits).for_each(|(b, hit)| *hit |= u8::from(b.0[EXIT] == 0.0));
    }
}
