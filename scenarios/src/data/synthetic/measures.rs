//! Plain estimators of the stylized facts, for tests.

use manyworlds_components::bar::Bar;

/// Log returns from close to close.
pub(super) fn log_returns(bars: &[Bar]) -> Vec<f64> {
    bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln()).collect()
}

/// Sums of `count` neighbors: returns of a longer horizon.
pub(super) fn aggregate(returns: &[f64], count: usize) -> Vec<f64> {
    returns.chunks_exact(count).map(|chunk| chunk.iter().sum()).collect()
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The `power`-th central moment.
fn moment(values: &[f64], power: i32) -> f64 {
    let center = mean(values);
    values.iter().map(|v| (v - center).powi(power)).sum::<f64>() / values.len() as f64
}

pub(super) fn standard_deviation(values: &[f64]) -> f64 {
    moment(values, 2).sqrt()
}

/// Non-excess kurtosis: 3 for a normal.
pub(super) fn kurtosis(values: &[f64]) -> f64 {
    moment(values, 4) / moment(values, 2).powi(2)
}

/// Pearson correlation.
pub(super) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (center_a, center_b) = (mean(a), mean(b));
    let joint = a.iter().zip(b).map(|(x, y)| (x - center_a) * (y - center_b)).sum::<f64>() / a.len() as f64;
    joint / (standard_deviation(a) * standard_deviation(b))
}

/// Sample autocorrelation at `lag`.
pub(super) fn autocorrelation(values: &[f64], lag: usize) -> f64 {
    let center = mean(values);
    let joint: f64 = values.iter().zip(&values[lag..]).map(|(x, y)| (x - center) * (y - center)).sum();
    joint / values.iter().map(|v| (v - center).powi(2)).sum::<f64>()
}

/// Standard error of the autocorrelation at `lag` of an uncorrelated but heteroscedastic series (White 1980):
/// `sqrt(sum x_t^2 x_(t+lag)^2) / sum x_t^2`. For independent values it is 1/sqrt(n).
pub(super) fn robust_error(values: &[f64], lag: usize) -> f64 {
    let products: f64 = values.iter().zip(&values[lag..]).map(|(x, y)| (x * y).powi(2)).sum();
    products.sqrt() / values.iter().map(|v| v * v).sum::<f64>()
}

/// Hill (1975) estimator of the tail index of |values| from the largest `share`.
pub(super) fn hill_tail_index(values: &[f64], share: f64) -> f64 {
    let mut sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let count = (values.len() as f64 * share) as usize;
    let threshold = sizes[count].ln();
    count as f64 / sizes[..count].iter().map(|s| s.ln() - threshold).sum::<f64>()
}

/// The exponent `b` of `acf(lag) ~ lag^-b`, by least squares in logs.
pub(super) fn power_decay(lags: &[usize], acf: &[f64]) -> f64 {
    let x: Vec<f64> = lags.iter().map(|lag| (*lag as f64).ln()).collect();
    let y: Vec<f64> = acf.iter().map(|a| a.max(1e-6).ln()).collect();
    -correlation(&x, &y) * standard_deviation(&y) / standard_deviation(&x)
}

mod tests {
    use super::*;

    /// Known answers, so that the gates do not rest on estimators that nobody checked.
    #[test]
    fn the_estimators_know_their_answers() {
        let acf: Vec<f64> = [1.0f64, 2.0, 4.0, 8.0].iter().map(|lag| lag.powf(-0.3)).collect();
        assert!((power_decay(&[1, 2, 4, 8], &acf) - 0.3).abs() < 1e-9);
        // Quantiles of a Pareto law with index 3.
        let pareto: Vec<f64> = (1..100_000).map(|i| (f64::from(i) / 1e5).powf(-1.0 / 3.0)).collect();
        assert!((hill_tail_index(&pareto, 0.01) - 3.0).abs() < 0.02);
        assert!((kurtosis(&[-1.0, 1.0, -1.0, 1.0]) - 1.0).abs() < 1e-12);
        assert!((correlation(&[1.0, 2.0, 3.0], &[-1.0, -2.0, -3.0]) + 1.0).abs() < 1e-12);
        let alternating: Vec<f64> = (0..1_000).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!((autocorrelation(&alternating, 1) + 0.999).abs() < 1e-9);
        assert!((robust_error(&alternating, 1) * 1_000f64.sqrt() - 1.0).abs() < 1e-3);
    }
}
