//! Stability of a return series.

use super::finite;

/// R squared of the least-squares line through the cumulative log return (`empyrical.stability_of_timeseries`), missing
/// returns left out; `None` for fewer than two returns, a return of -1 or less, or a flat curve.
pub fn stability(returns: &[f64]) -> Option<f64> {
    let mut total = 0.0;
    let mut curve = Vec::with_capacity(returns.len());
    for r in returns.iter().filter(|r| r.is_finite()) {
        if *r <= -1.0 {
            return None;
        }
        total += r.ln_1p();
        curve.push(total);
    }
    if curve.len() < 2 {
        return None;
    }
    let n = curve.len() as f64;
    let (x_mean, y_mean) = ((n - 1.0) / 2.0, curve.iter().sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (i, y) in curve.iter().enumerate() {
        let (dx, dy) = (i as f64 - x_mean, y - y_mean);
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    if yy > 0.0 { finite((xy * xy / (xx * yy)).min(1.0)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_curve_is_perfectly_stable() {
        assert!((stability(&[0.01; 50]).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(stability(&[0.0; 50]), None);
        assert_eq!(stability(&[0.1]), None);
        assert_eq!(stability(&[0.1, -1.0, 0.1]), None);
    }
}
