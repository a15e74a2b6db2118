//! The volatility panel: every feature of `market_analysis` that measures it, from the samples.

use super::{
    super::{
        format::fixed,
        model::{RunData, SampledSymbol, is_volatility},
    },
    note,
    samples::{self, Sampled},
};

/// Symbols that have panels.
const SYMBOLS: usize = 3;

/// The section of one run; `None` where no such feature was sampled or none was ever valid.
pub(in super::super) fn volatility(run: &RunData, id: &str) -> Option<String> {
    let valid = |symbol: &&SampledSymbol| volatilities(symbol).any(samples::is_valid);
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

/// The lines that measure it.
fn volatilities(symbol: &SampledSymbol) -> impl Iterator<Item = &Sampled> {
    symbol.lines.iter().filter(|line| is_volatility(&line.0))
}

/// The units of the features, in their order.
fn units(run: &RunData, symbol: &SampledSymbol) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for (name, _) in volatilities(symbol) {
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
    let of_unit = volatilities(symbol).filter(|line| unit_of(run, &line.0) == unit);
    let valid: Vec<&Sampled> = of_unit.filter(|line| samples::is_valid(line)).collect();
    if valid.is_empty() {
        return String::new();
    }
    let what = if unit.is_empty() { String::new() } else { format!(", in {unit}") };
    let single =
        if let [line] = valid.as_slice() { format!(" ({})", samples::short(&line.0)) } else { String::new() };
    let heading = format!("{}: volatility{single}{what}", symbol.symbol);
    samples::panel(run, &heading, &valid, id)
}
