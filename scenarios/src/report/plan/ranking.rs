//! The best branches in a table, the baseline among them.

use super::super::format::{Kind, UNDEFINED, fixed, number, shorten};
use super::super::plots::{absent, note};
use super::super::sections::{Cell, metric, sortable};
use super::super::summary::text_of;
use super::data::{PlanData, Read as _};
use crate::comparison::{BranchComparison, Comparison};

/// Branches in the table.
const SHOWN: usize = 50;

/// Further metrics in it.
const MORE: [&str; 4] = ["total_return", "sharpe", "max_drawdown", "trades"];

/// The section.
pub(super) fn ranking(plan: &PlanData) -> String {
    match &plan.comparison {
        Some(comparison) => compared(plan, comparison),
        None => summarized(plan),
    }
}

/// A branch's name; leads to its own report where that is there.
fn named(plan: &PlanData, id: usize, name: &str, mark: &str) -> Cell {
    let cell = Cell::text(&format!("{}{mark}", shorten(name, 60))).titled(&format!("{name} (branch {id})"));
    if plan.kept.contains(&id) { cell.linked(&format!("branches/{id}/report.html")) } else { cell }
}

fn compared(plan: &PlanData, comparison: &Comparison) -> String {
    let ranked = comparison.ranked();
    let shown: Vec<&BranchComparison> =
        ranked.iter().filter(|b| b.rank <= SHOWN || b.id == comparison.baseline).copied().collect();
    let (by, with) = (metric(&comparison.metric), metric(comparison.resampled()));
    let more: Vec<&str> = MORE.into_iter().filter(|m| *m != comparison.metric).collect();
    let (by_label, with_label) =
        (comparison.label(&comparison.metric), comparison.label(comparison.resampled()));
    let (delta, better) = (format!("\u{394} {with_label}"), "P(better)");
    let interval = format!("{}% interval", fixed(100.0 * comparison.sample.bootstrap.confidence, 0));
    let labels: Vec<String> = more.iter().map(|name| comparison.label(name)).collect();
    let mut columns =
        vec![("Branch", false), ("Rank", true), (by_label.as_str(), true), (&delta, true), (&interval, true)];
    columns.extend([(better, true), ("Likely ranks", true), ("P(best)", true)]);
    columns.extend(labels.iter().map(|label| (label.as_str(), true)));
    columns.push(("Account", false));
    let row = |b: &&BranchComparison| {
        let (own, paired) =
            (comparison.metric(b, &comparison.metric), comparison.metric(b, comparison.resampled()));
        let baseline = b.id == comparison.baseline;
        let value = |v: Option<f64>, kind| Cell::number(v, &number(v, kind));
        let interval = paired.low.zip(paired.high).map_or(UNDEFINED.to_owned(), |(low, high)| {
            format!("{} \u{2026} {}", number(Some(low), with.kind), number(Some(high), with.kind))
        });
        let ranks = paired.rank_low.zip(paired.rank_high);
        let likely = ranks.map_or(UNDEFINED.to_owned(), |(a, z)| format!("{a}\u{2013}{z}"));
        let mut cells = vec![
            named(plan, b.id, &b.name, if baseline { " (baseline)" } else { "" }),
            Cell::number(Some(b.rank as f64), &b.rank.to_string()),
            value(own.value, by.kind),
            if baseline { Cell::number(Some(0.0), UNDEFINED) } else { value(paired.delta, with.kind) },
            Cell::number(paired.low, if baseline { UNDEFINED } else { &interval }),
            value(paired.p_better.filter(|_| !baseline), Kind::Percent),
            Cell::number(ranks.map(|r| r.0 as f64), &likely),
            value(b.p_best, Kind::Percent),
        ];
        cells.extend(more.iter().map(|name| value(comparison.metric(b, name).value, metric(name).kind)));
        cells.push(Cell::text(&b.account_status));
        cells
    };
    let rows: Vec<Vec<Cell>> = shown.iter().map(row).collect();
    let total = plan.number(&["branches", "complete"]).unwrap_or(0.0);
    let mut text = format!(
        "\u{394} and its interval are of the branch minus the baseline, by {}; P(better), likely ranks and P(best) over paired \
         resamples of the same returns. Account: what became of the account that is compared.",
        with_label
    );
    if total > shown.len() as f64 {
        text.push_str(&format!(
            " The best {} of {}; all in branches.parquet and comparison.parquet.",
            SHOWN,
            fixed(total, 0)
        ));
    }
    let table = sortable("Branches by rank", &columns, &rows);
    format!("<div class=\"long\">{table}</div>{}", note(&text))
}

/// What the summary alone knows.
fn summarized(plan: &PlanData) -> String {
    let best = plan.get(&["best"]).and_then(|b| b.as_array()).filter(|b| !b.is_empty());
    let Some(best) = best else { return absent("No branch has a result yet.") };
    let by = metric(&plan.text(&["sort"]));
    let rest = ["total_return", "sharpe", "max_drawdown", "trades"];
    let labels: Vec<String> = rest.iter().map(|name| metric(name).label).collect();
    let mut columns = vec![("Branch", false), (by.label.as_str(), true)];
    columns.extend(labels.iter().map(|label| (label.as_str(), true)));
    let row = |b: &serde_json::Value| {
        let value = |name: &str| b.get(name).and_then(serde_json::Value::as_f64);
        let id = b.get("id").and_then(serde_json::Value::as_u64).unwrap_or(0) as usize;
        let mut cells = vec![named(plan, id, &b.get("name").map_or_else(String::new, text_of), "")];
        cells.push(Cell::number(value("value"), &number(value("value"), by.kind)));
        cells.extend(
            rest.iter().map(|name| Cell::number(value(name), &number(value(name), metric(name).kind))),
        );
        cells
    };
    sortable("Best branches", &columns, &best.iter().map(row).collect::<Vec<_>>())
}
