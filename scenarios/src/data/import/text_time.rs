//! Time stamps in text: numbers since 1970 of some unit, or ISO 8601. Without an offset they are UTC.

use std::fmt;
use std::ops::Range;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use manyworlds_components::time::Timestamp;

use super::spec::TimeUnit;

/// How a file writes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeStyle {
    /// A count of this many nanoseconds since 1970.
    Epoch(i64),
    /// ISO 8601, a date, or a date and time.
    Iso,
    /// Milliseconds after this midnight.
    Midnight(i64),
}

impl fmt::Display for TimeStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epoch(1) => "epoch nanoseconds",
            Self::Epoch(1_000) => "epoch microseconds",
            Self::Epoch(1_000_000) => "epoch milliseconds",
            Self::Epoch(_) => "epoch seconds",
            Self::Iso => "ISO 8601",
            Self::Midnight(_) => "milliseconds after midnight",
        })
    }
}

/// Nanoseconds in a unit; `None` for `Auto`.
pub(crate) fn unit_ns(unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Auto => None,
        TimeUnit::Seconds => Some(1_000_000_000),
        TimeUnit::Millis => Some(1_000_000),
        TimeUnit::Micros => Some(1_000),
        TimeUnit::Nanos => Some(1),
    }
}

/// The unit of a count since 1970 that lies between 1973 and 5138, by its size.
pub(crate) fn unit_of_count(count: i64) -> i64 {
    match count.unsigned_abs() {
        0..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    }
}

/// From 1990 to 2100, in ns: the times that a number alone is believed to tell. Market data from before are older than the
/// formats that count time, while what counts from midnight would lie in 1970.
const BELIEVED: Range<i64> = 631_152_000_000_000_000..4_102_444_800_000_000_000;

impl TimeStyle {
    /// Whether to believe that a count, of which nothing else is known, tells this time.
    #[inline]
    pub(crate) fn is_believed(self, time: i64) -> bool {
        !matches!(self, Self::Epoch(_)) || BELIEVED.contains(&time)
    }

    /// What a count should be that is not believed, and what a person may say of it.
    pub(crate) fn expected_of(self, time: i64) -> String {
        format!(
            "a time between 1990 and 2100 ({} in {self}): if it counts milliseconds from midnight, say the kind \
             `lean_minute`; if it is right, say the kind by its name, e.g. `bars`, or in a scenario the `time_unit`",
            Timestamp(time)
        )
    }

    /// The style of a cell, if it is a time at all.
    pub(crate) fn sniff(cell: &str, unit: TimeUnit) -> Option<Self> {
        let number = cell.strip_prefix('-').unwrap_or(cell);
        let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
        let style = if !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()) {
            // Eight digits are a date (20230131), unless a unit was given: as seconds they would lie in 1970.
            match unit_ns(unit) {
                Some(ns) => Self::Epoch(ns),
                None if whole.len() == 8 && parse_iso(cell).is_some() => Self::Iso,
                None => Self::Epoch(unit_of_count(whole.parse().ok()?)),
            }
        } else {
            Self::Iso
        };
        style.parse(cell).map(|_| style)
    }

    /// The cell's time in nanoseconds since 1970.
    #[inline]
    pub(crate) fn parse(self, cell: &str) -> Option<i64> {
        match self {
            Self::Epoch(unit) => parse_epoch(cell, unit),
            Self::Iso => parse_iso(cell),
            Self::Midnight(midnight) => {
                let ms = cell.parse::<i64>().ok().filter(|ms| (0..=86_400_000).contains(ms))?;
                Some(midnight + ms * 1_000_000)
            }
        }
    }

    /// What a cell should look like.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Epoch(_) => format!("a time in {self}, as the rows before it"),
            Self::Iso => "a time such as 2023-01-31T09:30:00Z".to_owned(),
            Self::Midnight(_) => "milliseconds after midnight".to_owned(),
        }
    }
}

fn parse_epoch(cell: &str, unit: i64) -> Option<i64> {
    if let Ok(count) = cell.parse::<i64>() {
        return count.checked_mul(unit);
    }
    let (whole, fraction) = cell.split_once('.')?;
    let count = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Digits beyond a nanosecond are dropped.
    let (mut place, mut add) = (unit / 10, 0);
    for digit in fraction.bytes() {
        add += i64::from(digit - b'0') * place;
        place /= 10;
    }
    count.checked_add(if whole.starts_with('-') { -add } else { add })
}

fn parse_iso(cell: &str) -> Option<i64> {
    let cell = cell.strip_suffix("UTC").map_or(cell, str::trim_end);
    let slashes;
    let cell = if cell.as_bytes().get(4) == Some(&b'/') {
        slashes = cell.replace('/', "-");
        &slashes
    } else {
        cell
    };
    let time = match cell.parse::<jiff::Timestamp>() {
        Ok(time) => time,
        Err(_) => cell.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp(),
    };
    i64::try_from(time.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_the_unit_of_their_size() {
        let ns = 1_672_531_200_000_000_000;
        for (cell, style) in [
            ("1672531200", "epoch seconds"),
            ("1672531200.000", "epoch seconds"),
            ("1672531200000", "epoch milliseconds"),
            ("1672531200000000", "epoch microseconds"),
            ("1672531200000000000", "epoch nanoseconds"),
            ("2023-01-01", "ISO 8601"),
            ("20230101", "ISO 8601"),
            ("2023/01/01 00:00", "ISO 8601"),
            ("2023-01-01 00:00:00", "ISO 8601"),
            ("2023-01-01T00:00:00Z", "ISO 8601"),
            ("2023-01-01 01:00:00+01:00", "ISO 8601"),
            ("2023-01-01 00:00:00 UTC", "ISO 8601"),
        ] {
            let found = TimeStyle::sniff(cell, TimeUnit::Auto).unwrap_or_else(|| panic!("{cell}"));
            assert_eq!((found.to_string().as_str(), found.parse(cell)), (style, Some(ns)), "{cell}");
        }
    }

    #[test]
    fn fractions_are_exact() {
        assert_eq!(TimeStyle::Epoch(1_000_000_000).parse("1.123456789"), Some(1_123_456_789));
        assert_eq!(TimeStyle::Epoch(1_000_000_000).parse("-1.5"), Some(-1_500_000_000));
        assert_eq!(TimeStyle::Epoch(1_000).parse("7.25"), Some(7_250));
    }

    #[test]
    fn a_given_unit_wins_and_nonsense_is_none() {
        assert_eq!(TimeStyle::sniff("20230101", TimeUnit::Seconds), Some(TimeStyle::Epoch(1_000_000_000)));
        for cell in ["", "open", "31/01/2023", "2023-13-01", "12:30", "1e9", "99999999999999999999"] {
            assert_eq!(TimeStyle::sniff(cell, TimeUnit::Auto), None, "{cell}");
        }
        assert_eq!(TimeStyle::Epoch(1_000_000_000).parse("1672531200000000000"), None);
    }
}
