//! Simulated time and the decision times that cut it into steps.

use bevy_ecs::resource::Resource;
use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Serialize};

/// Which times are decision times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockMode {
    /// Every close of this frame at or before which something happened.
    Bar(Frame),
    /// Every multiple of this interval, whether something happened or not.
    Every(Frame),
    /// Every market event, one by one.
    Event,
}

impl ClockMode {
    /// The next decision time, given the time of the next market event.
    #[inline(always)]
    pub(crate) fn next(self, now: Timestamp, next_event: Timestamp) -> Timestamp {
        match self {
            // Decision times are borders of the frame: mostly it is the next one, and that without a division.
            Self::Bar(frame)
                if now > Timestamp::MIN && now < next_event && next_event - now <= frame.nanos() =>
            {
                now + frame.nanos()
            }
            Self::Bar(frame) => frame.ceil(next_event),
            Self::Every(interval) if now == Timestamp::MIN => interval.ceil(next_event),
            Self::Every(interval) => interval.floor(now) + interval.nanos(),
            Self::Event => next_event,
        }
    }
}

/// Where a run stands in time.
#[derive(Debug, Clone, PartialEq, Eq, Resource, Serialize, Deserialize)]
pub struct Clock {
    /// The decision time of the current step; `Timestamp::MIN` before the first.
    pub now: Timestamp,
    /// The decision time of the step before.
    pub previous: Timestamp,
    /// Number of steps so far; the first is 1.
    pub step: u64,
    /// The decision time of the next step; `None` when the feeds are exhausted.
    pub next: Option<Timestamp>,
    /// Market events so far.
    pub events: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { now: Timestamp::MIN, previous: Timestamp::MIN, step: 0, next: None, events: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decision_times() {
        let t = Timestamp::from_seconds;
        let bar = ClockMode::Bar(Frame::MINUTE);
        assert_eq!(bar.next(t(60), t(120)), t(120));
        assert_eq!(bar.next(t(60), t(601)), t(660), "empty frames are skipped");
        let every = ClockMode::Every(Frame::MINUTE);
        assert_eq!(every.next(Timestamp::MIN, t(601)), t(660));
        assert_eq!(every.next(t(660), t(6_000)), t(720), "empty intervals are not skipped");
        assert_eq!(ClockMode::Event.next(t(1), t(7)), t(7));
    }
}
