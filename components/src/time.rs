//! Simulated time: `i64` nanoseconds since the Unix epoch, UTC, and the frames that cut it into bars.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds in one second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;
/// Nanoseconds in one day.
pub const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;

/// A point in simulated time, in nanoseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before every event.
    pub const MIN: Self = Self(i64::MIN);
    /// After every event.
    pub const MAX: Self = Self(i64::MAX);

    /// From whole milliseconds since the epoch.
    #[inline]
    pub fn from_millis(ms: i64) -> Self {
        Self(ms * 1_000_000)
    }

    /// From whole seconds since the epoch.
    #[inline]
    pub fn from_seconds(s: i64) -> Self {
        Self(s * NANOS_PER_SECOND)
    }

    /// Nanoseconds since the epoch.
    #[inline]
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// Days since the epoch, rounded towards the past.
    #[inline]
    pub fn day(self) -> i64 {
        self.0.div_euclid(NANOS_PER_DAY)
    }
}

impl Add<i64> for Timestamp {
    type Output = Self;
    /// Moves forward by nanoseconds, saturating at the ends of time.
    #[inline]
    fn add(self, ns: i64) -> Self {
        Self(self.0.saturating_add(ns))
    }
}

impl Sub for Timestamp {
    type Output = i64;
    /// The distance in nanoseconds.
    #[inline]
    fn sub(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 with as many fraction digits as are needed, e.g. `2023-01-01T00:01:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, in_day) = (self.day(), self.0.rem_euclid(NANOS_PER_DAY));
        let (year, month, day) = civil_from_days(days);
        let (seconds, nanos) = (in_day / NANOS_PER_SECOND, in_day % NANOS_PER_SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match nanos {
            0 => {}
            n if n % 1_000_000 == 0 => write!(f, ".{:03}", n / 1_000_000)?,
            n if n % 1_000 == 0 => write!(f, ".{:06}", n / 1_000)?,
            n => write!(f, ".{n:09}")?,
        }
        f.write_str("Z")
    }
}

/// Year, month and day of a day number; Hinnant, "chrono-compatible low-level date algorithms".
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// A bar length in time: `1s` .. `1d` (and `1w`), aligned to the epoch (weeks to Monday), UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame(i64);

/// Why a text is not a [`Frame`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a frame: write a whole number and a unit (ns, us, ms, s, m, h, d, w), such as \"1m\" or \"4h\""
)]
pub struct FrameError(pub String);

impl Frame {
    /// One nanosecond: what bars have at least that are ended by something else than time.
    pub const SHORTEST: Self = Self(1);
    /// One second.
    pub const SECOND: Self = Self(NANOS_PER_SECOND);
    /// One minute.
    pub const MINUTE: Self = Self(60 * NANOS_PER_SECOND);
    /// One hour.
    pub const HOUR: Self = Self(3_600 * NANOS_PER_SECOND);
    /// One day, UTC.
    pub const DAY: Self = Self(NANOS_PER_DAY);
    /// One week, from Monday 00:00 UTC.
    pub const WEEK: Self = Self(7 * NANOS_PER_DAY);

    /// A frame of that many nanoseconds; `None` unless positive.
    pub fn from_nanos(ns: i64) -> Option<Self> {
        (ns > 0).then_some(Self(ns))
    }

    /// The length in nanoseconds.
    #[inline]
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// The start of the frame that holds `t`.
    #[inline]
    pub fn floor(self, t: Timestamp) -> Timestamp {
        // The epoch was a Thursday: weeks are shifted so that they begin on Monday.
        let shift = if self.0 % Self::WEEK.0 == 0 { 4 * NANOS_PER_DAY } else { 0 };
        Timestamp((t.0 - shift).div_euclid(self.0) * self.0 + shift)
    }

    /// The first frame border at or after `t`.
    #[inline]
    pub fn ceil(self, t: Timestamp) -> Timestamp {
        let floor = self.floor(t);
        if floor == t { t } else { floor + self.0 }
    }
}

impl FromStr for Frame {
    type Err = FrameError;

    fn from_str(text: &str) -> Result<Self, FrameError> {
        let error = || FrameError(text.to_owned());
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
        let count: i64 = text[..digits].parse().map_err(|_| error())?;
        let unit = match &text[digits..] {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => NANOS_PER_SECOND,
            "m" => 60 * NANOS_PER_SECOND,
            "h" => 3_600 * NANOS_PER_SECOND,
            "d" => NANOS_PER_DAY,
            "w" => 7 * NANOS_PER_DAY,
            _ => return Err(error()),
        };
        count.checked_mul(unit).and_then(Self::from_nanos).ok_or_else(error)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (7 * NANOS_PER_DAY, "w"),
            (NANOS_PER_DAY, "d"),
            (3_600 * NANOS_PER_SECOND, "h"),
            (60 * NANOS_PER_SECOND, "m"),
            (NANOS_PER_SECOND, "s"),
            (1_000_000, "ms"),
        ];
        match units.iter().find(|(ns, _)| self.0 % ns == 0) {
            Some((ns, unit)) => write!(f, "{}{unit}", self.0 / ns),
            None => write!(f, "{}ns", self.0),
        }
    }
}

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_parse_and_print() {
        for text in ["10ns", "250ms", "1s", "1m", "4h", "1d", "1w"] {
            assert_eq!(text.parse::<Frame>().unwrap().to_string(), text);
        }
        assert_eq!("60s".parse::<Frame>(), Ok(Frame::MINUTE));
        for text in ["", "m", "0m", "-1m", "1", "1y", "1 m", "99999999999999999d"] {
            assert!(text.parse::<Frame>().is_err(), "{text}");
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        let monday = Timestamp::from_seconds(1_672_617_600); // 2023-01-02
        assert_eq!(Frame::WEEK.floor(monday + 1), monday);
        assert_eq!(Frame::WEEK.floor(monday + -1), Timestamp(monday.0 - Frame::WEEK.nanos()));
    }

    #[test]
    fn timestamps_print_as_iso_8601() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_millis(951_782_400_001).to_string(), "2000-02-29T00:00:00.001Z");
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999999999Z");
    }

    proptest! {
        #[test]
        fn floor_and_ceil_enclose(t in -4_000_000_000_000_000_000i64..4_000_000_000_000_000_000, n in 1i64..5_000) {
            let (frame, t) = (Frame::from_nanos(n * 1_000_000).unwrap(), Timestamp(t));
            prop_assert!(frame.floor(t) <= t && t <= frame.ceil(t));
            prop_assert!(frame.ceil(t) - frame.floor(t) == 0 || frame.ceil(t) - frame.floor(t) == frame.nanos());
        }
    }
}
