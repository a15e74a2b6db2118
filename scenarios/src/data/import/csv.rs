//! Rows of text files.

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use csv::{ByteRecord, ErrorKind};
use manyworlds_components::time::Frame;

use super::columns::{self, BarLayout, Layout, TradeLayout, parse_bool};
use super::lean_day::{LeanDay, scale_of};
use super::peek::Detected;
use super::spec::{ImportSpec, SourceFormat, Stamp};
use super::text_time::TimeStyle;
use super::{Record, Sink};
use crate::data::error::{DataError, Location};
use crate::data::tape::TradeRow;
use crate::data::validate::{Place, RawBar};

/// Reads one text file to its end, or until the sink has had enough, and says what it is.
///
/// # Errors
/// A broken stream, an unknown layout, a row of another width, a cell that is not what its column needs, or the sink's.
pub(crate) fn read_csv(
    source: &Location,
    input: &mut dyn Read,
    spec: &ImportSpec,
    sink: &mut Sink<'_>,
) -> Result<(Option<Detected>, ControlFlow<()>), DataError> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let start = input.fill_buf().map_err(|e| corrupt(source, 1, &e))?;
    if start.starts_with(b"PAR1") || start.starts_with(b"ARROW1") {
        let hint = "unpack the file first".to_owned();
        let reason = "a Parquet or Arrow file inside of another is not read".to_owned();
        return Err(DataError::Format { at: source.clone(), reason, hint });
    }
    let bom = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let line = start[bom..].split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| line.iter().filter(|b| **b == wanted).count();
    let delimiter = [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',');
    input.consume(bom);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(input);
    let mut record = ByteRecord::new();
    let mut row = 0;
    let mut parser: Option<Parser> = None;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => row = record.position().map_or(row + 1, |p| p.line()),
            Ok(false) => break,
            Err(error) => return Err(read_error(source, reader.position().line(), error)),
        }
        let place = Place { source, row };
        let parser = match &mut parser {
            Some(parser) => parser,
            None => {
                let cells: Vec<String> =
                    record.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
                let (found, is_header) = Parser::new(&cells, spec, place)?;
                let found = parser.insert(found);
                if is_header {
                    continue;
                }
                found
            }
        };
        if let Some(record) = parser.parse(&record, spec, place)?
            && sink(record, place)?.is_break()
        {
            return Ok((Some(parser.detected()), ControlFlow::Break(())));
        }
    }
    Ok((parser.map(|p| p.detected()), ControlFlow::Continue(())))
}

fn corrupt(source: &Location, row: u64, error: &std::io::Error) -> DataError {
    DataError::Corrupt { at: source.at_row(row), reason: error.to_string() }
}

fn read_error(source: &Location, row: u64, error: csv::Error) -> DataError {
    match error.kind() {
        ErrorKind::Io(error) => corrupt(source, row, error),
        _ => DataError::Corrupt { at: source.at_row(row), reason: error.to_string() },
    }
}

/// Turns records into rows once the layout is known.
struct Parser {
    format: SourceFormat,
    layout: Layout,
    names: Vec<String>,
    has_header: bool,
    time: Option<TimeStyle>,
    close_style: Option<TimeStyle>,
    symbol: Option<String>,
    joined: String,
    /// What prices are divided by.
    scale: f64,
}

