//! Cumulative sums, and the change points that they find.

use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::settings::ChangeSettings;

/// The tabular two-sided CUSUM (Page 1954): how far values have gone above and below a target, beyond a slack.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Cusum {
    /// S+ = max(0, S+ + x - target - slack).
    pub plus: f64,
    /// S- = max(0, S- + target - slack - x).
    pub minus: f64,
}

impl Cusum {
    /// Takes in a value as its difference from the target.
    #[inline]
    pub fn update(&mut self, deviation: f64, slack: f64) {
        self.plus = (self.plus + deviation - slack).max(0.0);
        self.minus = (self.minus - deviation - slack).max(0.0);
    }
}

/// A change that a [`ShiftDetector`] has noticed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// When it began, by the usual estimate: the first value after the sum was last zero.
    pub since: Timestamp,
    /// Upwards.
    pub up: bool,
    /// The sum that passed the threshold.
    pub statistic: f64,
}

/// A CUSUM of standardized values that learns its own target: mean and standard deviation of the first `baseline`
/// values, then it watches, and after an alarm it learns anew. Single values count for at most 3 deviations, so that
/// one outlier is no change.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ShiftDetector {
    count: u64,
    mean: f64,
    squares: f64,
    sum: Cusum,
    plus_since: Timestamp,
    minus_since: Timestamp,
}

/// Deviations beyond this count as this.
const LARGEST_DEVIATION: f64 = 3.0;

impl ShiftDetector {
    /// Takes in the value of the bar that closed `at`.
    #[inline]
    pub fn update(&mut self, x: f64, at: Timestamp, settings: &ChangeSettings) -> Option<Shift> {
        // A baseline without any deviation goes on until there is one.
        if self.count < settings.baseline || self.squares <= 0.0 {
            self.count += 1;
            let delta = x - self.mean;
            self.mean += delta / self.count as f64;
            self.squares += delta * (x - self.mean);
            return None;
        }
        let deviation = (self.squares / (self.count - 1) as f64).sqrt();
        let z = ((x - self.mean) / deviation).clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION);
        if self.sum.plus == 0.0 {
            self.plus_since = at;
        }
        if self.sum.minus == 0.0 {
            self.minus_since = at;
        }
        self.sum.update(z, settings.slack);
        let up = self.sum.plus > settings.threshold;
        if !up && self.sum.minus <= settings.threshold {
            return None;
        }
        let (statistic, since) =
            if up { (self.sum.plus, self.plus_since) } else { (self.sum.minus, self.minus_since) };
        *self = Self::default();
        Some(Shift { since, up, statistic })
    }

    /// The larger of the two sums, negative for the lower one, as a share of the threshold: -1 to 1. `None` while the
    /// baseline is learned.
    pub fn level(&self, settings_threshold: f64, baseline: u64) -> Option<f64> {
        let Cusum { plus, minus } = self.sum;
        let watches = self.count >= baseline && self.squares > 0.0;
        watches.then(|| if plus >= minus { plus } else { -minus } / settings_threshold)
    }
}
