//! `walk_forward.parquet` and `walk_forward_equity.parquet`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, RecordBatch, StringArray, TimestampNanosecondArray, UInt32Array, UInt64Array,
};
use arrow::error::ArrowError;

use super::outcome::{WalkForwardSummary, WindowRow};
use super::stitch::Stitched;
use crate::plan::store::parquet;

/// A row per window: `window, train_from, train_to, test_from, test_to` (UTC), `branch, name` of the chosen one, `candidates,
/// in_sample, out_of_sample, efficiency, train_return, test_return, baseline_return, trades, failed`, and a column for each
/// parameter that any chosen branch sets, as it is written.
///
/// # Errors
/// None for columns of one length, which these are.
pub fn windows_parquet(summary: &WalkForwardSummary) -> Result<Vec<u8>, ArrowError> {
    let rows = &summary.windows;
    let time = |get: fn(&WindowRow) -> i64| {
        let times: TimestampNanosecondArray = rows.iter().map(|r| Some(get(r))).collect();
        Arc::new(times.with_timezone("UTC")) as ArrayRef
    };
    let number = |get: fn(&WindowRow) -> Option<f64>| {
        Arc::new(rows.iter().map(get).collect::<Float64Array>()) as ArrayRef
    };
    let count = |get: fn(&WindowRow) -> Option<u64>| {
        Arc::new(rows.iter().map(get).collect::<UInt64Array>()) as ArrayRef
    };
    let text = |get: fn(&WindowRow) -> Option<&String>| {
        Arc::new(rows.iter().map(get).collect::<StringArray>()) as ArrayRef
    };
    let mut columns: Vec<(String, ArrayRef)> = [
        ("window", count(|r| Some(r.window as u64))),
        ("train_from", time(|r| r.train_from)),
        ("train_to", time(|r| r.train_to)),
        ("test_from", time(|r| r.test_from)),
        ("test_to", time(|r| r.test_to)),
        ("branch", count(|r| r.branch.map(|b| b as u64))),
        ("name", text(|r| r.name.as_ref())),
        ("candidates", count(|r| Some(r.candidates as u64))),
        ("in_sample", number(|r| r.in_sample)),
        ("out_of_sample", number(|r| r.out_of_sample)),
        ("efficiency", number(|r| r.efficiency)),
        ("train_return", number(|r| r.train_return)),
        ("test_return", number(|r| r.test_return)),
        ("baseline_return", number(|r| r.baseline_return)),
        ("trades", count(|r| r.trades)),
        ("failed", text(|r| r.failed.as_ref())),
    ]
    .map(|(name, column)| (name.to_owned(), column))
    .into();
    for parameter in &summary.parameters {
        let value = |row: &WindowRow| {
            row.parameters.iter().rfind(|(path, _)| *path == parameter.path).map(|(_, value)| value.clone())
        };
        let name = match columns.iter().any(|(name, _)| *name == parameter.path) {
            true => format!("set:{}", parameter.path),
            false => parameter.path.clone(),
        };
        columns.push((name, Arc::new(rows.iter().map(value).collect::<StringArray>())));
    }
    parquet(&RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))?)
}

/// A row per time: `ts` (UTC), `window`, `equity` of what was chosen and `baseline`, each as growth of 1. The baseline's is null at
/// times at which it has no point.
///
/// # Errors
/// None for columns of one length, which these are.
pub fn equity_parquet(chosen: &Stitched, baseline: &Stitched) -> Result<Vec<u8>, ArrowError> {
    let times: TimestampNanosecondArray = chosen.ts.iter().map(|ts| Some(*ts)).collect();
    let beside = chosen.ts.iter().map(|ts| baseline.equity.get(baseline.ts.binary_search(ts).ok()?).copied());
    let columns: [(&str, ArrayRef, bool); 4] = [
        ("ts", Arc::new(times.with_timezone("UTC")), false),
        ("window", Arc::new(UInt32Array::from(chosen.window.clone())), false),
        ("equity", Arc::new(Float64Array::from(chosen.equity.clone())), false),
        ("baseline", Arc::new(beside.collect::<Float64Array>()), true),
    ];
    parquet(&RecordBatch::try_from_iter_with_nullable(columns)?)
}
