//! Features: how often they were masked, and their range. Over the samples of the run, and over the recorded rows.

use super::{
    super::{
        format::{Kind, UNDEFINED, fixed, number, plain},
        model::RunData,
        plots::note,
    },
    Cell, sortable,
};
use crate::output::FeaturesSummary;

/// Features that are listed, in the table's order.
const LISTED: usize = 400;
/// Symbols up to which each has a row of its own.
const SYMBOLS: usize = 3;

/// The feature section; `None` when none was sampled or recorded.
pub(in super::super) fn features(run: &RunData) -> Option<String> {
    let sampled = run.sampled.as_ref().filter(|s| !s.features.is_empty()).map(sampled);
    let recorded = (!run.features.is_empty()).then(|| recorded(run));
    match (sampled, recorded) {
        (None, None) => None,
        (Some(sampled), Some(recorded)) => {
            Some(format!("{sampled}<h4>Recorded at every step</h4>{recorded}"))
        }
        (one, other) => one.or(other),
    }
}

fn shown(value: Option<f64>) -> Cell {
    let value = value.filter(|v| v.is_finite());
    Cell::number(value, &value.map_or_else(|| UNDEFINED.to_owned(), plain))
}

fn sampled(summary: &FeaturesSummary) -> String {
    let apart = summary.symbols.len() <= SYMBOLS && summary.symbol_count <= SYMBOLS as u64;
    let several = summary.symbol_count > 1;
    let mut columns: Vec<(&str, bool)> = vec![("Feature", false)];
    if apart && several {
        columns.push(("Symbol", false));
    }
    columns.extend([
        ("Unit", false),
        ("Warm-up, bars", true),
        ("Masked", true),
        ("Min", true),
        ("Mean", true),
        ("Max", true),
    ]);
    if apart {
        columns.push(("Last", true));
    }
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for feature in &summary.features {
        let head = || Cell::text(&feature.name).titled(&feature.meaning);
        let share = |masked: Option<f64>| Cell::number(masked, &number(masked, Kind::Percent));
        let facts = || {
            let bars = feature.warmup_bars as f64;
            [Cell::text(&feature.unit), Cell::number(Some(bars), &fixed(bars, 0))]
        };
        if !apart {
            let mut row = vec![head()];
            row.extend(facts());
            row.push(share(feature.masked));
            row.extend([feature.min, feature.mean, feature.max].map(shown));
            rows.push(row);
            continue;
        }
        for symbol in &feature.symbols {
            let mut row = vec![head()];
            row.extend(several.then(|| Cell::text(&symbol.symbol)));
            row.extend(facts());
            row.push(share(symbol.masked));
            row.extend([symbol.min, symbol.mean, symbol.max, symbol.last].map(shown));
            rows.push(row);
        }
    }
    let hidden = rows.len().saturating_sub(LISTED);
    rows.truncate(LISTED);
    let table = sortable("Features over the samples of the run", &columns, &rows);
    let mut out = format!("<div class=\"long\" tabindex=\"0\">{table}</div>");
    let symbols = if apart {
        String::new()
    } else {
        format!(" over {} symbols", fixed(summary.symbol_count as f64, 0))
    };
    out.push_str(&note(&format!(
        "{} samples{symbols}, one every {} steps. Masked: the share of them without a value, because the feature was warming up, \
         its module was off, or there was none.",
        fixed(summary.samples as f64, 0),
        fixed(summary.stride as f64, 0)
    )));
    if hidden > 0 {
        out.push_str(&note(&format!("{hidden} more rows are in features_summary.json.")));
    }
    out
}

fn recorded(run: &RunData) -> String {
    let columns =
        [("Feature", false), ("Valid", true), ("Masked", true), ("Min", true), ("Mean", true), ("Max", true)];
    let rows: Vec<Vec<Cell>> = run
        .features
        .iter()
        .take(LISTED)
        .map(|f| {
            let masked = (f.rows > 0).then(|| 1.0 - f.valid as f64 / f.rows as f64);
            let known = |v: f64| shown((f.valid > 0).then_some(v));
            vec![
                Cell::text(&f.name),
                Cell::number(Some(f.valid as f64), &fixed(f.valid as f64, 0)),
                Cell::number(masked, &number(masked, Kind::Percent)),
                known(f.min),
                known(f.sum / f.valid as f64),
                known(f.max),
            ]
        })
        .collect();
    let mut out = sortable("Recorded features over all symbols", &columns, &rows);
    if run.features.len() > LISTED {
        out.push_str(&note(&format!(
            "{} more features are in features.parquet.",
            run.features.len() - LISTED
        )));
    }
    out
}
