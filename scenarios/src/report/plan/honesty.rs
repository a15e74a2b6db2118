//! How much of the best branch is luck: what the comparison found, each number with what it means.

use super::super::format::{Kind, UNDEFINED, escape, fixed, number, signed_percent};
use super::super::svg::{BarPanel, Unit, bar_panel};
use super::data::{PlanData, Read as _};
use super::facts::count;

/// A line: what, the number, what it says.
type Line = (String, String, String);

/// The section; `None` where nothing was compared.
pub(super) fn honesty(plan: &PlanData) -> Option<String> {
    let comparison = plan.comparison.as_ref()?;
    let over = &comparison.overfitting;
    let name = |id: usize| comparison.name_of(id);
    let ratio = |v: Option<f64>| number(v, Kind::Ratio);
    let percent = |v: Option<f64>| number(v, Kind::Percent);
    let mut lines: Vec<Line> = vec![(
        "Tries".into(),
        count(Some(over.trials as f64)),
        format!(
            "{} of them with returns of their own{}. The more is tried, the better the best looks.",
            count(Some(over.distinct as f64)),
            over.effective
                .map_or_else(String::new, |n| format!(", worth about {} independent ones", fixed(n, 1)))
        ),
    )];
    if let Some(d) = &over.deflated_sharpe {
        lines.push((
            "Best Sharpe ratio".into(),
            ratio(Some(d.sharpe)),
            format!(
                "Of {}. The best of {} tries without skill is expected to show {}.",
                name(d.id),
                count(Some(d.trials as f64)),
                ratio(Some(d.expected_maximum))
            ),
        ));
        lines.push((
            "Deflated Sharpe ratio".into(),
            percent(d.deflated),
            format!(
                "Probability that its true Sharpe ratio is above what luck alone shows ({} with the independent tries only). \
                 As if it had been the only try, the probability of a ratio above 0 is {}.",
                percent(d.deflated_effective),
                percent(d.probabilistic)
            ),
        ));
    }
    if let Some(p) = &over.pbo {
        lines.push((
            "Probability of backtest overfitting".into(),
            percent(Some(p.pbo)),
            format!(
                "Share of {} ways of halving the time in which the best of one half is below the median in the other. Its \
                 Sharpe ratio falls from {} to {}, below 0 in {}.",
                count(Some(p.splits as f64)),
                ratio(Some(p.in_sample)),
                ratio(Some(p.out_of_sample)),
                percent(Some(p.probability_of_loss))
            ),
        ));
    }
    for s in &over.superiority {
        lines.push((
            format!("Better than {}?", s.benchmark),
            format!("p = {}", fixed(s.spa_consistent, 3)),
            format!(
                "Chance of a best as good as {} ({} a year) if no branch were better: Hansen's test of superior predictive \
                 ability, between {} and {}; White's reality check {}.",
                name(s.best),
                signed_percent(s.advantage, 1),
                fixed(s.spa_lower, 3),
                fixed(s.spa_upper, 3),
                fixed(s.reality_check, 3)
            ),
        ));
    }
    let mut out = String::from("<div class=\"pair honest\"><dl class=\"verdict\">");
    for (what, value, text) in &lines {
        out.push_str(&format!(
            "<div><dt>{}</dt><dd><strong>{}</strong><span>{}</span></dd></div>",
            escape(what),
            if value.is_empty() { UNDEFINED } else { value },
            escape(text)
        ));
    }
    out.push_str("</dl>");
    if let Some(p) = &over.pbo {
        out.push_str(&places(&p.places));
    }
    out.push_str("</div>");
    Some(out)
}

/// Where the best of one half of the time stands in the other.
fn places(shares: &[f64]) -> String {
    let n = shares.len().max(1);
    let bar = |(i, share): (usize, &f64)| {
        let hover = format!(
            "{} of splits: place {} to {} tenths from the worst",
            signed_percent(*share, 1),
            i,
            i + 1
        );
        (*share, String::new(), hover.replace('+', ""))
    };
    let panel = BarPanel {
        id: "places".to_owned(),
        title: "Out-of-sample place of the best in sample".to_owned(),
        description: "Histogram of the place that the best branch of one half of the time takes in the other, from worst to best"
            .to_owned(),
        bars: shares.iter().enumerate().map(bar).collect(),
        x_labels: vec![(0.6, "worst".to_owned()), (n as f64 / 2.0, "median".to_owned()), (n as f64 - 0.5, "best".to_owned())],
        marks: vec![(n as f64 / 2.0, String::new())],
        unit: Unit::Percent,
        hollow_before: n as f64 / 2.0,
        fill: 0.86,
    };
    format!(
        "<figure>{}<figcaption>Place, in the other half of the time, of the branch that was best in one half: share of splits. \
         Hollow bars, left of the median, are what overfitting looks like.</figcaption></figure>",
        bar_panel(&panel)
    )
}
