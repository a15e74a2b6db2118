//! The spread of equity over time.

use super::super::format::fixed;
use super::super::plots::{figure, note};
use super::super::svg::{Band, Chart, Line, Unit};
use super::data::{PlanData, Read as _};
use crate::comparison::EquityFan;

/// The section; `None` without recorded times.
pub(super) fn fan(plan: &PlanData, id: &str) -> Option<String> {
    let comparison = plan.comparison.as_ref()?;
    let fan = comparison.fan.as_ref().filter(|f| f.ts.len() > 1)?;
    let line = |growth: &[f64], class: &str, label: String| Line {
        points: fan.ts.iter().zip(growth).map(|(ts, g)| (*ts, g - 1.0)).collect(),
        class: class.to_owned(),
        label,
        fill_to: None,
    };
    let mut lines = vec![line(&fan.best, "s0", format!("best: {}", comparison.name_of(fan.best_id)))];
    lines.push(line(&fan.baseline, "s1", format!("baseline: {}", comparison.name_of(comparison.baseline))));
    lines.extend(quantile(fan, 0.5).map(|median| line(median, "bench", "median".to_owned())));
    let band = |low: f64, high: f64, class: &'static str| {
        let (low, high) = (quantile(fan, low)?, quantile(fan, high)?);
        let points = fan.ts.iter().zip(low.iter().zip(high)).map(|(ts, (l, h))| (*ts, l - 1.0, h - 1.0));
        Some(Band { points: points.collect(), class })
    };
    let bands: Vec<Band> =
        [band(0.05, 0.95, "band outer"), band(0.25, 0.75, "band inner")].into_iter().flatten().collect();
    let chart = Chart {
        id: id.to_owned(),
        title: "Growth of all branches".to_owned(),
        description: "Growth since the start over time, UTC: the best branch, the baseline, the median, and bands of the middle \
                      50% and 90% of all branches"
            .to_owned(),
        unit: Unit::Percent,
        log: false,
        height: 380.0,
        foot: 0.0,
        include: Vec::new(),
        baseline: Some(0.0),
        bands,
        lines,
    };
    let ends =
        |q: f64| quantile(fan, q).and_then(|g| g.last()).map(|g| format!("{}%", fixed(100.0 * (g - 1.0), 1)));
    let text = format!(
        "Growth since each branch's start, {} branches; bands hold the middle 50% and 90% of them at each time. At the end the \
         worst stands at {}, the median at {}, the best of all at {}.",
        fixed(fan.branches as f64, 0),
        ends(0.0).unwrap_or_default(),
        ends(0.5).unwrap_or_default(),
        ends(1.0).unwrap_or_default()
    );
    Some(format!("{}{}", figure(&chart, |_| String::new()), note(&text)))
}

fn quantile(fan: &EquityFan, q: f64) -> Option<&Vec<f64>> {
    fan.quantiles.iter().find(|curve| (curve.q - q).abs() < 1e-9).map(|curve| &curve.growth)
}
