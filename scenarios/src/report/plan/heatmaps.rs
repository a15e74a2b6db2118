//! What the parameters do: the ranking metric over each of them, and over pairs.

use std::fmt::Write as _;

use super::super::format::{Kind, UNDEFINED, escape, fixed, number, plain, shorten};
use super::super::plots::note;
use super::super::sections::metric;
use super::super::svg::{Scale, Unit, px};
use super::data::PlanData;
use crate::comparison::{Axis, Bin, Effect, Heatmap};

/// Heatmaps that are open; the others are folded.
const OPEN: usize = 4;

/// The section; `None` without a numeric parameter that varies.
pub(super) fn parameters(plan: &PlanData) -> Option<String> {
    let comparison = plan.comparison.as_ref()?;
    let effects = &comparison.effects;
    if effects.single.is_empty() && effects.heatmaps.is_empty() {
        return None;
    }
    let shown = metric(&comparison.metric);
    let mut out = String::from("<div class=\"panels effects\">");
    for (i, effect) in effects.single.iter().enumerate() {
        let correlation = effect.correlation.map_or(UNDEFINED.to_owned(), |r| fixed(r, 2));
        let _ = write!(
            out,
            "<figure>{}<figcaption><strong>{}</strong>: median {} and its quartiles; rank correlation {correlation}</figcaption></figure>",
            panel(effect, shown.kind, &format!("effect-{i}")),
            escape(&effect.axis.path),
            escape(&shown.label)
        );
    }
    out.push_str("</div>");
    for (i, map) in effects.heatmaps.iter().enumerate() {
        let title = format!("{} by {} and {}", shown.label, map.y.path, map.x.path);
        let table = table(map, shown.kind, &title);
        let _ = match i < OPEN {
            true => write!(out, "<h4>{}</h4>{table}", escape(&title)),
            false => write!(out, "<details><summary>{}</summary>{table}</details>", escape(&title)),
        };
    }
    if !effects.heatmaps.is_empty() {
        let text = "Each cell is the median of the branches in it. Blue cells are above 0, orange and italic ones below; \
                    where all have one sign, the shade goes from the lowest to the highest. The best cell is framed. A \
                    plateau of good neighbors says more than a single good cell.";
        out.push_str(&note(text));
    }
    Some(out)
}

fn bin(bin: &Bin) -> String {
    let number =
        |v: f64| if v.fract() == 0.0 && v.abs() < 1e6 { fixed(v, 0) } else { plain((v * 1e4).round() / 1e4) };
    if bin.low == bin.high {
        number(bin.low)
    } else {
        format!("{}\u{2013}{}", number(bin.low), number(bin.high))
    }
}

/// A value without decimals that its size does not need.
fn short(value: f64, kind: Kind) -> String {
    match kind {
        Kind::Percent => format!("{}%", fixed(100.0 * value, 1)),
        _ if value.abs() >= 100.0 => fixed(value, 0),
        _ => fixed(value, 2),
    }
}

