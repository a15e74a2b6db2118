//! The frame of a time plot: axes, lines, bands, direct labels, and what the hover read-out needs.

use std::fmt::Write as _;

use super::{
    super::{
        envelope::{Point, decimate},
        format::{escape, shorten},
    },
    Scale, Size, Unit, px, time_axis,
};

/// A line of a plot. It is broken where a value is not finite.
#[derive(Clone, Debug)]
pub(in super::super) struct Line {
    pub(in super::super) points: Vec<Point>,
    /// CSS class: `s0` .. `s6`, or `bench`.
    pub(in super::super) class: String,
    /// Unescaped.
    pub(in super::super) label: String,
    /// Fill between the line and this value.
    pub(in super::super) fill_to: Option<f64>,
}

/// A band between two curves: time, low, high.
#[derive(Clone, Debug)]
pub(in super::super) struct Band {
    pub(in super::super) points: Vec<(i64, f64, f64)>,
    pub(in super::super) class: &'static str,
}

/// A time plot.
#[derive(Clone, Debug)]
pub(in super::super) struct Chart {
    /// Unique in the page; a name for `<title>` and `<desc>`.
    pub(in super::super) id: String,
    pub(in super::super) title: String,
    pub(in super::super) description: String,
    pub(in super::super) unit: Unit,
    pub(in super::super) log: bool,
    /// Height of the wide drawing in user units.
    pub(in super::super) height: f64,
    /// Room below the plot area, above the labels of the time axis, in user units.
    pub(in super::super) foot: f64,
    /// Values that the axis must include.
    pub(in super::super) include: Vec<f64>,
    /// A value marked by a stronger line.
    pub(in super::super) baseline: Option<f64>,
    pub(in super::super) bands: Vec<Band>,
    pub(in super::super) lines: Vec<Line>,
}

/// Where the plot area lies, and how times and values map into it.
#[derive(Clone, Debug)]
pub(in super::super) struct Frame {
    pub(in super::super) left: f64,
    pub(in super::super) right: f64,
    pub(in super::super) top: f64,
    pub(in super::super) bottom: f64,
    /// Where the labels of the time axis begin.
    pub(in super::super) axis: f64,
    pub(in super::super) from: i64,
    pub(in super::super) to: i64,
    pub(in super::super) y: Scale,
}

impl Frame {
    pub(in super::super) fn x(&self, ts: i64) -> f64 {
        let span = (self.to as f64 - self.from as f64).max(1.0);
        self.left + ((ts as f64 - self.from as f64) / span).clamp(0.0, 1.0) * (self.right - self.left)
    }

    pub(in super::super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.y.position(value) * (self.bottom - self.top)
    }

    /// Plot width in whole pixels.
    pub(in super::super) fn columns(&self) -> usize {
        (self.right - self.left).max(1.0) as usize
    }
}

/// Width of a label in user units at the given font size; sans-serif digits and letters are near 0.56 em.
fn text_width(text: &str, font: f64) -> f64 {
    text.chars().count() as f64 * font * 0.58
}

