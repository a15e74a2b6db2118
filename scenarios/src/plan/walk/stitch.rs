//! The equity of consecutive runs as one.

use manyworlds_components::time::Timestamp;

use crate::plan::result::Series;

/// Equity as a multiple of what it began with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stitched {
    /// Times, rising, in nanoseconds.
    pub ts: Vec<i64>,
    /// Growth of 1.
    pub equity: Vec<f64>,
    /// By point, the window that it belongs to.
    pub window: Vec<u32>,
}

/// Compounds runs: each begins with what the one before came to. A run is its window, and its equity with the cash that it began
/// with; without an equity it rests in cash.
pub fn stitch<'a>(
    runs: impl IntoIterator<Item = ((Timestamp, Timestamp), Option<(&'a Series, f64)>)>,
) -> Stitched {
    let mut stitched = Stitched::default();
    let mut level = 1.0;
    for (k, ((from, to), run)) in runs.into_iter().enumerate() {
        let mut add = |ts: i64, equity: f64| {
            // Where windows touch, the end of the one is the beginning of the next.
            if stitched.ts.last().is_none_or(|last| *last < ts) {
                stitched.ts.push(ts);
                stitched.equity.push(equity);
                stitched.window.push(k as u32);
            }
        };
        let mut end = level;
        match run {
            Some((series, cash)) if cash > 0.0 && !series.ts.is_empty() => {
                // Nothing moves before its first mark.
                add(from.0, level);
                for (ts, equity) in series.ts.iter().zip(&series.equity) {
                    end = level * equity / cash;
                    add(*ts, end);
                }
            }
            _ => {
                add(from.0, level);
                add(to.0, level);
            }
        }
        level = end;
    }
    stitched
}
