//! The thresholds of accounts, as dense columns.

use bevy_ecs::component::Component;
use manyworlds_components::forecast::{Action, Probabilities};
use serde::{Deserialize, Serialize};

use super::super::settings::{AllowedSide, DecisionPolicy, Selection};

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
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Blocks {
    long: f64,
    short: f64,
    add: f64,
    exit: f64,
}

impl Blocks {
    pub fn of(policy: &DecisionPolicy) -> Self {
        let unless = |allowed: bool| if allowed { 0.0 } else { 1.0 };
        let by_threshold = policy.select == Selection::All;
        Self {
            long: unless(by_threshold && policy.side != AllowedSide::ShortOnly),
            short: unless(by_threshold && policy.side != AllowedSide::LongOnly),
            add: unless(by_threshold && policy.pyramid > 0),
            exit: unless(by_threshold),
        }
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
        let side = lots.signum() * direction;
        let open = t.entry + if direction > 0 { b.long } else { b.short };
        let same = t.entry + b.add;
        let against = t.exit + b.exit;
        let held = if side > 0 { same } else { against };
        let needed = if side == 0 { open } else { held };
        *hit = u8::from((p >= needed) & !busy);
    }
}
