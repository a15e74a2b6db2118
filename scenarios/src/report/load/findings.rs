//! `annotations.parquet` and `feature_samples.parquet`.

use std::collections::BTreeMap;

use arrow::array::Array;

use super::{
    super::{
        error::ReportError,
        findings::{BREAKDOWN, Count, Kind, Mark, REGIME, SymbolFindings},
        model::{RunData, SampledSymbol, is_book, is_volatility},
        plots::is_microstructure,
    },
    table::{Table, value},
};

/// Symbols whose marks are kept: those that come first among the prices, and the first of which something is found.
const SYMBOLS_KEPT: usize = 12;

/// Different labels and levels that are counted.
const LABELS_COUNTED: usize = 1_000;

/// Reads what modules found.
pub(super) fn read_annotations(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let mut findings = std::mem::take(&mut run.findings);
    let first: Vec<&str> = run.prices.iter().take(SYMBOLS_KEPT / 2).map(|p| p.symbol.as_str()).collect();
    let mut index: BTreeMap<String, Option<usize>> = BTreeMap::new();
    table.for_each(&["ts", "at", "symbol", "label", "level", "value"], |batch| {
        let (times, ats) = (batch.times("ts")?, batch.times("at")?);
        let (symbols, labels) = (batch.labels("symbol")?, batch.labels("label")?);
        let (levels, values) = (batch.numbers("level")?, batch.numbers("value")?);
        findings.rows += batch.rows() as u64;
        for row in 0..batch.rows() {
            if times.is_null(row) || ats.is_null(row) {
                continue;
            }
            let (ts, at, symbol, label) =
                (times.value(row), ats.value(row), symbols.get(row), labels.get(row));
            let level = value(Some(&levels), row).map_or(0, |level| level as u8);
            findings.last_ts = findings.last_ts.max(ts);
            let key = (label.to_owned(), level);
            if findings.counts.contains_key(&key) || findings.counts.len() < LABELS_COUNTED {
                let count: &mut Count = findings.counts.entry(key).or_default();
                count.rows += 1;
                count.delay_sum += ts.saturating_sub(at) as f64;
                count.delay_max = count.delay_max.max(ts.saturating_sub(at));
            }
            if label == BREAKDOWN {
                let known = findings.breakdowns.get_or_insert((0, ts, ts));
                (known.0, known.2) = (known.0 + 1, ts);
            }
            let slot = match index.get(symbol) {
                Some(slot) => *slot,
                None => {
                    let room = findings.symbols.len() < SYMBOLS_KEPT || first.contains(&symbol);
                    let slot = room.then(|| {
                        findings.symbols.push(SymbolFindings {
                            symbol: symbol.to_owned(),
                            last_ts: i64::MIN,
                            ..Default::default()
                        });
                        findings.symbols.len() - 1
                    });
                    index.insert(symbol.to_owned(), slot);
                    slot
                }
            };
            let Some(found) = slot.map(|slot| &mut findings.symbols[slot]) else { continue };
            if ts < found.last_ts {
                return Err(ReportError::Unsorted {
                    path: batch.path(),
                    row: batch.first_row + row as u64,
                    key: symbol.to_owned(),
                    ts,
                    previous: found.last_ts,
                });
            }
            found.last_ts = ts;
            if label == REGIME {
                found.regimes.push(ts, level.into());
            } else if let Some(kind) = Kind::of(label) {
                let value = value(Some(&values), row).unwrap_or(f64::NAN);
                found.marks.entry((kind, level)).or_default().push(Mark { at, ts, value }, kind.is_high());
            }
        }
        Ok(())
    })?;
    findings.symbol_count = index.len();
    let place = |symbol: &str| run.prices.iter().position(|p| p.symbol == symbol).unwrap_or(usize::MAX);
    findings.symbols.sort_by_key(|found| place(&found.symbol));
    run.findings = findings;
    Ok(())
}

/// Reads the samples of the features that have a panel.
pub(super) fn read_samples(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let wanted = |name: &String| is_volatility(name) || is_book(name) || is_microstructure(name);
    let names: Vec<String> = table.column_names().into_iter().filter(wanted).collect();
    if names.is_empty() {
        return Ok(());
    }
    let columns: Vec<&str> = ["ts", "symbol"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut samples: Vec<SampledSymbol> = Vec::new();
    table.for_each(&columns, |batch| {
        let (times, symbols) = (batch.times("ts")?, batch.labels("symbol")?);
        let values = names.iter().map(|name| batch.numbers(name)).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.rows() {
            if times.is_null(row) {
                continue;
            }
            let symbol = symbols.get(row);
            let slot = match samples.iter().position(|s| s.symbol == symbol) {
                Some(slot) => slot,
                None if samples.len() >= SYMBOLS_KEPT => continue,
                None => {
                    let lines = names.iter().map(|name| (name.clone(), Vec::new())).collect();
                    samples.push(SampledSymbol { symbol: symbol.to_owned(), lines });
                    samples.len() - 1
                }
            };
            for ((_, points), column) in samples[slot].lines.iter_mut().zip(&values) {
                points.push((times.value(row), value(Some(column), row).unwrap_or(f64::NAN)));
            }
        }
        Ok(())
    })?;
    for SampledSymbol { symbol, lines } in samples {
        let (books, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| is_book(&line.0));
        for (lines, list) in [(others, &mut run.samples), (books, &mut run.consolidated)] {
            if !lines.is_empty() {
                list.push(SampledSymbol { symbol: symbol.clone(), lines });
            }
        }
    }
    Ok(())
}
