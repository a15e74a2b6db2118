//! The volatility panel: every feature of `market_analysis` that measures it, from the samples.

use super::{
    super::{
        envelope::{Point, decimate},
        format::{escape, fixed},
        model::{RunData, SampledSymbol},
        svg::{Line, Unit},
    },
    chart, figure, note,
};

/// Symbols that have panels.
const SYMBOLS: usize = 3;
/// Lines of one panel; there are as many styles.
const LINES: usize = 7;
/// Columns to which a line is thinned.
const COLUMNS: usize = 180;

/// The section of one run; `None` where no such feature was sampled or none was ever valid.
pub(in super::super) fn volatility(run: &RunData, id: &str) -> Option<String> {
    let valid =
        |symbol: &&SampledSymbol| symbol.lines.iter().any(|line| line.1.iter().any(|p| p.1.is_finite()));
    let symbols: Vec<&SampledSymbol> = run.samples.iter().filter(valid).collect();
    let units = units(run, symbols.first()?);
    let mut out = String::new();
    for (s, symbol) in symbols.iter().take(SYMBOLS).enumerate() {
        for (u, unit) in units.iter().enumerate() {
            out.push_str(&panel(run, symbol, unit, &format!("{id}-{s}-{u}")));
        }
    }
    let total = run.sampled.as_ref().map_or(symbols.len(), |s| s.symbol_count as usize);
    let shown = symbols.len().min(SYMBOLS);
    if total > shown {
        out.push_str(&note(&format!(
            "The first {shown} of {total} symbols; feature_samples.parquet has some more."
        )));
    }
    if let Some(sampled) = &run.sampled {
        out.push_str(&note(&format!(
            "{} samples, one every {} steps. A line is broken where its feature was masked.",
            fixed(sampled.samples as f64, 0),
            fixed(sampled.stride as f64, 0)
        )));
    }
    Some(out)
}

/// The units of the features, in their order.
fn units(run: &RunData, symbol: &SampledSymbol) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for (name, _) in &symbol.lines {
        let unit = unit_of(run, name);
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    units
}

fn unit_of(run: &RunData, name: &str) -> String {
    let features = run.sampled.iter().flat_map(|s| &s.features);
    features.into_iter().find(|f| f.name == name).map_or_else(String::new, |f| f.unit.clone())
}

fn panel(run: &RunData, symbol: &SampledSymbol, unit: &str, id: &str) -> String {
    let of_unit = symbol.lines.iter().filter(|line| unit_of(run, &line.0) == unit);
    let valid: Vec<_> = of_unit.filter(|line| line.1.iter().any(|p| p.1.is_finite())).collect();
    if valid.is_empty() {
        return String::new();
    }
    let short = |name: &str| name.split_once('.').map_or(name, |(_, feature)| feature).replace('_', " ");
    let line = |(style, (name, points)): (usize, &&(String, Vec<Point>))| Line {
        points: thinned(points),
        class: format!("s{style}"),
        label: short(name),
        fill_to: None,
    };
    let lines: Vec<Line> = valid.iter().take(LINES).enumerate().map(line).collect();
    let what = if unit.is_empty() { String::new() } else { format!(", in {unit}") };
    let single = if let [line] = lines.as_slice() { format!(" ({})", line.label) } else { String::new() };
    let heading = format!("{}: volatility{single}{what}", symbol.symbol);
    let mut plot = chart(id.to_owned(), &heading, run, lines);
    plot.unit = Unit::Number;
    plot.height = 240.0;
    let mut out = format!("<h4>{}</h4>{}", escape(&heading), figure(&plot, |_| String::new()));
    if valid.len() > LINES {
        let more: Vec<String> = valid[LINES..].iter().map(|line| short(&line.0)).collect();
        out.push_str(&note(&format!("Not drawn: {} (feature_samples.parquet).", more.join(", "))));
    }
    out
}

/// Fewer points of the same look; gaps stay gaps.
pub(super) fn thinned(points: &[Point]) -> Vec<Point> {
    let Some((first, last)) = points.first().zip(points.last()) else { return Vec::new() };
    let span = (last.0.saturating_sub(first.0)).max(1) as f64;
    let mut out: Vec<Point> = Vec::new();
    for run in points.split(|p| !p.1.is_finite()).filter(|run| !run.is_empty()) {
        if let Some(before) = out.last().map(|p| p.0) {
            out.push((before, f64::NAN));
        }
        let (from, to) = (run[0].0, run[run.len() - 1].0);
        let columns = ((to - from) as f64 / span * COLUMNS as f64).ceil() as usize;
        out.extend(decimate(run, from, to, columns.max(1)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_lines_keep_their_gaps_ends_and_extremes() {
        let value =
            |i: i64| if (500..600).contains(&i) || i < 20 { f64::NAN } else { (i as f64 / 50.0).sin() };
        let points: Vec<Point> = (0..2_000).map(|i| (i, value(i))).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= 4 * COLUMNS + 6, "{}", thin.len());
        assert_eq!(thin.iter().filter(|p| p.1.is_nan()).count(), 1, "one gap between values");
        assert_eq!((thin[0].0, thin[thin.len() - 1].0), (20, 1_999));
        assert!(thin.iter().any(|p| p.0 == 499) && thin.iter().any(|p| p.0 == 600));
        let most = |p: &[Point]| p.iter().map(|p| p.1).fold(0.0, f64::max);
        assert_eq!(most(&thin), most(&points));
    }
}
