//! Recorded features: how often they were valid, and their range.

use super::{
    super::{
        format::{Kind, UNDEFINED, fixed, number, plain},
        model::RunData,
        plots::note,
    },
    Cell, sortable,
};

/// Features that are listed, in the table's order.
const LISTED: usize = 200;

/// The feature section; `None` when none was recorded.
pub(in super::super) fn features(run: &RunData) -> Option<String> {
    if run.features.is_empty() {
        return None;
    }
    let columns =
        [("Feature", false), ("Valid", true), ("Share", true), ("Min", true), ("Mean", true), ("Max", true)];
    let rows: Vec<Vec<Cell>> = run
        .features
        .iter()
        .take(LISTED)
        .map(|f| {
            let share = (f.rows > 0).then(|| f.valid as f64 / f.rows as f64);
            let shown = |v: f64| {
                let v = (f.valid > 0).then_some(v);
                Cell::number(v, &v.map_or_else(|| UNDEFINED.to_owned(), plain))
            };
            vec![
                Cell::text(&f.name),
                Cell::number(Some(f.valid as f64), &fixed(f.valid as f64, 0)),
                Cell::number(share, &number(share, Kind::Percent)),
                shown(f.min),
                shown(f.sum / f.valid as f64),
                shown(f.max),
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
    Some(out)
}
