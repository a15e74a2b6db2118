//! Funding rates from text files: rows of a time and a rate, as a share of the position's value.

use std::path::Path;

use manyworlds_components::time::Timestamp;

use super::error::{DataError, Location};

/// Rates in order of time.
///
/// A row is `time,rate`: the time as `20200325 16:00:00`, `2020-03-25 16:00:00` or ISO 8601 (UTC without an offset), or
/// milliseconds since 1970. A first line that is no row is taken for a header.
///
/// # Errors
/// A file that cannot be read or holds no rows; a cell that is no time or no rate (above -1 and below 1); times that do not rise.
pub fn funding_rates(path: &Path) -> Result<Vec<(Timestamp, f64)>, DataError> {
    let file = Location::file(path);
    let text = std::fs::read_to_string(path).map_err(|source| DataError::Io {
        path: path.to_owned(),
        doing: "read the funding rates",
        source,
    })?;
    let mut rates: Vec<(Timestamp, f64)> = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at = file.at_row(i as u64 + 1);
        let cell = |field: &str, value: &str, expected: &str| DataError::Cell {
            at: at.clone(),
            field: field.into(),
            value: value.into(),
            expected: expected.into(),
        };
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [time, rate] = cells[..] else {
            return Err(DataError::Width { at, found: cells.len(), expected: 2 });
        };
        let (Some(ts), Ok(value)) = (time_of(time), rate.parse::<f64>()) else {
            if i == 0 && time_of(time).is_none() && rate.parse::<f64>().is_err() {
                continue;
            }
            return Err(match time_of(time) {
                None => cell("time", time, "a time, e.g. `20200325 16:00:00`"),
                Some(_) => cell("rate", rate, "a number, e.g. `0.0001`"),
            });
        };
        if !(value > -1.0 && value < 1.0) {
            return Err(cell("rate", rate, "a share of the position's value above -1 and below 1"));
        }
        if rates.last().is_some_and(|(last, _)| *last >= ts) {
            return Err(cell("time", time, "later than the row before; sort the file by time"));
        }
        rates.push((ts, value));
    }
    if rates.is_empty() {
        return Err(DataError::Empty { at: file, hint: "rows of `time,rate` are needed".to_owned() });
    }
    Ok(rates)
}

fn time_of(text: &str) -> Option<Timestamp> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(text) && text.len() >= 12 {
        return text.parse::<i64>().ok()?.checked_mul(1_000_000).map(Timestamp);
    }
    let iso = match text.split_at_checked(8) {
        Some((day, rest)) if digits(day) => format!("{}-{}-{}{rest}", &day[..4], &day[4..6], &day[6..]),
        _ => text.to_owned(),
    };
    let zoned = iso.parse::<jiff::Timestamp>().ok();
    let at = zoned.or_else(|| {
        let civil = iso.parse::<jiff::civil::DateTime>().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    i64::try_from(at.as_nanosecond()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(Timestamp, f64)>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        funding_rates(file.path()).map_err(|e| e.to_string())
    }

    #[test]
    fn times_are_written_in_many_ways() {
        let at = 1_585_152_000_000_000_000;
        for time in ["20200325 16:00:00", "2020-03-25 16:00:00", "2020-03-25T17:00:00+01:00", "1585152000000"]
        {
            let rates = read(&format!("time,rate\n{time},-0.0001\n\n")).unwrap();
            assert_eq!(rates, [(Timestamp(at), -0.0001)], "{time}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_row() {
        let row = "20200325 16:00:00,0.0001\n";
        for (text, expected) in [
            (String::new(), "no rows"),
            (format!("{row}{row}"), "row 2, column `time`"),
            (format!("{row}noon,0.1"), "row 2, column `time`: `noon`"),
            (format!("{row}20200326 00:00:00,much"), "row 2, column `rate`: `much`"),
            ("20200325 16:00:00,100".to_owned(), "row 1, column `rate`: `100`"),
            ("20200325 16:00:00,0.1,2".to_owned(), "row 1: 3 cells where 2 are needed"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn real_rates() {
        let folder = std::env::var("MANYWORLDS_DATA")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").to_owned());
        let path = Path::new(&folder).join("funding/bybit/btcusdt.csv");
        if !path.exists() {
            println!("skipped: there is no {}", path.display());
            return;
        }
        let rates = funding_rates(&path).unwrap();
        assert_eq!(rates.len(), 3_922);
        assert!(rates.iter().all(|(at, _)| at.0 % (8 * 3_600_000_000_000) == 0), "every eight hours");
    }
}
