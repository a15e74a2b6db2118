//! Accounts that make markets or work an order: one way to decide, symbols that are there, and books where they are needed.

use super::Report;
use crate::data::TapeKind;
use crate::scenario::load::Draft;
use crate::scenario::schema::account::AccountSettings;
use crate::scenario::schema::data::DataSettings;
use crate::scenario::schema::symbol::SymbolSettings;

const BOOKS: &str = "add `Depth(..)`, `Quotes(..)`, `Orders(..)` or `SyntheticBook()` of its own venue to the data of a symbol";

/// Whether a symbol has an order book of its own venue.
fn has_book(symbol: &SymbolSettings) -> bool {
    let is_book = |data: &DataSettings| match data {
        DataSettings::SyntheticBook(_) => true,
        other => other.fed().is_some_and(|kind| !matches!(kind, TapeKind::Bars | TapeKind::Trades)),
    };
    symbol.data.iter().any(|data| is_book(data) && symbol.is_own(data))
}

pub(super) fn check(draft: &Draft, report: &mut Report<'_>) {
    for (i, account) in draft.accounts.iter().enumerate() {
        let Some(account) = account else { continue };
        let path = format!("accounts[{i}]");
        one_way(account, &path, report);
        // What could not be read may be what is missed.
        if draft.symbols.iter().all(Option::is_some) {
            let symbols: Vec<&SymbolSettings> = draft.symbols.iter().flatten().collect();
            market_making(account, &symbols, &path, report);
            execution(account, draft, &symbols, &path, report);
        }
    }
}

/// `policy`, `market_making` or `execution`, not two of them.
fn one_way(account: &AccountSettings, path: &str, report: &mut Report<'_>) {
    let ways = ["policy", "market_making", "execution"];
    let there = |way: &&&str| report.root.at(&format!("{path}.{way}")).is_some();
    let written: Vec<&str> = ways.iter().filter(there).copied().collect();
    if let [first, second, ..] = written[..] {
        let name = &account.name;
        let message = format!("account `{name}` has both `{first}` and `{second}`: it decides in one way");
        let help = "take one away, or give it to an account of its own";
        report.error(&format!("{path}.{second}"), message, help);
    }
}

fn market_making(
    account: &AccountSettings,
    symbols: &[&SymbolSettings],
    path: &str,
    report: &mut Report<'_>,
) {
    let Some(settings) = &account.market_making else { return };
    let names: Vec<&str> = symbols.iter().map(|s| s.symbol.as_str()).collect();
    for (n, name) in settings.symbols.iter().enumerate() {
        let path = format!("{path}.market_making.symbols[{n}]");
        report.known(&path, "symbol", name, &names);
        if symbols.iter().any(|s| s.symbol == *name && !has_book(s)) {
            let message = format!("symbol `{name}` has no order book of its own venue to be quoted in");
            report.error(&path, message, BOOKS);
        }
    }
    if settings.symbols.is_empty() && !symbols.is_empty() && !symbols.iter().any(|s| has_book(s)) {
        let message = format!(
            "account `{}` makes markets, but no symbol has an order book: bars and trades say nothing of queues",
            account.name
        );
        report.error(&format!("{path}.market_making"), message, format!("{BOOKS}, or use `policy`"));
    }
}

fn execution(
    account: &AccountSettings,
    draft: &Draft,
    symbols: &[&SymbolSettings],
    path: &str,
    report: &mut Report<'_>,
) {
    let Some(settings) = &account.execution else { return };
    let names: Vec<&str> = symbols.iter().map(|s| s.symbol.as_str()).collect();
    match &settings.symbol {
        Some(name) => report.known(&format!("{path}.execution.symbol"), "symbol", name, &names),
        None if names.len() > 1 => {
            let message = format!("account `{}` does not say which symbol it trades", account.name);
            let help = format!("there are several: add `symbol: \"{}\"`", names[0]);
            report.error(&format!("{path}.execution"), message, help);
        }
        None => {}
    }
    let traded = symbols.iter().find(|s| settings.symbol.as_ref().is_none_or(|name| s.symbol == *name));
    if let Some(symbol) =
        traded.filter(|s| settings.quantity > 0.0 && settings.quantity < s.lot_size.value() * (1.0 - 1e-9))
    {
        let message = format!("{} is less than a lot of `{}`", settings.quantity, symbol.symbol);
        let help = format!("a lot is {}", symbol.lot_size.value());
        report.error(&format!("{path}.execution.quantity"), message, help);
    }
    let (from, to) = draft.scenario.span();
    if settings.end <= from || settings.start.is_some_and(|start| start >= to) {
        let message = "the order is worked outside of the span that is replayed";
        report.warn(&format!("{path}.execution"), message, "change `start` and `end`, or `from` and `to`");
    }
}
