//! Decide / First: accounts that work a parent order send what is due.

use bevy_ecs::prelude::Resource;
use bevy_ecs::system::SystemParam;
use manyworlds_components::account::{Account, AccountStatus};
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::book::OrderBook;
use manyworlds_components::decision::{Decision, DecisionRule, Evidence, Reasons, Vote};
use manyworlds_components::forecast::{Action, Probabilities};
use manyworlds_components::ids::{AccountId, ModelId, SymbolId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::LastPrice;
use manyworlds_components::order::{OrderKind, OrderRequest, TimeInForce, WorkingOrders};
use manyworlds_components::own_orders::OwnOrders;
use manyworlds_components::position::Position;
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::{BookSide, Side};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Blame, Clock, Column, Shared, SharedMut};
use serde::{Deserialize, Serialize};

use super::schedule::{ended, slice_start, targets};
use super::settings::{ExecutionSettings, SliceOrders};
use super::volume_profile::VolumeByTime;
use crate::intents::{Intent, Intents};
use crate::microstructure::ImpactEstimate;

/// Who works what. Constant.
#[derive(Debug, Default, Resource)]
pub struct Executors {
    /// In the order of accounts.
    pub parents: Vec<ParentPlan>,
    /// Number of accounts of the world.
    pub accounts: usize,
    /// Nobody trades before this time.
    pub trade_from: Timestamp,
}

/// A parent order. Constant.
#[derive(Debug)]
pub struct ParentPlan {
    /// Whose.
    pub account: AccountId,
    /// Of what.
    pub symbol: SymbolId,
    /// Its grids.
    pub instrument: Instrument,
    /// What was asked.
    pub settings: ExecutionSettings,
    /// Whether it has an order book of its own venue.
    pub has_book: bool,
    /// Lots in all.
    pub lots: i64,
    /// Which of [`ParentOrders::volumes`] it learns from.
    pub volumes: Option<usize>,
}

/// How far a parent order is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ParentOrder {
    /// The first step of it; `None` before.
    pub started: Option<Timestamp>,
    /// The price when it began, in quote units: the mid of the book, or the last price where there is none.
    pub arrival_price: f64,
    /// Signed lots held when it began.
    pub lots_before: i64,
    /// Lots to be done by the end of each slice.
    pub targets: Vec<i64>,
    /// Lots done, as far as its owner has heard.
    pub done: i64,
    /// Nothing is sent again before this time, lest what is refused is sent in every step.
    pub not_before: Timestamp,
}

/// All parent orders, and what is learned for them. State.
#[derive(Debug, Clone, PartialEq, Default, Resource, Serialize, Deserialize)]
pub struct ParentOrders {
    /// As [`Executors::parents`].
    pub parents: Vec<ParentOrder>,
    /// Volume by time of day, one for each symbol and way to learn.
    pub volumes: Vec<(SymbolId, VolumeByTime)>,
}

/// What a parent order looks at.
#[derive(SystemParam)]
pub(super) struct Sight<'w> {
    series: Column<'w, BarSeries>,
    prices: Column<'w, LastPrice>,
    money: Column<'w, Account>,
    positions: Column<'w, Position>,
    working: Column<'w, WorkingOrders>,
    books: Column<'w, OrderBook>,
    own: Column<'w, OwnOrders>,
    /// Where a module estimates it.
    impacts: Column<'w, ImpactEstimate>,
}

impl Sight<'_> {
    /// The best prices of a symbol's own book, if it can be relied upon.
    fn top(&self, symbol: usize) -> Option<(Ticks, Ticks)> {
        let book = self.books.get(symbol).filter(|book| book.is_live() && !book.is_halted())?;
        book.top().filter(|(bid, ask)| bid < ask)
    }

    /// Signed lots held, and whether any order is under way, as far as the account has heard.
    fn heard(&self, row: usize, has_book: bool) -> (i64, bool) {
        match self.own.get(row).filter(|_| has_book) {
            Some(own) => (own.lots, !own.orders.is_empty()),
            None => (self.positions[row].lots, self.working[row].count > 0),
        }
    }
}

