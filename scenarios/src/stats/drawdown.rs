//! Drawdowns: the fall of equity from its running peak, a negative fraction of that peak.

use serde::Serialize;

use super::{compound, finite};

/// One fall under a peak and the way back; indices into the equity series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drawdown {
    /// The last point at the peak before the fall.
    pub peak: usize,
    /// The (first) lowest point.
    pub valley: usize,
    /// The first point back at the peak or above; `None` while under water at the end.
    pub recovery: Option<usize>,
    /// `equity[valley] / equity[peak] - 1`, negative.
    pub depth: f64,
}

/// Equity over its running peak less 1 at each point: 0 at a peak, negative under water; as long as `equity`.
///
/// A missing point repeats the drawdown before it; points before the first positive equity read 0.
pub fn drawdown_series(equity: &[f64]) -> Vec<f64> {
    let (mut peak, mut drawdown) = (0.0, 0.0);
    let at = |&value: &f64| {
        if value.is_finite() {
            peak = value.max(peak);
            drawdown = if peak > 0.0 { value / peak - 1.0 } else { 0.0 };
        }
        drawdown
    };
    equity.iter().map(at).collect()
}

/// The lowest of [`drawdown_series`]; 0 for a curve that never falls, `None` for one without a positive point.
pub fn max_drawdown(equity: &[f64]) -> Option<f64> {
    if !equity.iter().any(|v| v.is_finite() && *v > 0.0) {
        return None;
    }
    finite(drawdown_series(equity).into_iter().fold(0.0, f64::min))
}

/// [`max_drawdown`] of the curve that the returns compound to, its start included (`empyrical.max_drawdown`); `None`
/// without returns.
pub fn max_drawdown_of_returns(returns: &[f64]) -> Option<f64> {
    if returns.is_empty() { None } else { max_drawdown(&compound(returns, 1.0)) }
}

/// The `top` deepest drawdowns, the deepest first, the earlier first among equals. They never overlap. O(n log n).
pub fn worst_drawdowns(equity: &[f64], top: usize) -> Vec<Drawdown> {
    let mut all = Vec::new();
    let mut peak: Option<(usize, f64)> = None;
    let mut open: Option<Drawdown> = None;
    for (i, &value) in equity.iter().enumerate().filter(|(_, v)| v.is_finite()) {
        match peak {
            Some((at, height)) if value < height => {
                let depth = value / height - 1.0;
                let fall = open.get_or_insert(Drawdown { peak: at, valley: i, recovery: None, depth });
                if depth < fall.depth {
                    (fall.valley, fall.depth) = (i, depth);
                }
            }
            _ if value > 0.0 => {
                all.extend(open.take().map(|fall| Drawdown { recovery: Some(i), ..fall }));
                peak = Some((i, value));
            }
            _ => {}
        }
    }
    all.extend(open);
    all.sort_by(|a: &Drawdown, b| a.depth.total_cmp(&b.depth));
    all.truncate(top);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const EQUITY: [f64; 9] = [100.0, 120.0, 120.0, 90.0, 96.0, 120.0, 150.0, 144.0, 147.0];

    #[test]
    fn the_table_names_peak_valley_and_recovery() {
        let worst = worst_drawdowns(&EQUITY, 5);
        assert_eq!(worst[0], Drawdown { peak: 2, valley: 3, recovery: Some(5), depth: -0.25 });
        assert_eq!((worst[1].peak, worst[1].valley, worst[1].recovery), (6, 7, None));
        assert!((worst[1].depth + 0.04).abs() < 1e-15);
        assert_eq!(worst.len(), 2);
        assert_eq!(worst_drawdowns(&EQUITY, 1).len(), 1);
        assert_eq!(max_drawdown(&EQUITY), Some(-0.25));
        assert_eq!(drawdown_series(&EQUITY)[..4], [0.0, 0.0, 0.0, -0.25]);
    }

    #[test]
    fn edges() {
        assert_eq!(max_drawdown(&[]), None);
        assert_eq!(max_drawdown(&[f64::NAN]), None);
        assert_eq!(max_drawdown(&[0.0, -1.0]), None);
        assert_eq!(max_drawdown(&[1.0, 2.0]), Some(0.0));
        assert_eq!(max_drawdown(&[2.0, -2.0]), Some(-2.0), "debt: more than everything is lost");
        assert_eq!(drawdown_series(&[f64::NAN, 2.0, 1.0, f64::NAN, 2.0]), [0.0, 0.0, -0.5, -0.5, 0.0]);
        assert_eq!(max_drawdown_of_returns(&[]), None);
        assert_eq!(max_drawdown_of_returns(&[-0.5]), Some(-0.5), "the start is a peak");
        assert!(worst_drawdowns(&[], 3).is_empty());
    }
}
