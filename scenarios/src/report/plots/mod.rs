//! One plot a file. Each takes a run and its drawn accounts and gives the body of its section.

mod benchmark;
mod book;
mod equity;
mod exposure;
mod fan;
mod histogram;
mod interventions;
mod lead_lag;
mod marks;
mod microstructure;
mod monthly;
mod price;
mod quotes;
mod regimes;
mod rolling;
mod samples;
mod sampling;
mod structure;
mod underwater;
mod volatility;
mod yearly;

pub(super) use book::book;
pub(super) use equity::{compare, equity};
pub(super) use exposure::exposure;
pub(super) use histogram::histogram;
pub(super) use lead_lag::lead_lag;
pub(super) use microstructure::{is_microstructure, microstructure};
pub(super) use monthly::monthly;
pub(super) use price::price;
pub(super) use quotes::quotes;
pub(super) use rolling::rolling;
pub(super) use structure::structure;
pub(super) use underwater::underwater;
pub(super) use volatility::volatility;
pub(super) use yearly::yearly;

use super::{
    format::escape,
    lanes::{self, Lane},
    model::RunData,
    svg::{Chart, Frame, Line, Size, draw},
};

/// Panels of histograms, years and months are drawn for at most this many accounts.
const PANELS: usize = 4;

/// A paragraph that says why a plot is not there.
pub(super) fn absent(why: &str) -> String {
    format!("<p class=\"absent\">{}</p>", escape(why))
}

/// A note below a plot; empty text gives nothing.
pub(super) fn note(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<p class=\"note\">{}</p>", escape(text)) }
}

/// Both drawings of a chart, under its legend.
pub(super) fn figure(chart: &Chart, overlay: impl Fn(&Frame) -> String) -> String {
    let drawings: String = Size::BOTH.iter().map(|size| draw(chart, *size, &overlay)).collect();
    format!(
        "<figure>{}{drawings}<output class=\"readout\" aria-hidden=\"true\"></output></figure>",
        legend(chart)
    )
}

/// The lines of a chart with their dashes; nothing for a single line, or for prices (which have a key of their own).
fn legend(chart: &Chart) -> String {
    if chart.lines.len() + chart.bands.len() < 2 || chart.bands.iter().any(|b| b.class.starts_with("r")) {
        return String::new();
    }
    let mut out = String::from("<ul class=\"legend\">");
    for line in &chart.lines {
        out.push_str(&format!(
            "<li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><path class=\"line {}\" d=\"M1 5H33\"/></svg>{}</li>",
            line.class,
            escape(&line.label)
        ));
    }
    for band in &chart.bands {
        let text = if band.class == "band outer" { "middle 90%" } else { "middle 50%" };
        out.push_str(&format!(
            "<li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><rect class=\"{}\" width=\"34\" height=\"10\"/></svg>{text}</li>",
            band.class
        ));
    }
    out.push_str("</ul>");
    out
}

/// The CSS class of a drawn account's line.
fn style(lane: &Lane<'_>) -> String {
    format!("s{}", lane.style)
}

/// The accounts that get a panel of their own, and a note on those that do not.
fn paneled<'l, 'a>(lanes: &'l [Lane<'a>]) -> (&'l [Lane<'a>], String) {
    let shown = &lanes[..lanes.len().min(PANELS)];
    let hidden = lanes.len() - shown.len();
    let text = if hidden == 0 {
        String::new()
    } else {
        format!("The first {PANELS} accounts; {hidden} more in equity.parquet.")
    };
    (shown, text)
}

/// A chart with the usual defaults.
fn chart(id: String, title: &str, run: &RunData, lines: Vec<Line>) -> Chart {
    let names: Vec<&str> = lines.iter().map(|l| l.label.as_str()).collect();
    Chart {
        id,
        title: title.to_owned(),
        description: format!("{title} over time, UTC: {}. {}", names.join(", "), lanes::rule(run)),
        unit: super::svg::Unit::Percent,
        log: false,
        height: 300.0,
        foot: 0.0,
        include: Vec::new(),
        baseline: None,
        bands: Vec::new(),
        lines,
    }
}
