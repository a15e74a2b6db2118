//! Ticks on calendar boundaries in UTC.

use jiff::{Span, civil};

use super::super::calendar::{DAY_NS, HOUR_NS, MINUTE_NS, civil_time, to_ns};

/// A tick of the time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimeTick {
    pub(super) ts: i64,
    pub(super) label: String,
    /// The year or the date, on the first tick and wherever it changes.
    pub(super) context: Option<String>,
}

const SECOND_NS: i64 = 1_000_000_000;

/// Fixed steps in ns, shortest first.
const FIXED: [i64; 22] = [
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    SECOND_NS,
    5 * SECOND_NS,
    15 * SECOND_NS,
    30 * SECOND_NS,
    MINUTE_NS,
    5 * MINUTE_NS,
    15 * MINUTE_NS,
    30 * MINUTE_NS,
    HOUR_NS,
    3 * HOUR_NS,
    6 * HOUR_NS,
    12 * HOUR_NS,
    DAY_NS,
    2 * DAY_NS,
    7 * DAY_NS,
    14 * DAY_NS,
];

/// Months in a step.
const MONTHS: [i64; 9] = [1, 3, 6, 12, 24, 60, 120, 240, 600];

/// At most about `most` ticks in `from..=to` (both ns).
pub(super) fn ticks(from: i64, to: i64, most: usize) -> Vec<TimeTick> {
    let span = to.saturating_sub(from).max(0);
    let most = most.max(2) as i64;
    match FIXED.into_iter().find(|step| span / step <= most) {
        Some(step) => fixed_ticks(from, to, step),
        None => {
            let month = 30 * DAY_NS;
            let months = MONTHS.into_iter().find(|m| span / (month * m) <= most).unwrap_or(600);
            month_ticks(from, to, months)
        }
    }
}

fn fixed_ticks(from: i64, to: i64, step: i64) -> Vec<TimeTick> {
    // Weeks begin on Mondays: 1970-01-05 was one.
    let phase = if step % (7 * DAY_NS) == 0 { 4 * DAY_NS } else { 0 };
    let mut out: Vec<TimeTick> = Vec::new();
    let mut ts = (from.saturating_sub(phase)).div_euclid(step).saturating_mul(step).saturating_add(phase);
    let mut context = String::new();
    while ts <= to && out.len() < 64 {
        if ts >= from {
            let t = civil_time(ts);
            let (label, now) = if step >= DAY_NS {
                (t.strftime("%b %d").to_string(), t.strftime("%Y").to_string())
            } else {
                let form = match step {
                    s if s >= MINUTE_NS => "%H:%M",
                    s if s >= SECOND_NS => "%H:%M:%S",
                    _ => "%M:%S%.f",
                };
                (t.strftime(form).to_string(), t.strftime("%Y-%m-%d").to_string())
            };
            let changed = now != context;
            out.push(TimeTick { ts, label, context: changed.then(|| now.clone()) });
            context = now;
        }
        let Some(next) = ts.checked_add(step) else { break };
        ts = next;
    }
    out
}

fn month_ticks(from: i64, to: i64, months: i64) -> Vec<TimeTick> {
    let start = civil_time(from);
    let total = i64::from(start.year()) * 12 + i64::from(start.month()) - 1;
    let mut month = total.div_euclid(months) * months;
    let mut out: Vec<TimeTick> = Vec::new();
    let mut context = String::new();
    loop {
        let Ok(offset) = Span::new().try_months(month - 1970 * 12) else { break };
        let Ok(date) = civil::date(1970, 1, 1).checked_add(offset) else { break };
        let Some(ts) = to_ns(date.at(0, 0, 0, 0)) else { break };
        if ts > to || out.len() >= 64 {
            break;
        }
        if ts >= from {
            if months >= 12 {
                out.push(TimeTick { ts, label: date.year().to_string(), context: None });
            } else {
                let now = date.year().to_string();
                let changed = now != context;
                out.push(TimeTick {
                    ts,
                    label: date.strftime("%b").to_string(),
                    context: changed.then(|| now.clone()),
                });
                context = now;
            }
        }
        month += months;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(year: i16, month: i8, day: i8) -> i64 {
        to_ns(civil::date(year, month, day).at(0, 0, 0, 0)).unwrap()
    }

    fn labels(from: i64, to: i64, most: usize) -> Vec<String> {
        ticks(from, to, most).into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn a_quarter_is_ticked_by_weeks_from_mondays() {
        let found = ticks(ns(2023, 1, 1), ns(2023, 4, 1), 8);
        assert_eq!(found[0].label, "Jan 09");
        assert_eq!(found[0].context.as_deref(), Some("2023"));
        assert_eq!(found[1].label, "Jan 23");
        assert!(found[1..].iter().all(|t| t.context.is_none()));
    }

    #[test]
    fn years_and_hours() {
        assert_eq!(labels(ns(2013, 2, 8), ns(2018, 2, 7), 8), ["2014", "2015", "2016", "2017", "2018"]);
        assert_eq!(labels(ns(2023, 1, 1), ns(2023, 1, 2), 4), ["00:00", "06:00", "12:00", "18:00", "00:00"]);
        assert_eq!(labels(ns(2023, 1, 1), ns(2023, 8, 2), 8).first().unwrap(), "Jan");
    }

    #[test]
    fn any_span_has_a_bounded_number_of_ticks() {
        for span in [0, 1, 1_000, SECOND_NS, DAY_NS, 400 * DAY_NS, 40_000 * DAY_NS] {
            let count = ticks(ns(2000, 1, 1), ns(2000, 1, 1) + span, 8).len();
            assert!((1..=10).contains(&count), "{count} ticks over {span} ns");
        }
        assert!(ticks(i64::MIN, i64::MAX, 8).len() <= 64);
    }
}
