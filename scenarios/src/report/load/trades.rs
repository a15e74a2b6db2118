//! `trades.parquet`: counts over all round trips, and the ones that the list shows.

use std::{cmp::Reverse, collections::BinaryHeap};

use arrow::array::{Array, Float64Array};

use super::{
    super::{
        error::ReportError,
        model::{RunData, TRADES_KEPT, Trade},
    },
    table::{Batch, Labels, Table, value},
};

/// A trade ranked by absolute pnl; of equals, the earlier row ranks higher.
struct Ranked(Trade);

impl Ranked {
    fn size(&self) -> f64 {
        size(self.0.pnl)
    }
}

fn size(pnl: Option<f64>) -> f64 {
    pnl.filter(|p| p.is_finite()).map_or(-1.0, f64::abs)
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Ranked {}
impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.size().total_cmp(&other.size()).then(other.0.row.cmp(&self.0.row))
    }
}

/// Reads the trades.
pub(super) fn read_trades(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let trades = &mut run.trades;
    let mut heap: BinaryHeap<Reverse<Ranked>> = BinaryHeap::new();
    table.for_each(&[], |batch| {
        let columns = Columns::of(batch)?;
        for row in 0..batch.rows() {
            let pnl = value(Some(&columns.pnl), row);
            trades.rows += 1;
            trades.wins += u64::from(pnl.is_some_and(|p| p > 0.0));
            trades.losses += u64::from(pnl.is_some_and(|p| p < 0.0));
            let full = heap.len() >= TRADES_KEPT;
            if full && heap.peek().is_some_and(|least| size(pnl) <= least.0.size()) {
                continue;
            }
            heap.push(Reverse(Ranked(columns.trade(row, batch.first_row + row as u64))));
            if full {
                heap.pop();
            }
        }
        Ok(())
    })?;
    trades.kept = heap.into_iter().map(|Reverse(Ranked(trade))| trade).collect();
    trades.kept.sort_by_key(|trade| trade.row);
    Ok(())
}

/// The columns of one batch.
struct Columns {
    account: Option<Labels>,
    symbol: Labels,
    side: Option<Labels>,
    reason: Option<Labels>,
    entry_ts: arrow::array::Int64Array,
    exit_ts: arrow::array::Int64Array,
    pnl: Float64Array,
    /// quantity, entry_price, exit_price, fees, return, mae, mfe, bars
    others: [Option<Float64Array>; 8],
}

impl Columns {
    fn of(batch: &Batch<'_>) -> Result<Self, ReportError> {
        let names = ["quantity", "entry_price", "exit_price", "fees", "return", "mae", "mfe", "bars"];
        Ok(Self {
            account: batch.optional_labels("account"),
            symbol: batch.labels("symbol")?,
            side: batch.optional_labels("side"),
            reason: batch.optional_labels("reason"),
            entry_ts: batch.times("entry_ts")?,
            exit_ts: batch.times("exit_ts")?,
            pnl: batch.numbers("pnl")?,
            others: names.map(|name| batch.optional_numbers(name)),
        })
    }

    fn trade(&self, row: usize, table_row: u64) -> Trade {
        let word =
            |labels: &Option<Labels>| labels.as_ref().map_or_else(String::new, |l| l.get(row).to_owned());
        let [quantity, entry_price, exit_price, fees, ret, mae, mfe, bars] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|i: usize| value(self.others[i].as_ref(), row));
        Trade {
            row: table_row,
            account: word(&self.account),
            symbol: self.symbol.get(row).to_owned(),
            side: word(&self.side),
            entry_ts: self.entry_ts.is_valid(row).then(|| self.entry_ts.value(row)),
            exit_ts: self.exit_ts.is_valid(row).then(|| self.exit_ts.value(row)),
            quantity,
            entry_price,
            exit_price,
            pnl: value(Some(&self.pnl), row),
            fees,
            ret,
            mae,
            mfe,
            bars,
            reason: word(&self.reason),
        }
    }
}
