//! The returns of all branches at the same times, in blocks of columns that are worked through together.

use std::collections::{BTreeMap, HashSet};

use manyworlds_components::time::{Frame, NANOS_PER_DAY, Timestamp};
use xxhash_rust::xxh3::Xxh3;

use crate::plan::{BranchResult, Series};
use crate::stats::{
    Conventions, Sampling, closing_day, infer_periods_per_year, returns_from_equity, time_weighted,
};

/// Columns of one block: as many as keep all sums of a resample in registers.
pub(super) const LANES: usize = 4;

/// Most returns of a branch that are resampled.
const MOST_PERIODS: usize = 2_048;

/// Most returns of all branches together: 128 MiB.
const MOST_CELLS: usize = 1 << 24;

/// Capital that came in and went out of the first accounts of branches, by branch; those without any need not be there.
pub(super) type Flows = BTreeMap<usize, Vec<(Timestamp, f64)>>;

/// Returns of branches (columns) over the same periods.
#[derive(Debug, Clone, Default)]
pub(super) struct Panel {
    /// Branch ids of the columns, rising.
    pub ids: Vec<usize>,
    /// Column of the baseline.
    pub baseline: Option<usize>,
    /// Times between which returns are taken: one more than there are periods.
    pub ts: Vec<i64>,
    /// Recorded periods that one return spans.
    pub thinned: usize,
    pub conventions: Conventions,
    flows: Flows,
    /// `[block][period][lane]`, zeros beyond the last column.
    returns: Vec<[f64; LANES]>,
}

impl Panel {
    /// Of the first accounts of branches that ran to their end, in the order of ids. Times are those of the baseline (or the
    /// first branch); others are read at them, and left out where they do not cover them.
    pub fn of(results: &[&BranchResult], flows: Flows, baseline: usize, sample: Frame) -> Self {
        let series = |r: &BranchResult| r.series.first().is_some_and(|s| s.ts.len() > 1);
        let usable: Vec<&BranchResult> = results.iter().copied().filter(|r| series(r)).collect();
        let Some(lead) = usable.iter().find(|r| r.id == baseline).or(usable.first()) else {
            return Self::default();
        };
        let recorded = &lead.series[0].ts;
        let most = MOST_PERIODS.min(MOST_CELLS / usable.len()).max(2);
        let thinned = (recorded.len() - 1).div_ceil(most);
        let ts = thin(recorded, thinned);
        let columns: Vec<&BranchResult> =
            usable.iter().copied().filter(|r| covers(&r.series[0], &ts)).collect();
        let ids: Vec<usize> = columns.iter().map(|r| r.id).collect();
        let mut panel = Self {
            baseline: ids.iter().position(|id| *id == baseline),
            conventions: conventions(&ts, sample, thinned),
            returns: vec![[0.0; LANES]; ids.len().div_ceil(LANES) * (ts.len() - 1)],
            ids,
            ts,
            thinned,
            flows,
        };
        for (column, result) in columns.iter().enumerate() {
            panel.fill(column, &panel.returns_at(result, &panel.ts));
        }
        panel
    }

    /// The returns of a branch: its column, or, where it does not cover the times of the others, those of its own times, of as
    /// many recorded periods each. `None` without any.
    pub fn returns_of(&self, result: &BranchResult) -> Option<Vec<f64>> {
        if let Ok(column) = self.ids.binary_search(&result.id) {
            return Some(self.column(column).collect());
        }
        let series = result.series.first().filter(|s| s.ts.len() > 1)?;
        Some(self.returns_at(result, &thin(&series.ts, self.thinned.max(1))))
    }

    /// Of columns of returns, the first being the baseline, at daily times.
    #[cfg(test)]
    pub fn of_columns(columns: &[Vec<f64>]) -> Self {
        let periods = columns[0].len();
        let mut panel = Self {
            ids: (0..columns.len()).collect(),
            baseline: Some(0),
            ts: (0..=periods as i64).map(|d| d * NANOS_PER_DAY).collect(),
            thinned: 1,
            conventions: Conventions::daily(365.0),
            flows: Flows::new(),
            returns: vec![[0.0; LANES]; columns.len().div_ceil(LANES) * periods],
        };
        columns.iter().enumerate().for_each(|(at, returns)| panel.fill(at, returns));
        panel
    }

    /// Time-weighted returns between these times. More than everything cannot be lost twice; a missing return leaves equity as it is.
    fn returns_at(&self, result: &BranchResult, ts: &[i64]) -> Vec<f64> {
        let (series, flows) = (&result.series[0], self.flows.get(&result.id).map_or(&[][..], Vec::as_slice));
        let grown = time_weighted(&series.ts, &series.equity, flows);
        let mut returns = returns_from_equity(&read(&series.ts, &grown, ts));
        returns.iter_mut().for_each(|r| *r = if r.is_finite() { r.max(-1.0) } else { 0.0 });
        returns
    }

    fn fill(&mut self, column: usize, returns: &[f64]) {
        let periods = self.periods();
        let rows = &mut self.returns[column / LANES * periods..][..periods];
        for (row, value) in rows.iter_mut().zip(returns) {
            row[column % LANES] = *value;
        }
    }

