//! Symbols: their venues, and the symbols that synthetic ones are linked to.

use std::collections::BTreeSet;

use super::Report;
use crate::scenario::load::Draft;
use crate::scenario::schema::data::DataSettings;
use crate::scenario::schema::symbol::SymbolSettings;
use crate::scenario::syntax::{Kind, Node};

/// The names of a list, as written: also of items that could not be read. `None` if one has no readable name.
fn written(root: &Node, list: &str, field: &str) -> Option<Vec<String>> {
    let items = match root.field(list).map(|node| &node.kind) {
        Some(Kind::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().map(|item| item.field(field)?.as_text()).collect()
}

pub(super) fn check(draft: &Draft, report: &mut Report<'_>) {
    let root = report.root;
    for (list, example) in [
        ("venues", "venues: [(name: \"binance\", fees: (maker_bps: 2.0, taker_bps: 5.0))]"),
        ("symbols", "symbols: [(symbol: \"BTCUSDT\", data: [Synthetic()])]"),
    ] {
        let empty = root.field(list).is_none_or(|n| matches!(&n.kind, Kind::List(i) if i.is_empty()));
        if empty {
            report.error(list, format!("a scenario needs {list}: at least one"), format!("add `{example}`"));
        }
    }
    let (venues, symbols) = (written(root, "venues", "name"), written(root, "symbols", "symbol"));
    // Where a name could not be read, an unknown one may be that.
    let all_named = venues.is_some() && symbols.is_some();
    let (venues, symbols) = (venues.unwrap_or_default(), symbols.unwrap_or_default());
    let venues: Vec<&str> = venues.iter().map(String::as_str).collect();
    let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let unique = symbols.iter().collect::<BTreeSet<_>>().len() == symbols.len();
    for (i, symbol) in draft.symbols.iter().enumerate().filter(|_| all_named) {
        let Some(symbol) = symbol else { continue };
        let path = format!("symbols[{i}].venue");
        if !symbol.venue.is_empty() {
            report.known(&path, "venue", &symbol.venue, &venues);
        } else if venues.len() > 1 {
            let help = format!("there are several venues: say which. venues: {}", venues.join(", "));
            report.error(&path, format!("symbol `{}` has no venue", symbol.symbol), help);
        }
        for (d, data) in symbol.data.iter().enumerate() {
            let field = |v: usize| match data {
                DataSettings::SyntheticBook(_) => format!("venues[{v}]"),
                _ => "venue".to_owned(),
            };
            for (v, venue) in data.venues().into_iter().enumerate().filter_map(|(v, venue)| Some((v, venue?)))
            {
                report.known(&format!("symbols[{i}].data[{d}].{}", field(v)), "venue", venue, &venues);
            }
        }
        let further = symbol.further_venues();
        for venue in symbol.quotes.keys() {
            report.known(&format!("symbols[{i}].quotes"), "further venue", venue, &further);
        }
        if !symbol.data.is_empty() && !symbol.data.iter().any(|data| symbol.is_own(data)) {
            let message = format!("symbol `{}` has no data of its own venue", symbol.symbol);
            let help = format!(
                "its prices and fills follow `{0}`: add data of `{0}`, or set another venue",
                symbol.venue
            );
            report.error(&format!("symbols[{i}].data"), message, help);
        }
        for (d, like) in links(symbol) {
            let path = format!("symbols[{i}].data[{d}].like");
            report.known(&path, "symbol", like, &symbols);
            if let Some(circle) =
                circle(draft, &symbol.symbol, like).filter(|way| unique && way.iter().min() == way.first())
            {
                let message = format!("synthetic symbols are linked in a circle: {}", circle.join(" -> "));
                report.error(&path, message, "one of them must stand alone");
            }
        }
    }
}

/// The symbols that a symbol is linked to, with the places among its data.
fn links(symbol: &SymbolSettings) -> impl Iterator<Item = (usize, &str)> {
    symbol.data.iter().enumerate().filter_map(|(d, data)| match data {
        DataSettings::Synthetic(spec) => spec.like.as_deref().map(|like| (d, like)),
        _ => None,
    })
}

/// The way from `start` over `next` back to `start`, if there is one.
fn circle(draft: &Draft, start: &str, next: &str) -> Option<Vec<String>> {
    let mut way = vec![start.to_owned(), next.to_owned()];
    while way.last().is_some_and(|last| last != start) {
        let last = way.last()?;
        let symbol = draft.symbols.iter().flatten().find(|s| s.symbol == *last)?;
        let (_, next) = links(symbol).next()?;
        // A circle further on is reported where it is.
        if way[1..].iter().any(|seen| seen == next) {
            return None;
        }
        way.push(next.to_owned());
    }
    Some(way)
}
