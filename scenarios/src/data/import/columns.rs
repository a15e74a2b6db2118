//! Which column of a text or Parquet file holds what.

use super::spec::SourceFormat;

/// Places of the columns of bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BarLayout {
    pub time: usize,
    /// A time of day beside a date.
    pub time_of_day: Option<usize>,
    pub close_time: Option<usize>,
    /// Open, high, low, close, volume.
    pub ohlcv: [usize; 5],
    pub trades: Option<usize>,
    pub symbol: Option<usize>,
}

impl BarLayout {
    /// All of them.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        let Self { time, time_of_day, close_time, ohlcv, trades, symbol } = *self;
        [Some(time), time_of_day, close_time, trades, symbol].into_iter().flatten().chain(ohlcv)
    }
}

/// Places of the columns of trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TradeLayout {
    pub id: usize,
    pub price: usize,
    pub quantity: usize,
    pub time: usize,
    pub is_buyer_maker: usize,
}

/// Places of the columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    Bars(BarLayout),
    Trades(TradeLayout),
}

const KLINES: [&str; 12] = [
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
];
const AGG_TRADES: [&str; 8] =
    ["agg_id", "price", "quantity", "first_id", "last_id", "time", "is_buyer_maker", "best_match"];
const TRADES: [&str; 7] =
    ["id", "price", "quantity", "quote_quantity", "time", "is_buyer_maker", "best_match"];
const PLAIN: [&str; 6] = ["time", "open", "high", "low", "close", "volume"];

/// Lower case, letters and digits only.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The first column that has one of the names, tried in their order.
fn find(header: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.iter().position(|column| column == name))
}

/// Refuses a header that names a column twice which is read.
fn only_once(
    header: &[String],
    names: &[String],
    read: impl IntoIterator<Item = usize>,
) -> Result<(), String> {
    for at in read {
        if let Some(again) = (at + 1..names.len()).find(|other| names[*other] == names[at]) {
            let (first, second) = (&header[at], &header[again]);
            let (at, again) = (at + 1, again + 1);
            return Err(format!(
                "columns {at} (`{first}`) and {again} (`{second}`) have the same name: rename or remove one of them"
            ));
        }
    }
    Ok(())
}

/// The layout that a header describes. The error says what is missing, or there twice.
pub(crate) fn from_header(header: &[String]) -> Result<(SourceFormat, Layout), String> {
    let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
    let need = |what: &str, names_wanted: &[&str]| {
        find(&names, names_wanted).ok_or_else(|| format!("the header has no `{what}` column"))
    };
    if let Some(is_buyer_maker) = find(&names, &["isbuyermaker"]) {
        let aggregated = names.iter().any(|n| n.starts_with("agg"));
        let format = if aggregated { SourceFormat::BinanceAggTrades } else { SourceFormat::BinanceTrades };
        let layout = TradeLayout {
            id: need("id", &["aggtradeid", "aggid", "id", "tradeid"])?,
            price: need("price", &["price"])?,
            quantity: need("quantity", &["quantity", "qty"])?,
            time: need("time", &["transacttime", "time", "timestamp"])?,
            is_buyer_maker,
        };
        let TradeLayout { id, price, quantity, time, is_buyer_maker } = layout;
        only_once(header, &names, [id, price, quantity, time, is_buyer_maker])?;
        return Ok((format, Layout::Trades(layout)));
    }
    let times =
        ["opentime", "timestamp", "datetime", "tsevent", "unix", "unixtimestamp", "date", "ts", "time"];
    let time = need("time", &times)?;
    let time_of_day = (names[time] == "date").then(|| find(&names, &["time"])).flatten();
    let volume =
        find(&names, &["volume", "vol", "v"]).or_else(|| names.iter().position(|n| n.starts_with("volume")));
    let layout = BarLayout {
        time,
        time_of_day,
        close_time: find(&names, &["closetime"]),
        ohlcv: [
            need("open", &["open", "o"])?,
            need("high", &["high", "h"])?,
            need("low", &["low", "l"])?,
            need("close", &["close", "c"])?,
            volume.ok_or("the header has no `volume` column")?,
        ],
        trades: find(&names, &["count", "trades", "numberoftrades", "tradecount", "numtrades", "ntrades"]),
        symbol: find(&names, &["symbol", "ticker", "name"]),
    };
    only_once(header, &names, layout.columns())?;
    let klines = find(&names, &["quotevolume", "quoteassetvolume"]).is_some() && layout.close_time.is_some();
    Ok((if klines { SourceFormat::BinanceKlines } else { SourceFormat::Bars }, Layout::Bars(layout)))
}

/// The layout of a file without header, from its first row, with the names of its columns.
pub(crate) fn from_first_row(
    row: &[String],
    wanted: SourceFormat,
) -> Option<(SourceFormat, Layout, &'static [&'static str])> {
    let is_bool = |at: usize| row.get(at).is_some_and(|c| parse_bool(c).is_some());
    let fits = |format: SourceFormat| wanted == SourceFormat::Auto || wanted == format;
    let bars = |close_time, trades| {
        let ohlcv = [1, 2, 3, 4, 5];
        Layout::Bars(BarLayout { time: 0, time_of_day: None, close_time, ohlcv, trades, symbol: None })
    };
    let trades =
        |time| Layout::Trades(TradeLayout { id: 0, price: 1, quantity: 2, time, is_buyer_maker: time + 1 });
    match row.len() {
        12 if fits(SourceFormat::BinanceKlines) => {
            Some((SourceFormat::BinanceKlines, bars(Some(6), Some(8)), &KLINES))
        }
        7 | 8 if is_bool(6) && !is_bool(5) && fits(SourceFormat::BinanceAggTrades) => {
            Some((SourceFormat::BinanceAggTrades, trades(5), &AGG_TRADES))
        }
        6 | 7 if is_bool(5) && fits(SourceFormat::BinanceTrades) => {
            Some((SourceFormat::BinanceTrades, trades(4), &TRADES))
        }
        6 if matches!(wanted, SourceFormat::LeanMinute | SourceFormat::LeanDaily) => {
            Some((wanted, bars(None, None), &PLAIN))
        }
        6 if !is_bool(5) && fits(SourceFormat::Bars) => Some((SourceFormat::Bars, bars(None, None), &PLAIN)),
        _ => None,
    }
}

/// Whether a row is written as QuantConnect Lean writes daily and hourly bars of shares: `19980102 00:00`, and prices in
/// 1/10,000, which are whole numbers.
pub(crate) fn is_lean_daily(row: &[String]) -> bool {
    let is_whole = |cell: &String| !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit());
    let is_time = |cell: &String| {
        let shape = cell.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b });
        shape.eq(*b"00000000 00:00")
    };
    row.len() == 6 && is_time(&row[0]) && row[1..5].iter().all(is_whole)
}

/// `true` or `false` in the usual cases.
pub(crate) fn parse_bool(cell: &str) -> Option<bool> {
    match cell {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}
