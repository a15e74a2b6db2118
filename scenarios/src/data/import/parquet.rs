//! Bars in Parquet files: the column rules of csv, with typed times and decimals.

use std::cell::Cell;
use std::fs::File;
use std::ops::ControlFlow;
use std::rc::Rc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit as Unit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;

use super::columns::{self, BarLayout, Layout};
use super::peek::Detected;
use super::spec::{ImportSpec, SourceFormat, Stamp};
use super::text_time::{TimeStyle, unit_ns, unit_of_count};
use super::{Record, Sink};
use crate::data::error::{DataError, Location};
use crate::data::validate::{Place, RawBar};

/// Rows decoded at a time.
const CHUNK: usize = 8_192;

/// Reads a Parquet file to its end, or until the sink has had enough.
///
/// # Errors
/// A damaged file, missing columns, columns of a type that cannot be read, or the sink's.
pub(crate) fn read_parquet(
    source: &Location,
    spec: &ImportSpec,
    count: &Rc<Cell<u64>>,
    sink: &mut Sink<'_>,
) -> Result<(Option<Detected>, ControlFlow<()>), DataError> {
    let path = &source.file;
    let file = File::open(path).map_err(DataError::io(path, "open the file"))?;
    let bytes = file.metadata().map_err(DataError::io(path, "read the size of the file"))?.len();
    let corrupt = |row: u64, reason: String| DataError::Corrupt { at: source.at_row(row), reason };
    let format_error = |reason: String| DataError::Format {
        at: source.clone(),
        reason,
        hint: "a table of bars has a time column and open, high, low, close, volume".to_owned(),
    };
    if !matches!(spec.format, SourceFormat::Auto | SourceFormat::Bars) {
        return Err(format_error(format!(
            "it is Parquet, which is read as bars, not as {}",
            spec.format.name()
        )));
    }
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| corrupt(1, e.to_string()))?;
    let names: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
    let layout = match columns::from_header(&names).map_err(format_error)? {
        (_, Layout::Bars(layout)) => layout,
        (_, Layout::Trades(_)) => return Err(format_error("trades in Parquet are not read".to_owned())),
    };
    if layout.time_of_day.is_some() {
        return Err(format_error("date and time in two columns are not read from Parquet".to_owned()));
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), layout.columns());
    let is_read = |name: &str| layout.columns().any(|at| names[at] == name);
    if let Some((column, codec)) = unread_codec(builder.metadata(), is_read) {
        return Err(DataError::Format {
            at: source.clone(),
            reason: format!("column `{column}` is compressed with {codec}, which is not read"),
            hint: "write the file with zstd, snappy, gzip, lz4_raw or without compression".to_owned(),
        });
    }
    let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0).max(1);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(CHUNK)
        .build()
        .map_err(|e| corrupt(1, e.to_string()))?;
    let begin = count.get();
    let mut done = 0;
    let mut detected = None;
    let (alone, unit) = (spec.numbers_tell_time(), unit_ns(spec.time_unit));
    let mut kept = Kept { alone, unit, first_symbol: None };
    for batch in reader {
        let batch = batch.map_err(|e| corrupt(done + 1, e.to_string()))?;
        let table = Table::new(&batch, &names, &layout, source, done, &mut kept)?;
        detected.get_or_insert_with(|| Detected {
            format: SourceFormat::Bars,
            has_header: true,
            time: table.time_style.clone(),
        });
        for row in 0..batch.num_rows() {
            let place = Place { source, row: done + row as u64 + 1 };
            if let Some(bar) = table.bar(row, spec, place)?
                && sink(Record::Bar(bar), place)?.is_break()
            {
                return Ok((detected, ControlFlow::Break(())));
            }
        }
        done += batch.num_rows() as u64;
        count.set(begin + (u128::from(bytes) * u128::from(done) / u128::from(total)) as u64);
    }
    Ok((detected, ControlFlow::Continue(())))
}

/// The first column to be read that is compressed with a codec which this program is built without, and the codec.
fn unread_codec(
    metadata: &ParquetMetaData,
    is_read: impl Fn(&str) -> bool,
) -> Option<(String, &'static str)> {
    metadata.row_groups().iter().flat_map(|group| group.columns()).find_map(|column| {
        let codec = match column.compression() {
            Compression::BROTLI(_) => "brotli",
            Compression::LZO => "lzo",
            _ => return None,
        };
        Some((column.column_path().string(), codec)).filter(|(name, _)| is_read(name))
    })
}

