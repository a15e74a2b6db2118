//! The price with what modules found on it: pivots by level, extrema, regimes and change points.

use super::{
    super::{
        envelope::Point,
        findings::{Findings, Kind, Mark, SymbolFindings},
        format::{escape, fixed},
        model::RunData,
        svg::{Line, Unit},
    },
    chart, figure, marks, note, regimes,
};

/// Symbols that are drawn.
const CHARTS: usize = 3;
/// Change points that are drawn.
const CHANGE_POINTS: usize = 60;

const PIVOTS: [Kind; 2] = [Kind::SwingHigh, Kind::SwingLow];
const EXTREMA: [Kind; 2] = [Kind::Top, Kind::Bottom];

/// The section of one run; `None` where nothing was found that is drawn on a price.
pub(in super::super) fn structure(run: &RunData, id: &str) -> Option<String> {
    let drawable = |found: &&SymbolFindings| !found.marks.is_empty() || found.regimes.changes > 0;
    let symbols: Vec<&SymbolFindings> = run.findings.symbols.iter().filter(drawable).collect();
    if symbols.is_empty() {
        return None;
    }
    let mut out = String::new();
    for (i, found) in symbols.iter().take(CHARTS).enumerate() {
        out.push_str(&one(run, found, &format!("{id}-{i}")));
    }
    if run.findings.symbol_count > CHARTS {
        out.push_str(&note(&format!(
            "The first {} symbols; what was found of {} more is in annotations.parquet.",
            symbols.len().min(CHARTS),
            run.findings.symbol_count - symbols.len().min(CHARTS)
        )));
    }
    out.push_str(&note(
        "Each shape stands where its pivot or extremum became known; the line leads back to where it is. Before its shape, \
         nothing in the run knew of it. Numbers and sizes are levels.",
    ));
    Some(out)
}

/// A layer that can be switched off: class, name, whether it is there.
type Layer = (&'static str, &'static str, bool);

fn one(run: &RunData, found: &SymbolFindings, id: &str) -> String {
    let of = |kinds: &[Kind]| found.marks.keys().any(|key| kinds.contains(&key.0));
    let mut history = found.regimes.clone();
    history.end(end_of(run, &run.findings));
    let spells = history.spells();
    let heading = format!("{}: structure", found.symbol);
    let mut lines = Vec::new();
    let mut bands = regimes::bands(&spells);
    if let Some(series) = run.prices.iter().find(|p| p.symbol == found.symbol) {
        let points = series.close.points();
        lines.push(Line { points, class: "price".into(), label: found.symbol.clone(), fill_to: None });
        bands.extend(super::price::range_band(series));
    } else {
        // Without bars, what was found itself spans the axes.
        let prices = found.marks.iter().filter(|(key, _)| key.0 != Kind::ChangePoint);
        let marks = prices.flat_map(|(_, series)| &series.kept);
        let mut points: Vec<Point> = marks.map(|m| (m.ts, m.value)).collect();
        points.sort_by_key(|p| p.0);
        lines.push(Line { points, class: "hidden".into(), label: found.symbol.clone(), fill_to: None });
    }
    let mut plot = chart(id.to_owned(), &heading, run, lines);
    plot.description = format!(
        "Closing price of {} over time, UTC, with pivots, extrema and regimes as they became known",
        found.symbol
    );
    plot.unit = Unit::Number;
    plot.height = 420.0;
    plot.foot = if spells.is_empty() { 0.0 } else { regimes::LANES };
    plot.bands = bands;
    // The widest drawing shows the most marks: its axis holds them all.
    let most = |columns: usize, share: usize| (columns / share).max(20);
    let widest = marks::choose(found, &PIVOTS, most(1_000, 5)).0;
    let widest = widest.into_iter().chain(marks::choose(found, &EXTREMA, most(1_000, 8)).0);
    plot.include = widest.map(|d| d.mark.value).collect();
    let (changes, hidden_changes) = change_points(found);
    let drawing = figure(&plot, |frame| {
        let columns = frame.columns().min(1_000);
        let mut out = String::new();
        if !spells.is_empty() {
            out.push_str(&regimes::lanes(&spells, frame));
        }
        if !changes.is_empty() {
            out.push_str(&regimes::change_points(&changes, frame));
        }
        for (kinds, share, class) in [(&PIVOTS, 5, "pivots"), (&EXTREMA, 8, "extrema")] {
            let (drawn, _) = marks::choose(found, kinds, most(columns, share));
            if !drawn.is_empty() {
                out.push_str(&marks::draw(&drawn, frame, class));
            }
        }
        out
    });
    let layers: [Layer; 4] = [
        ("pivots", "pivots", of(&PIVOTS)),
        ("extrema", "extrema", of(&EXTREMA)),
        ("regimes", "regimes", !spells.is_empty()),
        ("changes", "change points", !changes.is_empty()),
    ];
    let mut out = format!("<h4>{}</h4>{}", escape(&heading), layered(&layers, &drawing));
    out.push_str(&note(&left_out(found, &PIVOTS, most(1_000, 5), "pivots")));
    out.push_str(&note(&left_out(found, &EXTREMA, most(1_000, 8), "extrema")));
    if !spells.is_empty() {
        out.push_str(&note(&regimes::shares(&history)));
    }
    if hidden_changes > 0 {
        let text =
            format!("{} more change points are in annotations.parquet.", fixed(hidden_changes as f64, 0));
        out.push_str(&note(&text));
    }
    out
}

