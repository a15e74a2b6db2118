//! Output tables as a reader of the folder sees them.

use std::path::Path;

use arrow::array::{Array, Float64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A Parquet table, read whole.
pub struct ParquetTable(RecordBatch);

impl ParquetTable {
    /// Reads a file.
    ///
    /// # Panics
    /// When it is not there, damaged, or cut off.
    pub fn read(path: &Path) -> Self {
        let fail = |e: &dyn std::fmt::Display| -> ! { panic!("{}: {e}", path.display()) };
        let file = std::fs::File::open(path).unwrap_or_else(|e| fail(&e));
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap_or_else(|e| fail(&e));
        let schema = builder.schema().clone();
        let reader = builder.build().unwrap_or_else(|e| fail(&e));
        let batches: Vec<RecordBatch> = reader.map(|batch| batch.unwrap_or_else(|e| fail(&e))).collect();
        Self(concat_batches(&schema, &batches).unwrap_or_else(|e| fail(&e)))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.0.num_rows()
    }

    /// Names and types of the columns; a dictionary counts as the type of its values.
    pub fn columns(&self) -> Vec<(String, DataType)> {
        let plain = |kind: &DataType| match kind {
            DataType::Dictionary(_, values) => (**values).clone(),
            other => other.clone(),
        };
        self.0.schema().fields().iter().map(|f| (f.name().clone(), plain(f.data_type()))).collect()
    }

    fn column<T: Array + Clone + 'static>(&self, name: &str, kind: &DataType) -> T {
        let column = self.0.column_by_name(name).unwrap_or_else(|| panic!("no column `{name}`"));
        let column = cast(column, kind).unwrap_or_else(|e| panic!("column `{name}`: {e}"));
        assert_eq!(column.null_count(), 0, "nulls in column `{name}`");
        let column = column.as_any().downcast_ref::<T>().cloned();
        column.unwrap_or_else(|| panic!("column `{name}` is of another type"))
    }

    /// A column of numbers.
    ///
    /// # Panics
    /// When it is not there, not numbers, or has nulls.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.column::<Float64Array>(name, &DataType::Float64).values().to_vec()
    }

    /// A column of numbers, some of which may be missing.
    ///
    /// # Panics
    /// When it is not there, or not numbers.
    pub fn optional(&self, name: &str) -> Vec<Option<f64>> {
        let column = self.0.column_by_name(name).unwrap_or_else(|| panic!("no column `{name}`"));
        let column = cast(column, &DataType::Float64).unwrap_or_else(|e| panic!("column `{name}`: {e}"));
        let numbers = column.as_any().downcast_ref::<Float64Array>();
        numbers.unwrap_or_else(|| panic!("column `{name}` is of another type")).iter().collect()
    }

    /// A column of words.
    ///
    /// # Panics
    /// When it is not there, not text, or has nulls.
    pub fn words(&self, name: &str) -> Vec<String> {
        let column = self.column::<StringArray>(name, &DataType::Utf8);
        (0..column.len()).map(|i| column.value(i).to_owned()).collect()
    }

    /// A column of times, in nanoseconds since 1970.
    ///
    /// # Panics
    /// When it is not there, not times, or has nulls.
    pub fn times(&self, name: &str) -> Vec<i64> {
        let utc = DataType::Timestamp(arrow::datatypes::TimeUnit::Nanosecond, Some("UTC".into()));
        self.column::<TimestampNanosecondArray>(name, &utc).values().to_vec()
    }
}
