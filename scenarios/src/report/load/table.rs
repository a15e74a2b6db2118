//! One Parquet table: typed, lenient access to its columns, batch by batch.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray},
    compute::cast,
    datatypes::{DataType, Int32Type, Int64Type, TimeUnit},
};
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};

use super::super::error::ReportError;

/// An open table.
pub(in super::super) struct Table {
    path: PathBuf,
    builder: ParquetRecordBatchReaderBuilder<File>,
}

impl Table {
    /// Opens a table; `None` when the file is absent or has no bytes.
    pub(in super::super) fn open(path: &Path) -> Result<Option<Self>, ReportError> {
        let read_error = |source| ReportError::Read { path: path.to_path_buf(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(read_error(source)),
        };
        if file.metadata().map_err(read_error)?.len() == 0 {
            return Ok(None);
        }
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|e| ReportError::Table { path: path.to_path_buf(), message: e.to_string() })?;
        Ok(Some(Self { path: path.to_path_buf(), builder }))
    }

    /// The names of the columns.
    pub(in super::super) fn column_names(&self) -> Vec<String> {
        self.builder.schema().fields().iter().map(|f| f.name().clone()).collect()
    }

    /// Calls `each` for every batch, in order. `only` names the columns to decode (all when empty).
    pub(in super::super) fn for_each(
        self,
        only: &[&str],
        mut each: impl FnMut(&Batch<'_>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let Self { path, mut builder } = self;
        if !only.is_empty() {
            // By place: names of features have dots, which a path would take for nesting.
            let fields = builder.schema().fields().iter().enumerate();
            let roots: Vec<usize> =
                fields.filter(|f| only.contains(&f.1.name().as_str())).map(|f| f.0).collect();
            let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
            builder = builder.with_projection(mask);
        }
        let damaged = |message: String| ReportError::Table { path: path.clone(), message };
        let reader = builder.with_batch_size(16_384).build().map_err(|e| damaged(e.to_string()))?;
        let mut first_row = 0;
        for batch in reader {
            let batch = batch.map_err(|e| damaged(e.to_string()))?;
            let rows = batch.num_rows() as u64;
            each(&Batch { path: &path, batch, first_row })?;
            first_row += rows;
        }
        Ok(())
    }
}

/// A batch of rows.
pub(in super::super) struct Batch<'a> {
    path: &'a Path,
    batch: RecordBatch,
    /// The number of rows before this batch.
    pub(in super::super) first_row: u64,
}

impl Batch<'_> {
    pub(in super::super) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    pub(in super::super) fn path(&self) -> PathBuf {
        self.path.to_path_buf()
    }

    fn column(&self, name: &str) -> Result<&ArrayRef, ReportError> {
        self.batch.column_by_name(name).ok_or_else(|| ReportError::MissingColumn {
            path: self.path(),
            column: name.to_owned(),
            found: self
                .batch
                .schema()
                .fields()
                .iter()
                .map(|f| f.name().as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    fn wrong(&self, name: &str, column: &ArrayRef, expected: &'static str) -> ReportError {
        ReportError::ColumnType {
            path: self.path(),
            column: name.to_owned(),
            found: column.data_type().to_string(),
            expected,
        }
    }

    /// A column of times in ns UTC: `Timestamp` of any unit, or `Int64` ns.
    pub(in super::super) fn times(&self, name: &str) -> Result<Int64Array, ReportError> {
        let column = self.column(name)?;
        let expected = "Timestamp(ns, UTC) or Int64 nanoseconds";
        let ns = match column.data_type() {
            DataType::Int64 => Arc::clone(column),
            DataType::Timestamp(_, zone) => {
                cast(column, &DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()))
                    .and_then(|ns| cast(&ns, &DataType::Int64))
                    .map_err(|_| self.wrong(name, column, expected))?
            }
            _ => return Err(self.wrong(name, column, expected)),
        };
        Ok(ns.as_primitive::<Int64Type>().clone())
    }

    /// A column of numbers.
    pub(in super::super) fn numbers(&self, name: &str) -> Result<Float64Array, ReportError> {
        let column = self.column(name)?;
        let numeric = column.data_type().is_numeric() || column.data_type() == &DataType::Null;
        let floats = if numeric { cast(column, &DataType::Float64).ok() } else { None };
        floats
            .map(|f| f.as_primitive::<arrow::datatypes::Float64Type>().clone())
            .ok_or_else(|| self.wrong(name, column, "a number"))
    }

    /// A column of numbers that may be absent, or of a type that is no number.
    pub(in super::super) fn optional_numbers(&self, name: &str) -> Option<Float64Array> {
        self.batch.column_by_name(name)?;
        self.numbers(name).ok()
    }

    /// A column of words, plain or dictionary-encoded.
    pub(in super::super) fn labels(&self, name: &str) -> Result<Labels, ReportError> {
        let column = self.column(name)?;
        let wrong = || self.wrong(name, column, "Utf8, plain or dictionary-encoded");
        if let Some(dictionary) = column.as_any_dictionary_opt() {
            let values = cast(dictionary.values(), &DataType::Utf8).map_err(|_| wrong())?;
            let keys = cast(dictionary.keys(), &DataType::Int32).map_err(|_| wrong())?;
            return Ok(Labels {
                keys: Some(keys.as_primitive::<Int32Type>().clone()),
                values: values.as_string::<i32>().clone(),
            });
        }
        match column.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
                let values = cast(column, &DataType::Utf8).map_err(|_| wrong())?;
                Ok(Labels { keys: None, values: values.as_string::<i32>().clone() })
            }
            _ => Err(wrong()),
        }
    }

    /// Words of a column that may be absent.
    pub(in super::super) fn optional_labels(&self, name: &str) -> Option<Labels> {
        self.batch.column_by_name(name)?;
        self.labels(name).ok()
    }
}

/// Words by row.
pub(in super::super) struct Labels {
    keys: Option<arrow::array::Int32Array>,
    values: StringArray,
}

impl Labels {
    /// The word of a row; a null is the empty word.
    pub(in super::super) fn get(&self, row: usize) -> &str {
        let index = match &self.keys {
            None => row,
            Some(keys) if keys.is_valid(row) => usize::try_from(keys.value(row)).unwrap_or(usize::MAX),
            Some(_) => return "",
        };
        if index < self.values.len() && self.values.is_valid(index) { self.values.value(index) } else { "" }
    }
}

/// The value of a row, `None` where the column is absent or null.
pub(in super::super) fn value(column: Option<&Float64Array>, row: usize) -> Option<f64> {
    column.filter(|c| c.is_valid(row)).map(|c| c.value(row))
}
