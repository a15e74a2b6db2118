//! Walk-forward: the stitched equity, what was chosen in each window, and how stable that was.

use std::fmt::Write as _;

use super::super::format::{Kind, UNDEFINED, escape, fixed, number, shorten, signed_percent, time};
use super::super::plots::{figure, note};
use super::super::sections::{Cell, metric, sortable};
use super::super::svg::{Chart, Frame, Line, Unit, px};
use super::data::PlanData;
use crate::plan::walk::{ParameterCount, WalkForwardSummary, WindowRow};

/// Values of a parameter that are listed.
const VALUES: usize = 8;

/// The section; `None` where the plan has no windows.
pub(super) fn walk_forward(plan: &PlanData, id: &str) -> Option<String> {
    let walk = plan.walk.as_ref()?;
    let mut out = tiles(walk);
    if plan.walked.chosen.len() > 1 {
        out.push_str(&chart(plan, walk, id));
    }
    let text = format!(
        "In each of {} windows the best branch by {} over {}{} was run over the next {}, warm from its first decision on ({}) and flat, \
         with its initial cash; a position open at the end of a window is valued there and not carried over. The equity of the \
         windows is compounded; where nobody was chosen it rests in cash. Vertical lines: where windows begin.",
        walk.windows.len(),
        metric(&walk.choose).label,
        walk.train,
        if walk.anchored { " and everything before" } else { "" },
        walk.test,
        walk.warm_up
    );
    out.push_str(&note(&text));
    out.push_str(&windows(walk));
    out.push_str(&parameters(walk));
    Some(out)
}

fn tiles(walk: &WalkForwardSummary) -> String {
    let (own, base) = (&walk.stitched, &walk.baseline_stitched);
    let against = |own: String, base: String| format!("{own}</dd><dd class=\"beside\">baseline {base}");
    let percent = |v: Option<f64>| number(v, Kind::Percent);
    let figures = [
        ("Out of sample", against(percent(own.total_return), percent(base.total_return))),
        ("Sharpe", against(number(own.sharpe, Kind::Ratio), number(base.sharpe, Kind::Ratio))),
        ("Max drawdown", against(percent(own.max_drawdown), percent(base.max_drawdown))),
        (
            "Efficiency",
            against(number(walk.efficiency, Kind::Ratio), "\u{2013}".to_owned())
                .replace("baseline \u{2013}", "out of / in sample"),
        ),
        ("Choices", format!("{}</dd><dd class=\"beside\">{} changes", walk.choices.len(), walk.changes)),
    ];
    let mut out = String::from("<dl class=\"tiles\">");
    for (name, value) in figures {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    out.push_str("</dl>");
    out
}

fn chart(plan: &PlanData, walk: &WalkForwardSummary, id: &str) -> String {
    let line = |points: &[(i64, f64)], class: &str, label: String| Line {
        points: points.iter().map(|(ts, growth)| (*ts, growth - 1.0)).collect(),
        class: class.to_owned(),
        label,
        fill_to: None,
    };
    let mut lines = vec![line(&plan.walked.chosen, "s0", "chosen, out of sample".to_owned())];
    if plan.walked.baseline.len() > 1 {
        lines.push(line(&plan.walked.baseline, "s1", format!("baseline: {}", walk.baseline)));
    }
    let chart = Chart {
        id: id.to_owned(),
        title: "Stitched out-of-sample growth".to_owned(),
        description: "Growth over the test windows, compounded: what was chosen, and the baseline over the same windows".to_owned(),
        unit: Unit::Percent,
        log: false,
        height: 340.0,
        foot: 0.0,
        include: Vec::new(),
        baseline: Some(0.0),
        bands: Vec::new(),
        lines,
    };
    let cuts = |frame: &Frame| {
        let cut =
            |w: &WindowRow| format!("M{} {}V{}", px(frame.x(w.test_from)), px(frame.top), px(frame.bottom));
        let path: String = walk.windows.iter().skip(1).map(cut).collect();
        format!("<path class=\"cut\" d=\"{path}\"/>")
    };
    figure(&chart, cuts)
}

fn windows(walk: &WalkForwardSummary) -> String {
    let shown = metric(&walk.choose);
    let (inside, outside) = (format!("{}, in sample", shown.label), "out of sample".to_owned());
    let columns = [
        ("Test window, UTC", false),
        ("Chosen", false),
        (inside.as_str(), true),
        (outside.as_str(), true),
        ("Efficiency", true),
        ("Return", true),
        ("Baseline", true),
        ("Trades", true),
    ];
    let row = |w: &WindowRow| {
        let value = |v: Option<f64>, kind| Cell::number(v, &number(v, kind));
        let gain =
            |v: Option<f64>| Cell::number(v, &v.map_or(UNDEFINED.to_owned(), |v| signed_percent(v, 2)));
        let name = w.name.as_deref().map_or("none: in cash".to_owned(), |n| shorten(n, 48));
        let name = match &w.failed {
            Some(reason) => Cell::text(&format!("\u{26a0} {name}")).titled(reason),
            None => Cell::text(&name).titled(w.name.as_deref().unwrap_or_default()),
        };
        let train = format!(
            "trained on {} \u{2192} {}, {} candidates",
            time(w.train_from),
            time(w.train_to),
            w.candidates
        );
        let span = format!("{} \u{2192} {}", short(w.test_from), short(w.test_to));
        vec![
            Cell::text(&span).titled(&train),
            name,
            value(w.in_sample, shown.kind),
            value(w.out_of_sample, shown.kind),
            value(w.efficiency, Kind::Ratio),
            gain(w.test_return),
            gain(w.baseline_return),
            value(w.trades.map(|t| t as f64), Kind::Count),
        ]
    };
    let rows: Vec<Vec<Cell>> = walk.windows.iter().map(row).collect();
    let table = sortable("Windows", &columns, &rows);
    if rows.len() > 14 { format!("<div class=\"long\">{table}</div>") } else { table }
}

/// A time without its hour where that is midnight.
fn short(ts: i64) -> String {
    let text = time(ts);
    text.strip_suffix(" 00:00").map_or(text.clone(), str::to_owned)
}

fn parameters(walk: &WalkForwardSummary) -> String {
    if walk.parameters.is_empty() {
        return String::new();
    }
    let columns = [("Parameter", false), ("Most frequent in", true), ("Chosen values (windows)", false)];
    let row = |p: &ParameterCount| {
        let value = |(value, n): &(Option<String>, usize)| {
            format!("{} ({n})", value.as_deref().map_or("as in the base".to_owned(), |v| shorten(v, 30)))
        };
        let mut values: Vec<String> = p.values.iter().take(VALUES).map(value).collect();
        if p.values.len() > VALUES {
            values.push(format!("{} more", p.values.len() - VALUES));
        }
        vec![
            Cell::text(&p.path),
            Cell::number(Some(p.stability), &format!("{}%", fixed(100.0 * p.stability, 0))),
            Cell::text(&values.join(", ")),
        ]
    };
    let rows: Vec<Vec<Cell>> = walk.parameters.iter().map(row).collect();
    format!(
        "<h4>{}</h4>{}",
        escape("Stability of the chosen parameters"),
        sortable("Chosen parameters", &columns, &rows)
    )
}
