//! Yearly returns as bars with their numbers.

use super::{
    super::{
        calendar,
        format::{escape, signed_percent},
        lanes::Lane,
        svg::{BarPanel, Unit, bar_panel},
    },
    absent, note, paneled,
};

/// Years that are drawn, the last ones.
const YEARS: usize = 30;

/// The yearly section: a panel an account.
pub(in super::super) fn yearly(lanes: &[Lane<'_>], id: &str) -> String {
    let (shown, hidden) = paneled(lanes);
    let mut panels = String::new();
    let mut partial = false;
    for (i, lane) in shown.iter().enumerate() {
        let years = calendar::period_returns(&lane.curves.with_base(&lane.curves.days), false);
        let years = &years[years.len().saturating_sub(YEARS)..];
        if years.is_empty() {
            continue;
        }
        partial |= years.iter().any(|y| y.partial);
        let name = |y: &calendar::PeriodReturn| format!("{}{}", y.year, if y.partial { "*" } else { "" });
        let sparse = years.len().div_ceil(10);
        let decimals = if years.len() > 6 { 0 } else { 1 };
        let label = |v: f64| if years.len() > 14 { String::new() } else { signed_percent(v, decimals) };
        let panel = BarPanel {
            id: format!("{id}-{i}"),
            title: format!("Yearly returns: {}", lane.label),
            description: "One bar a calendar year, UTC; negative ones hollow".to_owned(),
            bars: years
                .iter()
                .map(|y| (y.value, label(y.value), format!("{}: {}", name(y), signed_percent(y.value, 2))))
                .collect(),
            x_labels: years
                .iter()
                .enumerate()
                .filter(|(i, _)| i % sparse == 0)
                .map(|(i, y)| (i as f64 + 0.5, name(y)))
                .collect(),
            marks: Vec::new(),
            unit: Unit::Percent,
            hollow_before: 0.0,
            fill: if years.len() < 3 { 0.25 } else { 0.7 },
        };
        panels.push_str(&format!(
            "<figure>{}<figcaption>{}</figcaption></figure>",
            bar_panel(&panel),
            escape(&lane.label)
        ));
    }
    if panels.is_empty() {
        return absent("Less than two daily closes: no yearly returns.");
    }
    let mut out = format!("<div class=\"panels\">{panels}</div>");
    out.push_str(&note(if partial {
        "* The data begin or end inside of the year. Losses are hollow."
    } else {
        "Losses are hollow."
    }));
    out.push_str(&note(&hidden));
    out
}
