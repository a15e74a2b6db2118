//! What accounts that have something to do make of a signal: the rules, and what follows from them.

use bevy_ecs::entity::Entity;
use bevy_ecs::prelude::Query;
use bevy_ecs::system::SystemParam;
use manyworlds_components::account::{Account, AccountStatus};
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::decision::DecisionRule;
use manyworlds_components::forecast::{Action, Forecasts};
use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::LastPrice;
use manyworlds_components::order::WorkingOrders;
use manyworlds_components::position::Position;
use manyworlds_components::side::Side;
use manyworlds_engine::{Column, ColumnMut, FeatureTable, Shared};

use super::super::explain::Evidences;
use super::super::groups::Group;
use super::super::performance::Performance;
use super::super::settings::{DecisionPolicy, Selection};
use super::super::signals::Signal;
use super::desk::{Case, Desk};
use super::{Additions, RegimeFeatures, Thresholds, size, verdict};
use crate::microstructure::ImpactEstimate;

/// What only accounts that act need.
#[derive(SystemParam)]
pub(in super::super) struct Acting<'w, 's> {
    pub(super) forecasts: Column<'w, Forecasts>,
    pub(super) evidences: Query<'w, 's, &'static Evidences>,
    pub(super) series: Column<'w, BarSeries>,
    pub(super) prices: Column<'w, LastPrice>,
    pub(super) instruments: Column<'w, Instrument>,
    pub(super) money: Column<'w, Account>,
    pub(super) policies: Column<'w, DecisionPolicy>,
    pub(super) performance: Column<'w, Performance>,
    pub(super) features: Option<Shared<'w, FeatureTable>>,
    /// Where a module estimates it.
    pub(super) impacts: Column<'w, ImpactEstimate>,
    additions: ColumnMut<'w, Additions>,
}

/// A signal on a symbol, and how the accounts stand to it.
pub(super) struct Heard<'a> {
    pub symbol: SymbolId,
    pub signal: &'a Signal,
    /// Whether the last ready model has just fallen silent.
    pub turned_cold: bool,
    pub group: &'a Group,
    /// By model of the group.
    pub weights: &'a [f64],
    /// By model.
    pub entities: &'a [Entity],
    /// By account.
    pub thresholds: &'a [Thresholds],
    /// By holding.
    pub positions: &'a [Position],
    /// By holding.
    pub working: &'a [WorkingOrders],
    pub record_holds: bool,
    pub regime: Option<RegimeFeatures>,
}

impl Heard<'_> {
    /// Takes `accounts` through the rules, in this order. Apart from the pass that finds them, which stays small by it.
    #[inline(never)]
    pub fn act(
        &self,
        acting: &mut Acting<'_, '_>,
        desk: &mut Desk<'_>,
        accounts: impl Iterator<Item = usize>,
    ) {
        let Self { symbol, signal, .. } = *self;
        let Acting { series, prices, instruments, money, policies, performance, .. } = acting;
        let Acting { features, impacts, additions, .. } = acting;
        let (forecasts, evidences) = (&acting.forecasts, &acting.evidences);
        let (row, first) = (symbol.index(), symbol.index() * self.thresholds.len());
        let odds = self.regime.zip(features.as_deref()).and_then(|(regime, table)| regime.odds(table, row));
        let mut votes = None;
        for a in accounts {
            let select = policies[a].select;
            if select == Selection::Elsewhere || (select != Selection::All && !self.turned_cold) {
                continue;
            }
            let votes = votes
                .get_or_insert_with(|| {
                    let evidences = (self.entities, evidences);
                    desk.votes(self.group, self.weights, row, &forecasts[row], evidences)
                })
                .clone();
            let case = Case {
                account: AccountId::from(a),
                symbol,
                policy: &policies[a],
                thresholds: &self.thresholds[a],
                money: &money[a],
                signal,
                instrument: &instruments[row],
                price: prices[row].price,
                lots: self.positions[first + a].lots,
                impact: impacts.get(row),
            };
            if !signal.any_ready {
                desk.hold(&case, DecisionRule::AllCold, &votes);
                continue;
            }
            let added = &mut additions[first + a].0;
            let (action, rule) =
                verdict(case.lots, *added, &signal.probabilities, case.thresholds, case.policy);
            let busy = self.working[first + a].count > 0;
            let side = if action == Action::Buy { Side::Buy } else { Side::Sell };
            let sized =
                || size(case.policy.size, case.price, &series[row], case.instrument, &performance[a], odds);
            let may_open = money[a].status == AccountStatus::Active;
            match rule {
                DecisionRule::Exit if !busy => desk.reduce(&case, 0, rule, &votes),
                DecisionRule::Enter | DecisionRule::Pyramid | DecisionRule::Flip if !busy => {
                    let parts = if rule == DecisionRule::Pyramid { f64::from(*added) + 2.0 } else { 1.0 };
                    match sized().filter(|_| may_open) {
                        Some(size) => {
                            *added = if rule == DecisionRule::Pyramid { *added + 1 } else { 0 };
                            desk.open(&case, side, size.times(parts), rule, &votes);
                        }
                        None if rule == DecisionRule::Flip => {
                            desk.reduce(&case, 0, DecisionRule::Exit, &votes);
                        }
                        None => {}
                    }
                }
                _ if self.record_holds => desk.hold(&case, rule, &votes),
                _ => {}
            }
        }
    }
}