impl Parser {
    /// Told from the first row, which may be a header (the second value).
    fn new(cells: &[String], spec: &ImportSpec, place: Place<'_>) -> Result<(Self, bool), DataError> {
        let unknown = |reason: String| {
            DataError::Format {
            at: place.location(),
            reason,
            hint: "known are Binance klines, aggTrades and trades, and bars with a header that names a time column \
                   and open, high, low, close, volume"
                .to_owned(),
        }
        };
        let is_number = |cell: &String| cell.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        let has_header = !cells.iter().any(is_number);
        let (format, layout, names) = if has_header {
            let (format, layout) = columns::from_header(cells).map_err(unknown)?;
            (format, layout, cells.to_vec())
        } else {
            let found = columns::from_first_row(cells, spec.format);
            let (format, layout, names) = found.ok_or_else(|| {
                unknown(format!("{} columns without a header are of no known layout", cells.len()))
            })?;
            (format, layout, names.iter().take(cells.len()).map(|n| (*n).to_owned()).collect())
        };
        let asked = spec.format;
        if asked == SourceFormat::Auto && !has_header && columns::is_lean_daily(cells) {
            return Err(DataError::Format {
                at: place.location(),
                reason: format!(
                    "it is written as QuantConnect Lean writes daily bars, whose prices are 1/10,000 (open `{}`)",
                    cells[1]
                ),
                hint: "say the kind: `lean_daily` divides prices, `bars` takes them as they stand".to_owned(),
            });
        }
        let both_bars = asked == SourceFormat::Bars && format == SourceFormat::BinanceKlines
            || asked == SourceFormat::BinanceKlines && format == SourceFormat::Bars && has_header;
        if asked != SourceFormat::Auto && asked != format && !both_bars {
            return Err(unknown(format!("it looks like {}, not {}", format.name(), asked.name())));
        }
        let (symbol, joined, close_style) = (None, String::new(), None);
        let (time, scale) = match format {
            SourceFormat::LeanMinute => {
                let day = LeanDay::of(place.source, spec)?;
                (Some(day.clock()), day.scale)
            }
            SourceFormat::LeanDaily => (None, scale_of(place.source)),
            _ => (None, 1.0),
        };
        Ok((Self { format, layout, names, has_header, time, close_style, symbol, joined, scale }, has_header))
    }

    fn detected(&self) -> Detected {
        Detected {
            format: self.format,
            has_header: self.has_header,
            time: self.time.map(|t| t.to_string()).unwrap_or_default(),
        }
    }

    fn parse(
        &mut self,
        record: &ByteRecord,
        spec: &ImportSpec,
        place: Place<'_>,
    ) -> Result<Option<Record>, DataError> {
        if record.len() != self.names.len() {
            let (found, expected) = (record.len(), self.names.len());
            return Err(DataError::Width { at: place.location(), found, expected });
        }
        let Self { format, layout, names, time, close_style, symbol, joined, scale, .. } = self;
        let row = Row { record, names, place };
        match layout {
            Layout::Bars(layout) => {
                if !is_wanted(layout, &row, spec, symbol)? {
                    return Ok(None);
                }
                let mut bar = row.bar(layout, time, close_style, joined, spec)?;
                if *format == SourceFormat::LeanDaily && bar.open_time % Frame::DAY.nanos() != 0 {
                    let expected = "midnight of a day: Lean's hourly bars are told in the time of the exchange, and not read";
                    return Err(row.cell_error(layout.time, row.text(layout.time)?, expected));
                }
                if *scale != 1.0 {
                    bar.ohlcv[..4].iter_mut().for_each(|price| *price /= *scale);
                }
                Ok(Some(Record::Bar(bar)))
            }
            Layout::Trades(layout) => row.trade(layout, time, spec).map(|trade| Some(Record::Trade(trade))),
        }
    }
}

/// Whether the row is of the symbol that was asked for.
fn is_wanted(
    layout: &BarLayout,
    row: &Row<'_>,
    spec: &ImportSpec,
    first: &mut Option<String>,
) -> Result<bool, DataError> {
    let Some(column) = layout.symbol else { return Ok(true) };
    let cell = row.text(column)?;
    if let Some(wanted) = &spec.source_symbol {
        return Ok(cell == wanted);
    }
    if let Some(first) = first {
        if first == cell {
            return Ok(true);
        }
        let expected = format!("`{first}`, as in the rows before: set `source_symbol` to say which to take");
        return Err(row.cell_error(column, cell, expected));
    }
    *first = Some(cell.to_owned());
    Ok(true)
}

/// One record with what is needed to say what is wrong with it.
struct Row<'a> {
    record: &'a ByteRecord,
    names: &'a [String],
    place: Place<'a>,
}

