//! Decide / First: accounts that make markets look at their quotes.

use bevy_ecs::prelude::Resource;
use manyworlds_components::account::{Account, AccountStatus};
use manyworlds_components::book::OrderBook;
use manyworlds_components::decision::{Decision, DecisionRule, Evidence, Reasons, Vote};
use manyworlds_components::forecast::{Action, Probabilities};
use manyworlds_components::ids::{AccountId, ModelId, SymbolId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::order::{OrderKind, OrderRequest, TimeInForce, VenueMessage};
use manyworlds_components::own_orders::OwnOrders;
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Blame, Clock, Column, FeatureTable, Shared, SharedMut, WantedFeature};
use serde::{Deserialize, Serialize};

use super::mid_volatility::MidVolatility;
use super::pricing::{Plan, TopOfBook, Wanted, wanted};
use super::reconcile::{Change, Room, reconcile};
use crate::intents::{Intent, Intents};
use crate::microstructure::ImpactEstimate;

/// Who quotes what. Constant.
#[derive(Debug, Default, Resource)]
pub struct Quoters {
    /// By symbol that somebody quotes.
    pub symbols: Vec<Quoted>,
    /// Number of accounts of the world.
    pub accounts: usize,
    /// Nobody quotes before this time.
    pub trade_from: Timestamp,
    /// Whether looks that change nothing are recorded, too.
    pub record_holds: bool,
    /// Stoikov's microprice, if somebody quotes around it.
    pub microprice: Option<WantedFeature>,
}

/// A symbol that is quoted.
#[derive(Debug)]
pub struct Quoted {
    /// Which.
    pub symbol: SymbolId,
    /// Its grids.
    pub instrument: Instrument,
    /// Half lives of the volatility estimates of this symbol, and where they stand in [`MidVolatilities`].
    pub half_lives: Vec<(i64, usize)>,
    /// Who quotes it: account, plan, and the estimate that it reads.
    pub plans: Vec<(AccountId, Plan, Option<usize>)>,
}

/// Estimates of how fast mids move; one per symbol and half life. State.
#[derive(Debug, Clone, PartialEq, Default, Resource, Serialize, Deserialize)]
pub struct MidVolatilities(pub Vec<MidVolatility>);

/// Looks at the quotes of every account whose time has come.
pub(super) fn quote(
    (clock, quoters): (Shared<'_, Clock>, Shared<'_, Quoters>),
    mut volatilities: SharedMut<'_, MidVolatilities>,
    mut intents: SharedMut<'_, Intents>,
    (books, own, money): (Column<'_, OrderBook>, Column<'_, OwnOrders>, Column<'_, Account>),
    (features, impacts): (Option<Shared<'_, FeatureTable>>, Column<'_, ImpactEstimate>),
) {
    for quoted in &quoters.symbols {
        let book = &books[quoted.symbol.index()];
        let mut top = top(book);
        for (half_life, at) in &quoted.half_lives {
            match &top {
                Some(top) => volatilities.0[*at].observe(clock.now, top.mid(), *half_life),
                None => volatilities.0[*at].interrupt(),
            }
        }
        if clock.now < quoters.trade_from {
            continue;
        }
        if let (Some(top), Some(wanted)) = (&mut top, quoters.microprice) {
            let price = features.as_ref().and_then(|table| table.get(quoted.symbol, wanted));
            top.microprice = price.map(|price| quoted.instrument.tick_size.count(price));
        }
        Blame::symbol(quoted.symbol);
        let (mut interval, mut due) = (0, false);
        for (account, plan, estimate) in &quoted.plans {
            if plan.requote != interval {
                interval = plan.requote;
                due = is_due(&clock, interval);
            }
            if !due {
                continue;
            }
            let own = &own[quoted.symbol.index() * quoters.accounts + account.index()];
            let money = &money[account.index()];
            let half_life = |at: usize| quoted.half_lives.iter().find(|h| h.1 == at).map_or(1, |h| h.0);
            let variance = estimate.and_then(|at| volatilities.0[at].per_second(half_life(at)));
            let may = money.status == AccountStatus::Active;
            let target = top.as_ref().filter(|_| may);
            let target = target.and_then(|top| wanted(plan, top, own.lots, clock.now, variance));
            let impact = impacts.get(quoted.symbol.index());
            let best = top.as_ref().map(|top| (top.bid, top.ask));
            let look = Look { clock: &clock, quoted, account: *account, plan, own, money, impact, best };
            look.change(target, quoters.record_holds, &mut intents);
        }
    }
}

/// Whether a multiple of the interval lies after the step before and not after this one.
#[inline]
fn is_due(clock: &Clock, interval: i64) -> bool {
    clock.previous == Timestamp::MIN
        || clock.now.0.div_euclid(interval) != clock.previous.0.div_euclid(interval)
}

/// The best prices of a book that can be relied upon.
fn top(book: &OrderBook) -> Option<TopOfBook> {
    if !book.is_live() || book.is_halted() || book.is_crossed() {
        return None;
    }
    let (bid, ask) = (book.best_bid()?, book.best_ask()?);
    Some(TopOfBook {
        bid: bid.price.0,
        ask: ask.price.0,
        bid_size: bid.size.0,
        ask_size: ask.size.0,
        microprice: None,
    })
}

/// One account's look at one symbol.
struct Look<'a> {
    clock: &'a Clock,
    quoted: &'a Quoted,
    account: AccountId,
    plan: &'a Plan,
    own: &'a OwnOrders,
    money: &'a Account,
    /// Where a module estimates it.
    impact: Option<&'a ImpactEstimate>,
    /// Best bid and ask, in ticks.
    best: Option<(i64, i64)>,
}

