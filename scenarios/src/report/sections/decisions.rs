//! What the accounts decided, and why.

use super::{
    super::{
        format::{Kind, UNDEFINED, fixed, number},
        model::RunData,
        plots::{absent, note},
    },
    Cell, sortable,
};

/// Reasons that are listed.
const REASONS: usize = 15;

/// The decision section of one run.
pub(in super::super) fn decisions(run: &RunData) -> String {
    let decisions = &run.decisions;
    if decisions.rows == 0 {
        return absent("No decisions were recorded (decisions.parquet is absent or empty).");
    }
    let total = decisions.rows as f64;
    let share = |count: u64| {
        let value = count as f64 / total;
        Cell::number(Some(value), &number(Some(value), Kind::Percent))
    };
    let count = |n: u64| Cell::number(Some(n as f64), &fixed(n as f64, 0));
    let word = |text: &str| Cell::text(if text.is_empty() { UNDEFINED } else { text });
    let rows: Vec<Vec<Cell>> = decisions
        .actions
        .iter()
        .map(|(action, (n, sum, known))| {
            let mean = (*known > 0).then(|| sum / *known as f64);
            vec![word(action), count(*n), share(*n), Cell::number(mean, &number(mean, Kind::Ratio))]
        })
        .collect();
    let columns = [("Action", false), ("Decisions", true), ("Share", true), ("Mean confidence", true)];
    let mut out =
        format!("<div class=\"pair\"><div>{}</div>", sortable("Decisions by action", &columns, &rows));
    let mut reasons: Vec<(&String, u64)> = decisions.reasons.iter().map(|(r, n)| (r, *n)).collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let rows: Vec<Vec<Cell>> =
        reasons.iter().take(REASONS).map(|(reason, n)| vec![word(reason), count(*n), share(*n)]).collect();
    if !rows.is_empty() {
        let columns = [("Reason", false), ("Decisions", true), ("Share", true)];
        out.push_str(&format!("<div>{}</div>", sortable("Most frequent reasons", &columns, &rows)));
    }
    out.push_str("</div>");
    let hidden = reasons.len().saturating_sub(REASONS);
    if hidden > 0 || decisions.other_reasons > 0 {
        let more = if decisions.other_reasons > 0 { "at least " } else { "" };
        out.push_str(&note(&format!(
            "The {REASONS} most frequent reasons; {more}{} others are in decisions.parquet.",
            fixed(hidden as f64, 0)
        )));
    }
    out
}
