//! The underwater plot: the fall below the highest equity so far.

use super::{
    super::{
        format::{Kind, escape, number, time},
        lanes::{self, Lane},
        model::RunData,
        svg::Line,
    },
    absent, chart, fan, figure, note, style,
};

/// The underwater section of one run.
pub(in super::super) fn underwater(run: &RunData, lanes: &[Lane<'_>], id: &str) -> String {
    let mut lines: Vec<Line> = Vec::new();
    let mut deepest = Vec::new();
    for lane in lanes {
        let points = lane.curves.drawdown.points();
        if let Some(low) = points.iter().min_by(|a, b| a.1.total_cmp(&b.1)) {
            let value = number(Some(low.1), Kind::Percent);
            deepest.push(format!("{} {value} at {}", escape(&lane.label), time(low.0)));
            let fill_to = (lanes.len() == 1).then_some(0.0);
            lines.push(Line { points, class: style(lane), label: lane.label.clone(), fill_to });
        }
    }
    if lines.is_empty() {
        return absent("No drawdown was recorded (equity.parquet is absent or empty).");
    }
    let mut plot = chart(id.to_owned(), "Drawdown", run, lines);
    plot.height = 230.0;
    plot.baseline = Some(0.0);
    plot.bands = fan::bands(run, |c| &c.drawdown, |_, v| v);
    let mut out = figure(&plot, |_| String::new());
    out.push_str(&format!("<p class=\"note\">Deepest: {}.</p>", deepest.join("; ")));
    out.push_str(&note(&lanes::rule(run)));
    out
}
