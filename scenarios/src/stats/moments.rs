//! Central moments of a sample: what mean, deviation, skew and kurtosis are made of.

/// Below this a standard deviation is rounding noise: `e1 / e0 - 1` alone is off by up to 2.2e-16 per return.
const NOISE: f64 = 1e-14;

/// Count, mean and sums of powers of deviations from the mean, missing values left out; two passes, O(n).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// Present (finite) values.
    pub count: usize,
    /// Their arithmetic mean; 0 for an empty sample.
    pub mean: f64,
    /// Sum of squared deviations.
    pub m2: f64,
    /// Sum of cubed deviations.
    pub m3: f64,
    /// Sum of fourth powers of deviations.
    pub m4: f64,
    largest: f64,
}

impl Moments {
    /// The moments of the finite values.
    pub fn of(values: &[f64]) -> Self {
        let present = || values.iter().copied().filter(|v| v.is_finite());
        let (count, sum, largest) =
            present().fold((0_usize, 0.0, 0.0_f64), |(n, sum, top), v| (n + 1, sum + v, top.max(v.abs())));
        if count == 0 {
            return Self::default();
        }
        let mean = sum / count as f64;
        present().fold(Self { count, mean, largest, ..Self::default() }, |mut moments, v| {
            let d = v - mean;
            let square = d * d;
            moments.m2 += square;
            moments.m3 += square * d;
            moments.m4 += square * square;
            moments
        })
    }

    /// The mean; `None` for an empty sample.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean).filter(|m| m.is_finite())
    }

    /// `sqrt(m2 / (count - ddof))`; `None` where `count <= ddof`.
    pub fn standard_deviation(&self, ddof: usize) -> Option<f64> {
        (self.count > ddof).then(|| (self.m2 / (self.count - ddof) as f64).sqrt()).filter(|s| s.is_finite())
    }

    /// The standard deviation where it may stand in a denominator: `None` for a constant sample, that is, one
    /// whose deviation is no more than rounding noise (1e-14, or 8 ulp of the largest value).
    pub fn dispersion(&self, ddof: usize) -> Option<f64> {
        self.standard_deviation(ddof).filter(|s| *s > NOISE.max(8.0 * f64::EPSILON * self.largest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_two_four_six_skip_what_is_missing() {
        let m = Moments::of(&[2.0, f64::NAN, 4.0, f64::INFINITY, 6.0]);
        assert_eq!((m.count, m.mean, m.m2, m.m3, m.m4), (3, 4.0, 8.0, 0.0, 32.0));
        assert_eq!(m.standard_deviation(1), Some(2.0));
        assert_eq!(m.standard_deviation(3), None);
    }

    #[test]
    fn a_constant_sample_has_no_dispersion() {
        // Compounding 0.1% a day: the returns read back differ in their last bits only.
        let equity: Vec<f64> = (0..500).map(|i| 1.001_f64.powi(i)).collect();
        let returns: Vec<f64> = equity.windows(2).map(|w| w[1] / w[0] - 1.0).collect();
        assert_eq!(Moments::of(&returns).dispersion(1), None);
        assert_eq!(Moments::of(&[0.1; 7]).dispersion(1), None);
        assert_eq!(Moments::of(&[]).mean(), None);
    }
}
