//! Writes decisions and the orders that carry them out into the intents of the step.

use std::ops::Range;

use bevy_ecs::entity::Entity;
use bevy_ecs::prelude::Query;
use manyworlds_components::account::Account;
use manyworlds_components::decision::{Decision, DecisionRule, Reasons, Vote};
use manyworlds_components::forecast::{Action, Forecasts, Probabilities};
use manyworlds_components::ids::{AccountId, ModelId, SymbolId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::order::{Bracket, OrderKind, OrderQuantity, OrderRequest, TimeInForce};
use manyworlds_components::price::Lots;
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;

use super::super::explain::Evidences;
use super::super::groups::Group;
use super::super::settings::DecisionPolicy;
use super::super::signals::Signal;
use super::sizing::Size;
use super::thresholds::Thresholds;
use crate::intents::{Intent, Intents};
use crate::microstructure::ImpactEstimate;

/// Who decides about what, and what they know.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub account: AccountId,
    pub symbol: SymbolId,
    pub policy: &'a DecisionPolicy,
    pub thresholds: &'a Thresholds,
    pub money: &'a Account,
    pub signal: &'a Signal,
    pub instrument: &'a Instrument,
    pub price: f64,
    pub lots: i64,
    pub impact: Option<&'a ImpactEstimate>,
}

/// Collects intents.
pub(super) struct Desk<'a> {
    pub now: Timestamp,
    pub step: u64,
    pub intents: &'a mut Intents,
    /// The probabilities that were asked for last, and their confidence: mostly they are the same again.
    pub confidence: &'a mut (Probabilities, f64),
}

impl Desk<'_> {
    /// The votes behind a signal, once per group and symbol.
    pub fn votes(
        &mut self,
        group: &Group,
        weights: &[f64],
        symbol: usize,
        said: &Forecasts,
        evidences: (&[Entity], &Query<&Evidences>),
    ) -> Range<u32> {
        let start = self.intents.votes.len();
        let mut total = 0.0;
        for (&m, weight) in group.models.iter().zip(weights) {
            let forecast = &said.0[m];
            let weight = if forecast.readiness.is_ready() { *weight } else { 0.0 };
            total += weight;
            let probabilities = forecast.probabilities;
            let evidence = evidences.1.get(evidences.0[m]).ok().and_then(|e| e.0.get(symbol)).copied();
            let evidence = evidence.unwrap_or_default();
            self.intents.votes.push(Vote { model: ModelId::from(m), probabilities, weight, evidence });
        }
        if total > 0.0 {
            self.intents.votes[start..].iter_mut().for_each(|v| v.weight /= total);
        }
        start as u32..self.intents.votes.len() as u32
    }

    /// A decision that needs no order.
    pub fn hold(&mut self, case: &Case<'_>, rule: DecisionRule, votes: &Range<u32>) {
        self.push(case, Action::Hold, rule, case.lots, votes, None);
    }

    /// Closes the position, or the part of it that is beyond `keep` lots (same sign, smaller).
    pub fn reduce(&mut self, case: &Case<'_>, keep: i64, rule: DecisionRule, votes: &Range<u32>) {
        let Some(side) = Side::of(keep - case.lots) else { return };
        let lots = (case.lots - keep).abs();
        let request =
            OrderRequest { reduce_only: true, ..OrderRequest::market(case.account, case.symbol, side, lots) };
        self.push(case, action(side), rule, keep, votes, Some(request));
    }

    /// Brings the position to `size` on `side`: an entry, an addition, or a flip.
    pub fn open(&mut self, case: &Case<'_>, side: Side, size: Size, rule: DecisionRule, votes: &Range<u32>) {
        let target = side.sign() * size.lots_at(case.price, case.money.equity, case.instrument);
        let quantity = match size {
            Size::Fraction(share) => OrderQuantity::EquityFraction(share),
            Size::Lots(_) => OrderQuantity::Lots(Lots((target - case.lots).abs())),
        };
        let policy = case.policy;
        let bracket = Bracket {
            take_profit: policy.take_profit,
            stop_loss: policy.stop_loss,
            trailing_stop: policy.trailing_stop,
        };
        let request = OrderRequest {
            account: case.account,
            symbol: case.symbol,
            side,
            kind: OrderKind::Market,
            quantity,
            time_in_force: TimeInForce::Gtc,
            reduce_only: false,
            oco_group: None,
            bracket: (bracket != Bracket::default()).then_some(bracket),
        };
        self.push(case, action(side), rule, target, votes, Some(request));
    }

    fn push(
        &mut self,
        case: &Case<'_>,
        action: Action,
        rule: DecisionRule,
        target: i64,
        votes: &Range<u32>,
        request: Option<OrderRequest>,
    ) {
        if self.confidence.0 != case.signal.probabilities {
            *self.confidence = (case.signal.probabilities, case.signal.confidence());
        }
        let reasons = Reasons {
            rule,
            combined: case.signal.probabilities,
            entry_threshold: case.thresholds.entry,
            exit_threshold: case.thresholds.exit,
            cut: None,
            expected_impact_bps: request
                .and_then(|_| case.impact?.expect_bps(case.instrument.quantity(Lots(target - case.lots)))),
        };
        let decision = Decision {
            ts: self.now,
            step: self.step,
            account: case.account,
            symbol: case.symbol,
            action,
            confidence: self.confidence.1,
            price: case.price,
            position: Lots(case.lots),
            target: Lots(target),
            reasons,
        };
        self.intents.intents.push(Intent { decision, votes: votes.clone(), request });
    }
}

fn action(side: Side) -> Action {
    match side {
        Side::Buy => Action::Buy,
        Side::Sell => Action::Sell,
    }
}
