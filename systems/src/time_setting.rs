//! Times as settings: ISO 8601, or nanoseconds since the epoch.

use std::fmt;

use manyworlds_components::time::Timestamp;
use serde::{Deserializer, Serializer, de};

/// What a time looks like.
pub const EXPECTED: &str = "a time such as \"2023-01-01\" or \"2023-01-01T12:30:00Z\" (UTC unless it says otherwise), or whole nanoseconds since 1970";

/// Reads a time.
pub fn parse(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok().or_else(|| {
        text.parse::<jiff::civil::DateTime>()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|z| z.timestamp())
    })?;
    i64::try_from(instant.as_nanosecond()).ok().map(Timestamp)
}

struct TimeVisitor;

impl de::Visitor<'_> for TimeVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, ns: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(ns))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        parse(text).ok_or_else(|| E::custom(format!("`{text}` is not {EXPECTED}")))
    }
}

/// For serde: one time.
pub mod one {
    use super::*;

    /// Writes a time as ISO 8601.
    ///
    /// # Errors
    /// As the serializer.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    /// Reads a time.
    ///
    /// # Errors
    /// What is not a time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

/// For serde: a time or none.
pub mod option {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Wrapped(#[serde(with = "super::one")] Timestamp);

    /// Writes a time, or that there is none.
    ///
    /// # Errors
    /// As the serializer.
    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(Wrapped).serialize(serializer)
    }

    /// Reads a time, or that there is none.
    ///
    /// # Errors
    /// What is neither.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Wrapped>::deserialize(deserializer)?.map(|w| w.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_unless_they_say_otherwise() {
        let day = Timestamp::from_seconds(1_672_531_200);
        assert_eq!(parse("2023-01-01"), Some(day));
        assert_eq!(parse("2023-01-01T00:00:00Z"), Some(day));
        assert_eq!(parse("2023-01-01T01:00:00+01:00"), Some(day));
        assert_eq!(parse("2023-01-01 00:00:01.5"), Some(day + 1_500_000_000));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse("2500-01-01"), None, "after the end of i64 nanoseconds");
    }
}
