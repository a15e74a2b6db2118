//! Cross-sectional policies: at every rebalance symbols are ranked by score and the best (worst) are held.

use std::ops::Range;

use manyworlds_components::account::{Account, AccountStatus};
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::decision::DecisionRule;
use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::LastPrice;
use manyworlds_components::side::Side;
use manyworlds_components::time::{Frame, Timestamp, civil_from_days};
use manyworlds_engine::FeatureTable;
use serde::{Deserialize, Serialize};

use super::super::groups::Groups;
use super::super::performance::Performance;
use super::super::settings::{AllowedSide, DecisionPolicy, Rebalance, Selection, Sizing};
use super::super::signals::{Signal, Signals};
use super::allows;
use super::desk::{Case, Desk};
use super::sizing::{RegimeFeatures, size};
use super::thresholds::Thresholds;
use crate::microstructure::ImpactEstimate;

/// The period of the last rebalance of every plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rebalances(pub(super) Vec<i64>);

impl Rebalances {
    pub(in super::super) fn new(plans: usize) -> Self {
        Self(vec![i64::MIN; plans])
    }
}

/// One ranking that accounts share.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub group: usize,
    pub accounts: Vec<usize>,
    top: f64,
    bottom: f64,
    rebalance: Rebalance,
}

/// The rankings that the policies ask for.
pub(super) fn plans(policies: &[DecisionPolicy], groups: &Groups) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    for (account, policy) in policies.iter().enumerate() {
        let Selection::Rank { top, bottom, rebalance } = policy.select else { continue };
        let top = if policy.side == AllowedSide::ShortOnly { 0.0 } else { top };
        let bottom = if policy.side == AllowedSide::LongOnly { 0.0 } else { bottom };
        let plan =
            Plan { group: groups.of_account[account], accounts: vec![account], top, bottom, rebalance };
        match plans.iter_mut().find(|p| p.is_like(&plan)) {
            Some(known) => known.accounts.push(account),
            None => plans.push(plan),
        }
    }
    plans
}

/// What a ranking chose: +1, 0 or -1 per symbol.
#[derive(Debug, Default)]
pub(super) struct Targets {
    order: Vec<(f64, u32)>,
    directions: Vec<i8>,
    chosen: usize,
}

impl Plan {
    fn is_like(&self, other: &Self) -> bool {
        (self.group, self.top, self.bottom, self.rebalance)
            == (other.group, other.top, other.bottom, other.rebalance)
    }

    /// Whether a new period has begun; remembers it.
    pub fn is_due(&self, now: Timestamp, last: &mut i64) -> bool {
        let period = period(self.rebalance, now);
        self.rebalance == Rebalance::Step || std::mem::replace(last, period) != period
    }

    /// Ranks the ready symbols by score. The number held is the share of them, rounded down but at least one; ties go
    /// to the symbol that the scenario names first.
    pub fn rank<'a>(&self, signals: impl Iterator<Item = &'a Signal>, targets: &mut Targets) {
        let Targets { order, directions, chosen } = targets;
        order.clear();
        let mut symbols = 0;
        let ready = signals.enumerate().inspect(|(i, _)| symbols = i + 1);
        let ready = ready.filter(|(_, s)| s.any_ready && s.score.is_finite());
        order.extend(ready.map(|(i, s)| (s.score, i as u32)));
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let n = order.len();
        let count = |share: f64| match share {
            s if s <= 0.0 || n == 0 => 0,
            s => ((s * n as f64 + 1e-9) as usize).clamp(1, n),
        };
        let long = count(self.top);
        let short = count(self.bottom).min(n - long);
        directions.clear();
        directions.resize(symbols, 0);
        order[..long].iter().for_each(|(_, i)| directions[*i as usize] = 1);
        order[n - short..].iter().for_each(|(_, i)| directions[*i as usize] = -1);
        *chosen = long + short;
    }
}

fn period(rebalance: Rebalance, now: Timestamp) -> i64 {
    match rebalance {
        Rebalance::Step => 0,
        Rebalance::Daily => now.day(),
        Rebalance::Weekly => Frame::WEEK.floor(now).day(),
        Rebalance::Monthly => {
            let (year, month, _) = civil_from_days(now.day());
            year * 12 + i64::from(month)
        }
    }
}

/// Columns by symbol.
pub(super) struct Market<'a> {
    pub series: &'a [BarSeries],
    pub prices: &'a [LastPrice],
    pub instruments: &'a [Instrument],
    pub regimes: Option<(RegimeFeatures, &'a FeatureTable)>,
    pub impacts: &'a [ImpactEstimate],
    /// Those of a group.
    pub signals: (&'a Signals, usize),
}

/// Who rebalances.
pub(super) struct Who<'a> {
    pub account: usize,
    pub policy: &'a DecisionPolicy,
    pub thresholds: &'a Thresholds,
    pub money: &'a Account,
    pub performance: &'a Performance,
}

