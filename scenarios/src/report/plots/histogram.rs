//! The histogram of periodic returns, with mean and 5% value at risk.

use super::{
    super::{
        calendar,
        format::{escape, fixed, signed_percent},
        lanes::Lane,
        svg::{BarPanel, Scale, Unit, bar_panel},
    },
    absent,
    fan::quantile,
    note, paneled,
    sampling::sampling,
};

/// Bins over a range: their common width, the left edge of the first, and the counts.
struct Bins {
    width: f64,
    low: f64,
    counts: Vec<u64>,
    /// Values outside of the range, counted in the end bins.
    clipped: usize,
}

/// Bins on multiples of a round width, so that zero is an edge. The width is near Freedman and Diaconis' (1981);
/// tails beyond the 0.1% and 99.9% quantiles count to the end bins when they would stretch the axis.
fn bins(sorted: &[f64]) -> Option<Bins> {
    let q = |p| quantile(sorted, p);
    let (mut low, mut high) = (*sorted.first()?, *sorted.last()?);
    let spread = q(0.75)? - q(0.25)?;
    if spread > 0.0 && high - low > 14.0 * spread {
        (low, high) = (q(0.001)?.min(q(0.5)? - spread), q(0.999)?.max(q(0.5)? + spread));
        if high - low > 30.0 * spread {
            (low, high) = (q(0.5)? - 15.0 * spread, q(0.5)? + 15.0 * spread);
        }
    }
    let rule = 2.0 * spread / (sorted.len() as f64).cbrt();
    let range = (high - low).max(high.abs().max(low.abs()) * 1e-3).max(1e-9);
    let width = super::super::svg::nice_step(rule.clamp(range / 40.0, range / 16.0));
    let first = (low / width).floor();
    let count = ((high / width).floor() - first) as usize + 1;
    let mut counts = vec![0; count.min(200)];
    let mut clipped = 0;
    for value in sorted {
        let at = (value / width).floor() - first;
        clipped += usize::from(at < 0.0 || at >= counts.len() as f64);
        let last = counts.len() - 1;
        counts[(at.max(0.0) as usize).min(last)] += 1;
    }
    Some(Bins { width, low: first * width, counts, clipped })
}

/// Characters that fit side by side below a panel.
const LABEL_CHARACTERS: usize = 44;

/// As many ticks, up to six or so, as their labels leave room for.
fn axis(low: f64, high: f64) -> Scale {
    let length = |axis: &Scale| -> usize {
        axis.ticks.iter().map(|tick| axis.label(*tick, Unit::Percent).chars().count() + 2).sum()
    };
    let scale = |ticks| Scale::linear(low, high, ticks);
    (3..=6).rev().map(scale).find(|axis| length(axis) <= LABEL_CHARACTERS).unwrap_or_else(|| scale(2))
}

fn panel(lane: &Lane<'_>, id: String) -> Option<(String, String)> {
    let sampling = sampling(lane.curves)?;
    let mut values: Vec<f64> = calendar::returns(&sampling.closes).into_iter().map(|p| p.1).collect();
    values.sort_by(f64::total_cmp);
    let bins = bins(&values)?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let at = |value: f64| (value - bins.low) / bins.width;
    let high = bins.low + bins.width * bins.counts.len() as f64;
    let axis = axis(bins.low, high);
    let bars = bins.counts.iter().enumerate().map(|(i, count)| {
        let edge = bins.low + bins.width * i as f64;
        let hover =
            format!("{} to {}: {count}", signed_percent(edge, 3), signed_percent(edge + bins.width, 3));
        (*count as f64, String::new(), hover)
    });
    let mut marks = vec![(at(mean), format!("mean {}", signed_percent(mean, 3)))];
    if values.len() >= 20 {
        let var = quantile(&values, 0.05)?;
        marks.push((at(var), format!("5% quantile {}", signed_percent(var, 2))));
    }
    let panel = BarPanel {
        id,
        title: format!("Distribution of {} returns: {}", sampling.name, lane.label),
        description: format!("{} returns in {} bins; negative ones hollow", values.len(), bins.counts.len()),
        bars: bars.collect(),
        x_labels: axis.ticks.iter().map(|t| (at(*t), axis.label(*t, Unit::Percent))).collect(),
        marks,
        unit: Unit::Number,
        hollow_before: at(0.0) - 0.5,
        fill: 0.92,
    };
    let positive = values.iter().filter(|v| **v > 0.0).count() as f64 / values.len() as f64;
    let mut caption = format!(
        "{} \u{b7} {} {} returns, {} positive",
        lane.label,
        fixed(values.len() as f64, 0),
        sampling.name,
        signed_percent(positive, 0).trim_start_matches('+')
    );
    if bins.clipped > 0 {
        caption.push_str(&format!("; {} beyond the axis, in the end bins", bins.clipped));
    }
    Some((bar_panel(&panel), caption))
}

/// The histogram section: a panel an account.
pub(in super::super) fn histogram(lanes: &[Lane<'_>], id: &str) -> String {
    let (shown, hidden) = paneled(lanes);
    let panels: Vec<_> =
        shown.iter().enumerate().filter_map(|(i, l)| panel(l, format!("{id}-{i}"))).collect();
    if panels.is_empty() {
        return absent("Too few returns for a histogram.");
    }
    let mut out = String::from("<div class=\"panels\">");
    for (drawing, caption) in panels {
        out.push_str(&format!("<figure>{drawing}<figcaption>{}</figcaption></figure>", escape(&caption)));
    }
    out.push_str("</div>");
    out.push_str(&note("Returns below zero are hollow. Daily closes if there are 30 or more, else hourly, else minute closes."));
    out.push_str(&note(&hidden));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_return_is_counted_once(mut values in prop::collection::vec(-0.5f64..0.5, 1..400)) {
            values.sort_by(f64::total_cmp);
            let bins = bins(&values).unwrap();
            prop_assert_eq!(bins.counts.iter().sum::<u64>(), values.len() as u64);
            prop_assert!(bins.counts.len() <= 200);
        }
    }

    #[test]
    fn zero_is_an_edge_and_far_tails_are_clipped() {
        let mut values: Vec<f64> = (-50..50).map(|i| f64::from(i) / 10_000.0).collect();
        values.push(5.0);
        let bins = bins(&values).unwrap();
        assert_eq!(bins.clipped, 1);
        let edges = bins.low / bins.width;
        assert!((edges - edges.round()).abs() < 1e-9 && bins.counts.len() <= 60);
        assert!(super::bins(&[0.0, 0.0]).is_some() && super::bins(&[]).is_none());
    }
}
