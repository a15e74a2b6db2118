//! Decide / Main: signals and positions become decisions and order requests.
//!
//! Per fresh symbol and run of accounts that share a signal, a dense pass without branches finds the accounts that
//! have something to do (`mark_hits`); where runs are short, only accounts about which something has changed are looked at
//! ([`Watch`]). Those that are found go through the rules. Accounts with orders on the way wait.

mod act;
mod desk;
mod rank;
mod rules;
mod sizing;
mod thresholds;
mod watch;

#[cfg(test)]
mod tests;

use bevy_ecs::component::Component;
use manyworlds_components::forecast::Probabilities;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::order::WorkingOrders;
use manyworlds_components::position::Position;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Blame, Column, Lazy, SharedMut};
use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::settings::{DecisionPolicy, Selection};
use super::workspace::{OrchestratorState, Workspace};
use crate::intents::Intents;
use crate::stirred::Stirred;
use act::{Acting, Heard};
use desk::Desk;
use rank::Plan;
pub use rank::Rebalances;
pub use rules::{allows, verdict};
pub use sizing::{RegimeFeatures, RegimeOdds, Size, annual_volatility, bars_needed, size};
pub use thresholds::Thresholds;
use thresholds::{Blocks, has_to_do, lean, mark_hits};
use watch::Watch;

/// How often the open position was added to. On holding entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Component, Serialize, Deserialize)]
pub struct Additions(pub u32);

/// What is fixed about deciding, and buffers.
#[derive(Debug)]
pub struct Deciding {
    trade_from: Timestamp,
    record_holds: bool,
    regime: Option<RegimeFeatures>,
    blocks: Vec<Blocks>,
    plans: Vec<Plan>,
    /// By run of accounts: whether any of them goes by thresholds.
    by_threshold: Vec<bool>,
    hits: Vec<u8>,
    /// Where runs are short.
    watch: Option<Watch>,
    targets: rank::Targets,
    confidence: (Probabilities, f64),
}

impl Deciding {
    pub(super) fn new(
        policies: &[DecisionPolicy],
        groups: &Groups,
        record_holds: bool,
        regime: Option<RegimeFeatures>,
    ) -> Self {
        let goes = |p: &DecisionPolicy| p.select == Selection::All;
        Self {
            trade_from: Timestamp::MIN,
            record_holds,
            regime,
            blocks: policies.iter().map(Blocks::of).collect(),
            plans: rank::plans(policies, groups),
            by_threshold: groups.runs.iter().map(|(_, run)| policies[run.clone()].iter().any(goes)).collect(),
            hits: vec![0; policies.len()],
            watch: groups.scattered.then(|| Watch::new(groups)),
            targets: rank::Targets::default(),
            confidence: (Probabilities::UNIFORM, Probabilities::UNIFORM.confidence()),
        }
    }

    /// Nobody decides before this time.
    pub(super) fn trade_from(&mut self, time: Timestamp) {
        self.trade_from = time;
    }

    /// Accounts go by these policies from now on; which models they listen to and how symbols are chosen stays.
    pub(super) fn follow(&mut self, policies: &[DecisionPolicy]) {
        self.blocks.clear();
        self.blocks.extend(policies.iter().map(Blocks::of));
        self.watch.iter_mut().for_each(Watch::forget);
    }

    pub(super) fn plans(&self) -> usize {
        self.plans.len()
    }
}

/// Decides.
pub(super) fn decide(
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    mut intents: SharedMut<'_, Intents>,
    thresholds: Column<'_, Thresholds>,
    (positions, working): (Column<'_, Position>, Column<'_, WorkingOrders>),
    mut stirred: Option<SharedMut<'_, Stirred>>,
    mut acting: Lazy<'_, '_, Acting<'static, 'static>>,
) -> bevy_ecs::error::Result {
    let Workspace { fresh, deciding, turns, now, .. } = &mut *space;
    if fresh.symbols().is_empty() {
        return Ok(());
    }
    if *now < deciding.trade_from {
        deciding.watch.iter_mut().for_each(Watch::forget);
        return Ok(());
    }
    let known = Known { thresholds: &thresholds, positions: &positions, working: &working };
    if let Some(watch) = &mut deciding.watch {
        let symbols = positions.len() / thresholds.len();
        watch.follow(symbols, &thresholds, turns, stirred.as_deref_mut().map(Stirred::drain));
    }
    for at in 0..space.fresh.symbols().len() {
        let symbol = SymbolId(space.fresh.symbols()[at]);
        go_through(&mut space, &state, &known, &mut acting, &mut intents, symbol)?;
    }
    if !space.deciding.plans.is_empty() {
        rebalance(&mut space, &mut state, &known, acting.get()?, &mut intents);
    }
    Blame::clear();
    Ok(())
}

