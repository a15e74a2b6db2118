//! What a policy makes of a signal: the table of {flat, long, short} x {BUY, SELL, HOLD} x thresholds.

use manyworlds_components::decision::DecisionRule;
use manyworlds_components::forecast::{Action, Probabilities};

use super::super::settings::{AllowedSide, DecisionPolicy, OppositeSignal};
use super::thresholds::{Thresholds, lean};

/// What to do and which rule says so.
///
/// The signal is on the side that is more probable, BUY or SELL; equal ones are no signal. A probability *at* a
/// threshold reaches it. Exits are always allowed; entries only on the allowed sides.
///
/// | position | the signal is with it | the signal is against it |
/// |---|---|---|
/// | flat | p >= entry: `Enter` | - |
/// | long, short | p >= entry: `Pyramid` if allowed, else `AlreadyHeld` | p >= exit: `Exit`; p >= entry and flips: `Flip` |
///
/// `adds` is how many times the position was added to.
pub fn verdict(
    lots: i64,
    adds: u32,
    p: &Probabilities,
    thresholds: &Thresholds,
    policy: &DecisionPolicy,
) -> (Action, DecisionRule) {
    let hold = |rule| (Action::Hold, rule);
    let Some((action, p)) = lean(p) else { return hold(DecisionRule::BelowThreshold) };
    let direction = if action == Action::Buy { 1 } else { -1 };
    match lots.signum() * direction {
        0 if p < thresholds.entry => hold(DecisionRule::BelowThreshold),
        0 if !allows(policy.side, direction) => hold(DecisionRule::SideNotAllowed),
        0 => (action, DecisionRule::Enter),
        1 if p < thresholds.entry => hold(DecisionRule::BelowThreshold),
        1 if adds < policy.pyramid => (action, DecisionRule::Pyramid),
        1 => hold(DecisionRule::AlreadyHeld),
        _ if p < thresholds.exit => hold(DecisionRule::BelowThreshold),
        _ => {
            let flips = policy.opposite == OppositeSignal::Flips && p >= thresholds.entry;
            let flip = flips && allows(policy.side, direction);
            (action, if flip { DecisionRule::Flip } else { DecisionRule::Exit })
        }
    }
}

/// Whether a side may be held; `direction` is +1 for long, -1 for short.
pub fn allows(side: AllowedSide, direction: i64) -> bool {
    match side {
        AllowedSide::Both => true,
        AllowedSide::LongOnly => direction > 0,
        AllowedSide::ShortOnly => direction < 0,
    }
}