fn frame_of(chart: &Chart, size: Size) -> Frame {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut from, mut to) = (i64::MAX, i64::MIN);
    let mut see = |ts: i64, value: f64| {
        (from, to) = (from.min(ts), to.max(ts));
        if value.is_finite() {
            (low, high) = (low.min(value), high.max(value));
        }
    };
    chart.lines.iter().flat_map(|l| &l.points).for_each(|p| see(p.0, p.1));
    for (ts, lo, hi) in chart.bands.iter().flat_map(|b| &b.points) {
        see(*ts, *lo);
        see(*ts, *hi);
    }
    for value in chart.include.iter().chain(chart.baseline.iter()).filter(|v| v.is_finite()) {
        (low, high) = (low.min(*value), high.max(*value));
    }
    if from > to {
        (from, to) = (0, 0);
    }
    let (width, height, wanted) = match size {
        Size::Wide => (size.width(), chart.height, (chart.height / 50.0) as usize),
        Size::Narrow => (size.width(), (chart.height * 0.72).max(150.0), 4),
    };
    let pad = if chart.log { 0.0 } else { (high - low) * 0.03 };
    let touches = |v: f64| chart.baseline == Some(v) || chart.include.contains(&v);
    let (low, high) =
        (if touches(low) { low } else { low - pad }, if touches(high) { high } else { high + pad });
    let y = if chart.log { Scale::log(low, high, wanted) } else { Scale::linear(low, high, wanted) };
    let font = if size == Size::Wide { 12.0 } else { 11.0 };
    let gutter = y.ticks.iter().map(|t| text_width(&y.label(*t, chart.unit), font)).fold(24.0, f64::max);
    let labels = chart.lines.iter().map(|l| text_width(&shorten(&l.label, 24), font)).fold(0.0, f64::max);
    let margin = if size == Size::Wide && chart.lines.len() > 1 { labels + 12.0 } else { 10.0 };
    let bottom = height - 36.0;
    let axis = bottom + chart.foot;
    Frame { left: gutter + 10.0, right: width - margin, top: 10.0, bottom, axis, from, to, y }
}

/// Draws the chart. `overlay` adds drawings of its own above the lines (already valid SVG).
pub(in super::super) fn draw(chart: &Chart, size: Size, overlay: impl Fn(&Frame) -> String) -> String {
    let frame = frame_of(chart, size);
    let (width, height) = (size.width(), frame.axis + 36.0);
    let id = format!("{}-{}", escape(&chart.id), size.class());
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg class=\"plot {}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" \
         data-t0=\"{}\" data-t1=\"{}\" data-x0=\"{}\" data-x1=\"{}\" data-v0=\"{}\" data-v1=\"{}\" data-y0=\"{}\" \
         data-y1=\"{}\" data-log=\"{}\" data-unit=\"{}\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        size.class(),
        px(width),
        px(height),
        frame.from / 1_000_000,
        frame.to / 1_000_000,
        px(frame.left),
        px(frame.right),
        frame.y.low,
        frame.y.high,
        px(frame.bottom),
        px(frame.top),
        u8::from(frame.y.log),
        if chart.unit == Unit::Percent { "percent" } else { "number" },
        escape(&chart.title),
        escape(&chart.description),
    );
    axes(&mut out, chart, &frame, size);
    for band in &chart.bands {
        draw_band(&mut out, band, &frame);
    }
    for line in &chart.lines {
        draw_line(&mut out, line, &frame);
    }
    out.push_str(&overlay(&frame));
    if size == Size::Wide && chart.lines.len() > 1 {
        direct_labels(&mut out, &chart.lines, &frame);
    }
    out.push_str("</svg>");
    out
}

fn axes(out: &mut String, chart: &Chart, frame: &Frame, size: Size) {
    out.push_str("<g class=\"grid\">");
    for tick in &frame.y.ticks {
        let y = px(frame.y(*tick));
        let _ = write!(out, "<path d=\"M{} {y}H{}\"/>", px(frame.left), px(frame.right));
    }
    let spacing = if size == Size::Wide { 95.0 } else { 62.0 };
    let most = ((frame.right - frame.left) / spacing) as usize;
    let ticks = time_axis::ticks(frame.from, frame.to, most);
    for tick in &ticks {
        let x = px(frame.x(tick.ts));
        let _ = write!(out, "<path d=\"M{x} {}v5\"/>", px(frame.axis));
    }
    out.push_str("</g><g class=\"axis\">");
    for tick in &frame.y.ticks {
        let label = frame.y.label(*tick, chart.unit);
        let (x, y) = (px(frame.left - 6.0), px(frame.y(*tick) + 4.0));
        let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{label}</text>");
    }
    for tick in &ticks {
        let x = frame.x(tick.ts);
        let half = text_width(&tick.label, 12.0) / 2.0;
        let x = px(x.min(size.width() - half - 1.0).max(half));
        let _ = write!(
            out,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            px(frame.axis + 17.0),
            tick.label
        );
        if let Some(context) = &tick.context {
            let y = px(frame.axis + 31.0);
            let _ = write!(
                out,
                "<text class=\"ctx\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{context}</text>"
            );
        }
    }
    out.push_str("</g>");
    if let Some(value) = chart.baseline {
        let y = px(frame.y(value));
        let _ = write!(out, "<path class=\"base\" d=\"M{} {y}H{}\"/>", px(frame.left), px(frame.right));
    }
}

