//! `comparison.parquet`: a row per branch and metric.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{BranchComparison, Comparison, MetricComparison};

/// Branches whose rows are written together.
const BRANCHES: usize = 2_000;

/// The table as a Parquet file, ordered by branch and metric: `id`, `name`, `metric`, and the fields of [`MetricComparison`];
/// `p_best` and `p_top` stand with the metric that the ranking's stability is of.
///
/// # Errors
/// None for columns of one length, which these are.
pub fn comparison_parquet(comparison: &Comparison) -> Result<Vec<u8>, ArrowError> {
    let level = ZstdLevel::try_new(3).unwrap_or_default();
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows(comparison, &[])?.schema(), Some(properties))?;
    for branches in comparison.branches.chunks(BRANCHES) {
        writer.write(&rows(comparison, branches)?)?;
    }
    writer.close()?;
    Ok(bytes)
}

fn rows(comparison: &Comparison, branches: &[BranchComparison]) -> Result<RecordBatch, ArrowError> {
    let metrics = &comparison.metrics;
    let ranked = comparison.stability.as_ref().map(|s| s.metric.as_str());
    let all: Vec<(&BranchComparison, &str, &MetricComparison)> = branches
        .iter()
        .flat_map(|b| metrics.iter().zip(&b.metrics).map(move |(name, metric)| (b, name.as_str(), metric)))
        .collect();
    let number = |get: &dyn Fn(&MetricComparison) -> Option<f64>| -> ArrayRef {
        Arc::new(all.iter().map(|(_, _, metric)| get(metric)).collect::<Float64Array>())
    };
    let place = |get: &dyn Fn(&MetricComparison) -> Option<usize>| -> ArrayRef {
        Arc::new(all.iter().map(|(_, _, m)| get(m).map(|p| p as u64)).collect::<UInt64Array>())
    };
    let share = |get: &dyn Fn(&BranchComparison) -> Option<f64>| -> ArrayRef {
        let own = |(b, name, _): &(&BranchComparison, &str, &MetricComparison)| {
            if Some(*name) == ranked { get(b) } else { None }
        };
        Arc::new(all.iter().map(own).collect::<Float64Array>())
    };
    let ids: UInt64Array = all.iter().map(|(b, _, _)| Some(b.id as u64)).collect();
    let names: StringArray = all.iter().map(|(b, _, _)| Some(b.name.as_str())).collect();
    let of: StringArray = all.iter().map(|(_, name, _)| Some(*name)).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(ids) as ArrayRef, false),
        ("name", Arc::new(names), false),
        ("metric", Arc::new(of), false),
        ("value", number(&|m| m.value), true),
        ("baseline", number(&|m| m.baseline), true),
        ("delta", number(&|m| m.delta), true),
        ("point", number(&|m| m.point), true),
        ("low", number(&|m| m.low), true),
        ("high", number(&|m| m.high), true),
        ("p_better", number(&|m| m.p_better), true),
        ("rank", place(&|m| m.rank), true),
        ("rank_low", place(&|m| m.rank_low), true),
        ("rank_high", place(&|m| m.rank_high), true),
        ("p_best", share(&|b| b.p_best), true),
        ("p_top", share(&|b| b.p_top), true),
    ])
}
