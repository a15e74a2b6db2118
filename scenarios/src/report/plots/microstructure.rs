//! The microstructure section: order flow, VPIN, spreads, what order flow explains, and the intensity of trades.

use super::{
    super::{
        format::{Kind, fixed, number},
        model::{RunData, SampledSymbol},
    },
    note,
    samples::{self, Sampled},
};

/// Symbols that have panels.
const SYMBOLS: usize = 2;

/// Panels: what they are, their unit, and the features that they show.
const PANELS: [(&str, &str, &[&str]); 6] = [
    ("cumulative volume delta", "in base units", &["cvd"]),
    ("order flow imbalance of the window", "in base units", &["ofi", "ofi_deep"]),
    ("VPIN", "as a share", &["vpin"]),
    (
        "spreads and their parts",
        "in bps",
        &["quoted_spread", "effective_spread", "realized_spread", "price_impact", "roll_spread"],
    ),
    (
        "variance of the mid explained by order flow: of the same span, and of the next one",
        "as a share",
        &["ofi_r2", "ofi_deep_r2", "ofi_predictive_r2", "ofi_deep_predictive_r2"],
    ),
    ("trades: Hawkes intensity", "in 1/s", &["hawkes_intensity", "hawkes_baseline", "arrival_rate"]),
];

/// Whether a feature belongs to the section.
pub(in super::super) fn is_microstructure(name: &str) -> bool {
    name.strip_prefix("microstructure.")
        .is_some_and(|feature| PANELS.iter().any(|panel| panel.2.contains(&feature)))
}

/// The section of one run; `None` where none of its features was sampled or ever valid.
pub(in super::super) fn microstructure(run: &RunData, id: &str) -> Option<String> {
    let valid = |symbol: &&SampledSymbol| {
        symbol.lines.iter().any(|line| is_microstructure(&line.0) && samples::is_valid(line))
    };
    let symbols: Vec<&SampledSymbol> = run.samples.iter().filter(valid).collect();
    symbols.first()?;
    let mut out = String::new();
    for (s, symbol) in symbols.iter().take(SYMBOLS).enumerate() {
        for (p, (what, unit, features)) in PANELS.iter().enumerate() {
            let lines = lines(symbol, features);
            if !lines.is_empty() {
                let heading = format!("{}: {what}, {unit}", symbol.symbol);
                out.push_str(&samples::panel(run, &heading, &lines, &format!("{id}-{s}-{p}")));
            }
        }
        out.push_str(&note(&regression(symbol)));
    }
    if symbols.len() > SYMBOLS {
        let total = fixed(symbols.len() as f64, 0);
        out.push_str(&note(&format!(
            "The first {SYMBOLS} of {total} symbols; feature_samples.parquet has some more."
        )));
    }
    Some(out)
}

/// The lines of these features that ever had a value, in their order.
fn lines<'a>(symbol: &'a SampledSymbol, features: &[&str]) -> Vec<&'a Sampled> {
    let named = |feature: &&str| {
        let name = format!("microstructure.{feature}");
        symbol.lines.iter().find(|line| line.0 == name && samples::is_valid(line))
    };
    features.iter().filter_map(named).collect()
}

/// What the regressions say on average, in words: explaining is not predicting.
fn regression(symbol: &SampledSymbol) -> String {
    let mean = |feature: &str| {
        let values = lines(symbol, &[feature]);
        let values = values.first()?.1.iter().map(|p| p.1).filter(|v| v.is_finite());
        let (n, sum) = values.fold((0.0, 0.0), |(n, sum), v| (n + 1.0, sum + v));
        Some(sum / n)
    };
    let Some((now, next)) = mean("ofi_r2").zip(mean("ofi_predictive_r2")) else { return String::new() };
    let percent = |value: f64| number(Some(value), Kind::Percent);
    format!(
        "{}: order flow at the best prices explains {} of the variance of the mid's change in the same span, on average, and {} \
         of that in the next one. The first is no forecast.",
        symbol.symbol,
        percent(now),
        percent(next)
    )
}
