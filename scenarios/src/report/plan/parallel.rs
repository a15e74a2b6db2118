//! A line per branch through all parameters to the ranking metric.

use std::fmt::Write as _;

use super::super::format::{Kind, escape, fixed, plain, shorten};
use super::super::plots::note;
use super::super::sections::metric;
use super::super::svg::{Scale, Size, Unit, px};
use super::data::PlanData;
use crate::comparison::{ParallelCoordinates, ParallelRow};

/// Lines that are drawn.
const LINES: usize = 300;

/// Axes that are drawn, the metric besides.
const AXES: usize = 10;

/// Values of words that get a label.
const WORDS: usize = 12;

/// The section; `None` without a parameter that varies.
pub(super) fn parallel(plan: &PlanData, id: &str) -> Option<String> {
    let comparison = plan.comparison.as_ref()?;
    let of = comparison.effects.parallel.as_ref().filter(|p| p.rows.len() > 2 && !p.paths.is_empty())?;
    let shown = metric(&comparison.metric);
    let unit = if shown.kind == Kind::Percent { Unit::Percent } else { Unit::Number };
    let drawings = Size::BOTH.map(|size| draw(of, size, id, (&shown.label, unit))).concat();
    let key = of.paths.iter().take(AXES).enumerate().map(|(i, path)| format!("{} {}", i + 1, path));
    let key: Vec<String> = key.chain([format!("{} {}", of.paths.len().min(AXES) + 1, shown.label)]).collect();
    let mut text = format!(
        "A line a branch, from its parameters to {} on the right. Strong: the best tenth; dashed: the best; thin: the others. \
         Axes: {}.",
        shown.label,
        key.join("; ")
    );
    if of.rows.len() > LINES {
        text.push_str(&format!(" Drawn: {LINES} of {}, evenly over the ranking.", of.rows.len()));
    }
    if of.paths.len() > AXES {
        text.push_str(&format!(" The first {AXES} of {} parameters.", of.paths.len()));
    }
    Some(format!("<figure>{drawings}</figure>{}", note(&text)))
}

/// An axis: where a value lies on it (0 bottom, 1 top), and its labels.
struct Rail {
    name: String,
    scale: Scale,
    labels: Vec<(f64, String)>,
}

impl Rail {
    fn of(of: &ParallelCoordinates, axis: usize) -> Self {
        let name = of.paths[axis].rsplit('.').next().unwrap_or_default().to_owned();
        let values = || of.rows.iter().filter_map(|r| r.values[axis]);
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        match &of.labels[axis] {
            Some(words) => {
                let scale = Scale::linear(-0.5, words.len() as f64 - 0.5, 4);
                let shown = words.iter().take(WORDS).enumerate();
                Self { name, scale, labels: shown.map(|(i, word)| (i as f64, shorten(word, 16))).collect() }
            }
            None => {
                let scale = Scale::linear(low, high, 4);
                let mut seen: Vec<f64> = values().collect();
                seen.sort_by(f64::total_cmp);
                seen.dedup();
                let ticks = if seen.len() <= 6 { seen } else { vec![low, (low + high) / 2.0, high] };
                let label =
                    |v: f64| (v, if v.fract() == 0.0 { fixed(v, 0) } else { plain((v * 1e4).round() / 1e4) });
                Self { name, scale, labels: ticks.into_iter().map(label).collect() }
            }
        }
    }
}

fn draw(of: &ParallelCoordinates, size: Size, id: &str, (metric, unit): (&str, Unit)) -> String {
    let narrow = size == Size::Narrow;
    let mut rails: Vec<Rail> = (0..of.paths.len().min(AXES)).map(|axis| Rail::of(of, axis)).collect();
    let values = of.rows.iter().map(|r| r.metric).filter(|v| v.is_finite());
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let scale = Scale::linear(low, high, 5);
    let labels = scale.ticks.iter().map(|t| (*t, scale.label(*t, unit))).collect();
    rails.push(Rail { name: metric.to_owned(), scale, labels });
    let height = if narrow { 300.0 } else { 400.0 };
    let (left, right, top, bottom) = (44.0, size.width() - 62.0, 26.0, height - 34.0);
    let x = |axis: usize| left + (right - left) * axis as f64 / (rails.len() - 1).max(1) as f64;
    let y = |rail: &Rail, value: f64| bottom - rail.scale.position(value) * (bottom - top);
    let ids = format!("{}-{}", escape(id), size.class());
    let mut out = format!(
        "<svg class=\"panel parallel {}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{ids}-t {ids}-d\"><title id=\"{ids}-t\">Parallel \
         coordinates</title><desc id=\"{ids}-d\">A line for each branch through the values of its parameters to the ranking metric</desc>",
        size.class(),
        px(size.width()),
        px(height)
    );
    let n = of.rows.len();
    let best = n.div_ceil(10);
    // Evenly over the ranking, the best last, so that they lie on top.
    let kept: Vec<usize> = (0..n.min(LINES)).map(|i| i * n / n.min(LINES)).collect();
    for row in kept.into_iter().rev() {
        let class = match row {
            0 => "way top",
            r if r < best => "way good",
            _ => "way",
        };
        let _ =
            write!(out, "<path class=\"{class}\" d=\"{}\"/>", way(&of.rows[row], &rails, (&x, &y), bottom));
    }
    for (i, rail) in rails.iter().enumerate() {
        let at = px(x(i));
        let _ = write!(out, "<path class=\"rail\" d=\"M{at} {}V{}\"/>", px(top), px(bottom + 12.0));
        let name =
            if narrow { (i + 1).to_string() } else { format!("{} {}", i + 1, shorten(&rail.name, 22)) };
        let _ = write!(
            out,
            "<text class=\"value name\" x=\"{at}\" y=\"14\" text-anchor=\"middle\">{}</text>",
            escape(&name)
        );
        let last = i + 1 == rails.len();
        for (value, label) in &rail.labels {
            let (shift, anchor) = if last { (7.0, "start") } else { (-6.0, "end") };
            let _ = write!(
                out,
                "<text class=\"value\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                px(x(i) + shift),
                px(y(rail, *value) + 4.0),
                escape(label)
            );
        }
        if i + 1 < rails.len() && of.rows.iter().any(|r| r.values[i].is_none()) {
            let _ = write!(
                out,
                "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">not set</text>",
                px(bottom + 27.0)
            );
        }
    }
    out.push_str("</svg>");
    out
}

/// The line of a branch; what it does not set lies below the axis.
fn way(
    row: &ParallelRow,
    rails: &[Rail],
    (x, y): (&impl Fn(usize) -> f64, &impl Fn(&Rail, f64) -> f64),
    bottom: f64,
) -> String {
    let mut path = String::new();
    for (i, rail) in rails.iter().enumerate() {
        let value = if i + 1 < rails.len() { row.values[i] } else { Some(row.metric) };
        let at = value.map_or(bottom + 12.0, |value| y(rail, value));
        let _ = write!(path, "{}{} {}", if i == 0 { 'M' } else { 'L' }, px(x(i)), px(at));
    }
    path
}
