//! `branches.parquet`: a row per branch.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::metrics::{METRICS, Metrics};
use crate::plan::branch::Branch;
use crate::plan::result::{BranchResult, BranchStatus};

/// The last column: what became of the account.
const ACCOUNT_STATUS: &str = "account_status";

/// The table as a Parquet file: `id`, `name`, `status` (`complete`, `failed`, or `interrupted` where there is no result),
/// `reason`, `digest`, `account`; a column for each parameter, numbers where all its values are; the metrics of the branch's
/// first account, as a run of its own has them; and what became of that account (`account_status`: `active`, `killed`,
/// `liquidated` or `overdrawn`).
///
/// # Errors
/// None for columns of one length, which these are.
pub fn branches_parquet(
    branches: &[Branch],
    results: &BTreeMap<usize, BranchResult>,
) -> Result<Vec<u8>, ArrowError> {
    let of = |b: &Branch| results.get(&b.id);
    let reason = |b: &Branch| match &of(b)?.status {
        BranchStatus::Failed(reason) => Some(reason.clone()),
        BranchStatus::Complete => None,
    };
    let status = |b: &Branch| match of(b).map(|r| &r.status) {
        Some(BranchStatus::Complete) => "complete",
        Some(BranchStatus::Failed(_)) => "failed",
        None => "interrupted",
    };
    let digest = |b: &Branch| Some(format!("{:016x}", of(b)?.digest?));
    let account = |b: &Branch| Some(of(b)?.accounts.first()?.name.clone());
    let texts = |values: Vec<Option<String>>| Arc::new(StringArray::from(values)) as ArrayRef;
    let ids = branches.iter().map(|b| b.id as u64).collect::<Vec<_>>();
    let mut columns: Vec<(String, ArrayRef, bool)> = vec![
        ("id".into(), Arc::new(UInt64Array::from(ids)), false),
        ("name".into(), texts(branches.iter().map(|b| Some(b.name.clone())).collect()), false),
        ("status".into(), texts(branches.iter().map(|b| Some(status(b).to_owned())).collect()), false),
        ("reason".into(), texts(branches.iter().map(reason).collect()), true),
        ("digest".into(), texts(branches.iter().map(digest).collect()), true),
        ("account".into(), texts(branches.iter().map(account).collect()), true),
    ];
    let fixed: Vec<String> = columns.iter().map(|c| c.0.clone()).collect();
    let taken =
        |name: &str| fixed.iter().any(|f| f == name) || METRICS.contains(&name) || name == ACCOUNT_STATUS;
    for (path, values) in parameters(branches) {
        let name = if taken(&path) { format!("set:{path}") } else { path };
        let number = |text: &Option<String>| text.as_ref().map(|t| t.replace('_', "").parse::<f64>());
        let numbers: Vec<_> = values.iter().map(number).collect();
        let all = numbers.iter().flatten().all(Result::is_ok);
        let column = match all {
            true => Arc::new(numbers.into_iter().map(|n| n.and_then(Result::ok)).collect::<Float64Array>())
                as ArrayRef,
            false => texts(values),
        };
        columns.push((name, column, true));
    }
    let metrics: Vec<Metrics> =
        branches.iter().map(|b| Metrics::of(of(b).and_then(|r| r.accounts.first()))).collect();
    for name in METRICS {
        let column: Float64Array = metrics.iter().map(|m| m.get(name)).collect();
        columns.push((name.to_owned(), Arc::new(column), true));
    }
    let account_status = |b: &Branch| Some(of(b)?.accounts.first()?.status.clone());
    columns.push((ACCOUNT_STATUS.into(), texts(branches.iter().map(account_status).collect()), true));
    parquet(&RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// A table as a Parquet file (zstd).
pub(in crate::plan) fn parquet(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let level = ZstdLevel::try_new(3).unwrap_or_default();
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))?;
    writer.write(batch)?;
    writer.close()?;
    Ok(bytes)
}

/// Every path that any branch sets, in the order in which they first come, with each branch's value as it is written; of
/// a path that a branch sets twice, the last.
fn parameters(branches: &[Branch]) -> Vec<(String, Vec<Option<String>>)> {
    let mut columns: Vec<(String, Vec<Option<String>>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, branch) in branches.iter().enumerate() {
        for (path, value) in &branch.parameters {
            let at = *places.entry(path).or_insert_with(|| {
                columns.push((path.clone(), vec![None; branches.len()]));
                columns.len() - 1
            });
            columns[at].1[row] = Some(value.clone());
        }
    }
    columns
}
