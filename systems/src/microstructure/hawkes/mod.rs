//! A self-exciting intensity of trades, fitted on what has been.

mod fit;
#[cfg(test)]
mod tests;

use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

pub use fit::fit;

use super::settings::HawkesSettings;
use super::windows::seconds;

/// lambda(t) = mu + alpha sum exp(-beta (t - t_i)) over past arrivals; times in seconds. Stationary as alpha < beta.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HawkesParameters {
    /// Arrivals that nothing triggers, per second.
    pub mu: f64,
    /// What an arrival adds to the intensity, per second.
    pub alpha: f64,
    /// How fast that decays, per second.
    pub beta: f64,
}

impl HawkesParameters {
    /// Arrivals that one arrival triggers on average, below 1.
    pub fn branching(&self) -> f64 {
        self.alpha / self.beta
    }
}

/// The fewest arrivals that are fitted.
pub const FEWEST_ARRIVALS: u64 = 100;

/// Arrivals of trades, and their intensity. Trades of one time are one arrival.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hawkes {
    parameters: Option<HawkesParameters>,
    /// Sum of exp(-beta (t - t_i)) at the last arrival, that one included.
    excitement: f64,
    last: i64,
    /// The newest arrivals, where they are fitted.
    times: Vec<i64>,
    arrivals: u64,
    fitted: u64,
    due: i64,
}

impl Hawkes {
    /// No arrival yet.
    pub fn new(settings: &HawkesSettings) -> Self {
        let (parameters, kept) = match settings {
            HawkesSettings::Given { mu, alpha, beta } => {
                (Some(HawkesParameters { mu: *mu, alpha: *alpha, beta: *beta }), 0)
            }
            HawkesSettings::Fitted { arrivals, .. } => (None, *arrivals as usize),
        };
        let times = vec![0; kept];
        Self { parameters, excitement: 0.0, last: i64::MIN, times, arrivals: 0, fitted: 0, due: i64::MIN }
    }

    /// Trades at a time.
    #[inline]
    pub fn arrive(&mut self, ts: i64) {
        if let Some(p) = self.parameters {
            self.excitement = self.excitement_at(ts, p.beta) + 1.0;
        }
        self.last = ts;
        if !self.times.is_empty() {
            let at = (self.arrivals % self.times.len() as u64) as usize;
            self.times[at] = ts;
        }
        self.arrivals += 1;
    }

    #[inline]
    fn excitement_at(&self, ts: i64, beta: f64) -> f64 {
        if self.last == i64::MIN { 0.0 } else { self.excitement * (-beta * seconds(ts - self.last)).exp() }
    }

    /// Fits anew if that is due at `now`, on the arrivals up to now.
    pub fn refit(&mut self, now: i64, settings: &HawkesSettings) {
        let HawkesSettings::Fitted { every, .. } = settings else { return };
        if now < self.due {
            return;
        }
        let first = self.due == i64::MIN;
        self.due = every.floor(Timestamp(now)).0.saturating_add(every.nanos());
        if first || self.arrivals < FEWEST_ARRIVALS || self.arrivals == self.fitted {
            return;
        }
        self.fitted = self.arrivals;
        let kept = self.arrivals.min(self.times.len() as u64) as usize;
        let at = (self.arrivals % self.times.len() as u64) as usize;
        let oldest = self.arrivals as usize >= self.times.len();
        let (newer, older) = self.times.split_at(if oldest { at } else { kept });
        let older = if oldest { older } else { &[] };
        let from = older.first().or(newer.first()).copied().unwrap_or(now);
        let times: Vec<f64> = older.iter().chain(newer).map(|t| seconds(t - from)).collect();
        let Some(p) = fit(&times, seconds(now - from)) else { return };
        // The intensity goes on as if these had been the parameters all along.
        self.excitement = 0.0;
        times.windows(2).for_each(|t| {
            self.excitement = (self.excitement + 1.0) * (-p.beta * (t[1] - t[0])).exp();
        });
        self.excitement += 1.0;
        self.parameters = Some(p);
    }

    /// What has been fitted or given.
    pub fn parameters(&self) -> Option<HawkesParameters> {
        self.parameters
    }

    /// Expected arrivals per second right after `now`.
    pub fn intensity(&self, now: i64) -> Option<f64> {
        let p = self.parameters.filter(|_| self.arrivals > 0)?;
        Some(p.mu + p.alpha * self.excitement_at(now, p.beta))
    }
}
