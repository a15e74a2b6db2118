//! Volume by the time of day, learned from the days before.

use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Serialize};

/// Volume of a symbol by time of day (UTC): of whole days, weighted, and of the day that goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolumeByTime {
    /// Nanoseconds of a bucket.
    bucket: i64,
    /// Weight of a day on the day after.
    decay: f64,
    past: Vec<f64>,
    today: Vec<f64>,
    /// The day that goes on, in days since the epoch; `None` before the first bar.
    day: Option<i64>,
    /// Whether the day that goes on was seen from its beginning.
    whole: bool,
}

impl VolumeByTime {
    /// Nothing learned yet. `bucket` divides the day.
    pub fn new(bucket: Frame, half_life_days: f64) -> Self {
        let n = (Frame::DAY.nanos() / bucket.nanos()).max(1) as usize;
        Self {
            bucket: bucket.nanos(),
            decay: (-1.0 / half_life_days).exp2(),
            past: vec![0.0; n],
            today: vec![0.0; n],
            day: None,
            whole: false,
        }
    }

    /// Takes in the bars that are new in a step.
    pub fn take_in(&mut self, series: &BarSeries, step: u64) {
        let fresh = series.fresh(step);
        let (times, volumes) = (series.open_times(fresh), series.volumes(fresh));
        for (open, volume) in times.iter().zip(volumes) {
            self.add(Timestamp(*open), *volume);
        }
    }

    /// Adds what was traded in a bar. Bars come in order of time.
    pub fn add(&mut self, open: Timestamp, volume: f64) {
        let day = open.day();
        if self.day != Some(day) {
            if self.day.is_some() && self.whole {
                for (past, today) in self.past.iter_mut().zip(&self.today) {
                    *past = *past * self.decay + today;
                }
            }
            // The first day is whole if it was seen from its first bucket on.
            self.whole = self.day.is_some() || open.0.rem_euclid(Frame::DAY.nanos()) < self.bucket;
            self.today.fill(0.0);
            self.day = Some(day);
        }
        let at = (open.0.rem_euclid(Frame::DAY.nanos()) / self.bucket) as usize;
        if volume.is_finite() {
            self.today[at] += volume;
        }
    }

    /// What is expected between two times, from whole days alone: 0 as long as there was none.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> f64 {
        let mut sum = 0.0;
        let mut at = from.0;
        while at < to.0 {
            let bucket_end = at - at.rem_euclid(self.bucket) + self.bucket;
            let end = bucket_end.min(to.0);
            let bucket = (at.rem_euclid(Frame::DAY.nanos()) / self.bucket) as usize;
            sum += self.past[bucket] * ((end - at) as f64 / self.bucket as f64);
            at = end;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_are_learned_and_newer_ones_count_more() {
        let hour = Frame::from_nanos(Frame::MINUTE.nanos() * 60).unwrap();
        let mut profile = VolumeByTime::new(hour, 1.0);
        let at = |day: i64, hour: i64| Timestamp((day * 24 + hour) * 60 * Frame::MINUTE.nanos());
        let expected = |profile: &VolumeByTime, hour| profile.between(at(9, hour), at(9, hour + 1));
        // Half a day is not a day.
        (12..24).for_each(|h| profile.add(at(0, h), 100.0));
        for h in 0..24 {
            profile.add(at(1, h), h as f64);
            assert_eq!(expected(&profile, 13), 0.0);
        }
        (0..24).for_each(|h| profile.add(at(2, h), 10.0));
        assert_eq!(
            (expected(&profile, 3), expected(&profile, 23)),
            (3.0, 23.0),
            "the day that goes on does not count"
        );
        profile.add(at(3, 0), 1.0);
        assert_eq!((expected(&profile, 3), expected(&profile, 23)), (11.5, 21.5));
        // Parts of buckets, over midnight.
        let half = 30 * Frame::MINUTE.nanos();
        let over = profile.between(at(9, 23) + half, at(10, 0) + half);
        assert_eq!(over, 0.5 * 21.5 + 0.5 * 10.0);
    }
}
