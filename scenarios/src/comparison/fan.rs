//! The spread of equity over time.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::panel::Panel;

/// Quantiles of equity over all branches at recorded times, as growth: 1 is what each began with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EquityFan {
    /// At most 500 times, rising, in nanoseconds since the epoch, UTC.
    pub ts: Vec<i64>,
    /// From the lowest quantile to the highest: 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.
    pub quantiles: Vec<FanCurve>,
    /// The baseline.
    pub baseline: Vec<f64>,
    /// The best branch by the ranking metric.
    pub best: Vec<f64>,
    /// Its id.
    pub best_id: usize,
    /// Branches that it is made of.
    pub branches: usize,
}

/// One quantile at every time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FanCurve {
    /// Which, in `[0, 1]`.
    pub q: f64,
    /// Growth, as many as there are times.
    pub growth: Vec<f64>,
}

/// The quantiles.
const QUANTILES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];

/// Most times.
const MOST_TIMES: usize = 500;

/// Most points of all branches together.
const MOST_POINTS: usize = 1 << 23;

/// The fan of a panel; `best` is the column of the best branch. `None` without returns.
pub(super) fn fan(panel: &Panel, best: usize) -> Option<EquityFan> {
    let (columns, periods) = (panel.columns(), panel.periods());
    if columns <= best || periods == 0 {
        return None;
    }
    let times = (MOST_POINTS / columns).clamp(2, MOST_TIMES).min(periods + 1);
    let at: Vec<usize> = (0..times).map(|i| i * periods / (times - 1)).collect();
    let growth: Vec<Vec<f64>> =
        (0..columns).into_par_iter().map(|column| grown(panel, column, &at)).collect();
    let sorted: Vec<Vec<f64>> = (0..times)
        .into_par_iter()
        .map(|time| {
            let mut values: Vec<f64> = growth.iter().map(|g| g[time]).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        })
        .collect();
    let curve = |q: f64| FanCurve { q, growth: sorted.iter().map(|values| of_sorted(values, q)).collect() };
    Some(EquityFan {
        ts: at.iter().map(|i| panel.ts[*i]).collect(),
        quantiles: QUANTILES.map(curve).into(),
        baseline: panel.baseline.map(|column| growth[column].clone()).unwrap_or_default(),
        best: growth[best].clone(),
        best_id: panel.ids[best],
        branches: columns,
    })
}

/// A column's growth at these times.
fn grown(panel: &Panel, column: usize, at: &[usize]) -> Vec<f64> {
    let mut growth = 1.0;
    let mut made = Vec::with_capacity(at.len());
    let mut wanted = at.iter().peekable();
    for (period, r) in std::iter::once(0.0).chain(panel.column(column)).enumerate() {
        growth *= 1.0 + r;
        if wanted.next_if_eq(&&period).is_some() {
            made.push(growth);
        }
    }
    made
}

/// A quantile of sorted values, of which there is at least one, by linear interpolation.
pub(super) fn of_sorted(sorted: &[f64], q: f64) -> f64 {
    let last = sorted.len() - 1;
    let position = (q * last as f64).clamp(0.0, last as f64);
    let (below, above) = (sorted[position as usize], sorted[(position as usize + 1).min(last)]);
    // Equal neighbors, infinite ones too, are their own middle.
    if above == below { below } else { below + (above - below) * position.fract() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_over_branches_at_each_time() {
        let columns: Vec<Vec<f64>> = (0..5).map(|i| vec![0.1 * f64::from(i), 0.0, -0.5]).collect();
        let made = fan(&Panel::of_columns(&columns), 4).unwrap();
        assert_eq!(made.ts.len(), 4);
        let median = &made.quantiles[3];
        assert_eq!(median.q, 0.5);
        assert!(median.growth.iter().zip([1.0, 1.2, 1.2, 0.6]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!((made.best_id, made.best[1], made.baseline[3]), (4, 1.4, 0.5));
        assert_eq!(made.quantiles[0].growth[1], 1.0);
        assert_eq!(fan(&Panel::default(), 0), None);
    }

    #[test]
    fn long_records_are_thinned_with_their_ends() {
        let made = fan(&Panel::of_columns(&[vec![0.001; 1_500]]), 0).unwrap();
        assert_eq!((made.ts.len(), made.best.len()), (500, 500));
        assert!((made.best[499] - 1.001_f64.powi(1_500)).abs() < 1e-9);
    }
}
