//! How the symbols moved together: the matrix, the strongest pairs, and who leads whom.

use std::fmt::Write as _;

use super::{
    super::{
        findings::Findings,
        format::{Kind, UNDEFINED, escape, fixed, number, shorten, time},
        model::RunData,
        plots::{lead_lag, note},
        svg::px,
    },
    Cell, sortable,
};
use crate::output::CorrelationReport;

/// Symbols up to which the matrix is a table of numbers.
const NUMBERS: usize = 12;
/// Symbols up to which it is drawn as squares.
const SQUARES: usize = 40;
/// Pairs that are listed.
const PAIRS: usize = 10;

/// The section of one run; `None` where no module looked at it.
pub(in super::super) fn correlation(run: &RunData, id: &str) -> Option<String> {
    let report = run.correlation.as_ref()?;
    let n = report.symbols.len();
    let mut out = String::new();
    if n <= NUMBERS {
        out.push_str(&table(report));
        out.push_str(&note(
            "Shade: stronger with the size of the correlation; negative ones are in italics. Not known: an en dash.",
        ));
    } else {
        out.push_str(&squares(report, id));
        let first = if n > SQUARES {
            format!("The first {SQUARES} of {n} symbols (all: correlation.json). ")
        } else {
            String::new()
        };
        out.push_str(&note(&format!(
            "{first}The side of a square grows with the size of the correlation; positive ones are filled, negative ones hollow."
        )));
    }
    if n > 4 {
        out.push_str(&pairs(report));
    }
    out.push_str(&lead_lag(report, &format!("{id}-lag")));
    out.push_str(&note(&breakdowns(&run.findings)));
    Some(out)
}

fn value(report: &CorrelationReport, row: usize, column: usize) -> Option<f64> {
    report.matrix.get(row)?.get(column).copied().flatten().filter(|v| v.is_finite())
}

fn table(report: &CorrelationReport) -> String {
    let mut out = String::from(
        "<div class=\"scroll\"><table class=\"heat matrix\"><caption>Correlation of returns at the end of the run</caption><thead><tr><td></td>",
    );
    let name = |symbol: &str| escape(&shorten(symbol, 14));
    for symbol in &report.symbols {
        let _ = write!(out, "<th scope=\"col\">{}</th>", name(symbol));
    }
    out.push_str("</tr></thead><tbody>");
    for (i, symbol) in report.symbols.iter().enumerate() {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", name(symbol));
        for j in 0..report.symbols.len() {
            match value(report, i, j) {
                Some(v) => {
                    let strength = (v.abs() * 4.0).ceil().clamp(0.0, 4.0) as u8;
                    let class = if i == j {
                        "none".to_owned()
                    } else {
                        format!("{}{strength}", if v < 0.0 { 'n' } else { 'p' })
                    };
                    let _ = write!(out, "<td class=\"{class}\">{}</td>", fixed(v, 2));
                }
                None => {
                    let _ = write!(out, "<td class=\"none\">{UNDEFINED}</td>");
                }
            }
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

/// The matrix as a Hinton diagram.
fn squares(report: &CorrelationReport, id: &str) -> String {
    let n = report.symbols.len().min(SQUARES);
    let (names, cell) = (92.0, (600.0 / n as f64).min(24.0));
    let (width, height) = (names + cell * n as f64 + 4.0, cell * n as f64 + 4.0 + names);
    let mut out = format!(
        "<div class=\"scroll\"><svg class=\"squares\" viewBox=\"0 0 {} {}\" width=\"{}\" role=\"img\" aria-labelledby=\"{id}-m-t {id}-m-d\">\
         <title id=\"{id}-m-t\">Correlation of returns at the end of the run</title><desc id=\"{id}-m-d\">A square for each pair \
         of {n} symbols, larger with the size of the correlation, hollow where it is negative</desc>",
        px(width),
        px(height),
        px(width),
    );
    let center = |i: usize| 2.0 + cell * (i as f64 + 0.5);
    for (i, symbol) in report.symbols.iter().take(n).enumerate() {
        let text = escape(&shorten(symbol, 13));
        let (y, x) = (center(i) + names, center(i) + names);
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{text}</text>",
            px(names - 4.0),
            px(y + 3.5)
        );
        let _ = write!(
            out,
            "<text transform=\"translate({} {}) rotate(-90)\">{text}</text>",
            px(x + 3.5),
            px(names - 4.0)
        );
        for j in 0..n {
            let Some(v) = value(report, i, j).filter(|_| i != j) else { continue };
            let side = (v.abs().min(1.0) * (cell - 1.5)).max(0.8);
            let class = if v < 0.0 { "neg" } else { "pos" };
            let (x, y) = (px(center(j) + names - side / 2.0), px(y - side / 2.0));
            let _ = write!(
                out,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{0}\" height=\"{0}\"/>",
                px(side)
            );
        }
    }
    out.push_str("</svg></div>");
    out
}

/// The pairs of greatest correlation, whatever its sign.
fn pairs(report: &CorrelationReport) -> String {
    let n = report.symbols.len();
    let mut all: Vec<(f64, usize, usize)> = Vec::new();
    for i in 0..n {
        all.extend((i + 1..n).filter_map(|j| Some((value(report, i, j)?, i, j))));
    }
    let count = all.len();
    all.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then((a.1, a.2).cmp(&(b.1, b.2))));
    let row = |(v, i, j): &(f64, usize, usize)| {
        let [first, second] = [*i, *j].map(|k| Cell::text(&report.symbols[k]));
        vec![first, second, Cell::number(Some(*v), &number(Some(*v), Kind::Ratio))]
    };
    let rows: Vec<Vec<Cell>> = all.iter().take(PAIRS).map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let columns = [("Symbol", false), ("and", false), ("Correlation", true)];
    let mut out = format!("<h4>Strongest pairs</h4>{}", sortable("Strongest pairs", &columns, &rows));
    if count > PAIRS {
        out.push_str(&note(&format!(
            "{} more pairs are in correlation.json.",
            fixed((count - PAIRS) as f64, 0)
        )));
    }
    out
}

fn breakdowns(findings: &Findings) -> String {
    let Some((count, first, last)) = findings.breakdowns else { return String::new() };
    format!(
        "Breakdowns of correlation: {}, the first at {}, the last at {} (annotations.parquet).",
        fixed(count as f64, 0),
        time(first),
        time(last)
    )
}
