//! When events become known, later than they would: a function of the time that never decreases.

use manyworlds_components::time::Timestamp;

/// Events that would become known from `from` on and before `until` become known later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delay {
    pub from: Timestamp,
    pub until: Timestamp,
    /// By so many nanoseconds; `None`: all at `until`.
    pub by: Option<i64>,
}

impl Delay {
    /// When an event is learned. What comes after the end does not overtake what came before.
    pub(crate) fn learned(&self, t: Timestamp) -> Timestamp {
        match self.by {
            _ if t < self.from => t,
            None => t.max(self.until),
            Some(by) if t < self.until => t + by,
            Some(by) => t.max(self.until + by),
        }
    }

    /// The last time of which everything is learned by `t`.
    pub(crate) fn known_by(&self, t: Timestamp) -> Timestamp {
        let by = self.by.unwrap_or(0);
        match self.by {
            _ if t < self.from || t >= self.until + by => t,
            None => self.from + -1,
            Some(by) if t < self.from + by => self.from + -1,
            Some(by) => t + -by,
        }
    }
}