    pub fn periods(&self) -> usize {
        self.ts.len().saturating_sub(1)
    }

    pub fn columns(&self) -> usize {
        self.ids.len()
    }

    pub fn blocks(&self) -> usize {
        self.columns().div_ceil(LANES)
    }

    /// The rows of a block of columns.
    pub fn block(&self, block: usize) -> &[[f64; LANES]] {
        let periods = self.periods();
        &self.returns[block * periods..][..periods]
    }

    /// A column's returns.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        self.block(column / LANES).iter().map(move |row| row[column % LANES])
    }

    /// Columns that are not the same as one before them.
    pub fn distinct(&self) -> Vec<usize> {
        let mut known = HashSet::new();
        let fresh = |column: &usize| {
            let mut hasher = Xxh3::new();
            self.column(*column).for_each(|r| hasher.update(&r.to_le_bytes()));
            known.insert(hasher.digest128())
        };
        (0..self.columns()).filter(fresh).collect()
    }
}

/// Whether a series reaches from the first of these times to the last, give or take one period.
fn covers(series: &Series, ts: &[i64]) -> bool {
    let (Some(first), Some(last)) = (series.ts.first(), series.ts.last()) else { return false };
    let period = ts[1] - ts[0];
    *first <= ts[0].saturating_add(period) && *last >= ts[ts.len() - 1].saturating_sub(period)
}

/// Every so many of these times, counted from the end, which every branch has come to.
fn thin(ts: &[i64], thinned: usize) -> Vec<i64> {
    let mut kept: Vec<i64> = ts.iter().rev().step_by(thinned).copied().collect();
    kept.reverse();
    kept
}

/// Equity at these times: the last known, before the first the first.
fn read(recorded: &[i64], equity: &[f64], ts: &[i64]) -> Vec<f64> {
    if recorded == ts {
        return equity.to_vec();
    }
    let mut at = 0;
    let last = |t: &i64| {
        while recorded.get(at + 1).is_some_and(|next| next <= t) {
            at += 1;
        }
        equity[at]
    };
    ts.iter().map(last).collect()
}

