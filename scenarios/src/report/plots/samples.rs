//! Panels of features over time, from the samples.

use super::{
    super::{
        envelope::{Point, decimate},
        format::escape,
        model::RunData,
        svg::{Line, Unit},
    },
    chart, figure, note,
};

/// A feature's name and its samples; NaN where masked.
pub(super) type Sampled = (String, Vec<Point>);

/// Lines of one panel; there are as many styles.
const LINES: usize = 7;
/// Columns to which a line is thinned.
const COLUMNS: usize = 180;

/// Whether a feature ever had a value.
pub(super) fn is_valid(line: &Sampled) -> bool {
    line.1.iter().any(|p| p.1.is_finite())
}

/// A feature's name without its module.
pub(super) fn short(name: &str) -> String {
    name.split_once('.').map_or(name, |(_, feature)| feature).replace('_', " ")
}

/// Lines under a heading; those that are too many are named.
pub(super) fn panel(run: &RunData, heading: &str, lines: &[&Sampled], id: &str) -> String {
    let line = |(style, (name, points)): (usize, &&Sampled)| Line {
        points: thinned(points),
        class: format!("s{style}"),
        label: short(name),
        fill_to: None,
    };
    let drawn: Vec<Line> = lines.iter().take(LINES).enumerate().map(line).collect();
    let mut plot = chart(id.to_owned(), heading, run, drawn);
    plot.unit = Unit::Number;
    plot.height = 240.0;
    let mut out = format!("<h4>{}</h4>{}", escape(heading), figure(&plot, |_| String::new()));
    if lines.len() > LINES {
        let more: Vec<String> = lines[LINES..].iter().map(|line| short(&line.0)).collect();
        out.push_str(&note(&format!("Not drawn: {} (feature_samples.parquet).", more.join(", "))));
    }
    out
}

/// Fewer points of the same look; gaps stay gaps.
pub(super) fn thinned(points: &[Point]) -> Vec<Point> {
    let Some((first, last)) = points.first().zip(points.last()) else { return Vec::new() };
    let span = (last.0.saturating_sub(first.0)).max(1) as f64;
    let mut out: Vec<Point> = Vec::new();
    for run in points.split(|p| !p.1.is_finite()).filter(|run| !run.is_empty()) {
        if let Some(before) = out.last().map(|p| p.0) {
            out.push((before, f64::NAN));
        }
        let (from, to) = (run[0].0, run[run.len() - 1].0);
        let columns = ((to - from) as f64 / span * COLUMNS as f64).ceil() as usize;
        out.extend(decimate(run, from, to, columns.max(1)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_lines_keep_their_gaps_ends_and_extremes() {
        let value =
            |i: i64| if (500..600).contains(&i) || i < 20 { f64::NAN } else { (i as f64 / 50.0).sin() };
        let points: Vec<Point> = (0..2_000).map(|i| (i, value(i))).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= 4 * COLUMNS + 6, "{}", thin.len());
        assert_eq!(thin.iter().filter(|p| p.1.is_nan()).count(), 1, "one gap between values");
        assert_eq!((thin[0].0, thin[thin.len() - 1].0), (20, 1_999));
        assert!(thin.iter().any(|p| p.0 == 499) && thin.iter().any(|p| p.0 == 600));
        let most = |p: &[Point]| p.iter().map(|p| p.1).fold(0.0, f64::max);
        assert_eq!(most(&thin), most(&points));
    }
}