impl Row<'_> {
    #[cold]
    fn cell_error(&self, column: usize, value: &str, expected: impl Into<Box<str>>) -> DataError {
        DataError::Cell {
            at: self.place.location(),
            field: self.names[column].as_str().into(),
            value: value.chars().take(80).collect::<String>().into(),
            expected: expected.into(),
        }
    }

    #[inline]
    fn text(&self, column: usize) -> Result<&str, DataError> {
        let bytes = &self.record[column];
        std::str::from_utf8(bytes)
            .map_err(|_| self.cell_error(column, &String::from_utf8_lossy(bytes), "text in UTF-8"))
    }

    /// A number; NaN for the usual ways to write that there is none.
    #[inline]
    fn number(&self, column: usize) -> Result<f64, DataError> {
        let cell = self.text(column)?;
        match cell.parse::<f64>() {
            Ok(number) => Ok(number),
            Err(_) if ["", "null", "none", "na", "n/a", "-"].contains(&cell.to_lowercase().as_str()) => {
                Ok(f64::NAN)
            }
            Err(_) => Err(self.cell_error(column, cell, "a number such as 16541.77")),
        }
    }

    fn integer(&self, column: usize) -> Result<i64, DataError> {
        let cell = self.text(column)?;
        cell.parse().map_err(|_| self.cell_error(column, cell, "a whole number"))
    }

    #[inline]
    fn time(
        &self,
        column: usize,
        cell: &str,
        style: &mut Option<TimeStyle>,
        spec: &ImportSpec,
    ) -> Result<i64, DataError> {
        let expected = || "a time such as 1672531200000 or 2023-01-31T09:30:00Z";
        let style = match style {
            Some(style) => *style,
            None => *style.insert(
                TimeStyle::sniff(cell, spec.time_unit)
                    .ok_or_else(|| self.cell_error(column, cell, expected()))?,
            ),
        };
        style.parse(cell).ok_or_else(|| self.cell_error(column, cell, style.expected()))
    }

    /// The time at which a row stands, which has to be believable where numbers tell it alone.
    #[inline]
    fn row_time(
        &self,
        column: usize,
        cell: &str,
        style: &mut Option<TimeStyle>,
        spec: &ImportSpec,
    ) -> Result<i64, DataError> {
        let time = self.time(column, cell, style, spec)?;
        match style {
            Some(style) if spec.numbers_tell_time() && !style.is_believed(time) => {
                Err(self.cell_error(column, cell, style.expected_of(time)))
            }
            _ => Ok(time),
        }
    }

    fn bar(
        &self,
        layout: &BarLayout,
        style: &mut Option<TimeStyle>,
        close_style: &mut Option<TimeStyle>,
        joined: &mut String,
        spec: &ImportSpec,
    ) -> Result<RawBar, DataError> {
        let mut cell = self.text(layout.time)?;
        if let Some(time_of_day) = layout.time_of_day {
            joined.clear();
            joined.push_str(cell);
            joined.push(' ');
            joined.push_str(self.text(time_of_day)?);
            cell = joined;
        }
        let mut open_time = self.row_time(layout.time, cell, style, spec)?;
        if spec.stamp == Stamp::Close {
            open_time = open_time.saturating_sub(spec.frame.map_or(0, |f| f.nanos()));
        }
        let close_time = match layout.close_time {
            Some(column) => {
                let time = self.time(column, self.text(column)?, close_style, spec)?;
                let unit = match close_style {
                    Some(TimeStyle::Epoch(unit)) => *unit,
                    _ => 1_000_000_000,
                };
                Some((time, unit))
            }
            None => None,
        };
        let mut ohlcv = [0.0; 5];
        for (value, column) in ohlcv.iter_mut().zip(layout.ohlcv) {
            *value = self.number(column)?;
        }
        let trades = match layout.trades {
            // Some sources write counts as decimals, or leave them out.
            Some(column) => match self.text(column)?.parse::<i64>() {
                Ok(count) => Some(count),
                Err(_) => Some(self.number(column)?).filter(|n| n.is_finite()).map(|n| n as i64),
            },
            None => None,
        };
        Ok(RawBar { open_time, close_time, ohlcv, trades })
    }

    fn trade(
        &self,
        layout: &TradeLayout,
        style: &mut Option<TimeStyle>,
        spec: &ImportSpec,
    ) -> Result<TradeRow, DataError> {
        let ts = self.row_time(layout.time, self.text(layout.time)?, style, spec)?;
        let maker = self.text(layout.is_buyer_maker)?;
        let is_buyer_maker = parse_bool(maker)
            .ok_or_else(|| self.cell_error(layout.is_buyer_maker, maker, "`true` or `false`"))?;
        Ok(TradeRow {
            ts_event: ts,
            ts_recv: ts,
            trade_id: self.integer(layout.id)?,
            price: self.number(layout.price)?,
            quantity: self.number(layout.quantity)?,
            aggressor_side: if is_buyer_maker { -1 } else { 1 },
        })
    }
}
