//! What the names of QuantConnect Lean files say: the day, the symbol, and whether prices are scaled.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::spec::ImportSpec;
use super::text_time::TimeStyle;
use crate::data::error::{DataError, Location};

/// What prices are divided by: 10,000 for shares; 1 for crypto, which lies below a folder whose name has `crypto` in it.
pub(crate) fn scale_of(source: &Location) -> f64 {
    let path = source.file.to_string_lossy();
    if path.split('/').any(|folder| folder.contains("crypto")) { 1.0 } else { 10_000.0 }
}

/// Times of a Lean file are milliseconds since this day's midnight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeanDay {
    midnight: i64,
    /// What prices are divided by: 10,000 for shares, 1 for crypto.
    pub scale: f64,
    /// As in `20131007_spy_minute_trade.csv`, in capitals.
    pub symbol: Option<String>,
}

impl LeanDay {
    /// From the name of the file or archive member, its folders and the settings. Below a folder whose name has `crypto`
    /// in it, days are UTC and prices true; else days are New York's and prices are 1/10,000.
    ///
    /// # Errors
    /// When there is no date, or the time zone is not known.
    pub(crate) fn of(source: &Location, spec: &ImportSpec) -> Result<Self, DataError> {
        let path = source.file.to_string_lossy();
        let name = source.member.as_deref().unwrap_or(&path).rsplit('/').next().unwrap_or_default();
        let scale = scale_of(source);
        let crypto = scale == 1.0;
        let mut parts = name.split(['_', '.']);
        let in_name = parts.next().unwrap_or_default();
        let symbol = parts.next().filter(|part| !["trade", "quote"].contains(part)).map(str::to_uppercase);
        let setting = |field, value: &str, hint: &str| DataError::Setting {
            field,
            value: value.to_owned(),
            hint: hint.to_owned(),
        };
        let text = spec.date.as_deref().unwrap_or(in_name);
        let no_date = || setting("date", text, "the file's name has none (as in 20131007_trade.zip): set it");
        let date: Date = text.parse().map_err(|_| no_date())?;
        let zone = spec.time_zone.as_deref().unwrap_or(if crypto { "UTC" } else { "America/New_York" });
        let unknown =
            || setting("time_zone", zone, "it is not a name of the IANA database, such as America/New_York");
        let midnight = TimeZone::get(zone)
            .and_then(|zone| date.to_zoned(zone))
            .map_err(|_| unknown())?
            .timestamp()
            .as_nanosecond();
        let midnight = i64::try_from(midnight).map_err(|_| no_date())?;
        Ok(Self { midnight, scale, symbol })
    }

    /// How its files write time.
    pub(crate) fn clock(&self) -> TimeStyle {
        TimeStyle::Midnight(self.midnight)
    }

    /// The time of a cell; none if it is no time of a day.
    pub(crate) fn time(&self, cell: &str) -> Option<i64> {
        self.clock().parse(cell)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn days_of_shares_and_crypto() {
        let of = |path: &str, member: &str| {
            let source = Location { member: Some(member.to_owned()), ..Location::file(Path::new(path)) };
            LeanDay::of(&source, &ImportSpec::default())
        };
        let share = of("us-equity/spy/20131007_trade.zip", "20131007_spy_Trade_Tick.csv").unwrap();
        assert_eq!((share.scale, share.symbol.as_deref()), (10_000.0, Some("SPY")));
        // Midnight in New York, in summer: 04:00 UTC.
        assert_eq!(share.time("34200000"), Some(1_381_152_600_000_000_000));
        assert_eq!((share.time("86400001"), share.time("x")), (None, None));
        let coin =
            of("crypto-multi-venue/spot/20221213_trade.zip", "20221213_btcusdt_minute_trade.csv").unwrap();
        assert_eq!((coin.scale, coin.time("0")), (1.0, Some(1_670_889_600_000_000_000)));
        assert!(of("a/trade.zip", "trade.csv").unwrap_err().to_string().contains("20131007_trade.zip"));
    }
}
