//! Equity of the drawn accounts with the benchmark, on a linear or a logarithmic axis.

use super::{
    super::{
        envelope::Point,
        format::{escape, signed_percent},
        lanes::{self, Lane},
        model::{AccountCurves, RunData},
        svg::{Line, Unit},
    },
    absent, benchmark, chart, fan, figure, interventions, note, style,
};

/// The equity section of one run.
pub(in super::super) fn equity(run: &RunData, lanes: &[Lane<'_>], id: &str) -> String {
    let Some(first) = lanes.first().and_then(|l| l.curves.first) else {
        return absent("No equity was recorded (equity.parquet is absent or empty).");
    };
    let initial = |c: &AccountCurves| c.first.map_or(f64::NAN, |p| p.1);
    // Money where all accounts began with the same; else growth, so that they compare.
    let in_money =
        run.curves.iter().all(|c| c.first.is_none_or(|p| (p.1 - first.1).abs() <= first.1.abs() * 1e-9));
    let scaled = |c: &AccountCurves, v: f64| if in_money { v } else { v / initial(c) - 1.0 };
    let mut lines: Vec<Line> = lanes
        .iter()
        .map(|lane| {
            let points =
                lane.curves.equity.points().into_iter().map(|p| (p.0, scaled(lane.curves, p.1))).collect();
            Line { points, class: style(lane), label: lane.label.clone(), fill_to: None }
        })
        .collect();
    let benchmark = benchmark::benchmark(run);
    if let Some(b) = &benchmark {
        let scale = |g: f64| if in_money { g * first.1 } else { g - 1.0 };
        let points: Vec<Point> = b.growth.iter().map(|p| (p.0, scale(p.1))).collect();
        lines.push(Line { points, class: "bench".to_owned(), label: b.label.clone(), fill_to: None });
    }
    let title = if in_money { "Equity" } else { "Growth since the start" };
    let mut linear = chart(format!("{id}-linear"), title, run, lines);
    linear.unit = if in_money { Unit::Number } else { Unit::Percent };
    linear.height = 380.0;
    linear.baseline = Some(if in_money { first.1 } else { 0.0 });
    linear.bands = fan::bands(run, |c| &c.equity, scaled);
    let positive = in_money
        && linear.lines.iter().flat_map(|l| &l.points).all(|p| p.1 > 0.0)
        && linear.bands.iter().flat_map(|b| &b.points).all(|p| p.1 > 0.0);
    let mut out = String::new();
    if positive {
        let mut log = linear.clone();
        log.id = format!("{id}-log");
        log.log = true;
        log.title = format!("{title}, logarithmic axis");
        out.push_str(&format!(
            "<div class=\"toggle\"><input type=\"checkbox\" id=\"{id}-log-axis\"><label for=\"{id}-log-axis\">logarithmic \
             axis</label><div class=\"linear\">{}</div><div class=\"log\">{}</div></div>",
            figure(&linear, |frame| interventions::draw(run, frame)),
            figure(&log, |frame| interventions::draw(run, frame))
        ));
    } else {
        out.push_str(&figure(&linear, |frame| interventions::draw(run, frame)));
    }
    match benchmark {
        Some(b) => {
            let total = b.growth.last().map_or(0.0, |p| p.1 - 1.0);
            out.push_str(&format!(
                "<p class=\"note\">Benchmark: {} over the same span, without costs: <strong>{}</strong>, maximum drawdown \
                 {}.</p>",
                escape(&b.label),
                signed_percent(total, 2),
                signed_percent(b.max_drawdown, 2)
            ));
        }
        None => out.push_str(&note(
            "No benchmark: prices.parquet is absent, empty, or outside of the equity's span.",
        )),
    }
    out.push_str(&note(&lanes::rule(run)));
    out
}

/// Growth of the accounts of several runs in one plot: all of them while they are few, else each run's first.
pub(in super::super) fn compare(runs: &[(&RunData, String)], id: &str) -> String {
    let all: Vec<(String, Vec<Lane<'_>>)> =
        runs.iter().map(|(r, label)| (label.clone(), lanes::of_run(r))).collect();
    let total: usize = all.iter().map(|(_, lanes)| lanes.len()).sum();
    let per_run = if total <= lanes::DRAWN_AT_MOST { usize::MAX } else { 1 };
    let mut lines: Vec<Line> = Vec::new();
    for (label, lanes) in &all {
        for lane in lanes.iter().take(per_run).filter(|l| l.curves.first.is_some_and(|p| p.1 > 0.0)) {
            let base = lane.curves.first.map_or(1.0, |p| p.1);
            let points = lane.curves.equity.points().into_iter().map(|p| (p.0, p.1 / base - 1.0)).collect();
            let name =
                if lanes.len() == 1 { label.clone() } else { format!("{label} \u{b7} {}", lane.label) };
            lines.push(Line { points, class: String::new(), label: name, fill_to: None });
        }
    }
    let hidden = lines.len().saturating_sub(lanes::DRAWN_AT_MOST);
    lines.truncate(lanes::DRAWN_AT_MOST);
    for (i, line) in lines.iter_mut().enumerate() {
        line.class = format!("s{i}");
    }
    let Some((run, _)) = runs.first().filter(|_| !lines.is_empty()) else {
        return absent("None of the runs recorded its equity.");
    };
    let mut growth = chart(id.to_owned(), "Growth since each run's start", run, lines);
    growth.height = 380.0;
    growth.baseline = Some(0.0);
    let mut out = figure(&growth, |_| String::new());
    if per_run == 1 {
        out.push_str(&note("One account a run: its best where it has many, else its first."));
    }
    if hidden > 0 {
        out.push_str(&note(&format!("{hidden} more runs are in the tables only.")));
    }
    out
}
