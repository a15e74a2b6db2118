//! `equity.parquet` and `prices.parquet`, streamed into bounded curves.

use std::collections::BTreeMap;

use arrow::array::Array;

use super::{
    super::{
        error::ReportError,
        lanes,
        model::{AccountCurves, PriceSeries, RunData},
    },
    table::{Table, value},
};

/// Reads the equity of every account that is drawn or goes into the fan.
pub(super) fn read_equity(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let choice = lanes::choose(&run.summary.accounts);
    let mut curves: Vec<AccountCurves> = Vec::new();
    let mut index: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for (i, account) in run.summary.accounts.iter().enumerate() {
        let slot = choice.kept.contains(&i).then(|| {
            curves.push(AccountCurves::new(&account.name, choice.drawn.contains(&i)));
            curves.len() - 1
        });
        index.insert(account.name.clone(), slot);
    }
    let columns = ["ts", "account", "equity", "drawdown", "exposure"];
    table.for_each(&columns, |batch| {
        let times = batch.times("ts")?;
        let names = batch.labels("account")?;
        let equity = batch.numbers("equity")?;
        let drawdown = batch.optional_numbers("drawdown");
        let exposure = batch.optional_numbers("exposure");
        for row in 0..batch.rows() {
            let name = names.get(row);
            let slot = match index.get(name) {
                Some(slot) => *slot,
                None => {
                    // Not in the summary (a run that failed early): drawn while there is room.
                    let slot = (curves.len() < lanes::KEPT_AT_MOST).then(|| {
                        curves.push(AccountCurves::new(name, curves.len() < lanes::DRAWN_AT_MOST));
                        curves.len() - 1
                    });
                    index.insert(name.to_owned(), slot);
                    slot
                }
            };
            let Some(account) = slot.map(|slot| &mut curves[slot]) else { continue };
            if times.is_null(row) {
                continue;
            }
            let ts = times.value(row);
            if ts < account.last_ts {
                return Err(ReportError::Unsorted {
                    path: batch.path(),
                    row: batch.first_row + row as u64,
                    key: name.to_owned(),
                    ts,
                    previous: account.last_ts,
                });
            }
            let equity = value(Some(&equity), row).unwrap_or(f64::NAN);
            account.push(ts, equity, value(drawdown.as_ref(), row), value(exposure.as_ref(), row));
        }
        Ok(())
    })?;
    run.account_count = index.len();
    run.curves = curves;
    Ok(())
}

/// Reads the bars of every symbol.
pub(super) fn read_prices(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    let prices = &mut run.prices;
    table.for_each(&["ts", "symbol", "high", "low", "close"], |batch| {
        let times = batch.times("ts")?;
        let symbols = batch.labels("symbol")?;
        let (high, low) = (batch.optional_numbers("high"), batch.optional_numbers("low"));
        let close = batch.numbers("close")?;
        for row in 0..batch.rows() {
            let symbol = symbols.get(row);
            let slot = match index.get(symbol) {
                Some(slot) => *slot,
                None if prices.len() >= SYMBOLS_KEPT => continue,
                None => {
                    prices.push(PriceSeries::new(symbol));
                    index.insert(symbol.to_owned(), prices.len() - 1);
                    prices.len() - 1
                }
            };
            if times.is_null(row) {
                continue;
            }
            let (ts, series) = (times.value(row), &mut prices[slot]);
            if ts < series.last_ts {
                return Err(ReportError::Unsorted {
                    path: batch.path(),
                    row: batch.first_row + row as u64,
                    key: symbol.to_owned(),
                    ts,
                    previous: series.last_ts,
                });
            }
            let close = value(Some(&close), row).unwrap_or(f64::NAN);
            series.push(ts, value(high.as_ref(), row), value(low.as_ref(), row), close);
        }
        Ok(())
    })
}

/// Symbols whose bars are kept.
const SYMBOLS_KEPT: usize = 1_000;
