//! The benchmark: buy and hold of the first symbol, over the span of the equity.

use super::super::{
    envelope::{Point, value_at},
    model::RunData,
};

/// Buy and hold of the first symbol.
pub(super) struct Benchmark {
    /// Unescaped.
    pub(super) label: String,
    /// Growth of one unit since the start of the equity.
    pub(super) growth: Vec<Point>,
    /// The lowest fall from a peak of the closes kept, as a negative fraction.
    pub(super) max_drawdown: f64,
}

/// The benchmark of a run; `None` without prices inside of the equity's span.
pub(super) fn benchmark(run: &RunData) -> Option<Benchmark> {
    let series = run.prices.first()?;
    let from = run.curves.iter().filter_map(|c| c.first).map(|p| p.0).min()?;
    let to = run.curves.iter().map(|c| c.last_ts).max()?;
    let points = series.close.points();
    let base = value_at(&points, from).filter(|b| *b > 0.0)?;
    let mut growth: Vec<Point> =
        points.iter().filter(|p| (from..=to).contains(&p.0)).map(|p| (p.0, p.1 / base)).collect();
    if growth.is_empty() {
        return None;
    }
    if growth[0].0 > from && points[0].0 <= from {
        growth.insert(0, (from, 1.0));
    }
    let whole = series.first_close.is_some_and(|p| p.0 >= from) && series.last_ts <= to;
    let max_drawdown = if whole { series.max_drawdown } else { drawdown(&growth) };
    Some(Benchmark { label: format!("buy and hold {}", series.symbol), growth, max_drawdown })
}

fn drawdown(points: &[Point]) -> f64 {
    let mut peak = f64::NEG_INFINITY;
    let mut worst = 0.0f64;
    for (_, value) in points {
        peak = peak.max(*value);
        worst = worst.min(value / peak - 1.0);
    }
    worst
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_fall_is_from_the_peak_before_it() {
        assert!((super::drawdown(&[(0, 1.0), (1, 2.0), (2, 1.5), (3, 3.0), (4, 2.4)]) + 0.25).abs() < 1e-12);
    }
}
