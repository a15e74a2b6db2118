//! How files are read: their layout, their time stamps, and what is done about defects.

use serde::{Deserialize, Serialize};

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

/// What to do about a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Stop with an error that names the place.
    Reject,
    /// Leave the row out and count it.
    Skip,
    /// Keep the row and count it.
    Flag,
}

/// A policy per defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// A row earlier than the one before. Default `reject`; `flag` is refused.
    pub unsorted: Policy,
    /// A second row for the same time or id. Default `reject`.
    pub duplicate: Policy,
    /// Missing rows. Default `flag`; `skip` is refused, for there is no row to leave out.
    pub gap: Policy,
    /// A price or volume that is NaN, infinite or absent. Default `reject`; `flag` is refused.
    pub not_finite: Policy,
    /// A price of 0 or below. Default `reject`.
    pub non_positive: Policy,
    /// `high < low`, or open or close outside of them. Default `reject`.
    pub high_low: Policy,
    /// A move above the limit from one row to the next. Default `flag`.
    pub price_jump: Policy,
    /// A bar that does not open on its frame's grid. Default `reject`.
    pub off_frame: Policy,
    /// A close time that is not the end of the frame. Default `flag`.
    pub close_time: Policy,
    /// A bar without volume. Default `flag`.
    pub zero_volume: Policy,
    /// A volume below 0. Default `reject`.
    pub negative_volume: Policy,
    /// A price that is no multiple of the tick size. Default `flag`.
    pub off_tick: Policy,
    /// A quantity that is no multiple of the lot size. Default `flag`.
    pub off_lot: Policy,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            unsorted: Policy::Reject,
            duplicate: Policy::Reject,
            gap: Policy::Flag,
            not_finite: Policy::Reject,
            non_positive: Policy::Reject,
            high_low: Policy::Reject,
            price_jump: Policy::Flag,
            off_frame: Policy::Reject,
            close_time: Policy::Flag,
            zero_volume: Policy::Flag,
            negative_volume: Policy::Reject,
            off_tick: Policy::Flag,
            off_lot: Policy::Flag,
        }
    }
}
