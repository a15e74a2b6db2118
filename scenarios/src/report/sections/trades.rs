//! The trade list.

use super::{
    super::{
        format::{Kind, UNDEFINED, escape, fixed, number, plain, signed_percent, time},
        model::{RunData, TRADES_KEPT, Trade},
        plots::{absent, note},
    },
    Cell, sortable,
};

/// The trade section of one run.
pub(in super::super) fn trades(run: &RunData) -> String {
    let trades = &run.trades;
    if trades.rows == 0 {
        return absent("No round trip was closed (trades.parquet is absent or empty).");
    }
    let count = |n: u64| fixed(n as f64, 0);
    let mut out = format!(
        "<p>{} trades: {} won, {} lost, {} even or undefined.</p>",
        count(trades.rows),
        count(trades.wins),
        count(trades.losses),
        count(trades.rows - trades.wins - trades.losses)
    );
    let hidden = trades.rows - trades.kept.len() as u64;
    if hidden > 0 {
        out.push_str(&note(&format!(
            "Listed are the {TRADES_KEPT} trades with the largest absolute pnl, in the table's order; {} more are hidden. \
             All of them stand in trades.parquet.",
            count(hidden)
        )));
    }
    let columns = [
        ("#", true),
        ("Account", false),
        ("Symbol", false),
        ("Side", false),
        ("Entry, UTC", true),
        ("Exit, UTC", true),
        ("Quantity", true),
        ("Entry price", true),
        ("Exit price", true),
        ("Pnl", true),
        ("Fees", true),
        ("Return", true),
        ("MAE", true),
        ("MFE", true),
        ("Bars", true),
        ("Reason", false),
    ];
    let rows: Vec<Vec<Cell>> = trades.kept.iter().map(row).collect();
    let table = sortable("Round trips; a heading sorts by its column", &columns, &rows);
    out.push_str(&format!("<div class=\"long\" tabindex=\"0\">{table}</div>"));
    out
}

fn row(trade: &Trade) -> Vec<Cell> {
    let moment =
        |ts: Option<i64>| Cell::number(ts.map(|t| t as f64), &ts.map_or_else(|| UNDEFINED.to_owned(), time));
    let as_is = |v: Option<f64>| Cell::number(v, &v.map_or_else(|| UNDEFINED.to_owned(), plain));
    let finite = |v: Option<f64>| v.filter(|v| v.is_finite());
    let rate = |v: Option<f64>| {
        Cell::number(v, &finite(v).map_or_else(|| UNDEFINED.to_owned(), |v| signed_percent(v, 2)))
    };
    let number_of = trade.row as f64 + 1.0;
    let mut pnl = Cell::number(trade.pnl, &number(trade.pnl, Kind::Money));
    if let Some(class) =
        finite(trade.pnl).filter(|p| *p != 0.0).map(|p| if p > 0.0 { "gain" } else { "loss" })
    {
        pnl.html = format!("<span class=\"{class}\">{}</span>", escape(&number(trade.pnl, Kind::Money)));
    }
    vec![
        Cell::number(Some(number_of), &fixed(number_of, 0)),
        Cell::text(&trade.account),
        Cell::text(&trade.symbol),
        Cell::text(&trade.side),
        moment(trade.entry_ts),
        moment(trade.exit_ts),
        as_is(trade.quantity),
        as_is(trade.entry_price),
        as_is(trade.exit_price),
        pnl,
        Cell::number(trade.fees, &number(trade.fees, Kind::Money)),
        rate(trade.ret),
        as_is(trade.mae),
        as_is(trade.mfe),
        as_is(trade.bars),
        Cell::text(&trade.reason),
    ]
}
