//! Prices as integer ticks, quantities as integer lots, and the only conversions between them and `f64`.

use serde::{Deserialize, Serialize};

/// A price in units of the instrument's tick size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticks(pub i64);

/// A quantity in units of the instrument's lot size. Signed where it is a position (short is negative).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lots(pub i64);

/// A decimal step (tick size or lot size) that converts between counts and values without drift.
///
/// Steps such as 0.01 are not binary fractions, so `n * 0.01` is wrong in its last bit for many `n`;
/// where the inverse is a whole number the value is computed by one correctly rounded division instead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Step {
    value: f64,
    inverse: f64,
    whole_inverse: bool,
}

/// Why a number is not a step.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not a tick or lot size: it must be a finite number above 0")]
pub struct StepError(pub f64);

impl Step {
    /// A step of `value`.
    ///
    /// # Errors
    /// Unless `value` is finite and positive.
    pub fn new(value: f64) -> Result<Self, StepError> {
        if !(value.is_finite() && value > 0.0) {
            return Err(StepError(value));
        }
        let rounded = (1.0 / value).round();
        let whole_inverse = rounded >= 1.0 && (rounded * value - 1.0).abs() < 1e-9;
        let inverse = if whole_inverse { rounded } else { 1.0 / value };
        Ok(Self { value, inverse, whole_inverse })
    }

    /// The size of one step.
    #[inline]
    pub fn value(self) -> f64 {
        self.value
    }

    /// The value of `count` steps.
    #[inline]
    pub fn to_f64(self, count: i64) -> f64 {
        if self.whole_inverse { count as f64 / self.inverse } else { count as f64 * self.value }
    }

    /// How many steps a value is, unrounded.
    #[inline]
    pub fn count(self, value: f64) -> f64 {
        value * self.inverse
    }

    /// The nearest whole number of steps.
    #[inline]
    pub fn round(self, value: f64) -> i64 {
        (value * self.inverse).round() as i64
    }

    /// The largest whole number of steps that is not above `value` (one part in 1e9 of a step is forgiven).
    #[inline]
    pub fn floor(self, value: f64) -> i64 {
        let steps = value * self.inverse + 1e-9;
        let towards_zero = steps as i64;
        towards_zero.saturating_sub(i64::from(towards_zero as f64 > steps))
    }

    /// The smallest whole number of steps that is not below `value` (one part in 1e9 of a step is forgiven).
    #[inline]
    pub fn ceil(self, value: f64) -> i64 {
        let steps = value * self.inverse - 1e-9;
        let towards_zero = steps as i64;
        towards_zero.saturating_add(i64::from((towards_zero as f64) < steps))
    }

    /// Whether `value` is a whole number of steps, up to the rounding of its decimal form.
    #[inline]
    pub fn is_on_grid(self, value: f64) -> bool {
        let steps = value * self.inverse;
        (steps - steps.round()).abs() <= 1e-6_f64.max(steps.abs() * 1e-12)
    }
}

impl TryFrom<f64> for Step {
    type Error = StepError;
    fn try_from(value: f64) -> Result<Self, StepError> {
        Self::new(value)
    }
}

impl From<Step> for f64 {
    fn from(step: Step) -> f64 {
        step.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cent_is_exact() {
        let cent = Step::new(0.01).unwrap();
        assert_eq!(cent.to_f64(4_662_312), 46_623.12);
        assert!(cent.is_on_grid(46_623.12) && !cent.is_on_grid(46_623.125));
        assert_eq!((cent.floor(0.019), cent.ceil(0.011)), (1, 2));
    }

    #[test]
    fn only_positive_finite_steps() {
        for bad in [0.0, -0.01, f64::NAN, f64::INFINITY] {
            assert!(Step::new(bad).is_err());
        }
    }

    proptest! {
        #[test]
        fn decimal_round_trip(count in -1_000_000_000_000i64..1_000_000_000_000, digits in 0i32..9) {
            let step = Step::new(10f64.powi(-digits)).unwrap();
            prop_assert_eq!(step.round(step.to_f64(count)), count);
            let text = format!("{:.*}", digits as usize, step.to_f64(count));
            prop_assert_eq!(text.parse::<f64>().unwrap(), step.to_f64(count));
        }

        #[test]
        fn coarse_and_odd_steps(count in -1_000_000i64..1_000_000, quarter in 1u32..400) {
            let step = Step::new(f64::from(quarter) * 0.25).unwrap();
            prop_assert_eq!(step.round(step.to_f64(count)), count);
        }
    }
}