/// Moves an account to what the ranking chose: first everything that reduces, so that its proceeds are on the way
/// before what increases. Shares of equity are divided by the number of symbols held, so that gross exposure is the
/// policy's share; fixed quantities and notionals hold per symbol. A holding with orders on the way is left alone.
pub(super) fn rebalance(
    who: &Who<'_>,
    market: &Market<'_>,
    targets: &Targets,
    holding: impl Fn(usize) -> (i64, bool),
    desk: &mut Desk<'_>,
    mut votes: impl FnMut(&mut Desk<'_>, usize) -> Range<u32>,
) {
    let rule = DecisionRule::Rebalance;
    let part = match who.policy.size {
        Sizing::Quantity(_) | Sizing::Notional(_) => 1.0,
        _ => 1.0 / targets.chosen.max(1) as f64,
    };
    for increasing in [false, true] {
        for (symbol, &direction) in targets.directions.iter().enumerate() {
            let (lots, busy) = holding(symbol);
            if busy || (direction == 0 && lots == 0) || !market.prices[symbol].is_known() {
                continue;
            }
            let case = Case {
                account: AccountId::from(who.account),
                symbol: SymbolId::from(symbol),
                policy: who.policy,
                thresholds: who.thresholds,
                money: who.money,
                signal: market.signals.0.get(market.signals.1, SymbolId::from(symbol)),
                instrument: &market.instruments[symbol],
                price: market.prices[symbol].price,
                lots,
                impact: market.impacts.get(symbol),
            };
            let direction = i64::from(direction);
            let open = (direction != 0 && allows(who.policy.side, direction))
                .then(|| {
                    size(
                        who.policy.size,
                        case.price,
                        &market.series[symbol],
                        case.instrument,
                        who.performance,
                        market.regimes.and_then(|(regime, table)| regime.odds(table, symbol)),
                    )
                })
                .flatten()
                .filter(|_| who.money.status == AccountStatus::Active)
                .map(|size| size.times(part));
            let target =
                open.map_or(0, |s| direction * s.lots_at(case.price, who.money.equity, case.instrument));
            let reduces = lots != 0 && target.signum() * lots.signum() >= 0 && target.abs() < lots.abs();
            match open {
                _ if target == lots || reduces == increasing => {}
                _ if reduces => {
                    let votes = votes(desk, symbol);
                    desk.reduce(&case, target, rule, &votes);
                }
                Some(size) => {
                    let side = if direction > 0 { Side::Buy } else { Side::Sell };
                    let votes = votes(desk, symbol);
                    desk.open(&case, side, size, rule, &votes);
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(scores: &[Option<f64>]) -> Vec<Signal> {
        let signal = |s: &Option<f64>| Signal {
            score: s.unwrap_or_default(),
            any_ready: s.is_some(),
            ..Signal::default()
        };
        scores.iter().map(signal).collect()
    }

    fn plan(top: f64, bottom: f64, rebalance: Rebalance) -> Plan {
        Plan { group: 0, accounts: vec![0], top, bottom, rebalance }
    }

    #[test]
    fn the_best_and_the_worst_of_the_ready() {
        let mut targets = Targets::default();
        let signals = signals(&[Some(1.0), None, Some(3.0), Some(3.0), Some(f64::NAN), Some(-1.0)]);
        plan(0.25, 0.25, Rebalance::Step).rank(signals.iter(), &mut targets);
        assert_eq!(targets.directions, [0, 0, 1, 0, 0, -1]);
        plan(0.5, 0.0, Rebalance::Step).rank(signals.iter(), &mut targets);
        assert_eq!((targets.directions.as_slice(), targets.chosen), (&[0, 0, 1, 1, 0, 0][..], 2));
        plan(0.9, 0.9, Rebalance::Step).rank(signals[1..2].iter(), &mut targets);
        assert_eq!((targets.directions.as_slice(), targets.chosen), (&[0][..], 0));
    }

    #[test]
    fn periods_begin_on_calendar_borders() {
        let day = |d: i64| Timestamp(d * Frame::DAY.nanos());
        let due = |rebalance, days: &[i64]| {
            let (plan, mut last) = (plan(0.1, 0.0, rebalance), i64::MIN);
            days.iter().map(|d| plan.is_due(day(*d), &mut last)).collect::<Vec<_>>()
        };
        // 19357 is Sunday 2022-12-31 + 0; 19358 is Sunday 2023-01-01; 19359 is a Monday; 19389 is 2023-02-01.
        assert_eq!(
            due(Rebalance::Monthly, &[19_357, 19_358, 19_359, 19_388, 19_389]),
            [true, true, false, false, true]
        );
        assert_eq!(due(Rebalance::Weekly, &[19_357, 19_358, 19_359, 19_360]), [true, false, true, false]);
        assert_eq!(due(Rebalance::Daily, &[1, 1, 2]), [true, false, true]);
        assert_eq!(due(Rebalance::Step, &[1, 1]), [true, true]);
    }
}
