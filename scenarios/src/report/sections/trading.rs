//! Accounts that traded against books, made markets or worked an order: profit by cause, quotes, inventory, shortfall.

use serde_json::Value;

use super::{
    super::{
        format::{Kind, number},
        model::RunData,
        plots::note,
    },
    Cell, sortable,
};
use crate::output::{ExecutionSummary, ProfitSplit, TradingSummary};

/// Accounts that a table lists.
const LISTED: usize = 60;

/// Reads a part of an account's summary; what another version wrote otherwise is left out.
fn part<T: serde::de::DeserializeOwned>(account: &Value, key: &str) -> Option<T> {
    serde_json::from_value(account.get(key)?.clone()).ok()
}

/// The tables; `None` where no account is of that kind.
pub(in super::super) fn trading(run: &RunData) -> Option<String> {
    let accounts = run.summary.get(&["accounts"]).and_then(Value::as_array)?;
    let name = |account: &Value| account.get("name").and_then(Value::as_str).unwrap_or("?").to_owned();
    let money = |value: f64| Cell::number(Some(value), &number(Some(value), Kind::Money));
    let plain = |value: Option<f64>| Cell::number(value, &number(value, Kind::Plain));
    // A mean needs no more than four digits.
    let rough = |value: Option<f64>| {
        let digits = value.filter(|v| *v != 0.0).map_or(0, |v| 3 - v.abs().log10().floor() as i32);
        let scale = 10f64.powi(digits.clamp(-12, 12));
        Cell::number(value, &number(value.map(|v| (v * scale).round() / scale), Kind::Plain))
    };
    let count = |value: u64| Cell::number(Some(value as f64), &number(Some(value as f64), Kind::Count));

    let splits: Vec<(String, ProfitSplit)> =
        accounts.iter().filter_map(|a| Some((name(a), part(a, "profit")?))).collect();
    if splits.is_empty() {
        return None;
    }
    let row = |(name, split): &(String, ProfitSplit)| {
        let ProfitSplit { total, spread, inventory, fees, borrow, funding } = *split;
        let mut row = vec![Cell::text(name)];
        row.extend([total, spread, inventory, fees, borrow, funding].map(money));
        row
    };
    let rows: Vec<Vec<Cell>> = splits.iter().take(LISTED).map(row).collect();
    let columns = [
        ("Account", false),
        ("Profit", true),
        ("Spread", true),
        ("Inventory", true),
        ("Fees", true),
        ("Borrow", true),
        ("Funding", true),
    ];
    let mut out = String::from("<h4>Profit by cause</h4>");
    out.push_str(&sortable("Profit by cause", &columns, &rows));
    out.push_str(&note(
        "In quote units of the account. Spread: the distance of each fill from the mid at that moment, in the account's favor. \
         Inventory: what the price made of positions since. Costs are negative; rebates positive. The parts add up to the profit.",
    ));

    let traded: Vec<(String, TradingSummary)> = accounts
        .iter()
        .flat_map(|a| {
            let trading: Vec<TradingSummary> = part(a, "trading").unwrap_or_default();
            trading.into_iter().map(|t| (name(a), t)).collect::<Vec<_>>()
        })
        .collect();
    let row = |(name, t): &(String, TradingSummary)| {
        let ratio = Cell::number(t.fill_ratio, &number(t.fill_ratio, Kind::Percent));
        vec![
            Cell::text(name),
            Cell::text(&t.symbol),
            count(t.quotes),
            ratio,
            count(t.maker_fills),
            count(t.taker_fills),
            plain(Some(t.bought)),
            plain(Some(t.sold)),
            rough(t.inventory_mean),
            rough(t.inventory_mean_absolute),
            plain(Some(t.inventory_least)),
            plain(Some(t.inventory_most)),
            plain(Some(t.inventory_last)),
        ]
    };
    let rows: Vec<Vec<Cell>> = traded.iter().take(LISTED).map(row).collect();
    let columns = [
        ("Account", false),
        ("Symbol", false),
        ("Quotes", true),
        ("Filled", true),
        ("Maker fills", true),
        ("Taker fills", true),
        ("Bought", true),
        ("Sold", true),
        ("Mean position", true),
        ("Mean size of it", true),
        ("Least", true),
        ("Most", true),
        ("Last", true),
    ];
    if !rows.is_empty() {
        out.push_str("<h4>Quotes and positions</h4>");
        out.push_str(&sortable("Quotes and positions", &columns, &rows));
        out.push_str(&note(
            "Bought, sold and positions are in base units of the symbol. Filled: what was executed, of all that was quoted.",
        ));
    }

    let worked: Vec<(String, ExecutionSummary)> =
        accounts.iter().filter_map(|a| Some((name(a), part(a, "execution")?))).collect();
    let row = |(name, e): &(String, ExecutionSummary)| {
        vec![
            Cell::text(name),
            Cell::text(&format!("{} {}", e.side, e.symbol)),
            plain(Some(e.quantity)),
            plain(Some(e.filled)),
            count(e.orders),
            plain(e.arrival_price),
            plain(e.average_price),
            money(e.price_cost),
            money(e.fees),
            money(e.opportunity_cost),
            money(e.shortfall),
            Cell::number(e.shortfall_bps, &number(e.shortfall_bps, Kind::Ratio)),
        ]
    };
    let rows: Vec<Vec<Cell>> = worked.iter().take(LISTED).map(row).collect();
    let columns = [
        ("Account", false),
        ("Order", false),
        ("Quantity", true),
        ("Filled", true),
        ("Orders", true),
        ("Arrival price", true),
        ("Mean price", true),
        ("Price cost", true),
        ("Fees", true),
        ("Opportunity cost", true),
        ("Shortfall", true),
        ("Shortfall, bps", true),
    ];
    if !rows.is_empty() {
        out.push_str("<h4>Implementation shortfall</h4>");
        out.push_str(&sortable("Implementation shortfall", &columns, &rows));
        out.push_str(&note(
            "Quantities in base units, prices and costs in quote units; a cost below 0 is a gain. Basis points are of the value of the \
             order at the arrival price.",
        ));
    }
    let most = splits.len().max(traded.len()).max(worked.len());
    if most > LISTED {
        out.push_str(&note(&format!("{} more in summary.json.", most - LISTED)));
    }
    Some(out)
}
