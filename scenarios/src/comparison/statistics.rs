//! What is resampled: statistics that sums over returns suffice for, for a block of columns at once.

use super::panel::{LANES, Panel};
use crate::stats::{
    Conventions, Moments, annual_return, compound, max_drawdown_of_returns, sharpe, total_return,
};

/// The statistics, more being better for each: mean return per year, annual Sharpe ratio, geometric annual return, the
/// deepest fall between recorded times (negative), and growth less 1.
pub(super) const STATISTICS: [&str; 5] = ["mean_return", "sharpe", "cagr", "max_drawdown", "total_return"];

/// Their number.
pub(super) const COUNT: usize = STATISTICS.len();

/// Place of the Sharpe ratio among them.
pub(super) const SHARPE: usize = 1;

/// Variances below this are those of rounding.
const NOISE: f64 = 1e-28;

/// Which statistic a branch's metric is resampled as: its own, or one that orders branches alike.
pub(super) fn resampled_as(metric: &str) -> Option<usize> {
    let metric = match metric {
        "final_equity" => "total_return",
        other => other,
    };
    STATISTICS.iter().position(|s| *s == metric)
}

/// Which statistic a metric is shown as: what is ranked by, and all that resampling is about, is of the resampled returns, so that
/// a branch has one value beside its interval. A drawdown that nobody ranks by is that of the run, which saw every step.
pub(super) fn shown_as(metric: &str, ranked_by: &str) -> Option<usize> {
    STATISTICS.iter().position(|s| *s == metric).filter(|_| metric != "max_drawdown" || ranked_by == metric)
}

/// The statistics of a block's lanes over returns at these places.
pub(super) fn statistics(
    rows: &[[f64; LANES]],
    center: &[f64; LANES],
    places: impl Iterator<Item = usize>,
    conventions: &Conventions,
) -> [[f64; LANES]; COUNT] {
    let mut sum = [0.0; LANES];
    let mut squares = [0.0; LANES];
    let mut growth = [1.0; LANES];
    // Equity over its peak, and the lowest of it: `max_drawdown + 1`.
    let mut height = [1.0; LANES];
    let mut lowest = [1.0; LANES];
    let mut count = 0_usize;
    for at in places {
        let row = &rows[at];
        for lane in 0..LANES {
            let deviation = row[lane] - center[lane];
            sum[lane] += deviation;
            squares[lane] += deviation * deviation;
            let factor = 1.0 + row[lane];
            growth[lane] *= factor;
            let now = height[lane] * factor;
            height[lane] = if now < 1.0 { now } else { 1.0 };
            lowest[lane] = if height[lane] < lowest[lane] { height[lane] } else { lowest[lane] };
        }
        count += 1;
    }
    let (n, per_year) = (count as f64, conventions.periods_per_year);
    let mut made = [[0.0; LANES]; COUNT];
    for lane in 0..LANES {
        let mean = center[lane] + sum[lane] / n;
        let variance = (squares[lane] - sum[lane] * sum[lane] / n) / (n - conventions.ddof as f64);
        made[0][lane] = mean * per_year;
        // Without risk there is no ratio; beside others it stands for none at all.
        made[1][lane] = match variance > NOISE {
            true => (mean - conventions.risk_free) / variance.sqrt() * per_year.sqrt(),
            false => 0.0,
        };
        made[2][lane] = growth[lane].powf(per_year / n) - 1.0;
        made[3][lane] = lowest[lane] - 1.0;
        made[4][lane] = growth[lane] - 1.0;
    }
    made
}

/// The statistics of one branch's returns, defined as in a run's summary: what is shown, and what intervals are around.
pub(super) fn of_returns(returns: &[f64], conventions: &Conventions) -> [Option<f64>; COUNT] {
    [
        Moments::of(returns).mean().map(|mean| mean * conventions.periods_per_year),
        sharpe(returns, conventions),
        annual_return(returns, conventions),
        max_drawdown_of_returns(returns),
        total_return(&compound(returns, 1.0)),
    ]
}

/// The mean of each lane: what sums are taken around.
pub(super) fn centers(rows: &[[f64; LANES]]) -> [f64; LANES] {
    let mut sum = [0.0; LANES];
    for row in rows {
        (0..LANES).for_each(|lane| sum[lane] += row[lane]);
    }
    sum.map(|s| s / rows.len().max(1) as f64)
}

/// One statistic of every column over a part of the time.
pub(super) fn over(panel: &Panel, statistic: usize, part: std::ops::Range<usize>) -> Vec<f64> {
    let values = |block: usize| {
        let rows = panel.block(block);
        statistics(rows, &centers(rows), part.clone(), &panel.conventions)[statistic]
    };
    let mut all: Vec<f64> = (0..panel.blocks()).flat_map(values).collect();
    all.truncate(panel.columns());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_a_run() {
        let wave = |k: f64| (0..90).map(|i| 0.02 * (k * f64::from(i)).sin() + 0.001).collect::<Vec<f64>>();
        let columns: Vec<Vec<f64>> = (1..=5).map(|k| wave(f64::from(k))).collect();
        let panel = Panel::of_columns(&columns);
        let conventions = &panel.conventions;
        for (i, returns) in columns.iter().enumerate() {
            for (statistic, shown) in of_returns(returns, conventions).into_iter().enumerate() {
                let (a, b) = (over(&panel, statistic, 0..90)[i], shown.unwrap());
                assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{}: {a} {b}", STATISTICS[statistic]);
            }
        }
        let idle = Panel::of_columns(&[vec![0.01; 30]]);
        assert_eq!(over(&idle, SHARPE, 0..30), [0.0], "no risk, no ratio");
        assert_eq!(of_returns(&[0.01; 30], &idle.conventions)[SHARPE], None);
    }

    #[test]
    fn a_return_of_ten_percent_and_one_of_minus_a_half() {
        // Mean -20%, deviations of 30% on each side: -0.2 / 0.3 / sqrt(2) a period; 1.1 x 0.5 = 0.55 over two of 4 in a year.
        let found = of_returns(&[0.1, -0.5], &Conventions::daily(4.0)).map(Option::unwrap);
        let expected = [-0.8, -2.0 / 3.0 / 2.0_f64.sqrt() * 2.0, 0.55 * 0.55 - 1.0, -0.5, -0.45];
        found.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{found:?}"));
    }
}
