//! The sampling rule of the return histogram and the rolling Sharpe ratio.

use super::super::{
    calendar::{civil_time, close_date},
    envelope::Point,
    model::AccountCurves,
};

/// Fewest returns for which a longer period is preferred over a shorter one.
const ENOUGH: usize = 30;

/// Which closes the returns of an account are taken from.
#[derive(Clone, Debug)]
pub(super) struct Sampling {
    /// `daily`, `hourly` or `minute`.
    pub(super) name: &'static str,
    /// Closes in time order, after the first equity.
    pub(super) closes: Vec<Point>,
    /// Periods a year, the `N` of annualization.
    pub(super) per_year: f64,
    /// Rolling windows, longest first.
    pub(super) windows: &'static [usize],
}

/// Daily closes if they give at least 30 returns, else hourly, else minute closes; the finest that there is when
/// none gives so many. 365 days a year where there are closes on weekends (or, in less than a week, around
/// the clock), else 252 days of 6.5 hours.
pub(super) fn sampling(curves: &AccountCurves) -> Option<Sampling> {
    let always_open = always_open(curves);
    let year = |open: f64, session: f64| if always_open { open } else { session };
    let choices = [
        ("daily", &curves.days, year(365.0, 252.0), [126, 60, 30, 10].as_slice()),
        ("hourly", &curves.hours, year(365.0 * 24.0, 252.0 * 6.5), [168, 72, 24, 10].as_slice()),
        ("minute", &curves.minutes, year(365.0 * 1440.0, 252.0 * 390.0), [1440, 240, 60, 20].as_slice()),
    ];
    let choices = choices.map(|(name, closes, per_year, windows)| Sampling {
        name,
        closes: curves.with_base(closes),
        per_year,
        windows,
    });
    let enough = choices.iter().find(|s| s.closes.len() > ENOUGH);
    let longest = || choices.iter().max_by_key(|s| s.closes.len()).filter(|s| s.closes.len() > 1);
    enough.or_else(longest).cloned()
}

fn always_open(curves: &AccountCurves) -> bool {
    let days = curves.days.points();
    if days.iter().any(|p| matches!(close_date(p.0).weekday().to_monday_zero_offset(), 5 | 6)) {
        return true;
    }
    let mut hours = [false; 24];
    for point in curves.hours.points() {
        hours[usize::try_from(civil_time(point.0).hour()).unwrap_or(0) % 24] = true;
    }
    days.len() < 7 && hours.iter().filter(|h| **h).count() >= 20
}
