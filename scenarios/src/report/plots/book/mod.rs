//! Order books of several venues as one: the depth around mid, what each venue has of it, and the imbalance.

mod depth;
mod venues;

use super::{
    super::{
        envelope::Point,
        format::{Kind, escape, fixed, number},
        model::{RunData, SampledSymbol},
        svg::{Line, Unit},
    },
    chart, figure, note,
    samples::thinned,
};
use crate::Scenario;

/// Symbols that have panels.
const SYMBOLS: usize = 2;

/// The section of one run; `None` where no consolidated book was sampled.
pub(in super::super) fn book(run: &RunData, id: &str) -> Option<String> {
    let known = |s: &&SampledSymbol| s.line("cob.mid").iter().any(|p| p.1.is_finite());
    let symbols: Vec<&SampledSymbol> = run.consolidated.iter().filter(known).collect();
    symbols.first()?;
    let mut out = String::new();
    for (i, symbol) in symbols.iter().take(SYMBOLS).enumerate() {
        let id = format!("{id}-{i}");
        out.push_str(&depth::heat_map(run, symbol, &format!("{id}-depth")));
        out.push_str(&venues::shares(run, symbol, &names(run, &symbol.symbol), &format!("{id}-venues")));
        out.push_str(&imbalance(run, symbol, &format!("{id}-imbalance")));
        out.push_str(&note(&figures(symbol)));
    }
    if symbols.len() > SYMBOLS {
        let all = symbols.len();
        out.push_str(&note(&format!(
            "The first {SYMBOLS} of {all} symbols; feature_samples.parquet has more."
        )));
    }
    Some(out)
}

/// The names of a symbol's venues, in the order of their places, where the scenario can be read.
fn names(run: &RunData, symbol: &str) -> Vec<String> {
    let scenario = run.scenario.as_deref().and_then(|text| Scenario::from_ron(text).ok());
    let found = scenario.iter().flat_map(|s| &s.symbols).find(|s| s.symbol == symbol);
    let of = |s: &crate::scenario::schema::symbol::SymbolSettings| {
        let further = s.further_venues().into_iter();
        [s.venue.as_str()].into_iter().chain(further).map(str::to_owned).collect()
    };
    found.map(of).unwrap_or_default()
}

/// The means of the imbalance over the shortest and the longest time but the shortest, and over the longest.
fn imbalance(run: &RunData, symbol: &SampledSymbol, id: &str) -> String {
    let known = |line: &&(String, Vec<Point>)| {
        line.0.starts_with("cob.imbalance_") && line.1.iter().any(|p| p.1.is_finite())
    };
    let means: Vec<&(String, Vec<Point>)> = symbol.lines.iter().filter(known).collect();
    let chosen = match means.as_slice() {
        [] => return String::new(),
        [one] => vec![*one],
        [.., last] => vec![means[(means.len() - 1) / 2], *last],
    };
    let line = |(style, line): (usize, &&(String, Vec<Point>))| Line {
        points: thinned(&line.1),
        class: format!("s{style}"),
        label: line.0.trim_start_matches("cob.imbalance_").to_owned(),
        fill_to: None,
    };
    let heading = format!("{}: imbalance, mean over time", symbol.symbol);
    let mut plot = chart(id.to_owned(), &heading, run, chosen.iter().enumerate().map(line).collect());
    plot.unit = Unit::Number;
    plot.height = 220.0;
    plot.baseline = Some(0.0);
    let drawing = figure(&plot, |_| String::new());
    format!("<h4>{}</h4>{drawing}", escape(&heading))
}

/// Share of samples that were crossed, and the spread, in words.
fn figures(symbol: &SampledSymbol) -> String {
    let mean = |name: &str| {
        let values: Vec<f64> = symbol.line(name).iter().map(|p| p.1).filter(|v| v.is_finite()).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let spread =
        mean("cob.spread_bps").map_or_else(String::new, |s| format!("; mean spread {} bps", fixed(s, 2)));
    let crossed = number(mean("cob.crossed"), Kind::Percent);
    format!("{}: crossed in {crossed} of the samples{spread}.", symbol.symbol)
}
