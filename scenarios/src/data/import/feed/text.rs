//! Lines and cells of text feeds.

use std::io::{BufRead, BufReader, Read};

use crate::data::error::{DataError, Location};
use crate::data::validate::Place;

/// A line longer than this is no line of any feed.
const MAX_LINE: u64 = 1 << 26;

/// The lines of a text, numbered from 1, without their ends. Empty lines are passed over.
pub(super) struct Lines<'a> {
    source: &'a Location,
    input: BufReader<&'a mut dyn Read>,
    buffer: Vec<u8>,
    row: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a Location, input: &'a mut dyn Read) -> Self {
        Self { source, input: BufReader::with_capacity(1 << 16, input), buffer: Vec::new(), row: 0 }
    }

    /// The next line and its place.
    ///
    /// # Errors
    /// A broken stream, a line that does not end, or bytes that are no text.
    pub(super) fn next(&mut self) -> Result<Option<(&str, Place<'a>)>, DataError> {
        loop {
            self.buffer.clear();
            self.row += 1;
            let place = Place { source: self.source, row: self.row };
            let read = (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut self.buffer);
            match read {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                Err(e) => return Err(DataError::Corrupt { at: place.location(), reason: e.to_string() }),
            }
            if self.row == 1 && self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.buffer.drain(..3);
            }
            if self.buffer.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return match std::str::from_utf8(&self.buffer) {
                Ok(line) => Ok(Some((line.trim_end_matches(['\n', '\r']), place))),
                Err(_) => Err(DataError::Format {
                    at: place.location(),
                    reason: "it is not text".to_owned(),
                    hint: "name the kind that the file is of, or let `auto` tell it".to_owned(),
                }),
            };
        }
    }
}

/// More cells than any feed has in a line.
const MAX_CELLS: usize = 16;

/// Cells of one line of comma-separated text.
pub(super) struct Cells<'a> {
    cells: [&'a str; MAX_CELLS],
    count: usize,
    names: &'a [&'a str],
    place: Place<'a>,
}

impl<'a> Cells<'a> {
    /// Splits a line that has a cell per name.
    ///
    /// # Errors
    /// If it has another number of cells.
    pub(super) fn split(line: &'a str, names: &'a [&'a str], place: Place<'a>) -> Result<Self, DataError> {
        let (mut cells, mut count) = ([""; MAX_CELLS], 0);
        for cell in line.split(',') {
            if let Some(slot) = cells.get_mut(count) {
                *slot = cell.trim();
            }
            count += 1;
        }
        if count != names.len() {
            return Err(DataError::Width { at: place.location(), found: count, expected: names.len() });
        }
        Ok(Self { cells, count, names, place })
    }

    pub(super) fn text(&self, column: usize) -> &'a str {
        self.cells[..self.count].get(column).copied().unwrap_or_default()
    }

    #[cold]
    pub(super) fn error(&self, column: usize, expected: &str) -> DataError {
        let name = self.names.get(column).copied().unwrap_or_default();
        cell_error(self.place, name, self.text(column), expected)
    }

    pub(super) fn number(&self, column: usize) -> Result<f64, DataError> {
        self.text(column).parse().map_err(|_| self.error(column, "a number such as 16541.77"))
    }

    pub(super) fn integer(&self, column: usize) -> Result<i64, DataError> {
        self.text(column).parse().map_err(|_| self.error(column, "a whole number"))
    }

    /// A time since 1970 in units of `unit` nanoseconds, between 1973 and 5138 if it is of that unit.
    pub(super) fn time(&self, column: usize, unit: i64, unit_name: &str) -> Result<i64, DataError> {
        let wrong = || self.error(column, &format!("a time in {unit_name} since 1970"));
        let count = self.text(column).parse::<i64>().map_err(|_| wrong())?;
        if super::super::text_time::unit_of_count(count) != unit {
            return Err(wrong());
        }
        count.checked_mul(unit).ok_or_else(wrong)
    }
}

/// A cell or field that does not hold what it should.
#[cold]
pub(super) fn cell_error(place: Place<'_>, field: &str, value: &str, expected: &str) -> DataError {
    DataError::Cell {
        at: place.location(),
        field: field.into(),
        value: value.chars().take(80).collect::<String>().into(),
        expected: expected.into(),
    }
}
