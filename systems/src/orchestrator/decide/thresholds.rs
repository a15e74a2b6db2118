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

/// Whether one account has something to do, as [`mark_hits`] tells, or something is to be said to it whatever it is: in the
/// step in which its last model fell silent, and at all bars if it goes by thresholds and `record_holds`.
#[inline]
pub(super) fn has_to_do(
    signal: &Signal,
    (step, record_holds): (u64, bool),
    (thresholds, blocks): (&Thresholds, &Blocks),
    (position, working): (&Position, &WorkingOrders),
) -> bool {
    let leans = lean(&signal.probabilities).filter(|(_, p)| signal.any_ready && *p > 1.0 / 3.0);
    let acts = leans.is_some_and(|(action, p)| {
        let direction = if action == Action::Buy { 1 } else { -1 };
        p >= needed(direction, position.lots, thresholds, blocks) && working.count == 0
    });
    acts || signal.cold_since == step || (record_holds && blocks.0[EXIT] == 0.0)
}
