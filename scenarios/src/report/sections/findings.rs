//! What modules found, counted: how often, and how late it was known.

use super::{
    super::{
        findings::{Count, REGIME, REGIMES},
        format::{UNDEFINED, duration_ms, fixed, span},
        model::RunData,
        plots::note,
    },
    Cell, sortable,
};

/// Rows that are listed.
const LISTED: usize = 60;

/// The table; `None` where nothing was found.
pub(in super::super) fn findings(run: &RunData) -> Option<String> {
    let found = &run.findings;
    if found.counts.is_empty() {
        return None;
    }
    let row = |((label, level), count): (&(String, u8), &Count)| {
        let mean = count.delay_sum / count.rows.max(1) as f64;
        let delay = |ns: f64| {
            let shown = match ns {
                ns if ns <= 0.0 => UNDEFINED.to_owned(),
                ns if ns < 120e9 => duration_ms(ns / 1e6),
                ns => span(ns as i64),
            };
            Cell::number(Some(ns), &shown)
        };
        let regime = REGIMES.get(usize::from(*level)).filter(|_| label == REGIME);
        let rank = regime.map_or_else(|| level.to_string(), |name| format!("{level}: {name}"));
        vec![
            Cell::text(label),
            Cell::number(Some(f64::from(*level)), &rank),
            Cell::number(Some(count.rows as f64), &fixed(count.rows as f64, 0)),
            delay(mean),
            delay(count.delay_max as f64),
        ]
    };
    let rows: Vec<Vec<Cell>> = found.counts.iter().take(LISTED).map(row).collect();
    let columns =
        [("Found", false), ("Level", true), ("Times", true), ("Mean delay", true), ("Longest delay", true)];
    let mut out = sortable("What modules found", &columns, &rows);
    out.push_str(&note(&format!(
        "{} rows over {} symbols. Delay: from what it is about until it was known.",
        fixed(found.rows as f64, 0),
        fixed(found.symbol_count as f64, 0)
    )));
    if found.counts.len() > LISTED {
        out.push_str(&note(&format!(
            "{} more kinds are in annotations.parquet.",
            found.counts.len() - LISTED
        )));
    }
    Some(out)
}