/// Sends what is due.
pub(super) fn execute(
    (clock, executors): (Shared<'_, Clock>, Shared<'_, Executors>),
    mut orders: SharedMut<'_, ParentOrders>,
    mut intents: SharedMut<'_, Intents>,
    sight: Sight<'_>,
) {
    let ParentOrders { parents, volumes } = &mut *orders;
    for (symbol, volume) in volumes.iter_mut() {
        volume.take_in(&sight.series[symbol.index()], clock.step);
    }
    for (plan, parent) in executors.parents.iter().zip(parents) {
        let from = plan.settings.start.unwrap_or(Timestamp::MIN).max(executors.trade_from);
        if clock.now < from {
            continue;
        }
        Blame::symbol(plan.symbol);
        let (s, a) = (plan.symbol.index(), plan.account.index());
        let (held, busy) = sight.heard(s * executors.accounts + a, plan.has_book);
        let top = sight.top(s).filter(|_| plan.has_book);
        let last = sight.prices[s];
        if parent.started.is_none() {
            let mid = top.map(|(bid, ask)| 0.5 * (plan.instrument.price(bid) + plan.instrument.price(ask)));
            let Some(arrival) = mid.or_else(|| last.is_known().then_some(last.price)) else { continue };
            let start = plan.settings.start.unwrap_or(clock.now);
            let expected = |a, b| plan.volumes.map_or(0.0, |at| volumes[at].1.between(a, b));
            *parent = ParentOrder {
                started: Some(start),
                arrival_price: arrival,
                lots_before: held,
                targets: targets(&plan.settings, start, plan.lots, expected),
                done: 0,
                not_before: clock.now,
            };
        }
        let side = plan.settings.side;
        parent.done = side.sign() * (held - parent.lots_before);
        let stopped = sight.money[a].status != AccountStatus::Active;
        if busy || stopped || parent.done >= plan.lots || clock.now < parent.not_before {
            continue;
        }
        if let Some((rule, request)) = due(plan, parent, clock.now, (top, last.price)) {
            let mut decision =
                explain(plan, parent, (&clock, held, last.price), (rule, &request), &mut intents);
            let lots = Lots((decision.target.0 - held).abs());
            let impact = sight.impacts.get(s);
            decision.reasons.expected_impact_bps =
                impact.and_then(|impact| impact.expect_bps(plan.instrument.quantity(lots)));
            let votes = intents.votes.len() as u32 - 1..intents.votes.len() as u32;
            intents.intents.push(Intent { decision, votes, request: Some(request) });
        }
    }
}

/// What an idle parent order sends now: first what slices that have ended left undone, at the market; then the slice that goes on.
pub(super) fn due(
    plan: &ParentPlan,
    parent: &mut ParentOrder,
    now: Timestamp,
    (top, last): (Option<(Ticks, Ticks)>, f64),
) -> Option<(DecisionRule, OrderRequest)> {
    let start = parent.started?;
    let (settings, side) = (&plan.settings, plan.settings.side);
    let over = ended(start, settings.end, settings.slices, now);
    let behind = over.checked_sub(1).map_or(0, |i| parent.targets[i as usize]) - parent.done;
    let wanted = parent.targets.get(over as usize).copied().unwrap_or(plan.lots) - parent.done;
    let market = |lots| OrderRequest::market(plan.account, plan.symbol, side, lots);
    let until = slice_start(start, settings.end, settings.slices, (over + 1).min(settings.slices));
    let sent = if behind > 0 {
        (DecisionRule::CatchUp, market(behind))
    } else if wanted <= 0 {
        return None;
    } else if settings.orders == SliceOrders::Market {
        (DecisionRule::Slice, market(wanted))
    } else {
        let own_best = top.map(|(bid, ask)| if BookSide::from(side) == BookSide::Bid { bid } else { ask });
        let price = own_best.unwrap_or_else(|| plan.instrument.ticks(last));
        let time_in_force = TimeInForce::Gtd(until);
        let kind = OrderKind::Limit { price };
        (DecisionRule::Slice, OrderRequest { kind, time_in_force, ..market(wanted) })
    };
    let slice = (settings.end - start) / i64::from(settings.slices.max(1));
    parent.not_before = now + (slice / 10).max(1);
    Some(sent)
}

/// The decision behind an order, with what it goes by as its one vote.
fn explain(
    plan: &ParentPlan,
    parent: &ParentOrder,
    (clock, held, last): (&Clock, i64, f64),
    (rule, request): (DecisionRule, &OrderRequest),
    intents: &mut Intents,
) -> Decision {
    let side = request.side;
    let lots = match request.quantity {
        manyworlds_components::order::OrderQuantity::Lots(lots) => lots.0,
        manyworlds_components::order::OrderQuantity::EquityFraction(_) => 0,
    };
    let mut evidence = Evidence::default();
    evidence.add("arrival", parent.arrival_price);
    evidence.add("parent", plan.instrument.quantity(Lots(plan.lots)));
    evidence.add("done", plan.instrument.quantity(Lots(parent.done)));
    let probabilities = Probabilities::UNIFORM;
    intents.votes.push(Vote { model: ModelId::POLICY, probabilities, weight: 1.0, evidence });
    Decision {
        ts: clock.now,
        step: clock.step,
        account: plan.account,
        symbol: plan.symbol,
        action: if side == Side::Buy { Action::Buy } else { Action::Sell },
        confidence: 0.0,
        price: last,
        position: Lots(held),
        target: Lots(held + side.sign() * lots),
        reasons: Reasons {
            rule,
            combined: probabilities,
            entry_threshold: 0.0,
            exit_threshold: 0.0,
            cut: None,
            expected_impact_bps: None,
        },
    }
}
