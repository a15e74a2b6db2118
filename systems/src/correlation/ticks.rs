//! The newest observations of a symbol's price, at the times at which they became known.

use serde::{Deserialize, Serialize};

/// Logarithmic returns between observations, oldest first. Observations of one instant are one: the last counts. The
/// first observation is a return of 0, which begins an interval and adds nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ticks {
    times: Vec<i64>,
    returns: Vec<f64>,
    /// How many were forgotten: the absolute number of the first that is kept.
    forgotten: u64,
    /// Logarithm of the last price.
    last: Option<f64>,
}

impl Ticks {
    /// An observation. Prices that are none, and times before the last, are left out.
    pub fn push(&mut self, time: i64, price: f64) {
        let usable = price > 0.0 && price.is_finite() && self.times.last().is_none_or(|t| *t <= time);
        if !usable {
            return;
        }
        let log = price.ln();
        let value = self.last.map_or(0.0, |last| log - last);
        self.last = Some(log);
        match (self.times.last(), self.returns.last_mut()) {
            (Some(newest), Some(r)) if *newest == time => *r += value,
            _ => {
                self.times.push(time);
                self.returns.push(value);
            }
        }
    }

    /// Whether there has been an observation.
    pub fn seen(&self) -> bool {
        self.last.is_some()
    }

    /// The absolute number of the first observation that is kept.
    pub fn first(&self) -> u64 {
        self.forgotten
    }

    /// Times and returns from the absolute number `from` on.
    #[inline]
    pub fn since(&self, from: u64) -> (&[i64], &[f64]) {
        let at = (from.saturating_sub(self.forgotten) as usize).min(self.times.len());
        (&self.times[at..], &self.returns[at..])
    }

    /// Forgets all before `time`.
    pub fn forget_before(&mut self, time: i64) {
        let gone = self.times.partition_point(|t| *t < time);
        self.times.drain(..gone);
        self.returns.drain(..gone);
        self.forgotten += gone as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_observation_an_instant() {
        let mut ticks = Ticks::default();
        for (time, price) in [(5, 1.0), (7, 2.0), (7, 4.0), (6, 9.0), (9, -1.0), (9, 2.0)] {
            ticks.push(time, price);
        }
        let (times, returns) = ticks.since(0);
        assert_eq!(times, [5, 7, 9]);
        let ln2 = 2f64.ln();
        assert!(returns.iter().zip([0.0, 2.0 * ln2, -ln2]).all(|(a, b)| (a - b).abs() < 1e-15));
        ticks.forget_before(7);
        assert_eq!((ticks.first(), ticks.since(0).0, ticks.since(2).0), (1, &[7, 9][..], &[9][..]));
        ticks.forget_before(100);
        assert!(ticks.seen() && ticks.since(9).0.is_empty());
        ticks.push(120, 4.0);
        assert!((ticks.since(3).1[0] - ln2).abs() < 1e-15, "the last price is remembered");
    }
}
