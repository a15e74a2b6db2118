//! The ranking of the accounts of a run with more than are drawn.

use super::{
    super::{
        format::{Kind, fixed, number},
        lanes,
        model::RunData,
        plots::note,
    },
    Cell,
    metrics::metric,
    sortable,
};

/// Accounts that the table lists from each end of the ranking.
const EACH_END: usize = 25;

const COLUMNS: [&str; 8] =
    ["total_return", "cagr", "sharpe", "max_drawdown", "trades", "win_rate", "profit_factor", "fees_paid"];

/// The table; `None` while all accounts stand in the statistics table.
pub(in super::super) fn accounts(run: &RunData) -> Option<String> {
    let accounts = &run.summary.accounts;
    if accounts.len() <= lanes::DRAWN_AT_MOST {
        return None;
    }
    let ranking = lanes::ranking(accounts);
    let headings: Vec<String> = COLUMNS.iter().map(|name| metric(name).label).collect();
    let mut columns: Vec<(&str, bool)> = vec![("Rank", true), ("Account", false)];
    columns.extend(headings.iter().map(|h| (h.as_str(), true)));
    let hidden = accounts.len().saturating_sub(EACH_END * 2);
    let shown = ranking.iter().enumerate().filter(|(i, _)| *i < EACH_END || *i >= EACH_END + hidden);
    let rows: Vec<Vec<Cell>> = shown
        .map(|(rank, index)| {
            let account = &accounts[*index];
            let rank = rank as f64 + 1.0;
            let mut row =
                vec![Cell::number(Some(rank), &number(Some(rank), Kind::Count)), Cell::text(&account.name)];
            row.extend(COLUMNS.iter().map(|name| {
                let value = account.metric(name);
                Cell::number(value, &number(value, metric(name).kind))
            }));
            row
        })
        .collect();
    let table = sortable("Accounts by total return", &columns, &rows);
    let mut out = format!("<div class=\"long\" tabindex=\"0\">{table}</div>");
    if hidden > 0 {
        out.push_str(&note(&format!(
            "The {EACH_END} best and the {EACH_END} worst; {} more between them are in summary.json.",
            fixed(hidden as f64, 0)
        )));
    }
    Some(out)
}
