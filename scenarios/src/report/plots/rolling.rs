//! The rolling Sharpe ratio: mean over standard deviation (ddof 1) times the root of the periods a year.

use super::{
    super::{
        calendar,
        envelope::Point,
        lanes::{self, Lane},
        model::RunData,
        svg::{Line, Unit},
    },
    absent, chart, figure, note,
    sampling::sampling,
    style,
};

/// The rolling Sharpe ratio over `window` returns; a window without variation gives no point.
fn rolling_sharpe(returns: &[Point], window: usize, per_year: f64) -> Vec<Point> {
    let mut out = Vec::new();
    for slice in returns.windows(window.max(2)) {
        let n = slice.len() as f64;
        let mean = slice.iter().map(|p| p.1).sum::<f64>() / n;
        let variance = slice.iter().map(|p| (p.1 - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let sharpe = mean / variance.sqrt() * per_year.sqrt();
        if sharpe.is_finite() && variance.sqrt() > 1e-12 {
            out.push((slice[slice.len() - 1].0, sharpe));
        }
    }
    out
}

/// The rolling Sharpe section of one run.
pub(in super::super) fn rolling(run: &RunData, lanes: &[Lane<'_>], id: &str) -> String {
    let mut rule = String::new();
    let mut lines: Vec<Line> = Vec::new();
    for lane in lanes {
        let Some(sampling) = sampling(lane.curves) else { continue };
        let returns = calendar::returns(&sampling.closes);
        let Some(window) = sampling.windows.iter().copied().find(|w| w * 5 / 2 <= returns.len()) else {
            continue;
        };
        let points = rolling_sharpe(&returns, window, sampling.per_year);
        if points.is_empty() {
            continue;
        }
        if rule.is_empty() {
            rule = format!(
                "Window {window} {} returns, risk-free rate 0, ddof 1, annualized with N = {} periods a year. A window \
                 without variation has no value.",
                sampling.name,
                super::super::format::fixed(sampling.per_year, 0),
            );
        }
        lines.push(Line { points, class: style(lane), label: lane.label.clone(), fill_to: None });
    }
    if lines.is_empty() {
        return absent("Too few returns for a rolling window.");
    }
    let mut plot = chart(id.to_owned(), "Rolling Sharpe ratio", run, lines);
    plot.unit = Unit::Number;
    plot.height = 230.0;
    plot.baseline = Some(0.0);
    let mut out = figure(&plot, |_| String::new());
    out.push_str(&note(&rule));
    if lanes::has_fan(run) {
        out.push_str(&note("Best, median and worst account by total return."));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_definition_and_leaves_flat_windows_out() {
        // empyrical's vector of mixed returns, 252 days: Sharpe 1.7238613961706866.
        let values = [1.0, 10.0, -4.0, 2.0, 3.0, 2.0, 1.0, -10.0];
        let returns: Vec<Point> = values.iter().enumerate().map(|(i, v)| (i as i64, v / 100.0)).collect();
        let found = rolling_sharpe(&returns, 8, 252.0);
        assert_eq!(found.len(), 1);
        assert!((found[0].1 - 1.723_861_396_170_686_6).abs() < 1e-8);
        assert!(rolling_sharpe(&[(0, 0.01), (1, 0.01), (2, 0.01)], 2, 252.0).is_empty());
    }
}
