//! Exposure: position value as a fraction of equity.

use super::{
    super::{
        lanes::{self, Lane},
        model::RunData,
        svg::Line,
    },
    absent, chart, fan, figure, note, style,
};

/// The exposure section of one run.
pub(in super::super) fn exposure(run: &RunData, lanes: &[Lane<'_>], id: &str) -> String {
    let lines: Vec<Line> = lanes
        .iter()
        .map(|lane| Line {
            points: lane.curves.exposure.points(),
            class: style(lane),
            label: lane.label.clone(),
            fill_to: (lanes.len() == 1).then_some(0.0),
        })
        .filter(|line| !line.points.is_empty())
        .collect();
    if lines.is_empty() {
        return absent("No exposure was recorded.");
    }
    let mut plot = chart(id.to_owned(), "Exposure", run, lines);
    plot.height = 200.0;
    plot.baseline = Some(0.0);
    plot.bands = fan::bands(run, |c| &c.exposure, |_, v| v);
    let mut out = figure(&plot, |_| String::new());
    out.push_str(&note("The column `exposure` of equity.parquet, as a share of equity."));
    out.push_str(&note(&lanes::rule(run)));
    out
}
