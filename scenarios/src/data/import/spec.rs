//! What a person may say about the files to import; all of it has a default.

use manyworlds_components::price::Step;
use manyworlds_components::time::Frame;
use serde::{Deserialize, Serialize};

use crate::data::error::DataError;
use crate::data::validate::Policies;

/// The layout of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceFormat {
    /// Told from the content.
    #[default]
    Auto,
    /// Binance klines: 12 columns, header optional.
    BinanceKlines,
    /// Binance aggTrades: 7 or 8 columns, header optional.
    BinanceAggTrades,
    /// Binance trades: 6 or 7 columns, header optional.
    BinanceTrades,
    /// Bars as csv (with a header, or six columns: time, open, high, low, close, volume) or as Parquet.
    Bars,
    /// Tardis csv: `incremental_book_L2`, `trades` or `quotes`.
    Tardis,
    /// Lines of Binance's web sockets: depth updates, snapshots, bookTicker, trades.
    BinanceStream,
    /// `bookTicker` of Binance's public archive.
    BinanceBookTicker,
    /// LOBSTER message and order book files.
    Lobster,
    /// Databento DBN: mbo, mbp-1, mbp-10, tbbo, bbo, trades.
    Dbn,
    /// hftbacktest npy or npz.
    Hftbacktest,
    /// Lines of Bitstamp's order-by-order feed.
    Bitstamp,
    /// QuantConnect Lean ticks: trades, or quotes of several exchanges.
    LeanTicks,
    /// QuantConnect Lean minute bars of trades.
    LeanMinute,
    /// QuantConnect Lean daily bars of shares, whose prices are 1/10,000.
    LeanDaily,
}

impl SourceFormat {
    /// The names that `manyworlds import` takes, with what they mean.
    pub const ALL: [(&'static str, Self); 15] = [
        ("auto", Self::Auto),
        ("binance_klines", Self::BinanceKlines),
        ("binance_agg_trades", Self::BinanceAggTrades),
        ("binance_trades", Self::BinanceTrades),
        ("bars", Self::Bars),
        ("tardis", Self::Tardis),
        ("binance_stream", Self::BinanceStream),
        ("binance_book_ticker", Self::BinanceBookTicker),
        ("lobster", Self::Lobster),
        ("dbn", Self::Dbn),
        ("hftbacktest", Self::Hftbacktest),
        ("bitstamp", Self::Bitstamp),
        ("lean_ticks", Self::LeanTicks),
        ("lean_minute", Self::LeanMinute),
        ("lean_daily", Self::LeanDaily),
    ];

    /// Whether the rows are trades.
    pub fn is_trades(self) -> bool {
        matches!(self, Self::BinanceAggTrades | Self::BinanceTrades)
    }

    /// Whether it is an order-book feed, which is read by [`crate::data::import_feeds`].
    pub fn is_feed(self) -> bool {
        let is_bars = matches!(self, Self::Bars | Self::BinanceKlines | Self::LeanMinute | Self::LeanDaily);
        !(is_bars || self.is_trades() || self == Self::Auto)
    }

    /// The name, as in [`SourceFormat::ALL`].
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("auto", |(name, _)| name)
    }
}

/// Which end of a bar its time stamp names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stamp {
    /// Its open.
    #[default]
    Open,
    /// Its close.
    Close,
}

/// The unit of time stamps that are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Told from the size of each file's first stamp.
    #[default]
    Auto,
    /// Seconds since 1970.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds since 1970.
    #[serde(rename = "ms")]
    Millis,
    /// Microseconds since 1970.
    #[serde(rename = "us")]
    Micros,
    /// Nanoseconds since 1970.
    #[serde(rename = "ns")]
    Nanos,
}

/// How to import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportSpec {
    /// Default: told from the content.
    pub format: SourceFormat,
    /// Default: `binance` for Binance's layouts, else `unknown`.
    pub venue: Option<String>,
    /// Default: the first file's name up to the first `-` or `_`.
    pub symbol: Option<String>,
    /// The frame of bars. Default: the most common spacing at the beginning of the data.
    pub frame: Option<Frame>,
    /// Default: stamps are open times.
    pub stamp: Stamp,
    /// Default: told from the first stamp of each file.
    pub time_unit: TimeUnit,
    /// Smallest price increment; when given, prices off this grid are counted.
    pub tick_size: Option<Step>,
    /// Smallest quantity increment; when given, volumes off this grid are counted.
    pub lot_size: Option<Step>,
    /// Of feeds: by how much the recorder's clock was behind the venue's. It is added to its times. Default: nothing.
    pub recorder_behind: Option<Frame>,
    /// Of feeds whose sizes are inverse (coin-margined) contracts: what one is worth in quote units, e.g. 100 USD. Their sizes
    /// become base units at the price of the row, to the eighth decimal. Default: sizes are base units.
    pub contract_value: Option<f64>,
    /// Where the rows name a symbol (a `symbol`, `ticker` or `name` column): which to take. Needed if there are several.
    pub source_symbol: Option<String>,
    /// Of archives: only members whose name contains this.
    pub member: Option<String>,
    /// The day of times that are told from midnight, e.g. `2012-06-21`. Default: from the file's name.
    pub date: Option<String>,
    /// The time zone of that midnight, by its IANA name. Default: `America/New_York`.
    pub time_zone: Option<String>,
    /// Absolute log return from row to row above which `price_jump` is met. Default 0.5.
    pub price_jump_limit: f64,
    /// What to do about each defect.
    pub policies: Policies,
}

impl Default for ImportSpec {
    fn default() -> Self {
        Self {
            format: SourceFormat::Auto,
            venue: None,
            symbol: None,
            frame: None,
            stamp: Stamp::Open,
            time_unit: TimeUnit::Auto,
            tick_size: None,
            lot_size: None,
            recorder_behind: None,
            contract_value: None,
            source_symbol: None,
            member: None,
            date: None,
            time_zone: None,
            price_jump_limit: 0.5,
            policies: Policies::default(),
        }
    }
}

impl ImportSpec {
    /// Whether a number has to tell by itself what time it is: neither the kind of the file nor a unit is named.
    pub(crate) fn numbers_tell_time(&self) -> bool {
        self.format == SourceFormat::Auto && self.time_unit == TimeUnit::Auto
    }

    /// Refuses settings that make no sense.
    ///
    /// # Errors
    /// A price jump limit that is not above 0, or policies that cannot be carried out.
    pub fn check(&self) -> Result<(), DataError> {
        if self.price_jump_limit.is_nan() || self.price_jump_limit <= 0.0 {
            return Err(DataError::Setting {
                field: "price_jump_limit",
                value: self.price_jump_limit.to_string(),
                hint: "it must be above 0 (an absolute log return, e.g. 0.5)".to_owned(),
            });
        }
        if let Some(value) = self.contract_value.filter(|value| !(value.is_finite() && *value > 0.0)) {
            return Err(DataError::Setting {
                field: "contract_value",
                value: value.to_string(),
                hint: "it must be above 0 (quote units that a contract is worth, e.g. 100)".to_owned(),
            });
        }
        self.policies.check()
    }
}
