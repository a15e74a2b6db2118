//! Sums that do not drift: about 32 digits, by error-free transformations.
//!
//! A rolling sum that adds the newest value and takes out the oldest in plain `f64` keeps every rounding error
//! forever. Here the error of each operation is carried along, so that after any number of bars the sum equals
//! that of the window up to 1e-30, and equal averages compare as equal.

use serde::{Deserialize, Serialize};

/// An unevaluated sum of two `f64` of which the second is the rounding error of the first.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DoubleDouble {
    high: f64,
    low: f64,
}

/// a + b and its exact error (Knuth, TAOCP vol. 2, 4.2.2).
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// a x b and its exact error (Dekker 1971, with Veltkamp's split).
#[inline]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    const SPLIT: f64 = 134_217_729.0; // 2^27 + 1
    let split = |x: f64| {
        let t = SPLIT * x;
        let high = t - (t - x);
        (high, x - high)
    };
    let product = a * b;
    let ((a1, a2), (b1, b2)) = (split(a), split(b));
    (product, a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2))
}

impl DoubleDouble {
    /// Nothing but `value`.
    #[inline]
    pub fn new(value: f64) -> Self {
        Self { high: value, low: 0.0 }
    }

    /// The square of `value`, exactly.
    #[inline]
    pub fn square(value: f64) -> Self {
        let (high, low) = two_product(value, value);
        Self { high, low }
    }

    /// a - b, exactly.
    #[inline]
    pub fn difference(a: f64, b: f64) -> Self {
        let (high, low) = two_sum(a, -b);
        Self { high, low }
    }

    /// The sum with a plain number.
    #[inline]
    pub fn plus_f64(self, value: f64) -> Self {
        self.plus(Self::new(value))
    }

    /// The sum with another.
    #[inline]
    pub fn plus(self, other: Self) -> Self {
        let (sum, error) = two_sum(self.high, other.high);
        let (tail, tail_error) = two_sum(self.low, other.low);
        let (high, low) = two_sum(sum, error + tail);
        let (high, low) = two_sum(high, low + tail_error);
        Self { high, low }
    }

    /// The same with the other sign.
    #[inline]
    pub fn negated(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }

    /// The product with a plain number.
    #[inline]
    pub fn times(self, factor: f64) -> Self {
        let (high, error) = two_product(self.high, factor);
        let (high, low) = two_sum(high, error + self.low * factor);
        Self { high, low }
    }

    /// The product with another.
    #[inline]
    pub fn multiply(self, other: Self) -> Self {
        let (high, error) = two_product(self.high, other.high);
        let (high, low) = two_sum(high, error + (self.high * other.low + self.low * other.high));
        Self { high, low }
    }

    /// Rounded to `f64`.
    #[inline]
    pub fn to_f64(self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cancellation_leaves_what_is_left() {
        let sum = DoubleDouble::new(1e16).plus_f64(1.0).plus_f64(1.0).plus_f64(-1e16);
        assert_eq!(sum.to_f64(), 2.0);
        let tie = |n: usize| (0..n).fold(DoubleDouble::default(), |s, _| s.plus_f64(0.1));
        assert_eq!(tie(10).times(30.0).plus(tie(30).times(10.0).negated()).to_f64(), 0.0);
    }

    proptest! {
        /// Products of integers are exact in 106 bits.
        #[test]
        fn squares_are_exact(n in -90_000_000_000_000i64..90_000_000_000_000) {
            let square = DoubleDouble::square(n as f64);
            let exact = i128::from(n) * i128::from(n);
            prop_assert_eq!(square.high as i128 + square.low as i128, exact);
        }
    }
}
