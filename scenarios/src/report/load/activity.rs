//! `fills.parquet`, `decisions.parquet` and `features.parquet`, streamed into counts and groups.

use std::borrow::Cow;
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

/// A reason without the figures that no two quotes and slices share: the prices that they go by, and the impact that is expected.
fn kind_of_reason(reason: &str) -> Cow<'_, str> {
    const FIGURED: [&str; 5] = ["quote", "withdraw", "quotes_stand", "slice", "catch_up"];
    let Some((rule, rest)) = reason.split_once(" (").filter(|(rule, _)| FIGURED.contains(rule)) else {
        return Cow::Borrowed(reason);
    };
    match rest.split_once("; cut: ") {
        Some((_, cut)) => Cow::Owned(format!("{rule}; cut: {cut}")),
        None => Cow::Borrowed(rule),
    }
}

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
            let reason = kind_of_reason(reasons.as_ref().map_or("", |r| r.get(row)));
            if reason.is_empty() {
                continue;
            }
            if let Some(count) = decisions.reasons.get_mut(&*reason) {
                *count += 1;
            } else if decisions.reasons.len() < REASONS_COUNTED {
                decisions.reasons.insert(reason.into_owned(), 1);
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

#[cfg(test)]
mod tests {
    use super::kind_of_reason;

    #[test]
    fn quotes_and_slices_are_counted_by_rule() {
        for (reason, kind) in [
            ("quote (fair 61804.5, shift 0.3, half spread 3.09)", "quote"),
            (
                "quote (fair 1, shift 0); expected impact 0.00 bps; cut: position limit",
                "quote; cut: position limit",
            ),
            ("slice (arrival 5, parent 2, done 1); expected impact 0.31 bps", "slice"),
            (
                "enter (entry 0.6, exit 0.45); sma 0.1/0.2/0.7 x 1.000",
                "enter (entry 0.6, exit 0.45); sma 0.1/0.2/0.7 x 1.000",
            ),
            ("withdraw", "withdraw"),
        ] {
            assert_eq!(kind_of_reason(reason), kind);
        }
    }
}
