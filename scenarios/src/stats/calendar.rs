//! Returns per calendar month and year, UTC.

use manyworlds_components::time::civil_from_days;
use serde::Serialize;

use super::finite;
use super::sampling::closing_day;

/// The return of one calendar month or year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PeriodReturn {
    /// Calendar year, UTC.
    pub year: i64,
    /// Month 1..=12; `None` for a whole year.
    pub month: Option<u32>,
    /// Last equity of the period over the last one before it, less 1; the first period starts from the first equity. `None`
    /// where that base is not positive.
    pub return_: Option<f64>,
}

/// Returns per calendar month in time order. A midnight stamp closes the month that ends there. Months without a
/// point are absent, and the next one then covers them. `ts_ns` ascends (ns UTC); missing equity is skipped.
pub fn monthly_returns(ts_ns: &[i64], equity: &[f64]) -> Vec<PeriodReturn> {
    by_period(ts_ns, equity, |year, month| (year, Some(month)))
}

/// Returns per calendar year; as [`monthly_returns`].
pub fn yearly_returns(ts_ns: &[i64], equity: &[f64]) -> Vec<PeriodReturn> {
    by_period(ts_ns, equity, |year, _| (year, None))
}

fn by_period(ts_ns: &[i64], equity: &[f64], key: fn(i64, u32) -> (i64, Option<u32>)) -> Vec<PeriodReturn> {
    debug_assert_eq!(ts_ns.len(), equity.len(), "one time per equity");
    let mut closes: Vec<((i64, Option<u32>), f64)> = Vec::new();
    let mut first = None;
    // Dates are worked out once a day, not once a point.
    let mut today = None;
    for (&ts, &value) in ts_ns.iter().zip(equity).filter(|(_, v)| v.is_finite()) {
        first.get_or_insert(value);
        let day = closing_day(ts);
        match closes.last_mut() {
            Some((_, close)) if today == Some(day) => *close = value,
            last => {
                today = Some(day);
                let (year, month, _) = civil_from_days(day);
                let period = key(year, month);
                match last {
                    Some((at, close)) if *at == period => *close = value,
                    _ => closes.push((period, value)),
                }
            }
        }
    }
    let mut base = first.unwrap_or(f64::NAN);
    let row = |((year, month), close): ((i64, Option<u32>), f64)| {
        let return_ = if base > 0.0 { finite(close / base - 1.0) } else { None };
        base = close;
        PeriodReturn { year, month, return_ }
    };
    closes.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use manyworlds_components::time::NANOS_PER_DAY;

    use super::*;

    /// Days from the epoch to 2023-01-01.
    const NEW_YEAR: i64 = 19_358;

    #[test]
    fn months_and_years() {
        // The first point is at noon on 2022-12-31; then midnights that close December, January, February.
        let days = [0, 31, 59];
        let mut ts = vec![NEW_YEAR * NANOS_PER_DAY - NANOS_PER_DAY / 2];
        ts.extend(days.map(|d| (NEW_YEAR + d) * NANOS_PER_DAY));
        let equity = [100.0, 110.0, 99.0, 198.0];
        let months = monthly_returns(&ts, &equity);
        let near = |row: &PeriodReturn, year, month, value: f64| {
            assert_eq!((row.year, row.month), (year, month));
            assert!((row.return_.unwrap() - value).abs() < 1e-12, "{row:?}");
        };
        assert_eq!(months.len(), 3);
        near(&months[0], 2022, Some(12), 0.1);
        near(&months[1], 2023, Some(1), -0.1);
        near(&months[2], 2023, Some(2), 1.0);
        let years = yearly_returns(&ts, &equity);
        assert_eq!(years.len(), 2);
        near(&years[0], 2022, None, 0.1);
        near(&years[1], 2023, None, 0.8);
    }

    #[test]
    fn edges() {
        assert!(monthly_returns(&[], &[]).is_empty());
        assert!(monthly_returns(&[1], &[f64::NAN]).is_empty());
        assert_eq!(monthly_returns(&[1], &[5.0])[0].return_, Some(0.0));
        assert_eq!(monthly_returns(&[1], &[0.0])[0].return_, None);
    }
}