/// What the first chunk settles for those behind it.
struct Kept {
    /// Whether numeric times have nothing but their size to say what they are.
    alone: bool,
    /// Nanoseconds in the unit of numeric times.
    unit: Option<i64>,
    first_symbol: Option<String>,
}

/// One decoded chunk, its columns as plain numbers.
struct Table {
    time: Vec<Option<i64>>,
    time_style: String,
    close_time: Option<(Vec<Option<i64>>, i64)>,
    ohlcv: [ArrayRef; 5],
    trades: Option<ArrayRef>,
    symbol: Option<ArrayRef>,
    time_name: String,
    symbol_name: String,
    first_symbol: String,
}

impl Table {
    fn new(
        batch: &RecordBatch,
        names: &[String],
        layout: &BarLayout,
        source: &Location,
        done: u64,
        kept: &mut Kept,
    ) -> Result<Self, DataError> {
        let column = |at: usize| -> Result<&ArrayRef, DataError> {
            batch.column_by_name(&names[at]).ok_or_else(|| DataError::Format {
                at: source.clone(),
                reason: format!("column `{}` cannot be read", names[at]),
                hint: "two columns may have the same name".to_owned(),
            })
        };
        let typed = |at: usize, to: DataType, expected: &str| -> Result<ArrayRef, DataError> {
            let found = column(at)?;
            cast(found, &to).map_err(|e| DataError::Cell {
                at: source.at_row(done + 1),
                field: names[at].as_str().into(),
                value: format!("{} ({e})", found.data_type()).into(),
                expected: expected.into(),
            })
        };
        let number = |at: usize| {
            let found = column(at)?;
            let bad = matches!(found.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
            let numbers = typed(at, DataType::Float64, "a column of numbers")?;
            if bad && numbers.null_count() > found.null_count() {
                let row = (0..found.len()).find(|r| numbers.is_null(*r) && !found.is_null(*r)).unwrap_or(0);
                let text = cast(found, &DataType::Utf8).ok();
                return Err(DataError::Cell {
                    at: source.at_row(done + row as u64 + 1),
                    field: names[at].as_str().into(),
                    value: text
                        .map(|t| t.as_string::<i32>().value(row).to_owned())
                        .unwrap_or_default()
                        .into(),
                    expected: "a number such as 16541.77".into(),
                });
            }
            Ok(numbers)
        };
        let [open, high, low, close, volume] = layout.ohlcv;
        let (time, time_style, unit) =
            times(column(layout.time)?, &mut kept.unit).map_err(|(row, value)| DataError::Cell {
                at: source.at_row(done + row as u64 + 1),
                field: names[layout.time].as_str().into(),
                value: value.into(),
                expected: "a time: a timestamp, a date, a count since 1970, or ISO 8601 text".into(),
            })?;
        let style = TimeStyle::Epoch(unit);
        if kept.alone
            && column(layout.time)?.data_type().is_integer()
            && let Some((row, time)) = time
                .iter()
                .enumerate()
                .find_map(|(row, t)| t.filter(|t| !style.is_believed(*t)).map(|t| (row, t)))
        {
            return Err(DataError::Cell {
                at: source.at_row(done + row as u64 + 1),
                field: names[layout.time].as_str().into(),
                value: (time / unit).to_string().into(),
                expected: style.expected_of(time).into(),
            });
        }
        let close_time = match layout.close_time {
            Some(at) => times(column(at)?, &mut kept.unit).ok().map(|(times, _, unit)| (times, unit)),
            None => None,
        };
        let symbol = layout.symbol.map(|at| typed(at, DataType::Utf8, "a column of text")).transpose()?;
        let first =
            symbol.as_ref().filter(|s| !s.is_empty()).map(|s| s.as_string::<i32>().value(0).to_owned());
        let first_symbol = kept.first_symbol.get_or_insert(first.unwrap_or_default()).clone();
        Ok(Self {
            time,
            time_style,
            close_time,
            ohlcv: [number(open)?, number(high)?, number(low)?, number(close)?, number(volume)?],
            trades: layout
                .trades
                .map(|at| typed(at, DataType::Int64, "a column of whole numbers"))
                .transpose()?,
            symbol,
            first_symbol,
            time_name: names[layout.time].clone(),
            symbol_name: layout.symbol.map(|at| names[at].clone()).unwrap_or_default(),
        })
    }

    fn bar(&self, row: usize, spec: &ImportSpec, place: Place<'_>) -> Result<Option<RawBar>, DataError> {
        if let Some(symbols) = &self.symbol {
            let symbols = symbols.as_string::<i32>();
            let first = spec.source_symbol.as_deref().unwrap_or(&self.first_symbol);
            if symbols.value(row) != first {
                if spec.source_symbol.is_some() {
                    return Ok(None);
                }
                return Err(DataError::Cell {
                    at: place.location(),
                    field: self.symbol_name.as_str().into(),
                    value: symbols.value(row).into(),
                    expected: format!(
                        "`{first}`, as in the rows before: set `source_symbol` to say which to take"
                    )
                    .into(),
                });
            }
        }
        let mut open_time = self.time[row].ok_or_else(|| DataError::Cell {
            at: place.location(),
            field: self.time_name.as_str().into(),
            value: "null".into(),
            expected: "a time".into(),
        })?;
        if spec.stamp == Stamp::Close {
            open_time = open_time.saturating_sub(spec.frame.map_or(0, |f| f.nanos()));
        }
        let ohlcv = [0, 1, 2, 3, 4].map(|column: usize| {
            let values = self.ohlcv[column].as_primitive::<Float64Type>();
            if values.is_null(row) { f64::NAN } else { values.value(row) }
        });
        let trades = self.trades.as_ref().map(|t| t.as_primitive::<Int64Type>());
        let close_time = self.close_time.as_ref().and_then(|(times, unit)| Some((times[row]?, *unit)));
        Ok(Some(RawBar {
            open_time,
            close_time,
            ohlcv,
            trades: trades.and_then(|t| (!t.is_null(row)).then(|| t.value(row))),
        }))
    }
}

type Times = (Vec<Option<i64>>, String, i64);

/// A column as nanoseconds since 1970, how it writes time, and the unit of its clock. The error is a row and its value.
fn times(column: &ArrayRef, unit: &mut Option<i64>) -> Result<Times, (usize, String)> {
    let counted = |unit: i64| -> Result<Vec<Option<i64>>, (usize, String)> {
        let counts = cast(column, &DataType::Int64).map_err(|e| (0, e.to_string()))?;
        let counts = counts.as_primitive::<Int64Type>();
        let scale = |(row, count): (usize, Option<i64>)| match count {
            Some(count) => count.checked_mul(unit).map(Some).ok_or_else(|| (row, count.to_string())),
            None => Ok(None),
        };
        counts.iter().enumerate().map(scale).collect()
    };
    let (unit, name) = match column.data_type() {
        DataType::Timestamp(Unit::Second, _) => (1_000_000_000, "timestamps in seconds"),
        DataType::Timestamp(Unit::Millisecond, _) => (1_000_000, "timestamps in milliseconds"),
        DataType::Timestamp(Unit::Microsecond, _) => (1_000, "timestamps in microseconds"),
        DataType::Timestamp(Unit::Nanosecond, _) => (1, "timestamps in nanoseconds"),
        DataType::Date64 => (1_000_000, "dates"),
        DataType::Date32 => {
            let days = cast(column, &DataType::Int32).map_err(|e| (0, e.to_string()))?;
            let days = days.as_primitive::<arrow::datatypes::Int32Type>();
            const DAY: i64 = 86_400_000_000_000;
            return Ok((
                days.iter().map(|d| d.map(|d| i64::from(d) * DAY)).collect(),
                "dates".to_owned(),
                DAY,
            ));
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let texts = cast(column, &DataType::Utf8).map_err(|e| (0, e.to_string()))?;
            let texts = texts.as_string::<i32>();
            let parse = |(row, text): (usize, Option<&str>)| match text {
                Some(text) => TimeStyle::Iso.parse(text).map(Some).ok_or_else(|| (row, text.to_owned())),
                None => Ok(None),
            };
            let parsed = texts.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
            return Ok((parsed, TimeStyle::Iso.to_string(), 1_000_000_000));
        }
        kind if kind.is_integer() => {
            let counts = counted(1)?;
            let unit = *unit
                .get_or_insert_with(|| unit_of_count(counts.iter().flatten().next().copied().unwrap_or(0)));
            return Ok((counted(unit)?, TimeStyle::Epoch(unit).to_string(), unit));
        }
        other => return Err((0, other.to_string())),
    };
    Ok((counted(unit)?, name.to_owned(), unit))
}
