//! Where a symbol's market data comes from.

use manyworlds_components::price::Step;
use manyworlds_components::time::Frame;
use manyworlds_systems::setting::Checker;
use serde::{Deserialize, Serialize};

use super::paths::Paths;
use super::synthetic::SyntheticSettings;
use super::synthetic_book::SyntheticBookSettings;
use crate::data::BarRule;
use crate::data::TapeKind;
use crate::data::import::{SourceFormat, Stamp, TimeUnit};

/// A source of market data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum DataSettings {
    /// Bars from files: csv (plain, zip, gz, zst, xz, tar.xz), Parquet, or our own tapes.
    Bars(FileSettings),
    /// Trades from files.
    Trades(FileSettings),
    /// Changes of price levels (L2) from files.
    Depth(FileSettings),
    /// Best prices (L1) from files.
    Quotes(FileSettings),
    /// Changes of orders (L3) from files.
    Orders(FileSettings),
    /// A seeded synthetic market: no file is needed.
    Synthetic(SyntheticSettings),
    /// A seeded synthetic order book with its trades, on one or several venues: no file is needed.
    SyntheticBook(SyntheticBookSettings),
    /// Funding rates of a perpetual, beside its market data.
    Funding(FundingSettings),
}

/// Funding rates from csv files: rows of a time and a rate. At each time holders pay position x mark x rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundingSettings {
    /// One file, or a list of files in order of time. Relative to the scenario's file; `${VAR}` reads the environment.
    pub path: Paths,
}

/// Files and how they are read. Everything but the path has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSettings {
    /// One file, or a list of files in order of time. Relative to the scenario's file; `${VAR}` reads the environment.
    pub path: Paths,
    /// The venue that they come from. Default: that of the symbol. Data of another one feed that venue's book of the symbol
    /// only: prices, bars and fills follow the symbol's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// The frame of bars. Default: none, i.e. the most common spacing at the beginning of the data. For bars only.
    #[serde(default)]
    pub frame: Option<Frame>,
    /// Of trades: the bars to make of them, which are then all that there is of them: `Ticks(1000)` trades, `Volume(50.0)` base
    /// units or `Dollars(1000000.0)` quote units each, or `Time("5m")`. Default: none, the trades themselves. Each bar is a
    /// bar of the symbol's series where the clock is `Event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bars: Option<BarRule>,
    /// The layout. Default: `auto`.
    #[serde(default)]
    pub format: SourceFormat,
    /// Which end of a bar its stamp names. Default: `open`.
    #[serde(default)]
    pub stamp: Stamp,
    /// Unit of stamps that are numbers. Default: `auto`.
    #[serde(default)]
    pub time_unit: TimeUnit,
    /// Where rows name a symbol: which to take. Default: none; needed if there are several.
    #[serde(default)]
    pub source_symbol: Option<String>,
    /// Of archives: only members whose name contains this. Default: all.
    #[serde(default)]
    pub member: Option<String>,
    /// Absolute log return from row to row above which a price jump is counted. Default 0.5.
    #[serde(default = "price_jump_limit")]
    pub price_jump_limit: f64,
}

fn price_jump_limit() -> f64 {
    0.5
}

impl FileSettings {
    /// A file, everything else by default.
    pub fn new(paths: impl IntoIterator<Item = impl Into<std::path::PathBuf>>) -> Self {
        Self {
            path: Paths(paths.into_iter().map(Into::into).collect()),
            venue: None,
            frame: None,
            bars: None,
            format: SourceFormat::Auto,
            stamp: Stamp::Open,
            time_unit: TimeUnit::Auto,
            source_symbol: None,
            member: None,
            price_jump_limit: price_jump_limit(),
        }
    }
}

impl DataSettings {
    /// What the rows of its files are, and the files; none if they are no market data, or synthetic.
    pub fn files(&self) -> Option<(TapeKind, &FileSettings)> {
        match self {
            Self::Bars(files) => Some((TapeKind::Bars, files)),
            Self::Trades(files) => Some((TapeKind::Trades, files)),
            Self::Depth(files) => Some((TapeKind::Depth, files)),
            Self::Quotes(files) => Some((TapeKind::Quotes, files)),
            Self::Orders(files) => Some((TapeKind::Orders, files)),
            Self::Synthetic(_) | Self::SyntheticBook(_) | Self::Funding(_) => None,
        }
    }

    /// What of its files is fed into the simulation: bars, where they are made of trades.
    pub fn fed(&self) -> Option<TapeKind> {
        self.files().map(|(kind, files)| if files.bars.is_some() { TapeKind::Bars } else { kind })
    }

    /// The files it names; none if it is synthetic.
    pub fn paths(&self) -> Option<&Paths> {
        match self {
            Self::Funding(settings) => Some(&settings.path),
            _ => self.files().map(|(_, files)| &files.path),
        }
    }

    /// As [`Self::paths`], to change them.
    pub fn paths_mut(&mut self) -> Option<&mut Paths> {
        match self {
            Self::Bars(files)
            | Self::Trades(files)
            | Self::Depth(files)
            | Self::Quotes(files)
            | Self::Orders(files) => Some(&mut files.path),
            Self::Funding(settings) => Some(&mut settings.path),
            Self::Synthetic(_) | Self::SyntheticBook(_) => None,
        }
    }

    /// The venues that it is of; `None` is the symbol's own.
    pub fn venues(&self) -> Vec<Option<&str>> {
        match self {
            Self::SyntheticBook(settings) => settings.venues(),
            // No market data of any venue.
            Self::Funding(_) => vec![],
            _ => vec![self.files().and_then(|(_, files)| files.venue.as_deref())],
        }
    }

    /// Whether it is an order book.
    pub fn is_book(&self) -> bool {
        matches!(self, Self::Depth(_) | Self::Quotes(_) | Self::Orders(_) | Self::SyntheticBook(_))
    }

    /// Whether it is made up from the scenario's seed.
    pub fn is_synthetic(&self) -> bool {
        matches!(self, Self::Synthetic(_) | Self::SyntheticBook(_))
    }
}

impl DataSettings {
    /// Reports what is out of range, for data on these grids.
    pub(super) fn check(&self, tick_size: Step, lot_size: Step, c: &mut Checker) {
        if let Self::Synthetic(settings) = self {
            return settings.check(tick_size, lot_size, c);
        }
        if let Self::SyntheticBook(settings) = self {
            return settings.check(tick_size, lot_size, c);
        }
        let Some(paths) = self.paths() else { return };
        let count = paths.0.len();
        c.require("path", format_args!("a list of {count}"), count > 0, "at least one file");
        for (i, path) in paths.0.iter().enumerate() {
            let field = if count == 1 { "path".to_owned() } else { format!("path[{i}]") };
            c.require(&field, "\"\"", !path.as_os_str().is_empty(), "the path of a file");
        }
        let Some((kind, files)) = self.files() else { return };
        let limit = files.price_jump_limit;
        c.require("price_jump_limit", limit, limit > 0.0, "a number above 0 (an absolute log return)");
        if let Some(frame) = files.frame.filter(|_| kind != TapeKind::Bars) {
            c.require("frame", frame, false, &format!("a setting of {kind}: only bars have a frame"));
        }
        if let Some(rule) = files.bars {
            let expected = format!("a setting of {kind}: only of trades bars are made");
            c.require("bars", rule, kind == TapeKind::Trades, &expected);
            c.require("bars", rule, rule.check().is_ok(), "a rule with a threshold above 0");
        }
    }
}
