//! `fills.parquet`, `decisions.parquet` and `features.parquet`, streamed into counts and groups.

use std::collections::BTreeSet;

use arrow::array::Array;

use super::{
    super::{
        error::ReportError,
        model::{Direction, FeatureColumn, RunData},
    },
    table::{Table, value},
};

/// Reads the fills of the drawn accounts, and counts all.
pub(super) fn read_fills(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let mut fills = std::mem::take(&mut run.fills);
    let drawn: BTreeSet<&str> = run.curves.iter().filter(|c| c.drawn).map(|c| c.name.as_str()).collect();
    let all = run.curves.is_empty();
    table.for_each(&["ts", "account", "symbol", "side", "quantity", "price"], |batch| {
        let times = batch.times("ts")?;
        let (accounts, symbols) = (batch.labels("account")?, batch.labels("symbol")?);
        let sides = batch.labels("side")?;
        let (quantities, prices) = (batch.numbers("quantity")?, batch.numbers("price")?);
        fills.rows += batch.rows() as u64;
        for row in 0..batch.rows() {
            let account = accounts.get(row);
            let Some(direction) = direction(sides.get(row)) else { continue };
            if times.is_null(row) || !(all || drawn.contains(account)) {
                continue;
            }
            let key = (account.to_owned(), symbols.get(row).to_owned(), direction);
            let quantity = value(Some(&quantities), row).unwrap_or(f64::NAN);
            let price = value(Some(&prices), row).unwrap_or(f64::NAN);
            fills.series.entry(key).or_default().push(times.value(row), quantity, price);
        }
        Ok(())
    })?;
    run.fills = fills;
    Ok(())
}

fn direction(side: &str) -> Option<Direction> {
    match side.to_ascii_lowercase().as_str() {
        "buy" | "b" | "long" | "bid" => Some(Direction::Buy),
        "sell" | "s" | "short" | "ask" | "sell_short" => Some(Direction::Sell),
        _ => None,
    }
}

/// Different reasons that are counted one by one.
const REASONS_COUNTED: usize = 4_096;

/// Counts the decisions by action and by reason.
pub(super) fn read_decisions(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let decisions = &mut run.decisions;
    table.for_each(&["action", "confidence", "reason"], |batch| {
        let actions = batch.labels("action")?;
        let confidence = batch.optional_numbers("confidence");
        let reasons = batch.optional_labels("reason");
        decisions.rows += batch.rows() as u64;
        for row in 0..batch.rows() {
            let action = actions.get(row);
            if !decisions.actions.contains_key(action) {
                decisions.actions.insert(action.to_owned(), (0, 0.0, 0));
            }
            if let Some(entry) = decisions.actions.get_mut(action) {
                entry.0 += 1;
                if let Some(c) = value(confidence.as_ref(), row).filter(|c| c.is_finite()) {
                    entry.1 += c;
                    entry.2 += 1;
                }
            }
            let reason = reasons.as_ref().map_or("", |r| r.get(row));
            if reason.is_empty() {
                continue;
            }
            if let Some(count) = decisions.reasons.get_mut(reason) {
                *count += 1;
            } else if decisions.reasons.len() < REASONS_COUNTED {
                decisions.reasons.insert(reason.to_owned(), 1);
            } else {
                decisions.other_reasons += 1;
            }
        }
        Ok(())
    })
}

/// Coverage and range of every recorded feature.
pub(super) fn read_features(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let names = table.column_names();
    let features = &mut run.features;
    for name in names.iter().filter(|name| !matches!(name.as_str(), "ts" | "symbol")) {
        let (min, max) = (f64::INFINITY, f64::NEG_INFINITY);
        features.push(FeatureColumn { name: name.clone(), rows: 0, valid: 0, min, max, sum: 0.0 });
    }
    table.for_each(&[], |batch| {
        for feature in features.iter_mut() {
            feature.rows += batch.rows() as u64;
            let Some(values) = batch.optional_numbers(&feature.name) else { continue };
            for v in values.iter().flatten().filter(|v| v.is_finite()) {
                feature.valid += 1;
                feature.min = feature.min.min(v);
                feature.max = feature.max.max(v);
                feature.sum += v;
            }
        }
        Ok(())
    })
}
