//! What each venue has of the liquidity around mid, and when it was left out.

use std::fmt::Write as _;

use super::super::{
    super::{
        envelope::Point,
        format::{Kind, escape, number, shorten},
        model::{RunData, SampledSymbol},
        svg::{Frame, Line, Unit, px},
    },
    chart, figure, note,
};

/// Height of a lane in user units.
const LANE: f64 = 12.0;
/// Venues that are drawn; there are as many styles.
const VENUES: usize = 7;

/// A venue: its name, its share over time, and the spans in which it was left out.
struct Venue {
    name: String,
    share: Vec<Point>,
    out: Vec<(i64, i64)>,
    /// Share of the samples at which it was left out.
    out_share: f64,
}

fn venues(symbol: &SampledSymbol, names: &[String]) -> Vec<Venue> {
    let liquidity: Vec<&[Point]> = (1..)
        .map(|k| symbol.line(&format!("cob.liquidity_{k}")))
        .take_while(|line| !line.is_empty())
        .collect();
    let totals = ["bid", "ask"].map(|side| symbol.line(&format!("cob.{side}_volume")));
    let venue = |(i, line): (usize, &&[Point])| {
        let share = |(row, (ts, value)): (usize, &Point)| {
            let all: f64 = totals.iter().filter_map(|total| total.get(row)).map(|p| p.1).sum();
            (*ts, if all > 0.0 { value / all } else { f64::NAN })
        };
        let stale = symbol.line(&format!("cob.stale_{}", i + 1));
        let name = names.get(i).cloned().unwrap_or_else(|| format!("venue {}", i + 1));
        let known = stale.iter().filter(|p| p.1.is_finite()).count().max(1);
        let out_share = stale.iter().filter(|p| p.1 > 0.0).count() as f64 / known as f64;
        Venue { name, share: line.iter().enumerate().map(share).collect(), out: spans(stale), out_share }
    };
    let there = |venue: &Venue| venue.share.iter().any(|p| p.1.is_finite());
    liquidity.iter().enumerate().map(venue).filter(there).collect()
}

/// From the first sample of a flag to the first without it.
fn spans(flags: &[Point]) -> Vec<(i64, i64)> {
    let mut spans = Vec::new();
    let mut begun = None;
    for (ts, flag) in flags {
        match (begun, *flag > 0.0) {
            (None, true) => begun = Some(*ts),
            (Some(from), false) => {
                spans.push((from, *ts));
                begun = None;
            }
            _ => {}
        }
    }
    spans.extend(begun.zip(flags.last().map(|last| last.0)));
    spans
}

pub(super) fn shares(run: &RunData, symbol: &SampledSymbol, names: &[String], id: &str) -> String {
    let venues = venues(symbol, names);
    if venues.is_empty() {
        return String::new();
    }
    let drawn = &venues[..venues.len().min(VENUES)];
    let line = |(style, venue): (usize, &Venue)| Line {
        points: super::thinned(&venue.share),
        class: format!("s{style}"),
        label: venue.name.clone(),
        fill_to: None,
    };
    let heading = format!("{}: share of the liquidity by venue", symbol.symbol);
    let mut plot = chart(id.to_owned(), &heading, run, drawn.iter().enumerate().map(line).collect());
    plot.unit = Unit::Percent;
    plot.height = 240.0;
    plot.baseline = Some(0.0);
    plot.include = vec![if drawn.len() == 1 { 1.0 } else { 0.5 }];
    let any = drawn.iter().any(|venue| !venue.out.is_empty());
    plot.foot = if any { LANE * drawn.len() as f64 + 8.0 } else { 0.0 };
    let drawing = figure(&plot, |frame| {
        if any { format!("{}{}", tints(drawn, frame), lanes(drawn, frame)) } else { String::new() }
    });
    let mut out = format!("<h4>{}</h4>{drawing}", escape(&heading));
    if any {
        let share = |v: &Venue| format!("{} {}", v.name, number(Some(v.out_share), Kind::Percent));
        let left_out: Vec<String> = drawn.iter().filter(|v| !v.out.is_empty()).map(share).collect();
        out.push_str(&note(&format!(
            "Left out (silent for too long, messages missing, or halted), tinted and in the lanes below, of the samples: {}.",
            left_out.join(", ")
        )));
    }
    if venues.len() > VENUES {
        out.push_str(&note(&format!(
            "{} more venues are in feature_samples.parquet.",
            venues.len() - VENUES
        )));
    }
    out
}

/// Tints over the whole height.
fn tints(venues: &[Venue], frame: &Frame) -> String {
    let mut out = String::new();
    for (from, to) in venues.iter().flat_map(|venue| &venue.out) {
        let (x0, x1) = (frame.x(*from), frame.x(*to));
        let (w, h) = (px((x1 - x0).max(0.6)), px(frame.bottom - frame.top));
        let (x, y) = (px(x0), px(frame.top));
        let _ = write!(out, "<rect class=\"stale\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>");
    }
    out
}

/// A lane for each venue, with a bar where it was left out.
fn lanes(venues: &[Venue], frame: &Frame) -> String {
    let mut out = String::from("<g class=\"lanes\">");
    for (i, venue) in venues.iter().enumerate() {
        let top = frame.bottom + 5.0 + LANE * i as f64;
        let (x, y) = (px(frame.left - 6.0), px(top + LANE - 2.5));
        let name = escape(&shorten(&venue.name, 9));
        let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{name}</text>");
        let (from, to) = (px(frame.left), px(frame.right));
        let _ = write!(out, "<path class=\"rail\" d=\"M{from} {}H{to}\"/>", px(top + LANE / 2.0));
        for (from, to) in &venue.out {
            let (x0, x1) = (frame.x(*from), frame.x(*to));
            let (w, h) = (px((x1 - x0).max(0.6)), px(LANE - 4.0));
            let _ = write!(
                out,
                "<path class=\"lane\" d=\"M{} {}h{w}v{h}h-{w}z\"><title>{name} left out</title></path>",
                px(x0),
                px(top + 2.0)
            );
        }
    }
    out.push_str("</g>");
    out
}
