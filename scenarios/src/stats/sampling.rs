//! Daily closes of an equity series, and how many of them make a year.

use manyworlds_components::time::NANOS_PER_DAY;

use super::conventions::Sampling;

/// The UTC day (days since the epoch) that a stamp of equity belongs to: `(00:00, 24:00]`.
///
/// Equity is stamped when a bar closes, so a stamp at midnight is the close of the day that ends there.
pub fn closing_day(ts_ns: i64) -> i64 {
    ts_ns.saturating_sub(1).div_euclid(NANOS_PER_DAY)
}

/// The last equity of each UTC day with its time (ns UTC). A day is `(00:00, 24:00]`: a stamp at midnight closes the day
/// that ends there. Days without a point are absent; points that are not finite are skipped. `ts_ns` ascends.
pub fn daily_closes(ts_ns: &[i64], equity: &[f64]) -> (Vec<i64>, Vec<f64>) {
    debug_assert_eq!(ts_ns.len(), equity.len(), "one time per equity");
    let (mut times, mut closes): (Vec<i64>, Vec<f64>) = Default::default();
    for (&ts, &value) in ts_ns.iter().zip(equity).filter(|(_, value)| value.is_finite()) {
        match (times.last_mut(), closes.last_mut()) {
            (Some(time), Some(close)) if closing_day(*time) == closing_day(ts) => {
                (*time, *close) = (ts, value)
            }
            _ => {
                times.push(ts);
                closes.push(value);
            }
        }
    }
    (times, closes)
}

/// The points that returns are taken between under a sampling rule.
///
/// For daily closes the first finite point goes in front where its day has a later one: the first day then has a
/// return as well, and the returns compound to exactly the total return of the series.
pub fn sampled_equity(ts_ns: &[i64], equity: &[f64], sampling: Sampling) -> (Vec<i64>, Vec<f64>) {
    if sampling == Sampling::EveryPoint {
        return (ts_ns.to_vec(), equity.to_vec());
    }
    let (mut times, mut closes) = daily_closes(ts_ns, equity);
    if let Some((&ts, &value)) = ts_ns.iter().zip(equity).find(|(_, value)| value.is_finite())
        && times.first() != Some(&ts)
    {
        times.insert(0, ts);
        closes.insert(0, value);
    }
    (times, closes)
}

/// How many daily closes make a year, from the times (ns UTC, ascending) of a series of any frequency.
///
/// 365 for a market that trades on weekends, 252 for one that rests. It trades on weekends where both Saturdays and
/// Sundays occur: Friday's bar stamped at midnight, or a market that opens on Sunday evening, touches only one of them.
/// A span too short to hold a weekend counts as 252. Points more than three days apart (by the median) are not daily:
/// then 365.25 days over that distance, e.g. 52.18 for weekly ones.
pub fn infer_periods_per_year(ts_ns: &[i64]) -> f64 {
    let mut days: Vec<i64> = ts_ns.iter().map(|&ts| closing_day(ts)).collect();
    days.dedup();
    let mut gaps: Vec<i64> = days.windows(2).map(|w| w[1] - w[0]).collect();
    if !gaps.is_empty() {
        let middle = gaps.len() / 2;
        let median = *gaps.select_nth_unstable(middle).1;
        if median > 3 {
            return 365.25 / median as f64;
        }
    }
    // The epoch was a Thursday: day 2 was a Saturday, day 3 a Sunday.
    let occurs = |weekday: i64| days.iter().any(|day| day.rem_euclid(7) == weekday);
    if occurs(2) && occurs(3) { 365.0 } else { 252.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = NANOS_PER_DAY / 24;

    #[test]
    fn a_day_ends_with_its_midnight() {
        // Hourly closes 01:00, 02:00, .., 48:00, and one more.
        let ts: Vec<i64> = (1..=49).map(|h| h * HOUR).collect();
        let equity: Vec<f64> = (1..=49).map(f64::from).collect();
        let (times, closes) = daily_closes(&ts, &equity);
        assert_eq!(closes, [24.0, 48.0, 49.0]);
        assert_eq!(times, [24 * HOUR, 48 * HOUR, 49 * HOUR]);
    }

    #[test]
    fn the_first_day_has_a_return_too() {
        let ts: Vec<i64> = (1..=48).map(|h| h * HOUR).collect();
        let equity: Vec<f64> = (1..=48).map(f64::from).collect();
        assert_eq!(sampled_equity(&ts, &equity, Sampling::DailyClosesUtc).1, [1.0, 24.0, 48.0]);
        assert_eq!(sampled_equity(&ts, &equity, Sampling::EveryPoint).1, equity);
        let daily = [(NANOS_PER_DAY, 1.0), (2 * NANOS_PER_DAY, 2.0)];
        let (ts, equity): (Vec<i64>, Vec<f64>) = daily.into_iter().unzip();
        assert_eq!(sampled_equity(&ts, &equity, Sampling::DailyClosesUtc).1, [1.0, 2.0]);
        assert_eq!(sampled_equity(&[], &[], Sampling::DailyClosesUtc).1, [] as [f64; 0]);
    }

    #[test]
    fn weekends_tell_the_year() {
        let at = |days: &dyn Fn(i64) -> bool, offset: i64| -> Vec<i64> {
            (0..60_i64).filter(|d| days(d.rem_euclid(7))).map(|d| d * NANOS_PER_DAY + offset).collect()
        };
        assert_eq!(infer_periods_per_year(&at(&|_| true, HOUR)), 365.0);
        let weekday = |d: i64| d != 2 && d != 3;
        // Stamped at noon, at the midnight that opens the day, and at the one that closes it.
        for offset in [12 * HOUR, 0, NANOS_PER_DAY] {
            assert_eq!(infer_periods_per_year(&at(&weekday, offset)), 252.0, "{offset}");
        }
        assert_eq!(infer_periods_per_year(&at(&|d| d != 2, 23 * HOUR)), 252.0, "opens on Sunday evening");
        assert!((infer_periods_per_year(&at(&|d| d == 1, HOUR)) - 365.25 / 7.0).abs() < 1e-12);
        assert_eq!(infer_periods_per_year(&[]), 252.0);
    }

    #[test]
    fn missing_points_close_no_day() {
        assert_eq!(daily_closes(&[HOUR, 2 * HOUR, 30 * HOUR], &[1.0, f64::NAN, f64::NAN]).1, [1.0]);
    }
}
