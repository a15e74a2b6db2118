//! What accounts that trade against books, or work an order, came to: profit by cause, quotes, inventory, shortfall.

use manyworlds_components::account::{Account, AccountTotals};
use manyworlds_components::price::Lots;
use manyworlds_components::time::Frame;
use manyworlds_systems::exchange::ExchangeState;
use manyworlds_systems::execution::almgren_chriss::{cost, trajectory};
use manyworlds_systems::execution::{ExecutionSettings, ParentOrder, ParentOrders};

use super::simulation::Simulation;
use crate::output::{AccountSeries, ExecutionSummary, ProfitSplit, SymbolActivity, TradingSummary};

/// The parts of an account's summary that others lack.
#[derive(Debug, Default)]
pub(super) struct Trading {
    pub profit: Option<ProfitSplit>,
    pub symbols: Vec<TradingSummary>,
    pub execution: Option<ExecutionSummary>,
}

impl Simulation {
    /// Of account `a`; nothing for one that goes by signals on bars.
    pub(super) fn trading(
        &self,
        a: usize,
        series: &AccountSeries,
        account: &Account,
        totals: &AccountTotals,
    ) -> Trading {
        let settings = &self.plan.scenario.accounts[a];
        let symbols = series.activity.symbols();
        if settings.follows_signals() && symbols.iter().all(|s| s.against_mid == 0) {
            return Trading::default();
        }
        let spread = symbols.iter().map(|s| s.spread).sum();
        let costs = [totals.fees, totals.borrow - totals.funding, totals.funding];
        let profit = ProfitSplit::new(account.equity - account.initial_cash, spread, costs);
        let span = series.ts.first().zip(series.ts.last()).map_or((0, 0), |(from, to)| (*from, *to));
        let any = symbols.iter().enumerate().filter(|(_, activity)| activity.is_any());
        let symbols = any.map(|(s, activity)| self.of_symbol(s, activity, span)).collect();
        let execution = settings.execution.as_ref().map(|settings| self.execution(a, settings, series));
        Trading { profit: Some(profit), symbols, execution }
    }

    fn of_symbol(&self, s: usize, activity: &SymbolActivity, (from, to): (i64, i64)) -> TradingSummary {
        let symbol = &self.plan.scenario.symbols[s];
        let quantity = |lots: i64| symbol.lot_size.to_f64(lots);
        let means = activity.mean_held(from, to);
        let mean = |lots: f64| lots * symbol.lot_size.value();
        let filled = activity.bought + activity.sold;
        TradingSummary {
            symbol: symbol.symbol.clone(),
            quotes: activity.quotes,
            withdrawals: activity.withdrawals,
            quoted: quantity(activity.quoted),
            fill_ratio: (activity.quoted > 0).then(|| filled as f64 / activity.quoted as f64),
            maker_fills: activity.maker_fills,
            taker_fills: activity.taker_fills,
            bought: quantity(activity.bought),
            sold: quantity(activity.sold),
            spread_captured: activity.spread,
            inventory_mean: means.map(|m| mean(m.0)),
            inventory_mean_absolute: means.map(|m| mean(m.1)),
            inventory_most: quantity(activity.most),
            inventory_least: quantity(activity.least),
            inventory_last: quantity(activity.held),
        }
    }

    fn execution(&self, a: usize, settings: &ExecutionSettings, series: &AccountSeries) -> ExecutionSummary {
        let scenario = &self.plan.scenario;
        let named =
            |s: &crate::scenario::SymbolSettings| settings.symbol.as_ref().is_none_or(|n| s.symbol == *n);
        let s = scenario.symbols.iter().position(named).unwrap_or(0);
        let symbol = &scenario.symbols[s];
        // Parents stand in the order of accounts.
        let before = scenario.accounts[..a].iter().filter(|a| a.execution.is_some()).count();
        let world = self.world.world();
        let parents = world.get_resource::<ParentOrders>();
        let parent = parents.and_then(|p| p.parents.get(before)).filter(|p| p.started.is_some());
        let mark = world.get_resource::<ExchangeState>().map_or(0.0, |e| e.marks.prices[s]);
        let activity = series.activity.symbols().get(s).copied().unwrap_or_default();
        let sign = settings.side.sign() as f64;
        let lots = symbol.lot_size.floor(settings.quantity);
        let quantity = symbol.lot_size.to_f64(lots);
        let (filled, value) = match settings.side {
            manyworlds_components::side::Side::Buy => (activity.bought, activity.bought_value),
            manyworlds_components::side::Side::Sell => (activity.sold, activity.sold_value),
        };
        let filled = symbol.lot_size.to_f64(filled);
        let mut summary = ExecutionSummary {
            symbol: symbol.symbol.clone(),
            side: settings.side.name().to_owned(),
            quantity,
            filled,
            orders: activity.slices,
            average_price: (filled > 0.0).then(|| value / filled),
            fees: activity.fees,
            ..ExecutionSummary::default()
        };
        if let Some(ParentOrder { arrival_price: arrival, started: Some(start), .. }) = parent {
            summary.arrival_price = Some(*arrival);
            summary.price_cost = sign * (value - filled * arrival);
            summary.opportunity_cost = sign * (quantity - filled).max(0.0) * (mark - arrival);
            summary.shortfall = summary.price_cost + summary.fees + summary.opportunity_cost;
            let whole = arrival * quantity;
            summary.shortfall_bps = (whole > 0.0).then(|| summary.shortfall / whole * 1e4);
            let days = (settings.end - *start) as f64 / Frame::DAY.nanos() as f64;
            if let Some((impact, aversion)) = settings.schedule.impact().filter(|_| days > 0.0) {
                let way = trajectory(&impact, aversion, days, settings.slices as usize);
                let (mean, variance) = cost(&impact, &way, symbol.lot_size.to_f64(Lots(lots).0), days);
                summary.expected_cost = Some(mean);
                summary.expected_deviation = Some(variance.sqrt());
            }
        }
        summary
    }
}
