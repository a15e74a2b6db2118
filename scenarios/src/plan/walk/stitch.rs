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

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: &[(i64, f64)]) -> Series {
        Series { ts: points.iter().map(|p| p.0).collect(), equity: points.iter().map(|p| p.1).collect() }
    }

    #[test]
    fn runs_compound() {
        // +10%, then -10%, in cash, then doubled after a gap: 1.1 x 0.9 x 1 x 2.
        let runs = [
            series(&[(10, 100.0), (15, 105.0), (20, 110.0)]),
            series(&[(20, 50.0), (25, 55.0), (30, 45.0)]),
            series(&[(52, 200.0), (60, 400.0)]),
        ];
        let window = |from, to| (Timestamp(from), Timestamp(to));
        let stitched = stitch([
            (window(10, 20), Some((&runs[0], 100.0))),
            (window(20, 30), Some((&runs[1], 50.0))),
            (window(30, 40), None),
            (window(50, 60), Some((&runs[2], 200.0))),
        ]);
        assert_eq!(stitched.ts, [10, 15, 20, 25, 30, 40, 50, 52, 60]);
        let expected = [1.0, 1.05, 1.1, 1.21, 0.99, 0.99, 0.99, 0.99, 1.98];
        assert!(stitched.equity.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{stitched:?}");
        assert_eq!(stitched.window, [0, 0, 0, 1, 1, 2, 3, 3, 3]);
        assert_eq!(stitch([]), Stitched::default());
    }
}
