//! The fan: quantiles over all kept accounts at common times.

use super::super::{
    envelope::{Envelope, value_at},
    model::{AccountCurves, RunData},
    svg::Band,
};

/// Times at which the fan is evaluated.
const TIMES: i64 = 240;

/// The quantile `q` of sorted values, by linear interpolation.
pub(super) fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let at = q * (sorted.len().checked_sub(1)?) as f64;
    let (low, high) = (sorted.get(at.floor() as usize)?, sorted.get(at.ceil() as usize)?);
    Some(low + (high - low) * at.fract())
}

/// The middle 90% and the middle 50% over the accounts, of a curve scaled by `scale`; empty without a fan.
pub(super) fn bands(
    run: &RunData,
    curve: impl Fn(&AccountCurves) -> &Envelope,
    scale: impl Fn(&AccountCurves, f64) -> f64,
) -> Vec<Band> {
    if !super::lanes::has_fan(run) {
        return Vec::new();
    }
    let curves: Vec<_> =
        run.curves.iter().map(|c| (c, curve(c).points())).filter(|(_, p)| !p.is_empty()).collect();
    let from = curves.iter().filter_map(|(_, p)| p.first()).map(|p| p.0).min().unwrap_or(0);
    let to = curves.iter().filter_map(|(_, p)| p.last()).map(|p| p.0).max().unwrap_or(0);
    let mut outer = Band { points: Vec::new(), class: "band outer" };
    let mut inner = Band { points: Vec::new(), class: "band inner" };
    let mut values = Vec::with_capacity(curves.len());
    for i in 0..=TIMES {
        let ts = from + ((i128::from(to) - i128::from(from)) * i128::from(i) / i128::from(TIMES)) as i64;
        values.clear();
        values.extend(curves.iter().filter_map(|(c, points)| value_at(points, ts).map(|v| scale(c, v))));
        values.retain(|v| v.is_finite());
        values.sort_by(f64::total_cmp);
        let q = |q| quantile(&values, q);
        if let (Some(a), Some(b), Some(c), Some(d)) = (q(0.05), q(0.25), q(0.75), q(0.95)) {
            outer.points.push((ts, a, d));
            inner.points.push((ts, b, c));
        }
    }
    vec![outer, inner]
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_interpolate_linearly() {
        let values = [81.0, 82.0, 83.0, 84.0, 85.0];
        assert_eq!(quantile(&values, 0.5), Some(83.0));
        assert_eq!(quantile(&[1.0, 81.0, 82.0, 83.0, 84.0, 85.0], 0.3), Some(81.5));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
