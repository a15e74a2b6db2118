//! A small panel of one curve over a number that is no time, with a band of what chance alone would give.

use std::fmt::Write as _;

use super::{super::format::escape, Scale, Unit, px};

/// A curve panel.
#[derive(Clone, Debug)]
pub(in super::super) struct CurvePanel {
    pub(in super::super) id: String,
    pub(in super::super) title: String,
    pub(in super::super) description: String,
    /// Ascending in x; broken where y is missing.
    pub(in super::super) points: Vec<(f64, Option<f64>)>,
    /// Half the height of the band around zero.
    pub(in super::super) band: Option<f64>,
    /// A point that is marked, and what stands beside it.
    pub(in super::super) mark: Option<(f64, f64, String)>,
    /// What x is.
    pub(in super::super) x_label: String,
}

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 270.0;

/// Draws a panel.
pub(in super::super) fn curve_panel(panel: &CurvePanel) -> String {
    let ys = || {
        panel.points.iter().filter_map(|p| p.1).chain(panel.band).chain(panel.band.map(|b| -b)).chain([0.0])
    };
    let (low, high) = ys().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| (l.min(y), h.max(y)));
    let pad = (high - low) * 0.14;
    let y = Scale::linear(low - pad, high + pad, 5);
    let (first, last) = (panel.points.first().map_or(0.0, |p| p.0), panel.points.last().map_or(1.0, |p| p.0));
    let x = Scale::linear(first, last, 6);
    let (left, right, top, bottom) = (56.0, WIDTH - 12.0, 12.0, HEIGHT - 46.0);
    let at = |v: f64| left + x.position(v) * (right - left);
    let up = |v: f64| bottom - y.position(v) * (bottom - top);
    let id = escape(&panel.id);
    let mut out = format!(
        "<svg class=\"panel\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc><g class=\"grid\">",
        escape(&panel.title),
        escape(&panel.description)
    );
    for tick in &y.ticks {
        let _ = write!(out, "<path d=\"M{} {}H{}\"/>", px(left), px(up(*tick)), px(right));
    }
    for tick in &x.ticks {
        let _ = write!(out, "<path d=\"M{} {}v5\"/>", px(at(*tick)), px(bottom));
    }
    out.push_str("</g><g class=\"axis\">");
    for tick in &y.ticks {
        let label = y.label(*tick, Unit::Number);
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>",
            px(left - 6.0),
            px(up(*tick) + 4.0)
        );
    }
    for tick in &x.ticks {
        let label = x.label(*tick, Unit::Number);
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            px(at(*tick)),
            px(bottom + 19.0)
        );
    }
    let middle = px((left + right) / 2.0);
    let _ = write!(
        out,
        "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>",
        px(bottom + 40.0),
        escape(&panel.x_label)
    );
    if let Some(band) = panel.band {
        let (high, low) = (up(band), up(-band));
        let _ = write!(
            out,
            "<rect class=\"band outer\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            px(left),
            px(high),
            px(right - left),
            px(low - high)
        );
        for edge in [high, low] {
            let _ = write!(out, "<path class=\"mark\" d=\"M{} {}H{}\"/>", px(left), px(edge), px(right));
        }
    }
    let _ = write!(out, "<path class=\"base\" d=\"M{} {}H{}\"/>", px(left), px(up(0.0)), px(right));
    if first < 0.0 && last > 0.0 {
        let _ = write!(out, "<path class=\"base\" d=\"M{} {}V{}\"/>", px(at(0.0)), px(top), px(bottom));
    }
    let mut path = String::new();
    let mut pen = 'M';
    for (lag, value) in &panel.points {
        match value {
            Some(value) => {
                let _ = write!(path, "{pen}{} {}", px(at(*lag)), px(up(*value)));
                pen = 'L';
            }
            None => pen = 'M',
        }
    }
    let _ = write!(out, "<path class=\"line s0\" d=\"{path}\"/>");
    if let Some((lag, value, text)) = &panel.mark {
        let (x, y) = (at(*lag), up(*value));
        let (anchor, shift) = if x > WIDTH * 0.6 { ("end", -9.0) } else { ("start", 9.0) };
        let above = if *value < 0.0 { 16.0 } else { -7.0 };
        let _ = write!(
            out,
            "<circle class=\"dot s0\" cx=\"{}\" cy=\"{}\" r=\"5\"/><text class=\"value\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            px(x),
            px(y),
            px(x + shift),
            px(y + above),
            escape(text)
        );
    }
    out.push_str("</svg>");
    out
}
