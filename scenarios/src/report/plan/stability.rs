//! How stable the ranking is.

use super::super::format::{Kind, escape, number};
use super::super::plots::note;
use super::super::sections::metric;
use super::super::svg::Unit;
use super::data::{PlanData, Read as _};
use super::whiskers::{Whisker, Whiskers, whiskers};

/// Branches whose places are drawn.
const DRAWN: usize = 20;

/// The section; `None` where nothing was resampled.
pub(super) fn stability(plan: &PlanData, id: &str) -> Option<String> {
    let comparison = plan.comparison.as_ref()?;
    let stability = comparison.stability.as_ref()?;
    let shown = metric(&stability.metric);
    let ratio = |v: Option<f64>| number(v, Kind::Ratio);
    let mut out = String::from("<dl class=\"tiles three\">");
    let tiles = [
        ("First half against second".to_owned(), ratio(stability.halves)),
        (format!("Across {} parts of the time", stability.parts), ratio(stability.across_parts)),
        ("Resamples against the whole".to_owned(), ratio(stability.resampled)),
    ];
    for (name, value) in tiles {
        out.push_str(&format!("<div><dt>{}</dt><dd>{value}</dd></div>", escape(&name)));
    }
    out.push_str("</dl>");
    let row = |b: &&crate::comparison::BranchComparison| {
        let m = comparison.metric(b, &stability.metric);
        let (low, high) = m.rank_low.zip(m.rank_high)?;
        let rank = m.rank.unwrap_or(b.rank);
        let top = number(b.p_top, Kind::Percent);
        Some(Whisker {
            label: b.name.clone(),
            value: rank as f64,
            interval: Some((low as f64, high as f64)),
            shown: top.clone(),
            hover: format!(
                "{}: place {rank}, likely {low} to {high}, among the best {} in {top}",
                b.name, stability.top
            ),
        })
    };
    let rows: Vec<Whisker> = comparison.ranked().iter().take(DRAWN).filter_map(row).collect();
    let many = rows.len() == DRAWN;
    if !rows.is_empty() {
        out.push_str(&whiskers(&Whiskers {
            id: id.to_owned(),
            title: format!("Likely places by {}", shown.label),
            description: format!("Place of each branch by {} with its interval over resamples", shown.label),
            unit: Unit::Number,
            zero: None,
            bars: false,
            rows,
        }));
    }
    let which = if many { format!("the best {DRAWN} branches") } else { "the branches".to_owned() };
    let text = format!(
        "Rank correlations by {}: 1 is the same order, 0 is none. The rows: the places that {which} are likely to take, from paired \
         resamples; at the right, how often each is among the best {}.",
        shown.label, stability.top
    );
    out.push_str(&note(&text));
    Some(out)
}