impl Look<'_> {
    /// Makes the quotes what they should be, and says why, once per new quote and once where quotes are taken back without new ones.
    fn change(&self, target: Option<Wanted>, record_holds: bool, intents: &mut Intents) {
        let room = Room {
            size: self.plan.size,
            most: self.plan.most,
            least: self.plan.least,
            affordable: target.filter(|_| self.plan.cash_only).map(|t| self.affordable(&t)),
        };
        let (mut canceled, mut placed) = (false, false);
        let mut votes = None;
        for side in [Side::Buy, Side::Sell] {
            let price = target.and_then(|t| if side == Side::Buy { t.bid } else { t.ask });
            reconcile(self.own, side, price, &room, |change| match change {
                Change::Cancel(order) => {
                    canceled = true;
                    let cancel = VenueMessage::Cancel(order);
                    intents.messages.push((self.account, self.quoted.symbol, cancel));
                }
                Change::Place { side, price, lots } => {
                    placed = true;
                    let votes = votes.get_or_insert_with(|| self.grounds(target.as_ref(), intents)).clone();
                    let time_in_force = if self.plan.post_only { TimeInForce::Gtx } else { TimeInForce::Gtc };
                    let request = OrderRequest {
                        kind: OrderKind::Limit { price },
                        time_in_force,
                        ..OrderRequest::market(self.account, self.quoted.symbol, side, lots)
                    };
                    let action = if side == Side::Buy { Action::Buy } else { Action::Sell };
                    let mut decision =
                        self.decision(DecisionRule::Quote, action, side.sign() * lots, target.as_ref());
                    decision.reasons.expected_impact_bps = self.expected_impact_bps(side, price, lots);
                    intents.intents.push(Intent { decision, votes, request: Some(request) });
                }
            });
        }
        if placed || !(canceled || record_holds) {
            return;
        }
        let votes = self.grounds(target.as_ref(), intents);
        let rule = if canceled { DecisionRule::Withdraw } else { DecisionRule::QuotesStand };
        let decision = self.decision(rule, Action::Hold, 0, target.as_ref());
        intents.intents.push(Intent { decision, votes, request: None });
    }

    /// What a quote is expected to move the price by: nothing if it rests.
    fn expected_impact_bps(&self, side: Side, price: Ticks, lots: i64) -> Option<f64> {
        let reaches = self.best.is_some_and(|(bid, ask)| match side {
            Side::Buy => price.0 >= ask,
            Side::Sell => price.0 <= bid,
        });
        let takes = reaches && !self.plan.post_only;
        self.impact?.expect_order_bps(self.quoted.instrument.quantity(Lots(lots)), takes)
    }

    /// Lots that cash pays for at the price of the bid, with a thousandth to spare for fees.
    fn affordable(&self, target: &Wanted) -> i64 {
        let instrument = &self.quoted.instrument;
        let price = target.bid.map_or(0.0, |bid| instrument.tick_size.to_f64(bid));
        if price > 0.0 { instrument.lots(0.999 * self.money.cash.max(0.0) / price).0 } else { 0 }
    }

    /// What a decision rests on, in quote units, as its one vote.
    fn grounds(&self, target: Option<&Wanted>, intents: &mut Intents) -> std::ops::Range<u32> {
        let start = intents.votes.len() as u32;
        let Some(target) = target else { return start..start };
        let tick = self.quoted.instrument.tick_size.value();
        let mut evidence = Evidence::default();
        evidence.add("fair", target.fair * tick);
        evidence.add("shift", target.shift * tick);
        evidence.add("half spread", target.half_spread * tick);
        intents.votes.push(Vote {
            model: ModelId::POLICY,
            probabilities: Probabilities::UNIFORM,
            weight: 1.0,
            evidence,
        });
        start..start + 1
    }

    fn decision(&self, rule: DecisionRule, action: Action, lots: i64, target: Option<&Wanted>) -> Decision {
        let tick = self.quoted.instrument.tick_size;
        Decision {
            ts: self.clock.now,
            step: self.clock.step,
            account: self.account,
            symbol: self.quoted.symbol,
            action,
            confidence: 0.0,
            price: target.map_or(0.0, |t| t.fair * tick.value()),
            position: Lots(self.own.lots),
            target: Lots(self.own.lots + lots),
            reasons: Reasons {
                rule,
                combined: Probabilities::UNIFORM,
                entry_threshold: 0.0,
                exit_threshold: 0.0,
                cut: None,
                expected_impact_bps: None,
            },
        }
    }
}
