//! Skewness and kurtosis.

use super::{Moments, finite};

/// Skewness `g3 = m3 / m2^1.5` of population moments (scipy's default); `None` for a constant sample.
pub fn skew(values: &[f64]) -> Option<f64> {
    let moments = Moments::of(values);
    let deviation = moments.dispersion(0)?;
    finite(moments.m3 / moments.count as f64 / deviation.powi(3))
}

/// Kurtosis `g4 = m4 / m2^2` of population moments, *not* excess: 3 for a normal distribution, as the probabilistic
/// Sharpe ratio wants it; `None` for a constant sample.
pub fn kurtosis(values: &[f64]) -> Option<f64> {
    let moments = Moments::of(values);
    let deviation = moments.dispersion(0)?;
    finite(moments.m4 / moments.count as f64 / deviation.powi(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bernoulli_sample() {
        // p = 1/4: skew (1 - 2p) / sqrt(p q), excess kurtosis (1 - 6 p q) / (p q).
        let values = [1.0, 0.0, 0.0, 0.0, f64::NAN];
        let pq: f64 = 0.25 * 0.75;
        assert!((skew(&values).unwrap() - 0.5 / pq.sqrt()).abs() < 1e-12);
        assert!((kurtosis(&values).unwrap() - 3.0 - (1.0 - 6.0 * pq) / pq).abs() < 1e-12);
        assert_eq!(skew(&[2.0, 2.0]), None);
        assert_eq!(kurtosis(&[]), None);
    }
}
