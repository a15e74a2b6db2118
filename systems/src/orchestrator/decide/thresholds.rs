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
        *hit = u8::from((p >= needed(direction, lots, t, b)) & !busy);
    }
}

/// The least probability at which an account acts on a signal of this direction.
#[inline(always)]
fn needed(direction: i64, lots: i64, t: &Thresholds, b: &Blocks) -> f64 {
    let side = lots.signum() * direction;
    let open = t.entry + if direction > 0 { b.long } else { b.short };
    let same = t.entry + b.add;
    let against = t.exit + b.exit;
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
    for ((signal, (((t, b), position), working)), hit) in signals.zip(accounts).zip(hits) {
        let (buy, sell) = (signal.probabilities.of(Action::Buy), signal.probabilities.of(Action::Sell));
        let (p, long) = if buy > sell { (buy, true) } else { (sell, false) };
        let speaks = signal.any_ready & (buy != sell) & (p > 1.0 / 3.0);
        // As `needed`; the places are looked up, as what is held changes from account to account.
        let (flat, with) = (position.lots == 0, (position.lots > 0) == long);
        let place = if flat { usize::from(!long) } else { 3 - usize::from(with) };
        let needed = [t.entry, t.exit][place / 3] + [b.long, b.short, b.add, b.exit][place];
        let acts = speaks & (p >= needed) & (working.count == 0);
        let told = (signal.cold_since == step) | (record_holds & (b.exit == 0.0));
        *hit = u8::from(acts | told);
    }
}