/// Takes the accounts that have something to do on a symbol through the rules, run by run.
fn go_through(
    space: &mut Workspace,
    state: &OrchestratorState,
    known: &Known<'_>,
    acting: &mut Lazy<'_, '_, Acting<'static, 'static>>,
    intents: &mut Intents,
    symbol: SymbolId,
) -> bevy_ecs::error::Result {
    let Workspace { groups, models: entities, now, step, deciding, .. } = space;
    let (groups, entities, step) = (&**groups, entities.as_slice(), *step);
    let OrchestratorState { signals, weights, .. } = state;
    let Known { thresholds, positions, working } = *known;
    let Deciding { record_holds, regime, blocks, by_threshold, hits, watch, confidence, .. } =
        &mut **deciding;
    let (record_holds, regime) = (*record_holds, *regime);
    let mut desk = Desk { now: *now, step, intents, confidence };
    let first = symbol.index() * thresholds.len();
    let heard = |g: usize| {
        let signal = signals.get(g, symbol);
        let (turned_cold, group) = (signal.cold_since == step, &groups.groups[g]);
        let weights = weights.of_group(g);
        Heard {
            symbol,
            signal,
            turned_cold,
            group,
            weights,
            entities,
            thresholds,
            positions,
            working,
            record_holds,
            regime,
        }
    };
    if let Some(watch) = watch {
        let signals = signals.of_symbol(symbol);
        let found = watch.look(symbol.index(), |a| {
            let own = (&positions[first + a], &working[first + a]);
            has_to_do(&signals[groups.of_account[a]], (step, record_holds), (&thresholds[a], &blocks[a]), own)
        });
        for accounts in found.chunk_by(|a, b| groups.run_of(*a) == groups.run_of(*b)) {
            Blame::symbol(symbol);
            let heard = heard(groups.of_account[accounts[0] as usize]);
            heard.act(acting.get()?, &mut desk, accounts.iter().map(|a| *a as usize));
        }
        return Ok(());
    }
    for ((g, run), by_threshold) in groups.runs.iter().zip(&*by_threshold) {
        let signal = signals.get(*g, symbol);
        let run_hits = &mut hits[run.clone()];
        match lean(&signal.probabilities).filter(|_| signal.any_ready) {
            _ if signal.cold_since == step || (record_holds && *by_threshold) => run_hits.fill(1),
            _ if !by_threshold => continue,
            // Thresholds are above 1/3: below it nobody acts.
            Some((action, p)) if p > 1.0 / 3.0 => {
                let held = first + run.start..first + run.end;
                mark_hits(
                    (action, p),
                    &thresholds[run.clone()],
                    &blocks[run.clone()],
                    positions[held.clone()].iter().map(|p| p.lots),
                    working[held].iter().map(|w| w.count > 0),
                    run_hits,
                );
            }
            _ => continue,
        }
        if run_hits.iter().any(|h| *h != 0) {
            Blame::symbol(symbol);
            heard(*g).act(acting.get()?, &mut desk, run.clone().filter(|a| hits[*a] != 0));
        }
    }
    Ok(())
}

/// What stands on accounts and holdings.
struct Known<'a> {
    thresholds: &'a [Thresholds],
    positions: &'a [Position],
    working: &'a [WorkingOrders],
}

/// Lets the cross-sectional policies decide whose time has come. Apart from the rest: most runs have none.
#[inline(never)]
fn rebalance(
    space: &mut Workspace,
    state: &mut OrchestratorState,
    known: &Known<'_>,
    acting: &Acting<'_, '_>,
    intents: &mut Intents,
) {
    let Workspace { groups, models: entities, now, step, deciding, .. } = space;
    let OrchestratorState { signals, weights, rebalances, .. } = state;
    let Deciding { regime, plans, targets, confidence, .. } = &mut **deciding;
    let mut desk = Desk { now: *now, step: *step, intents, confidence };
    let accounts = known.thresholds.len();
    for (plan, last) in plans.iter().zip(&mut rebalances.0) {
        if !plan.is_due(*now, last) {
            continue;
        }
        plan.rank(signals.of_group(plan.group), targets);
        let Acting { forecasts, evidences, series, prices, instruments, money, .. } = acting;
        let Acting { policies, performance, features, impacts, .. } = acting;
        let regimes = regime.zip(features.as_deref());
        let signals = (&**signals, plan.group);
        let market = rank::Market { series, prices, instruments, regimes, impacts, signals };
        let (weights, group) = (weights.of_group(plan.group), &groups.groups[plan.group]);
        for &a in &plan.accounts {
            let who = rank::Who {
                account: a,
                policy: &policies[a],
                thresholds: &known.thresholds[a],
                money: &money[a],
                performance: &performance[a],
            };
            let holding = |symbol: usize| {
                let at = symbol * accounts + a;
                (known.positions[at].lots, known.working[at].count > 0)
            };
            rank::rebalance(&who, &market, targets, holding, &mut desk, |desk, symbol| {
                desk.votes(group, weights, symbol, &forecasts[symbol], (entities, evidences))
            });
        }
    }
}