/// Daily closes are annualized as in a run's summary, and what is coarser by the calendar. What is finer: a market that never
/// rested for an hour is one round the clock, with as many returns in each of 365 days as it had in the time that was seen. Of
/// one that rests, a year has 252 (365) days of as many returns as whole days have. The first and the last, of returns as of days,
/// may be cut short.
fn conventions(ts: &[i64], sample: Frame, thinned: usize) -> Conventions {
    let daily = Conventions::daily(infer_periods_per_year(ts));
    if sample == Frame::DAY && thinned == 1 {
        return daily;
    }
    let periods = (ts.len() - 1) as f64;
    let days_seen = (ts[ts.len() - 1] - ts[0]) as f64 / NANOS_PER_DAY as f64;
    let mut by_day: Vec<(i64, f64)> = Vec::new();
    for day in ts[1..].iter().map(|t| closing_day(*t)) {
        match by_day.last_mut() {
            Some((last, returns)) if *last == day => *returns += 1.0,
            _ => by_day.push((day, 1.0)),
        }
    }
    let intraday = (by_day.len() as f64) < periods;
    let nominal = sample.nanos().saturating_mul(thinned as i64);
    let rested = |w: &[i64]| w[1] - w[0] >= nominal.saturating_add(Frame::HOUR.nanos());
    let periods_per_year = if !intraday {
        365.25 * periods / days_seen
    } else if !ts.windows(2).any(rested) {
        let whole = if ts.len() > 3 { &ts[1..ts.len() - 1] } else { ts };
        365.0 * NANOS_PER_DAY as f64 * (whole.len() - 1) as f64 / (whole[whole.len() - 1] - whole[0]) as f64
    } else {
        let whole = if by_day.len() > 2 { &by_day[1..by_day.len() - 1] } else { &by_day[..] };
        daily.periods_per_year * whole.iter().map(|(_, returns)| returns).sum::<f64>() / whole.len() as f64
    };
    Conventions { sampling: Sampling::EveryPoint, periods_per_year, ..daily }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::BranchStatus;

    const DAY: i64 = NANOS_PER_DAY;

    fn result(id: usize, ts: Vec<i64>, equity: Vec<f64>) -> BranchResult {
        let series = vec![Series { ts, equity }];
        BranchResult { id, status: BranchStatus::Complete, digest: None, accounts: Vec::new(), series }
    }

    #[test]
    fn branches_are_read_at_the_baselines_times() {
        let days = |n: i64| (0..n).map(|d| d * DAY).collect::<Vec<i64>>();
        let ends = result(0, days(5), vec![1.0, 2.0, 2.0, 4.0, 2.0]);
        let sparse = result(3, vec![0, 2 * DAY, 4 * DAY], vec![10.0, 20.0, 10.0]);
        let short = result(5, days(3), vec![1.0; 3]);
        let panel = Panel::of(&[&ends, &sparse, &short], Flows::new(), 0, Frame::DAY);
        assert_eq!(panel.ids, [0, 3], "the short one does not cover the span");
        assert_eq!(panel.column(0).collect::<Vec<_>>(), [1.0, 0.0, 1.0, -0.5]);
        assert_eq!(panel.column(1).collect::<Vec<_>>(), [0.0, 1.0, 0.0, -0.5]);
        assert_eq!(panel.baseline, Some(0));
        assert_eq!(Panel::of(&[], Flows::new(), 0, Frame::DAY).columns(), 0);
    }

    #[test]
    fn long_records_are_thinned_from_their_end_and_annualized() {
        let hours: Vec<i64> = (0..=10_000).map(|h| h * DAY / 24).collect();
        let equity = (0..=10_000).map(|h| 1.0 + f64::from(h)).collect();
        let panel = Panel::of(&[&result(0, hours.clone(), equity)], Flows::new(), 0, Frame::HOUR);
        assert_eq!((panel.thinned, panel.periods()), (5, 2_000));
        assert_eq!(panel.ts.last(), hours.last());
        let per_year = panel.conventions.periods_per_year;
        assert!((per_year / (365.0 * 24.0 / 5.0) - 1.0).abs() < 0.01, "{per_year}");
    }

    #[test]
    fn weekly_and_two_daily_returns_have_their_year() {
        let every = |days: i64| (0..100).map(|i| i * days * DAY).collect::<Vec<i64>>();
        let weekly = conventions(&every(7), Frame::DAY, 7).periods_per_year;
        assert!((weekly - 365.25 / 7.0).abs() < 0.01, "{weekly}");
        let two = conventions(&every(2), Frame::DAY, 2).periods_per_year;
        assert!((two - 365.0 / 2.0).abs() < 2.0, "{two}");
        assert_eq!(conventions(&every(1), Frame::DAY, 1), Conventions::daily(365.0));
    }

    #[test]
    fn what_is_intraday_is_annualized_by_its_market() {
        let minutes = |from: i64, to: i64| (from..=to).map(|m| m * DAY / 1_440);
        let per_year = |ts: Vec<i64>| conventions(&ts, Frame::MINUTE, 1).periods_per_year;
        // Round the clock: an hour, an hour over midnight, a week and a half.
        for (from, to) in [(1, 60), (1_410, 1_470), (1, 15_000)] {
            let found = per_year(minutes(from, to).collect());
            assert!((found - 525_600.0).abs() < 1e-6, "{from}..{to}: {found}");
        }
        // Sessions of 390 minutes on a Monday to a Wednesday, the first and the last cut short.
        let open = |day: i64| day * 1_440 + 870;
        let sessions = minutes(open(4) + 300, open(4) + 390)
            .chain(minutes(open(5) + 1, open(5) + 390))
            .chain(minutes(open(6) + 1, open(6) + 45));
        assert_eq!(per_year(sessions.collect()), 252.0 * 390.0);
    }

    #[test]
    fn a_branch_that_does_not_cover_the_span_has_returns_of_its_own() {
        let days = |n: i64| (0..n).map(|d| d * DAY).collect::<Vec<i64>>();
        let whole = result(0, days(5), vec![1.0, 2.0, 2.0, 4.0, 2.0]);
        let short = result(5, days(3), vec![1.0, 0.5, -1.0]);
        let panel = Panel::of(&[&whole, &short], Flows::new(), 0, Frame::DAY);
        assert_eq!(panel.returns_of(&whole), Some(vec![1.0, 0.0, 1.0, -0.5]));
        assert_eq!(panel.returns_of(&short), Some(vec![-0.5, -1.0]), "no more than everything is lost");
        assert_eq!(panel.returns_of(&result(6, days(1), vec![1.0])), None);
    }

    #[test]
    fn capital_that_comes_and_goes_is_no_return() {
        let days = |n: i64| (0..n).map(|d| d * DAY).collect::<Vec<i64>>();
        // The same +10% and -50%, with 90 that come in between, and, read at each other day, with 5 that go out before them.
        let plain = result(0, days(3), vec![100.0, 110.0, 55.0]);
        let paid = result(1, days(3), vec![100.0, 200.0, 100.0]);
        let fine = result(2, (0..5).map(|d| d * DAY / 2).collect(), vec![100.0, 95.0, 104.5, 52.25, 52.25]);
        let flows = [(1, vec![(Timestamp(DAY), 90.0)]), (2, vec![(Timestamp(DAY / 2), -5.0)])].into();
        let panel = Panel::of(&[&plain, &paid, &fine], flows, 0, Frame::DAY);
        for column in 0..3 {
            let found: Vec<f64> = panel.column(column).collect();
            assert!((found[0] - 0.1).abs() < 1e-12 && (found[1] + 0.5).abs() < 1e-12, "{column}: {found:?}");
        }
    }

    #[test]
    fn equal_columns_count_once() {
        let panel = Panel::of_columns(&[vec![0.1, 0.2], vec![0.1, 0.2], vec![0.2, 0.1]]);
        assert_eq!(panel.distinct(), [0, 2]);
    }
}
