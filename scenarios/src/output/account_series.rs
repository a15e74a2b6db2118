//! What statistics need of an account, in memory that grows with days and trades, not with steps.

use manyworlds_components::decision::Decision;
use manyworlds_components::fill::{Fill, RoundTrip};
use manyworlds_engine::EquityRow;

use super::activity::Activity;
use super::result_digest::ResultDigest;
use crate::stats::{TradeResult, closing_day};

/// Daily closes and closed trades of one account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountSeries {
    /// First recorded time, then the last of each UTC day, in nanoseconds.
    pub ts: Vec<i64>,
    /// Equity at those times.
    pub equity: Vec<f64>,
    /// Gross exposure over equity at those times.
    pub exposure: Vec<f64>,
    /// Closed round trips.
    pub trades: Vec<TradeResult>,
    /// Quotes, executions and inventory.
    pub activity: Activity,
    /// Digest of everything that the account did and came to.
    pub digest: ResultDigest,
}

impl AccountSeries {
    /// Takes in a mark. Marks come in time order.
    pub fn mark(&mut self, row: &EquityRow) {
        self.digest.mark(row);
        // The first point stays: it is where the first day's return begins.
        if self.ts.len() > 1 && self.ts.last().is_some_and(|last| closing_day(*last) == closing_day(row.ts.0))
        {
            self.ts.pop();
            self.equity.pop();
            self.exposure.pop();
        }
        self.ts.push(row.ts.0);
        self.equity.push(row.equity);
        self.exposure.push(row.exposure);
    }

    /// Takes in a closed round trip.
    pub fn trade(&mut self, trade: &RoundTrip) {
        self.digest.trade(trade);
        self.trades.push(TradeResult { pnl: trade.pnl, fees: trade.fees, return_: trade.return_ });
    }

    /// Takes in an execution.
    pub fn fill(&mut self, fill: &Fill) {
        self.digest.fill(fill);
        self.activity.fill(fill);
    }

    /// Takes in a decision.
    pub fn decision(&mut self, decision: &Decision) {
        self.digest.decision(decision);
        self.activity.decision(decision);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_components::ids::AccountId;
    use manyworlds_components::time::Timestamp;

    #[test]
    fn the_first_point_and_each_days_last_are_kept() {
        let mut series = AccountSeries::default();
        let hours = [1, 2, 24, 25, 48, 49];
        for hour in hours {
            series.mark(&EquityRow {
                ts: Timestamp(hour * 3_600_000_000_000),
                account: AccountId(0),
                equity: hour as f64,
                cash: 0.0,
                drawdown: 0.0,
                exposure: 0.0,
            });
        }
        assert_eq!(series.equity, [1.0, 24.0, 48.0, 49.0], "midnight belongs to the day that ends there");
    }
}
