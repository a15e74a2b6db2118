//! Rows of values with intervals: drawn wide with the names beside them, and narrow with the names above.

use std::fmt::Write as _;

use super::super::format::{escape, shorten};
use super::super::svg::{Scale, Size, Unit, px};

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Whisker {
    pub(super) label: String,
    pub(super) value: f64,
    /// Ends of the interval.
    pub(super) interval: Option<(f64, f64)>,
    /// The value in words.
    pub(super) shown: String,
    pub(super) hover: String,
}

/// All rows.
#[derive(Clone, Debug)]
pub(super) struct Whiskers {
    /// Unique in the page.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) unit: Unit,
    /// A vertical line; values on its left are hollow.
    pub(super) zero: Option<f64>,
    /// Bars from there to the value, instead of dots.
    pub(super) bars: bool,
    pub(super) rows: Vec<Whisker>,
}

/// Both drawings.
pub(super) fn whiskers(of: &Whiskers) -> String {
    format!("<figure>{}</figure>", Size::BOTH.map(|size| draw(of, size)).concat())
}

fn draw(of: &Whiskers, size: Size) -> String {
    let narrow = size == Size::Narrow;
    let ends = of
        .rows
        .iter()
        .flat_map(|r| [r.value].into_iter().chain(r.interval.into_iter().flat_map(|(a, b)| [a, b])));
    let all = ends.chain(of.zero).filter(|v| v.is_finite());
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let pad = (high - low) * 0.04;
    let scale = Scale::linear(low - pad, high + pad, if narrow { 4 } else { 8 });
    let longest = of.rows.iter().map(|r| r.label.chars().count()).max().unwrap_or(0).min(46);
    let shown = of.rows.iter().map(|r| r.shown.chars().count()).max().unwrap_or(0) as f64 * 7.2 + 12.0;
    let left = if narrow { 6.0 } else { (longest as f64 * 7.0 + 14.0).max(80.0) };
    let right = size.width() - shown.max(24.0);
    let (step, top) = (if narrow { 36.0 } else { 23.0 }, 6.0);
    let bottom = top + step * of.rows.len() as f64;
    let at = |value: f64| left + scale.position(value) * (right - left);
    let id = format!("{}-{}", escape(&of.id), size.class());
    let mut out = format!(
        "<svg class=\"panel whiskers {}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title>\
         <desc id=\"{id}-d\">{}</desc><g class=\"grid\">",
        size.class(),
        px(size.width()),
        px(bottom + 24.0),
        escape(&of.title),
        escape(&of.description)
    );
    for tick in &scale.ticks {
        let _ = write!(out, "<path d=\"M{} {}V{}\"/>", px(at(*tick)), px(top), px(bottom + 4.0));
    }
    out.push_str("</g><g class=\"axis\">");
    for tick in &scale.ticks {
        let label = scale.label(*tick, of.unit);
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            px(at(*tick)),
            px(bottom + 19.0)
        );
    }
    out.push_str("</g>");
    if let Some(zero) = of.zero {
        let _ =
            write!(out, "<path class=\"base strong\" d=\"M{} {}V{}\"/>", px(at(zero)), px(top), px(bottom));
    }
    for (i, row) in of.rows.iter().enumerate() {
        let y = top + step * (i as f64 + if narrow { 0.72 } else { 0.5 });
        let label = escape(&shorten(&row.label, 46));
        let _ = write!(out, "<g><title>{}</title>", escape(&row.hover));
        let _ = match narrow {
            true => {
                write!(out, "<text class=\"value\" x=\"{}\" y=\"{}\">{label}</text>", px(left), px(y - 10.0))
            }
            false => write!(
                out,
                "<text class=\"value\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>",
                px(left - 8.0),
                px(y + 4.0)
            ),
        };
        let below = of.zero.is_some_and(|zero| row.value < zero);
        if let (true, Some(zero)) = (of.bars, of.zero) {
            let (a, b) = (at(zero).min(at(row.value)), at(zero).max(at(row.value)));
            let class = if below { "bar neg" } else { "bar pos" };
            let _ = write!(
                out,
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"12\"/>",
                px(a),
                px(y - 6.0),
                px(b - a)
            );
        }
        if let Some((a, b)) = row.interval {
            let _ = write!(
                out,
                "<path class=\"whisker\" d=\"M{a} {y}H{b}M{a} {t}V{u}M{b} {t}V{u}\"/>",
                a = px(at(a)),
                b = px(at(b)),
                y = px(y),
                t = px(y - 4.0),
                u = px(y + 4.0)
            );
        }
        if !of.bars {
            let class = if below { "point below" } else { "point" };
            let _ = write!(
                out,
                "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"4\"/>",
                px(at(row.value)),
                px(y)
            );
        }
        let _ = write!(
            out,
            "<text class=\"value\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text></g>",
            px(size.width() - 2.0),
            px(y + 4.0),
            escape(&row.shown)
        );
    }
    out.push_str("</svg>");
    out
}
