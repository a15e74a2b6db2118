//! How well an account or a model trades, from its closed round trips: streaming, O(1) per trade.

use bevy_ecs::component::Component;
use manyworlds_components::account::AccountTotals;
use manyworlds_components::fill::RoundTrip;
use manyworlds_engine::{ColumnMut, Journal, Lazy, Shared};
use serde::{Deserialize, Serialize};

/// Closed round trips of an account, before and after costs. On account entities. Positions that are still open at
/// the end of a run are not in it. Ratios over time (Sharpe, Sortino, Calmar) come from the recorded equity.
#[derive(Debug, Clone, Copy, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct Performance {
    /// Before fees, funding and borrow cost.
    pub gross: TradeSums,
    /// After them.
    pub net: TradeSums,
}

/// Sums over closed round trips. Money is in quote units.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TradeSums {
    /// Round trips.
    pub trades: u64,
    /// Those that gained.
    pub wins: u64,
    /// Those that lost.
    pub losses: u64,
    /// Sum of the gains.
    pub gained: f64,
    /// Sum of the losses, at least 0.
    pub lost: f64,
    /// Sum of the gains as returns on the entry value.
    pub gained_return: f64,
    /// Sum of the losses as returns on the entry value, at least 0.
    pub lost_return: f64,
    /// Highest cumulated profit so far, at least 0.
    pub peak: f64,
    /// Deepest fall of the cumulated profit from its peak, at least 0.
    pub max_drawdown: f64,
}

impl TradeSums {
    /// Adds a closed round trip.
    #[inline]
    pub fn add(&mut self, pnl: f64, entry_value: f64) {
        let return_ = if entry_value > 0.0 { pnl / entry_value } else { 0.0 };
        self.trades += 1;
        if pnl > 0.0 {
            self.wins += 1;
            self.gained += pnl;
            self.gained_return += return_;
        } else if pnl < 0.0 {
            self.losses += 1;
            self.lost -= pnl;
            self.lost_return -= return_;
        }
        self.peak = self.peak.max(self.profit());
        self.max_drawdown = self.max_drawdown.max(self.peak - self.profit());
    }

    /// Sum of all round trips.
    #[inline]
    pub fn profit(&self) -> f64 {
        self.gained - self.lost
    }

    /// Share of round trips that gained; `None` before the first.
    pub fn win_rate(&self) -> Option<f64> {
        ratio(self.wins as f64, self.trades as f64)
    }

    /// Gains over losses; `None` while nothing was lost.
    pub fn profit_factor(&self) -> Option<f64> {
        ratio(self.gained, self.lost)
    }

    /// Mean profit per round trip.
    pub fn expectancy(&self) -> Option<f64> {
        ratio(self.profit(), self.trades as f64)
    }

    /// Mean gain over mean loss; `None` until there are both.
    pub fn payoff_ratio(&self) -> Option<f64> {
        ratio(ratio(self.gained, self.wins as f64)?, ratio(self.lost, self.losses as f64)?)
    }

    /// The Kelly fraction (p w - q l) / (w l) with p, q the shares of winning and losing round trips and w, l their
    /// mean returns (Kelly 1956, for two outcomes); `None` until there are both, negative if there is no edge.
    pub fn kelly_fraction(&self) -> Option<f64> {
        let (w, l) =
            (ratio(self.gained_return, self.wins as f64)?, ratio(self.lost_return, self.losses as f64)?);
        let p = ratio(self.wins as f64, (self.wins + self.losses) as f64)?;
        ratio(p * w - (1.0 - p) * l, w * l)
    }
}

impl Performance {
    /// Adds a closed round trip with its net profit and its costs.
    #[inline]
    pub fn add(&mut self, net_pnl: f64, costs: f64, entry_value: f64) {
        self.net.add(net_pnl, entry_value);
        self.gross.add(net_pnl + costs, entry_value);
    }
}

/// Traded value over initial cash.
pub fn turnover(totals: &AccountTotals, initial_cash: f64) -> Option<f64> {
    ratio(totals.traded_value, initial_cash)
}

/// Share of steps with a position open.
pub fn exposure(totals: &AccountTotals) -> Option<f64> {
    ratio(totals.exposed_steps as f64, totals.steps as f64)
}

/// The probability of a win from which on a bet that gains `w` or loses `l` and costs `cost` pays: (l + cost) / (w + l).
pub fn break_even_probability(w: f64, l: f64, cost: f64) -> f64 {
    (l + cost) / (w + l)
}

fn ratio(a: f64, b: f64) -> Option<f64> {
    (b != 0.0).then(|| a / b)
}

/// Ingest / Last: books the round trips that the exchange closed in this step.
pub(super) fn track_performance(
    journal: Shared<'_, Journal>,
    mut accounts: Lazy<'_, '_, ColumnMut<'static, Performance>>,
) -> bevy_ecs::error::Result {
    if journal.trades_of_step().is_empty() {
        return Ok(());
    }
    book_trades(journal.trades_of_step(), accounts.get()?);
    Ok(())
}

/// Apart from the rest: in most steps no trade ends.
#[inline(never)]
fn book_trades(trades: &[RoundTrip], accounts: &mut [Performance]) {
    for trade in trades {
        let entry_value = trade.quantity * trade.entry_price;
        accounts[trade.account.index()].add(trade.pnl, trade.fees, entry_value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_answers() {
        let mut sums = TradeSums::default();
        for pnl in [10.0, -5.0, 20.0, -10.0] {
            sums.add(pnl, 100.0);
        }
        assert_eq!((sums.win_rate(), sums.profit_factor()), (Some(0.5), Some(2.0)));
        assert_eq!(
            (sums.expectancy(), sums.max_drawdown, sums.payoff_ratio()),
            (Some(3.75), 10.0, Some(2.0))
        );
        // p = .5, w = .15, l = .075: (.075 - .0375) / .01125
        assert!((sums.kelly_fraction().unwrap() - 10.0 / 3.0).abs() < 1e-12);
        assert!((break_even_probability(0.01, 0.01, 0.001) - 0.55).abs() < 1e-12);
    }

    #[test]
    fn gross_and_net_differ_by_costs() {
        let mut performance = Performance::default();
        performance.add(-1.0, 3.0, 100.0);
        assert_eq!((performance.gross.wins, performance.net.losses), (1, 1));
        assert_eq!(performance.gross.profit() - performance.net.profit(), 3.0);
    }

    proptest! {
        #[test]
        fn streaming_is_batch(pnls in prop::collection::vec(-50.0f64..50.0, 1..60)) {
            let mut sums = TradeSums::default();
            pnls.iter().for_each(|p| sums.add(*p, 10.0));
            let curve: Vec<f64> = pnls.iter().scan(0.0, |s, p| { *s += p; Some(*s) }).collect();
            let drawdown = (0..curve.len())
                .map(|i| curve[..=i].iter().fold(0.0f64, |a, b| a.max(*b)) - curve[i])
                .fold(0.0f64, f64::max);
            prop_assert!((sums.max_drawdown - drawdown).abs() < 1e-9);
            prop_assert!((sums.profit() - curve[curve.len() - 1]).abs() < 1e-9);
        }
    }
}