fn draw_band(out: &mut String, band: &Band, frame: &Frame) {
    if band.points.is_empty() {
        return;
    }
    let _ = write!(out, "<polygon class=\"{}\" points=\"", band.class);
    for (ts, _, high) in &band.points {
        let _ = write!(out, "{},{} ", px(frame.x(*ts)), px(frame.y(*high)));
    }
    for (ts, low, _) in band.points.iter().rev() {
        let _ = write!(out, "{},{} ", px(frame.x(*ts)), px(frame.y(*low)));
    }
    out.push_str("\"/>");
}

fn draw_line(out: &mut String, line: &Line, frame: &Frame) {
    for run in line.points.split(|p| !p.1.is_finite()).filter(|run| !run.is_empty()) {
        draw_run(out, line, run, frame);
    }
}

/// Draws points that follow each other without a gap.
fn draw_run(out: &mut String, line: &Line, points: &[Point], frame: &Frame) {
    let kept = decimate(points, frame.from, frame.to, frame.columns());
    let mut coordinates = String::with_capacity(kept.len() * 11);
    let mut previous = None;
    for (ts, value) in kept {
        let point = (px(frame.x(ts)), px(frame.y(value)));
        if previous.as_ref() != Some(&point) {
            let _ = write!(coordinates, "{},{} ", point.0, point.1);
            previous = Some(point);
        }
    }
    let coordinates = coordinates.trim_end();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    if let Some(value) = line.fill_to {
        let y = px(frame.y(value));
        let (x0, x1) = (px(frame.x(first.0)), px(frame.x(last.0)));
        let _ = write!(
            out,
            "<polygon class=\"fill {}\" points=\"{x0},{y} {coordinates} {x1},{y}\"/>",
            line.class
        );
    }
    let label = escape(&line.label);
    if first.0 == last.0 {
        let (x, y) = (px(frame.x(last.0)), px(frame.y(last.1)));
        let r = if points.len() == line.points.len() { "4" } else { "1.5" };
        let _ = write!(out, "<circle class=\"dot {}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>", line.class);
    }
    let _ = write!(
        out,
        "<polyline class=\"line {}\" data-label=\"{label}\" points=\"{coordinates}\"/>",
        line.class
    );
}

fn direct_labels(out: &mut String, lines: &[Line], frame: &Frame) {
    const GAP: f64 = 14.0;
    let mut labels: Vec<(f64, &Line)> = lines
        .iter()
        .filter_map(|l| Some((frame.y(l.points.iter().rfind(|p| p.1.is_finite())?.1) + 4.0, l)))
        .collect();
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Push apart downward, then back up from the lower edge.
    for i in 1..labels.len() {
        labels[i].0 = labels[i].0.max(labels[i - 1].0 + GAP);
    }
    let mut limit = frame.bottom + 4.0;
    for label in labels.iter_mut().rev() {
        label.0 = label.0.min(limit);
        limit = label.0 - GAP;
    }
    out.push_str("<g class=\"labels\">");
    for (y, line) in labels {
        let text = escape(&shorten(&line.label, 24));
        let _ = write!(
            out,
            "<text class=\"{}\" x=\"{}\" y=\"{}\">{text}</text>",
            line.class,
            px(frame.right + 6.0),
            px(y)
        );
    }
    out.push_str("</g>");
}
