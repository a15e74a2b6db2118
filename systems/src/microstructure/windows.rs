//! Sums over a sliding window of whole intervals and the one that runs.

use manyworlds_components::time::{Frame, NANOS_PER_SECOND, Timestamp};
use serde::{Deserialize, Serialize};

use super::sums::Sums;

/// The last intervals of a symbol. An interval is a multiple of its length in UTC, without its beginning and with its end.
///
/// Sums of the window are made anew from those of its intervals whenever one ends: they do not drift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Windows {
    interval: Frame,
    ring: Vec<Sums>,
    at: usize,
    closed: u64,
    whole: Sums,
    /// The interval that runs.
    pub current: Sums,
    end: i64,
}

impl Windows {
    /// A window of `intervals`, that has not begun.
    pub fn new(interval: Frame, intervals: usize) -> Self {
        Self {
            interval,
            ring: vec![Sums::default(); intervals],
            at: 0,
            closed: 0,
            whole: Sums::default(),
            current: Sums::default(),
            end: i64::MAX,
        }
    }

    /// Whether there has been anything.
    #[inline]
    pub fn has_begun(&self) -> bool {
        self.end != i64::MAX
    }

    /// When the running interval ends; never before it has begun.
    #[inline]
    pub fn end(&self) -> i64 {
        self.end
    }

    /// Begins with the interval in which `ts` lies.
    pub fn begin(&mut self, ts: Timestamp) {
        self.end = self.interval.ceil(ts).0;
    }

    /// Ends the running interval and begins the next one. What the window sums up is stale until [`Windows::sum_up`].
    pub fn close(&mut self) {
        self.ring[self.at] = std::mem::take(&mut self.current);
        self.at = (self.at + 1) % self.ring.len();
        self.closed += 1;
        self.end = self.end.saturating_add(self.interval.nanos());
    }

    /// So many intervals go by in which nothing happens, and none before and after them for as long as the window is.
    pub fn skip(&mut self, intervals: u64) {
        self.at = ((self.at as u64 + intervals) % self.ring.len() as u64) as usize;
        self.closed += intervals;
        self.end = self.end.saturating_add(self.interval.nanos().saturating_mul(intervals as i64));
    }

    /// Sums the window up.
    pub fn sum_up(&mut self) {
        self.whole = Sums::default();
        // Oldest first, wherever the ring begins: the same bits after a restart as without it.
        let (newer, older) = self.ring.split_at(self.at);
        older.iter().chain(newer).for_each(|sums| self.whole.merge(sums));
    }

    /// The interval that ended last.
    pub fn newest(&self) -> &Sums {
        &self.ring[(self.at + self.ring.len() - 1) % self.ring.len()]
    }

    /// The whole intervals of the window.
    #[inline]
    pub fn whole(&self) -> &Sums {
        &self.whole
    }

    /// The whole intervals of the window and the running one; `None` before the window is full.
    pub fn total(&self) -> Option<Sums> {
        let mut total = self.whole;
        total.merge(&self.current);
        self.is_full().then_some(total)
    }

    /// Whether as many intervals have ended as the window has.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.closed >= self.ring.len() as u64
    }

    /// The time that [`Windows::total`] is of, in seconds.
    pub fn seconds(&self, now: i64) -> f64 {
        let interval = self.interval.nanos();
        let running = now.saturating_sub(self.end.saturating_sub(interval)).max(0);
        (self.ring.len() as f64) * seconds(interval) + seconds(running)
    }
}

/// Nanoseconds as seconds.
#[inline]
pub fn seconds(nanos: i64) -> f64 {
    nanos as f64 / NANOS_PER_SECOND as f64
}

#[cfg(test)]
mod tests {
    use super::super::sums::Sum;
    use super::*;

    #[test]
    fn a_window_of_two_seconds() {
        let mut windows = Windows::new(Frame::SECOND, 2);
        assert!(!windows.has_begun());
        windows.begin(Timestamp(3 * NANOS_PER_SECOND));
        assert_eq!(windows.end(), 3 * NANOS_PER_SECOND, "an interval has its end");
        for i in 1..=5 {
            windows.current.add(Sum::Buys, f64::from(i));
            assert_eq!(windows.total().is_some(), i > 2);
            windows.close();
            windows.sum_up();
            assert_eq!(windows.newest().trades(), f64::from(i));
        }
        windows.current.add(Sum::Sells, 10.0);
        assert_eq!(windows.total().map(|t| t.trades()), Some(4.0 + 5.0 + 10.0));
        assert_eq!(windows.seconds(7 * NANOS_PER_SECOND + 500_000_000), 2.5);
    }
}
