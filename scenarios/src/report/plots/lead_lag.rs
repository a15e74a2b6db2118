//! Lead-lag curves: the correlation of two symbols, one of them shifted in time.

use super::{
    super::{
        format::{Kind, escape, fixed, number, plain},
        svg::{CurvePanel, curve_panel},
    },
    note,
};
use crate::output::{CorrelationReport, LeadLagCurve};

/// Curves that are drawn.
const CURVES: usize = 6;
/// From here on a peak is taken for real.
const SURE: f64 = 0.95;
/// Points of a curve; of more, the most extreme in equal parts are drawn.
const POINTS: usize = 400;

/// The panels of a report's curves, the most significant first; nothing where there is none.
pub(in super::super) fn lead_lag(report: &CorrelationReport, id: &str) -> String {
    let mut curves: Vec<(&LeadLagCurve, (f64, f64))> =
        report.curves.iter().filter_map(|curve| Some((curve, peak(curve)?))).collect();
    if curves.is_empty() {
        return String::new();
    }
    curves.sort_by(|a, b| clarity(b.0, b.1.1).total_cmp(&clarity(a.0, a.1.1)));
    let mut out = String::from("<h4>Who leads whom</h4><div class=\"panels\">");
    for (i, (curve, peak)) in curves.iter().take(CURVES).enumerate() {
        out.push_str(&panel(curve, *peak, &format!("{id}-{i}")));
    }
    out.push_str("</div>");
    if curves.len() > CURVES {
        out.push_str(&note(&format!(
            "The {CURVES} clearest curves; {} more are in correlation.json.",
            curves.len() - CURVES
        )));
    }
    out.push_str(&note(
        "Correlation of returns when the second symbol is read so many seconds later than the first: a peak at a positive lag \
         means that the first leads. Within the dashed band, where there is one, a value cannot be told from chance.",
    ));
    out
}

/// The sure ones first, then those of the highest peak over what chance would give.
fn clarity(curve: &LeadLagCurve, peak: f64) -> f64 {
    let sure = curve.confidence.is_some_and(|c| c >= SURE);
    let height = peak.abs() / curve.threshold.filter(|t| *t > 0.0).unwrap_or(1.0);
    height.min(1e9) + if sure { 1e9 } else { 0.0 }
}

/// Lag and value of the greatest size; of equals, the one at the least lag.
fn peak(curve: &LeadLagCurve) -> Option<(f64, f64)> {
    let known = points(curve).into_iter().filter_map(|(lag, value)| Some((lag, value?)));
    known.reduce(|best, next| {
        let further =
            next.1.abs() > best.1.abs() || next.1.abs() == best.1.abs() && next.0.abs() < best.0.abs();
        if further { next } else { best }
    })
}

/// Finite points, as many as there are lags and values both.
fn points(curve: &LeadLagCurve) -> Vec<(f64, Option<f64>)> {
    let pairs = curve.lags_s.iter().zip(&curve.values).filter(|(lag, _)| lag.is_finite());
    pairs.map(|(lag, value)| (*lag, value.filter(|v| v.is_finite()))).collect()
}

