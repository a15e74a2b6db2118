//! Reads output tables: whole columns as plain values, and a digest of what a table says.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use manyworlds::Outcome;
use manyworlds::output::Table;
use xxhash_rust::xxh3::Xxh3;

/// The batches of a table; none if nothing was written to it.
pub fn batches(outcome: &Outcome, table: Table) -> &[RecordBatch] {
    outcome.tables.get(&table).map_or(&[], Vec::as_slice)
}

fn column<T>(
    outcome: &Outcome,
    table: Table,
    name: &str,
    to: &DataType,
    read: impl Fn(&dyn Array, usize) -> T,
) -> Vec<T> {
    let mut values = Vec::new();
    for batch in batches(outcome, table) {
        let array = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name} in {table:?}"));
        let array = cast(array, to).unwrap_or_else(|e| panic!("{table:?}.{name}: {e}"));
        values.extend((0..array.len()).map(|row| read(&*array, row)));
    }
    values
}

/// A column of numbers.
pub fn floats(outcome: &Outcome, table: Table, name: &str) -> Vec<f64> {
    column(outcome, table, name, &DataType::Float64, |a, i| a.as_primitive::<Float64Type>().value(i))
}

/// A column of numbers that may be missing.
pub fn maybe_floats(outcome: &Outcome, table: Table, name: &str) -> Vec<Option<f64>> {
    let value = |a: &dyn Array, i| a.is_valid(i).then(|| a.as_primitive::<Float64Type>().value(i));
    column(outcome, table, name, &DataType::Float64, value)
}

/// A column of times in nanoseconds.
pub fn times(outcome: &Outcome, table: Table, name: &str) -> Vec<i64> {
    column(outcome, table, name, &DataType::Int64, |a, i| a.as_primitive::<Int64Type>().value(i))
}

/// A column of words.
pub fn words(outcome: &Outcome, table: Table, name: &str) -> Vec<String> {
    column(outcome, table, name, &DataType::Utf8, |a, i| a.as_string::<i32>().value(i).to_owned())
}

/// A digest of the logical content of a table: columns by name, rows in order, numbers by their bits. How rows are
/// cut into batches and how words are encoded leaves no trace.
pub fn digest(outcome: &Outcome, table: Table) -> String {
    let mut hasher = Xxh3::new();
    let batches = batches(outcome, table);
    let Some(first) = batches.first() else { return "empty".to_owned() };
    for (c, field) in first.schema().fields().iter().enumerate() {
        hasher.update(field.name().as_bytes());
        for batch in batches {
            digest_column(batch.column(c), &mut hasher);
        }
    }
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    format!("{rows} rows, {:016x}", hasher.digest())
}

fn digest_column(array: &dyn Array, hasher: &mut Xxh3) {
    let to = match array.data_type() {
        DataType::Float64 => DataType::Float64,
        DataType::UInt64 => DataType::UInt64,
        DataType::Timestamp(..) => DataType::Int64,
        _ => DataType::Utf8,
    };
    let array = cast(array, &to).unwrap_or_else(|e| panic!("{e}"));
    for row in 0..array.len() {
        hasher.update(&[u8::from(array.is_valid(row))]);
        if array.is_null(row) {
            continue;
        }
        match to {
            DataType::Float64 => {
                hasher.update(&array.as_primitive::<Float64Type>().value(row).to_bits().to_le_bytes())
            }
            DataType::UInt64 => hasher.update(&array.as_primitive::<UInt64Type>().value(row).to_le_bytes()),
            DataType::Int64 => hasher.update(&array.as_primitive::<Int64Type>().value(row).to_le_bytes()),
            _ => {
                let text = array.as_string::<i32>().value(row);
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
        }
    }
}