fn table(map: &Heatmap, kind: Kind, title: &str) -> String {
    let all = || map.median.iter().flatten().flatten().copied().filter(|v| v.is_finite());
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let largest = low.abs().max(high.abs());
    let strength = |value: f64| {
        let share =
            if low < 0.0 && high > 0.0 { value.abs() / largest } else { (value - low) / (high - low) };
        let share = if high < 0.0 { 1.0 - share } else { share };
        (share * 4.0).ceil().clamp(0.0, 4.0) as u8
    };
    let mut out = format!(
        "<div class=\"scroll\"><table class=\"heat grid2\"><caption>{}</caption><thead><tr><td></td><th scope=\"col\" colspan=\"{}\" \
         class=\"axis-name\">{}</th></tr><tr><th scope=\"col\" class=\"axis-name\">{}</th>",
        escape(title),
        map.x.bins.len(),
        escape(&last_part(&map.x)),
        escape(&last_part(&map.y))
    );
    map.x.bins.iter().for_each(|b| out.push_str(&format!("<th scope=\"col\">{}</th>", bin(b))));
    out.push_str("</tr></thead><tbody>");
    for ((y, values), counts) in map.y.bins.iter().zip(&map.median).zip(&map.branches) {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", bin(y));
        for ((value, count), x) in values.iter().zip(counts).zip(&map.x.bins) {
            let Some(value) = value.filter(|v| v.is_finite()) else {
                let _ = write!(out, "<td class=\"none\">{UNDEFINED}</td>");
                continue;
            };
            let sign = if value < 0.0 { 'n' } else { 'p' };
            let best = if value == high { " best" } else { "" };
            let hover =
                format!("{} \u{d7} {}: {}, {count} branches", bin(y), bin(x), number(Some(value), kind));
            let _ = write!(
                out,
                "<td class=\"{sign}{}{best}\" title=\"{}\">{}</td>",
                strength(value),
                escape(&hover),
                short(value, kind)
            );
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

/// The last part of a path, which most know the parameter by.
fn last_part(axis: &Axis) -> String {
    shorten(axis.path.rsplit('.').next().unwrap_or(&axis.path), 24)
}

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 250.0;

/// Median and quartiles over one parameter, its values evenly spaced.
fn panel(effect: &Effect, kind: Kind, id: &str) -> String {
    let values =
        effect.median.iter().chain(&effect.low).chain(&effect.high).flatten().filter(|v| v.is_finite());
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let pad = (high - low) * 0.08;
    let y = Scale::linear(low - pad, high + pad, 5);
    let unit = if kind == Kind::Percent { Unit::Percent } else { Unit::Number };
    let (left, right, top, bottom) = (64.0, WIDTH - 14.0, 10.0, HEIGHT - 34.0);
    let n = effect.axis.bins.len().max(1) as f64;
    let at = |i: usize| left + (i as f64 + 0.5) / n * (right - left);
    let up = |v: f64| bottom - y.position(v) * (bottom - top);
    let title = escape(&format!("{}: median and quartiles", effect.axis.path));
    let mut out = format!(
        "<svg class=\"panel\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-t\"><title id=\"{id}-t\">{title}</title>\
         <g class=\"grid\">"
    );
    for tick in &y.ticks {
        let _ = write!(out, "<path d=\"M{} {}H{}\"/>", px(left), px(up(*tick)), px(right));
    }
    out.push_str("</g><g class=\"axis\">");
    for tick in &y.ticks {
        let (x, y_at) = (px(left - 6.0), px(up(*tick) + 4.0));
        let _ =
            write!(out, "<text x=\"{x}\" y=\"{y_at}\" text-anchor=\"end\">{}</text>", y.label(*tick, unit));
    }
    let widest =
        effect.axis.bins.iter().map(|b| bin(b).chars().count()).max().unwrap_or(1) as f64 * 9.0 + 8.0;
    let every = ((widest * n / (right - left)).ceil() as usize).max(1);
    for (i, b) in effect.axis.bins.iter().enumerate().step_by(every) {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            px(at(i)),
            px(bottom + 20.0),
            bin(b)
        );
    }
    out.push_str("</g>");
    if y.low < 0.0 && y.high > 0.0 {
        let _ = write!(out, "<path class=\"base\" d=\"M{} {}H{}\"/>", px(left), px(up(0.0)), px(right));
    }
    let mut path = String::new();
    let mut pen = 'M';
    for (i, b) in effect.axis.bins.iter().enumerate() {
        if let (Some(l), Some(h)) = (effect.low[i], effect.high[i]) {
            let _ = write!(
                out,
                "<path class=\"whisker\" d=\"M{x} {}V{}\"/>",
                px(up(l)),
                px(up(h)),
                x = px(at(i))
            );
        }
        let Some(m) = effect.median[i] else {
            pen = 'M';
            continue;
        };
        let _ = write!(path, "{pen}{} {}", px(at(i)), px(up(m)));
        pen = 'L';
        let hover = format!("{}: {}, {} branches", bin(b), number(Some(m), kind), effect.branches[i]);
        let _ = write!(
            out,
            "<circle class=\"point\" cx=\"{}\" cy=\"{}\" r=\"4\"><title>{}</title></circle>",
            px(at(i)),
            px(up(m)),
            escape(&hover)
        );
    }
    let _ = write!(out, "<path class=\"line s0\" d=\"{path}\"/></svg>");
    out
}
