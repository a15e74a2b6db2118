//! A tradable instrument and its data.

use std::collections::BTreeMap;

use manyworlds_components::price::Step;
use manyworlds_systems::setting::{Check, Checker};
use serde::{Deserialize, Serialize};

use super::data::DataSettings;
use crate::data::{DataError, Policies};

/// A symbol of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolSettings {
    /// Its name, as the venue writes it; different from the others.
    pub symbol: String,
    /// The venue it trades on. Default: the only venue of the scenario.
    #[serde(default)]
    pub venue: String,
    /// Smallest price increment in quote units. Default 0.01.
    #[serde(default = "tick_size")]
    pub tick_size: Step,
    /// Smallest quantity increment in base units. Default 0.001.
    #[serde(default = "lot_size")]
    pub lot_size: Step,
    /// What is bought. Default: none, i.e. what stands before the quote in the symbol; see [`Self::base_and_quote`].
    #[serde(default)]
    pub base: Option<String>,
    /// What it is paid in. Default: none, i.e. the known currency that the symbol ends with, else `USD`.
    #[serde(default)]
    pub quote: Option<String>,
    /// What it is paid in on other venues, by venue, e.g. `{"coinbase": "USD"}`. Default: none, i.e. the known currency that
    /// the name of their data ends with, else what it is paid in on its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quotes: BTreeMap<String, String>,
    /// Where its market data comes from: at least one source of its own venue; several are merged in order of time.
    pub data: Vec<DataSettings>,
    /// What is done about defects in the data.
    #[serde(default)]
    pub defects: Policies,
}

/// Currencies that symbols end with, longer ones first.
const QUOTES: [&str; 14] =
    ["FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD", "EUR", "GBP", "JPY", "BRL", "TRY", "BTC", "ETH", "BNB"];

fn tick_size() -> Step {
    Step::new(0.01).unwrap_or_else(|_| unreachable!("0.01 is finite and positive"))
}

fn lot_size() -> Step {
    Step::new(0.001).unwrap_or_else(|_| unreachable!("0.001 is finite and positive"))
}

impl SymbolSettings {
    /// Whether a source is of the symbol's own venue.
    pub fn is_own(&self, data: &DataSettings) -> bool {
        data.venues().iter().any(|venue| venue.is_none_or(|venue| venue == self.venue))
    }

    /// The other venues that its data come from, in the order of the data.
    pub fn further_venues(&self) -> Vec<&str> {
        let mut venues = Vec::new();
        for venue in self.data.iter().flat_map(DataSettings::venues).flatten() {
            if venue != self.venue && !venues.contains(&venue) {
                venues.push(venue);
            }
        }
        venues
    }

    /// Base and quote: as set, or as the symbol suggests (`BTCUSDT`, `BTC-USDT`, `BTC/USDT` are BTC and USDT; a symbol
    /// that ends with no known currency, such as `AAPL`, is paid in USD).
    pub fn base_and_quote(&self) -> (String, String) {
        let found = split(&self.symbol).map(|(base, quote)| (base.to_owned(), quote.to_owned()));
        let (base, quote) = found.unwrap_or_else(|| (self.symbol.clone(), "USD".to_owned()));
        (self.base.clone().unwrap_or(base), self.quote.clone().unwrap_or(quote))
    }

    /// What it is paid in on another venue, whose data call it `name`, if that is another currency than on its own.
    pub fn foreign_quote(&self, venue: &str, name: Option<&str>) -> Option<String> {
        let suggested =
            || split(name.filter(|name| *name != self.symbol)?).map(|(_, quote)| quote.to_owned());
        let quote = self.quotes.get(venue).cloned().or_else(suggested)?;
        (quote != self.base_and_quote().1).then_some(quote)
    }
}

/// Base and known quote currency of a name that ends with one.
fn split(name: &str) -> Option<(&str, &'static str)> {
    QUOTES.iter().find_map(|quote| {
        let base = name.strip_suffix(quote)?.trim_end_matches(['-', '/', '_']);
        (!base.is_empty()).then_some((base, *quote))
    })
}

impl Check for SymbolSettings {
    fn check(&self, c: &mut Checker) {
        c.require("symbol", "\"\"", !self.symbol.is_empty(), "a name");
        c.require(
            "data",
            "[]",
            !self.data.is_empty(),
            "at least one source: Bars, Trades, Depth, Quotes, Orders, Synthetic or SyntheticBook",
        );
        for (i, data) in self.data.iter().enumerate() {
            c.within(format_args!("data[{i}]"), |c| data.check(self.tick_size, self.lot_size, c));
        }
        if let Err(DataError::Setting { field, value, hint }) = self.defects.check() {
            let field = field.strip_prefix("policies.").unwrap_or(field);
            c.within("defects", |c| c.require(field, value, false, &format!("possible: {hint}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_and_quote_come_from_the_symbol() {
        for (symbol, base, quote) in [
            ("BTCUSDT", "BTC", "USDT"),
            ("ETH-BTC", "ETH", "BTC"),
            ("AAPL", "AAPL", "USD"),
            ("USDT", "USDT", "USD"),
        ] {
            let settings = SymbolSettings {
                symbol: symbol.to_owned(),
                venue: String::new(),
                tick_size: tick_size(),
                lot_size: lot_size(),
                base: None,
                quote: None,
                quotes: [("x".to_owned(), "EUR".to_owned())].into(),
                data: Vec::new(),
                defects: Policies::default(),
            };
            assert_eq!(settings.base_and_quote(), (base.to_owned(), quote.to_owned()), "{symbol}");
            // Other venues: as set, as their data are called, as its own.
            let foreign = |venue, name| settings.foreign_quote(venue, name);
            assert_eq!(foreign("x", Some("BTC-USD")), Some("EUR".to_owned()));
            assert_eq!(foreign("y", Some("BTC-USDC")), Some("USDC".to_owned()));
            assert_eq!(
                (foreign("y", Some(symbol)), foreign("y", Some("XYZ")), foreign("y", None)),
                (None, None, None)
            );
            assert_eq!(foreign("y", Some(&format!("BTC{quote}"))), None, "the same");
        }
    }
}