/// Change points of all levels, evenly thinned, and how many were left out.
fn change_points(found: &SymbolFindings) -> (Vec<Mark>, u64) {
    let series: Vec<_> =
        found.marks.iter().filter(|(key, _)| key.0 == Kind::ChangePoint).map(|(_, series)| series).collect();
    let mut all: Vec<Mark> = series.iter().flat_map(|s| s.kept.iter().copied()).collect();
    all.sort_by_key(|mark| mark.ts);
    let every = all.len().div_ceil(CHANGE_POINTS).max(1);
    let drawn: Vec<Mark> = all.into_iter().step_by(every).collect();
    let rows = series.iter().map(|s| s.rows).sum::<u64>();
    let hidden = rows - drawn.len() as u64;
    (drawn, hidden)
}

/// The last time that the run knows of.
fn end_of(run: &RunData, findings: &Findings) -> i64 {
    let marks = run.curves.iter().map(|c| c.last_ts).chain(run.prices.iter().map(|p| p.last_ts));
    marks.chain([findings.last_ts]).max().unwrap_or(0)
}

fn left_out(found: &SymbolFindings, kinds: &[Kind], most: usize, word: &str) -> String {
    let (_, hidden) = marks::choose(found, kinds, most);
    if hidden.is_empty() {
        return String::new();
    }
    format!("Not drawn: {word}, {hidden} (annotations.parquet). A narrow screen shows fewer.")
}

/// A drawing under its key, with a box to switch each layer off.
fn layered(layers: &[Layer], drawing: &str) -> String {
    let key = |class: &str| match class {
        "pivots" => {
            "<svg viewBox=\"0 0 34 14\" aria-hidden=\"true\"><g class=\"pivots\"><path class=\"back high\" d=\"M2 3H11\"/><path \
             class=\"high\" d=\"M11 12L6 3H16Z\"/><path class=\"low\" d=\"M26 2L21 11H31Z\"/></g></svg>"
        }
        "extrema" => {
            "<svg viewBox=\"0 0 34 14\" aria-hidden=\"true\"><g class=\"extrema\"><path class=\"high\" d=\"M11 3a4 4 0 0 1 0 8a4 4 0 \
             0 1 0 -8\"/><path class=\"low\" d=\"M25 3a4 4 0 0 1 0 8a4 4 0 0 1 0 -8\"/></g></svg>"
        }
        "regimes" => {
            "<svg viewBox=\"0 0 34 14\" aria-hidden=\"true\"><g class=\"lanes\"><path class=\"lane\" d=\"M2 2h12v4h-12zM14 \
             8h18v4h-18z\"/></g></svg>"
        }
        _ => {
            "<svg viewBox=\"0 0 34 14\" aria-hidden=\"true\"><g class=\"changes\"><path d=\"M17 1v12m-3 -12h6\"/></g></svg>"
        }
    };
    let mut out = String::from("<div class=\"layers\">");
    for (class, name, _) in layers.iter().filter(|layer| layer.2) {
        let more = match *class {
            "pivots" => " (filled: high, hollow: low)",
            "extrema" => " (filled: top, hollow: bottom)",
            "regimes" => " (a lane each)",
            _ => "",
        };
        out.push_str(&format!(
            "<label><input type=\"checkbox\" class=\"{class}-on\" checked> {} {name}{more}</label>",
            key(class)
        ));
    }
    out.push_str(drawing);
    out.push_str("</div>");
    out
}
