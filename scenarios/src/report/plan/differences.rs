//! Every branch against the baseline, with its interval.

use super::super::format::{Kind, fixed, number};
use super::super::plots::note;
use super::super::sections::metric;
use super::super::svg::Unit;
use super::data::{PlanData, Read as _};
use super::whiskers::{Whisker, Whiskers, whiskers};
use crate::comparison::BranchComparison;

/// Branches that are all drawn; of more, the best and some of the worst.
const DRAWN: usize = 40;

/// Of more, how many of the best.
const BEST: usize = 25;

/// The section; `None` where nothing can be compared.
pub(super) fn differences(plan: &PlanData, id: &str) -> Option<String> {
    let comparison = plan.comparison.as_ref()?;
    let of = comparison.resampled();
    let (shown, label) = (metric(of), comparison.label(of));
    let value = |b: &BranchComparison| comparison.metric(b, of).delta.filter(|d| d.is_finite());
    let ranked = comparison.ranked();
    let others: Vec<&BranchComparison> =
        ranked.into_iter().filter(|b| b.id != comparison.baseline && value(b).is_some()).collect();
    if others.is_empty() {
        return None;
    }
    let few = others.len() <= DRAWN;
    let drawn: Vec<&BranchComparison> = if few { others.clone() } else { others[..BEST].to_vec() };
    let row = |b: &&BranchComparison| {
        let m = comparison.metric(b, of);
        let better = m
            .p_better
            .map_or_else(String::new, |p| format!(", better in {}", number(Some(p), Kind::Percent)));
        Some(Whisker {
            label: b.name.clone(),
            value: m.delta?,
            interval: m.low.zip(m.high),
            shown: number(m.delta, shown.kind),
            hover: format!(
                "{}: {} against {}, difference {}{better}",
                b.name,
                number(m.value, shown.kind),
                number(m.baseline, shown.kind),
                number(m.delta, shown.kind)
            ),
        })
    };
    let confidence = fixed(100.0 * comparison.sample.bootstrap.confidence, 0);
    let drawing = whiskers(&Whiskers {
        id: id.to_owned(),
        title: format!("Difference from the baseline: {label}"),
        description: format!(
            "{label} of each branch less that of the baseline, with {confidence}% intervals"
        ),
        unit: if shown.kind == Kind::Percent { Unit::Percent } else { Unit::Number },
        zero: Some(0.0),
        bars: false,
        rows: drawn.iter().filter_map(row).collect(),
    });
    let which = if few { "Every branch".to_owned() } else { format!("The best {BEST} branches") };
    let text = format!(
        "{which}: {label} less that of the baseline (the line at 0), with {confidence}% intervals of the paired bootstrap. Hollow: \
         below the baseline. An interval that holds 0 shows no difference beyond chance, before counting the tries."
    );
    Some(format!("{drawing}{}", note(&text)))
}
