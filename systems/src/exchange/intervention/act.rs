//! Acts on accounts.

use bevy_ecs::prelude::Resource;
use manyworlds_components::decision::{Decision, DecisionRule, Reasons};
use manyworlds_components::fill::FillReason;
use manyworlds_components::forecast::{Action, Probabilities};
use manyworlds_components::ids::SymbolId;
use manyworlds_components::order::{OrderRequest, RejectReason};
use manyworlds_components::price::Lots;
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Clock, Lazy, Shared};

use super::super::floor::{Floor, FloorParam, Tools};
use super::super::submit::Desk;
use super::{AccountAct, Act};

/// The acts of a run in time order.
#[derive(Debug, Clone, Default, Resource)]
pub struct AccountActs(Vec<AccountAct>);

impl AccountActs {
    /// In any order; those of one time keep theirs.
    pub fn new(mut acts: Vec<AccountAct>) -> Self {
        acts.sort_by_key(|act| act.at);
        Self(acts)
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of the step that the clock is at: no step before was at or after their time.
    fn due(&self, clock: &Clock) -> &[AccountAct] {
        let until = |t: Timestamp| self.0.partition_point(|act| act.at <= t);
        &self.0[until(clock.previous)..until(clock.now)]
    }
}

impl Floor<'_> {
    /// Cash comes in and goes out: after the step's orders were matched, so that it pays for nothing that was before it.
    pub fn pay_cash(&mut self, clock: &Clock) {
        for act in self.schedule.acts.due(clock) {
            let Act::Cash(amount) = act.act else { continue };
            for account in &act.accounts {
                self.accounts[account.index()].pay_in(amount);
            }
        }
    }
}

/// Decide / Early, in runs in which somebody is acted on: accounts are liquidated, and send the orders that they are told to. They decide nothing themselves about a
/// symbol of which they have an order on its way.
pub fn act_on_accounts(
    clock: Shared<'_, Clock>,
    acts: Shared<'_, AccountActs>,
    mut floor: Lazy<'_, '_, FloorParam<'static>>,
) -> bevy_ecs::error::Result {
    let due = acts.due(&clock);
    if due.is_empty() {
        return Ok(());
    }
    floor.get()?.open(clock.now, |mut floor, mut tools| {
        for AccountAct { accounts, act, .. } in due {
            for account in accounts.iter().map(|a| a.index()) {
                match *act {
                    Act::Cash(_) => {}
                    Act::Liquidate => liquidate(&mut floor, &clock, account),
                    Act::Order { symbol, side, lots } => {
                        send(
                            &mut floor,
                            &mut tools,
                            &clock,
                            OrderRequest::market(account.into(), symbol, side, lots),
                        );
                    }
                }
            }
        }
    });
    Ok(())
}

fn liquidate(floor: &mut Floor<'_>, clock: &Clock, account: usize) {
    for symbol in 0..floor.marks.prices.len() {
        let held = floor.positions[symbol * floor.terms.accounts + account].lots;
        if let Some(side) = Side::of(-held) {
            decide(floor, clock, (account, symbol), side, 0, None);
        }
    }
    floor.close_everything(account, FillReason::Liquidation, clock.now, |_| clock.now);
}

fn send(floor: &mut Floor<'_>, tools: &mut Tools<'_>, clock: &Clock, request: OrderRequest) {
    let (symbol, account) = (request.symbol.index(), request.account.index());
    let held = floor.positions[symbol * floor.terms.accounts + account].lots;
    let lots = match request.quantity {
        manyworlds_components::order::OrderQuantity::Lots(lots) => lots.0,
        manyworlds_components::order::OrderQuantity::EquityFraction(_) => 0,
    };
    let before = floor.book.symbols[symbol].orders.len();
    let cut = Desk::new(clock.now, tools).send(floor, request);
    // What was cut is gone again.
    if let Some(order) = floor.book.symbols[symbol].orders.get_mut(before) {
        order.reason = FillReason::Intervention;
    }
    decide(floor, clock, (account, symbol), request.side, held + request.side.sign() * lots, cut);
}

/// Journals what was decided for an account.
fn decide(
    floor: &mut Floor<'_>,
    clock: &Clock,
    (account, symbol): (usize, usize),
    side: Side,
    target: i64,
    cut: Option<RejectReason>,
) {
    let decision = Decision {
        ts: clock.now,
        step: clock.step,
        account: account.into(),
        symbol: SymbolId::from(symbol),
        action: if side == Side::Buy { Action::Buy } else { Action::Sell },
        confidence: 0.0,
        price: floor.marks.prices[symbol],
        position: Lots(floor.positions[symbol * floor.terms.accounts + account].lots),
        target: Lots(target),
        reasons: Reasons {
            rule: DecisionRule::Intervention,
            combined: Probabilities::UNIFORM,
            entry_threshold: 0.0,
            exit_threshold: 0.0,
            cut,
            expected_impact_bps: None,
        },
    };
    floor.journal.decide(decision, &[], None);
}
