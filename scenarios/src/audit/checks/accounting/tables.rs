//! Columns of a stored table, as a reader finds them.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::super::super::error::AuditError;

/// Calls `each` for every row with these columns: `words` as text, `numbers` as floating-point numbers.
pub(super) fn for_each_row<const W: usize, const N: usize>(
    path: &Path,
    words: [&str; W],
    numbers: [&str; N],
    mut each: impl FnMut([&str; W], [f64; N]),
) -> Result<(), AuditError> {
    let failed = |e: &dyn std::fmt::Display| AuditError::Tables(format!("{}: {e}", path.display()));
    let file = File::open(path).map_err(|e| failed(&e))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    for batch in reader.map_err(|e| failed(&e))? {
        let batch: RecordBatch = batch.map_err(|e| failed(&e))?;
        let column = |name: &str, kind: &DataType| {
            let found = batch.column_by_name(name).ok_or_else(|| failed(&format!("no column `{name}`")))?;
            cast(found, kind).map_err(|e| failed(&e))
        };
        let words = columns(words, |name| column(name, &DataType::Utf8))?;
        let numbers = columns(numbers, |name| column(name, &DataType::Float64))?;
        let words: Vec<_> = words.iter().map(|c| c.as_string::<i32>()).collect();
        let numbers: Vec<_> = numbers.iter().map(|c| c.as_primitive::<Float64Type>()).collect();
        for row in 0..batch.num_rows() {
            let number = |i: usize| if numbers[i].is_valid(row) { numbers[i].value(row) } else { f64::NAN };
            each(std::array::from_fn(|i| words[i].value(row)), std::array::from_fn(number));
        }
    }
    Ok(())
}

fn columns<T, const N: usize>(
    names: [&str; N],
    column: impl Fn(&str) -> Result<T, AuditError>,
) -> Result<Vec<T>, AuditError> {
    names.iter().map(|name| column(name)).collect()
}
