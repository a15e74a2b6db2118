//! Calendar periods in UTC, and the period closes that returns are computed from.
//!
//! A sample stamped `ts` is the close of what ended at `ts`: equity at midnight belongs to the day before.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use super::envelope::Point;

/// One day in ns.
pub(super) const DAY_NS: i64 = 86_400_000_000_000;
/// One hour in ns.
pub(super) const HOUR_NS: i64 = 3_600_000_000_000;
/// One minute in ns.
pub(super) const MINUTE_NS: i64 = 60_000_000_000;

/// The civil time in UTC of a time in ns.
pub(super) fn civil_time(ts: i64) -> civil::DateTime {
    TimeZone::UTC.to_datetime(Timestamp::from_nanosecond(i128::from(ts)).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// The time in ns of a civil time in UTC, if it fits.
pub(super) fn to_ns(time: civil::DateTime) -> Option<i64> {
    let since: SignedDuration = time.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0));
    i64::try_from(since.as_nanos()).ok()
}

/// The civil date that a close stamped `ts` belongs to.
pub(super) fn close_date(ts: i64) -> civil::Date {
    civil_time(ts.saturating_sub(1)).date()
}

/// The closes of fixed periods (minute, hour, day): the last sample of each. It gives up, and forgets, when
/// it would hold more than its limit, so that a fine period costs nothing on a long run.
#[derive(Clone, Debug)]
pub(super) struct Closes {
    period_ns: i64,
    limit: usize,
    overflowed: bool,
    closes: Vec<Point>,
}

impl Closes {
    pub(super) fn new(period_ns: i64, limit: usize) -> Self {
        Self { period_ns, limit, overflowed: false, closes: Vec::new() }
    }

    pub(super) fn push(&mut self, ts: i64, value: f64) {
        if self.overflowed || !value.is_finite() {
            return;
        }
        let period = |ts: i64| ts.saturating_sub(1).div_euclid(self.period_ns);
        match self.closes.last_mut() {
            Some(last) if period(last.0) == period(ts) => *last = (ts, value),
            _ => self.closes.push((ts, value)),
        }
        if self.closes.len() > self.limit {
            self.overflowed = true;
            self.closes = Vec::new();
        }
    }

    /// The closes in time order; empty when there were more than the limit.
    pub(super) fn points(&self) -> &[Point] {
        &self.closes
    }
}

/// Simple returns between neighboring closes, stamped with the later one. A close that is not positive has
/// no return after it.
pub(super) fn returns(closes: &[Point]) -> Vec<Point> {
    closes.windows(2).filter(|w| w[0].1 > 0.0).map(|w| (w[1].0, w[1].1 / w[0].1 - 1.0)).collect()
}

/// The return of one calendar period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PeriodReturn {
    pub(super) year: i16,
    /// 1..=12; 0 for a whole year.
    pub(super) month: i8,
    pub(super) value: f64,
    /// The data begin or end inside of the period.
    pub(super) partial: bool,
}

/// Monthly (`by_month`) or yearly returns from daily closes; the first sample is the base of the first.
pub(super) fn period_returns(daily: &[Point], by_month: bool) -> Vec<PeriodReturn> {
    let (Some(first), Some(last)) = (daily.first(), daily.last()) else { return Vec::new() };
    let key = |ts: i64| {
        let date = close_date(ts);
        (date.year(), if by_month { date.month() } else { 0 })
    };
    let mut ends: Vec<((i16, i8), Point)> = Vec::new();
    for &point in &daily[1..] {
        match ends.last_mut() {
            Some(end) if end.0 == key(point.0) => end.1 = point,
            _ => ends.push((key(point.0), point)),
        }
    }
    let last_date = close_date(last.0);
    let last_is_whole = {
        let next = last_date.tomorrow().unwrap_or(last_date);
        next.month() != last_date.month() && (by_month || next.year() != last_date.year())
    };
    let mut base = first.1;
    let count = ends.len();
    let mut out = Vec::with_capacity(count);
    for (i, ((year, month), end)) in ends.into_iter().enumerate() {
        if base > 0.0 {
            let start = close_date(first.0);
            let at_start = start.day() == 1 && (by_month || start.month() == 1);
            let begins_inside = i == 0 && key(first.0) == (year, month) && !at_start;
            let partial = begins_inside || (i + 1 == count && !last_is_whole);
            out.push(PeriodReturn { year, month, value: end.1 / base - 1.0, partial });
        }
        base = end.1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(year: i16, month: i8, day: i8) -> i64 {
        to_ns(civil::date(year, month, day).at(0, 0, 0, 0)).unwrap()
    }

    #[test]
    fn a_midnight_close_belongs_to_the_day_before() {
        assert_eq!(close_date(ns(2023, 2, 1)), civil::date(2023, 1, 31));
        assert_eq!(close_date(ns(2023, 2, 1) + 1), civil::date(2023, 2, 1));
        let mut daily = Closes::new(DAY_NS, 10);
        daily.push(ns(2023, 1, 31) + HOUR_NS, 1.0);
        daily.push(ns(2023, 2, 1), 2.0);
        daily.push(ns(2023, 2, 1) + 1, 3.0);
        assert_eq!(daily.points(), &[(ns(2023, 2, 1), 2.0), (ns(2023, 2, 1) + 1, 3.0)]);
    }

    #[test]
    fn closes_past_the_limit_are_forgotten() {
        let mut closes = Closes::new(MINUTE_NS, 2);
        (1..=3).for_each(|i| closes.push(i * MINUTE_NS, 1.0));
        assert!(closes.points().is_empty());
    }

    #[test]
    fn monthly_returns_chain_to_the_total() {
        // 100 at the start of January, 110 at its end, 99 at the end of February, 120 in mid-March.
        let daily = [
            (ns(2023, 1, 1), 100.0),
            (ns(2023, 1, 15), 104.0),
            (ns(2023, 2, 1), 110.0),
            (ns(2023, 3, 1), 99.0),
            (ns(2023, 3, 15), 120.0),
        ];
        let months = period_returns(&daily, true);
        assert_eq!(
            months.iter().map(|m| (m.month, m.partial)).collect::<Vec<_>>(),
            [(1, false), (2, false), (3, true)]
        );
        assert!((months[0].value - 0.10).abs() < 1e-12);
        assert!((months[1].value + 0.10).abs() < 1e-12);
        let total = months.iter().fold(1.0, |w, m| w * (1.0 + m.value));
        assert!((total - 1.2).abs() < 1e-12);
        let years = period_returns(&daily, false);
        assert_eq!(years.len(), 1);
        assert!(years[0].partial && (years[0].value - 0.2).abs() < 1e-12);
    }

    #[test]
    fn no_return_follows_a_lost_account() {
        assert_eq!(returns(&[(1, 1.0), (2, 0.0), (3, 5.0)]), vec![(2, -1.0)]);
        assert!(period_returns(&[(1, 1.0)], true).is_empty());
    }
}