fn panel(curve: &LeadLagCurve, peak: (f64, f64), id: &str) -> String {
    let threshold = curve.threshold.filter(|t| t.is_finite() && *t > 0.0);
    let confidence = curve.confidence.filter(|c| (0.0..=1.0).contains(c));
    let significant = match (confidence, threshold) {
        (Some(confidence), _) => confidence >= SURE,
        (None, Some(threshold)) => peak.1.abs() > threshold,
        (None, None) => true,
    };
    let at = format!("{}{} s", if peak.0 > 0.0 { "+" } else { "" }, plain(peak.0));
    let pair = format!("{} \u{2192} {}", curve.leader, curve.follower);
    let finding = match peak.0 {
        _ if !significant => "no lag stands out from chance".to_owned(),
        0.0 => "together, at lag 0".to_owned(),
        lag => {
            let (first, second) =
                if lag > 0.0 { (&curve.leader, &curve.follower) } else { (&curve.follower, &curve.leader) };
            format!("{first} leads {second} by {} s", plain(lag.abs()))
        }
    };
    let sure =
        confidence.map_or_else(String::new, |c| format!(" (confidence {})", number(Some(c), Kind::Percent)));
    let finding = finding + &sure;
    let drawing = curve_panel(&CurvePanel {
        id: id.to_owned(),
        title: format!("Lead and lag: {pair}"),
        description: format!(
            "Correlation over the lag in seconds. Greatest: {} at {at}; {finding}.",
            fixed(peak.1, 3)
        ),
        points: thinned(points(curve)),
        band: threshold,
        mark: Some((peak.0, peak.1, format!("{} at {at}", fixed(peak.1, 2)))),
        x_label: "lag in seconds".to_owned(),
    });
    format!(
        "<figure>{drawing}<figcaption><strong>{}</strong>: {}</figcaption></figure>",
        escape(&pair),
        escape(&finding)
    )
}

/// Long curves with only the most extreme value of each part.
fn thinned(points: Vec<(f64, Option<f64>)>) -> Vec<(f64, Option<f64>)> {
    let part = points.len().div_ceil(POINTS).max(1);
    let size = |p: &(f64, Option<f64>)| p.1.map_or(-1.0, f64::abs);
    points.chunks(part).filter_map(|c| c.iter().copied().max_by(|a, b| size(a).total_cmp(&size(b)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: &[Option<f64>], threshold: Option<f64>) -> LeadLagCurve {
        let lags_s = (0..values.len()).map(|i| i as f64 - (values.len() / 2) as f64).collect();
        let values = values.into();
        LeadLagCurve { leader: "A".into(), follower: "B".into(), lags_s, values, threshold, confidence: None }
    }

    #[test]
    fn the_finding_is_said_in_words() {
        let said = |values: &[f64], threshold| {
            let values: Vec<_> = values.iter().copied().map(Some).collect();
            lead_lag(
                &CorrelationReport { curves: vec![curve(&values, threshold)], ..Default::default() },
                "x",
            )
        };
        assert!(said(&[0.1, 0.1, 0.2, 0.1, 0.6], Some(0.3)).contains("A leads B by 2 s"));
        assert!(said(&[0.1, -0.5, 0.2, 0.1, 0.0], Some(0.3)).contains("B leads A by 1 s"));
        assert!(said(&[0.1, 0.1, 0.9, 0.1, 0.6], None).contains("together, at lag 0"));
        assert!(said(&[0.1, 0.1, 0.2, 0.1, 0.2], Some(0.3)).contains("no lag stands out from chance"));
    }

    #[test]
    fn a_confidence_decides_where_there_is_one_and_sure_curves_come_first() {
        let mut sure = curve(&[Some(0.0), Some(0.1), Some(0.2)], None);
        (sure.confidence, sure.follower) = (Some(0.999), "SURE".into());
        let mut unsure = curve(&[Some(0.0), Some(0.1), Some(0.9)], Some(0.01));
        (unsure.confidence, unsure.follower) = (Some(0.3), "UNSURE".into());
        let page = lead_lag(&CorrelationReport { curves: vec![unsure, sure], ..Default::default() }, "x");
        assert!(page.contains("A leads SURE by 1 s (confidence 99.90%)"), "{page}");
        assert!(page.contains("no lag stands out from chance (confidence 30.00%)"));
        assert!(page.find("leads SURE") < page.find("stands out"));
    }

    #[test]
    fn curves_without_values_are_left_out_and_long_ones_are_thinned() {
        let report =
            CorrelationReport { curves: vec![curve(&[None, Some(f64::NAN)], None)], ..Default::default() };
        assert_eq!(lead_lag(&report, "x"), "");
        let values: Vec<_> = (0..10_001).map(|i| Some(if i == 7_000 { 0.9 } else { 0.01 })).collect();
        let thin = thinned(points(&curve(&values, None)));
        assert!(thin.len() <= POINTS && thin.iter().any(|p| p.1 == Some(0.9)));
    }
}
