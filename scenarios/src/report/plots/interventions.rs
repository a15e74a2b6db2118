//! Interventions on a time plot: a line across it where each begins, with its name or what it is.

use std::fmt::Write as _;

use super::super::{
    format::{escape, shorten, time},
    model::RunData,
    svg::{Frame, px},
};

/// Labels are left out where they would stand closer to each other than this, in pixels.
const APART: f64 = 90.0;

/// Draws those of the run that lie within the frame.
pub(super) fn draw(run: &RunData, frame: &Frame) -> String {
    let all = run.summary.interventions();
    let within = all.iter().filter(|i| frame.from <= i.at && i.at <= frame.to);
    let mut out = String::new();
    let mut labeled = f64::NEG_INFINITY;
    let mut drawn: Option<(i64, &str)> = None;
    for intervention in within {
        // The parts of a stress scenario that begin together are one line.
        let label = if intervention.name.is_empty() { &intervention.what } else { &intervention.name };
        if drawn == Some((intervention.at, label)) {
            continue;
        }
        drawn = Some((intervention.at, label));
        let x = frame.x(intervention.at);
        let _ = write!(
            out,
            "<path d=\"M{} {}V{}\"><title>{}: {}</title></path>",
            px(x),
            px(frame.top),
            px(frame.bottom),
            time(intervention.at),
            escape(&intervention.words())
        );
        if x - labeled >= APART {
            labeled = x;
            let late = x > (frame.left + frame.right) / 2.0;
            let (at, anchor) = if late { (x - 4.0, "end") } else { (x + 4.0, "start") };
            let label = escape(&shorten(label, 24));
            let _ = write!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text>",
                px(at),
                px(frame.top + 11.0)
            );
        }
    }
    if out.is_empty() { out } else { format!("<g class=\"interventions\">{out}</g>") }
}
