//! A small panel of vertical bars: yearly returns, and histograms.

use std::fmt::Write as _;

use super::{super::format::escape, Scale, Unit, px};

/// A bar panel.
#[derive(Clone, Debug)]
pub(in super::super) struct BarPanel {
    pub(in super::super) id: String,
    pub(in super::super) title: String,
    pub(in super::super) description: String,
    /// Edges or category positions run from 0 to `bars.len()`; each bar: value, label above it, hover text.
    pub(in super::super) bars: Vec<(f64, String, String)>,
    /// Labels below the axis: position in bars (0 = left edge of the first bar), text.
    pub(in super::super) x_labels: Vec<(f64, String)>,
    /// Vertical marks: position in bars, text.
    pub(in super::super) marks: Vec<(f64, String)>,
    pub(in super::super) unit: Unit,
    /// Bars before this position are drawn hollow, as negative values are.
    pub(in super::super) hollow_before: f64,
    /// Share of its slot that a bar fills.
    pub(in super::super) fill: f64,
}

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 260.0;

/// Draws a panel.
pub(in super::super) fn bar_panel(panel: &BarPanel) -> String {
    let high = panel.bars.iter().map(|b| b.0).fold(0.0, f64::max);
    let low = panel.bars.iter().map(|b| b.0).fold(0.0, f64::min);
    // Room for the labels of bars and marks.
    let pad = (high - low) * if panel.marks.is_empty() { 0.12 } else { 0.2 };
    let y =
        Scale::linear(if low < 0.0 { low - pad } else { 0.0 }, if high > 0.0 { high + pad } else { 0.0 }, 4);
    let (left, right, top, bottom) = (52.0, WIDTH - 10.0, 14.0, HEIGHT - 30.0);
    let slot = (right - left) / panel.bars.len().max(1) as f64;
    let at = |value: f64| bottom - y.position(value) * (bottom - top);
    let id = escape(&panel.id);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg class=\"panel\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc><g class=\"grid\">",
        escape(&panel.title),
        escape(&panel.description)
    );
    for tick in &y.ticks {
        let _ = write!(out, "<path d=\"M{} {}H{}\"/>", px(left), px(at(*tick)), px(right));
    }
    out.push_str("</g><g class=\"axis\">");
    for tick in &y.ticks {
        let label = y.label(*tick, panel.unit);
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>",
            px(left - 6.0),
            px(at(*tick) + 4.0)
        );
    }
    for (position, label) in &panel.x_labels {
        let (x, y) = (px(left + position * slot), px(bottom + 18.0));
        let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", escape(label));
    }
    out.push_str("</g><g>");
    for (i, (value, label, hover)) in panel.bars.iter().enumerate() {
        let (zero, tip) = (at(0.0), at(*value));
        let x = left + i as f64 * slot + slot * (1.0 - panel.fill) / 2.0;
        let width = (slot * panel.fill).max(0.5);
        let class = if *value < 0.0 || (i as f64) < panel.hollow_before { "bar neg" } else { "bar pos" };
        let _ = write!(
            out,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>",
            px(x),
            px(zero.min(tip)),
            px(width),
            px((zero - tip).abs()),
            escape(hover)
        );
        if !label.is_empty() {
            let y = if *value < 0.0 { tip + 13.0 } else { tip - 5.0 };
            let (x, label) = (px(x + width / 2.0), escape(label));
            let _ = write!(
                out,
                "<text class=\"value\" x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
                px(y)
            );
        }
    }
    let _ = write!(out, "</g><path class=\"base\" d=\"M{} {}H{}\"/>", px(left), px(at(0.0)), px(right));
    for (i, (position, label)) in panel.marks.iter().enumerate() {
        let x = left + position.clamp(0.0, panel.bars.len() as f64) * slot;
        // Later marks lie to the left of the first: their labels go there too, where there is room.
        let (anchor, shift) =
            if x > WIDTH * 0.6 || (i > 0 && x > WIDTH * 0.35) { ("end", -5.0) } else { ("start", 5.0) };
        let y = px(top + 6.0 + 17.0 * i as f64);
        let _ = write!(
            out,
            "<path class=\"mark\" d=\"M{} {}V{}\"/><text class=\"value\" x=\"{}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>",
            px(x),
            px(top - 6.0),
            px(bottom),
            px(x + shift),
            escape(label)
        );
    }
    out.push_str("</svg>");
    out
}
