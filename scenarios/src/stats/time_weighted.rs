//! Returns of capital that comes and goes.

use std::borrow::Cow;

use manyworlds_components::time::Timestamp;

/// Equity as it would have grown without the capital that came in and went out after its first point: from there by
/// time-weighted returns, which are those of the capital that was there. Returns, drawdowns and all that is made of them are
/// taken of this curve; without flows it is equity itself, to the bit.
///
/// `ts_ns` ascends, one time per equity; `flows` are times with what came in (below 0: went out), ascending. Each flow is taken
/// out of the return of the period `(t0, t1]` that it comes in, `(e1 - e0 - sum f) / (e0 + sum w f)`, `w` being the share of the
/// period that is left at its time (the modified Dietz method: P. O. Dietz, "Pension Funds: Measuring Investment Performance",
/// 1966), and periods are linked geometrically, as the Global Investment Performance Standards (GIPS) want it. Where a flow
/// comes at the end of its period that is the time-weighted return itself. A period that begins without capital has no return.
pub fn time_weighted<'e>(ts_ns: &[i64], equity: &'e [f64], flows: &[(Timestamp, f64)]) -> Cow<'e, [f64]> {
    debug_assert_eq!(ts_ns.len(), equity.len(), "one time per equity");
    let (Some(first), Some(last)) = (ts_ns.first(), ts_ns.last()) else { return Cow::Borrowed(equity) };
    if within(flows, *first, *last).is_empty() {
        return Cow::Borrowed(equity);
    }
    let mut level = equity[0];
    let mut grown = vec![level];
    for (ts, ends) in ts_ns.windows(2).zip(equity.windows(2)) {
        let period = (ts[1] - ts[0]) as f64;
        let (mut gain, mut capital) = (ends[1] - ends[0], ends[0]);
        for (at, amount) in within(flows, ts[0], ts[1]) {
            gain -= amount;
            capital += amount * (ts[1] - at.0) as f64 / period;
        }
        let growth = 1.0 + gain / capital;
        // What is lost stays lost, whatever comes in.
        if level > 0.0 && ends[0] > 0.0 && capital > 0.0 && growth.is_finite() {
            level *= growth;
        }
        grown.push(level);
    }
    Cow::Owned(grown)
}

/// The first time at which more was paid out than there was: the point after it stands below 0, and would not without what was
/// paid. Times, equity and flows are those of [`time_weighted`].
pub fn overdrawn(ts_ns: &[i64], equity: &[f64], flows: &[(Timestamp, f64)]) -> Option<Timestamp> {
    (0..equity.len()).find_map(|i| {
        let within = within(flows, if i == 0 { i64::MIN } else { ts_ns[i - 1] }, ts_ns[i]);
        let paid: f64 = within.iter().map(|(_, amount)| amount).sum();
        let out = within.iter().rfind(|(_, amount)| *amount < 0.0)?;
        (equity[i] < 0.0 && equity[i] >= paid).then_some(out.0)
    })
}

/// The flows of `(from, to]`.
fn within(flows: &[(Timestamp, f64)], from: i64, to: i64) -> &[(Timestamp, f64)] {
    let until = |ts: i64| flows.partition_point(|(at, _)| at.0 <= ts);
    &flows[until(from)..until(to)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{max_drawdown, returns_from_equity, total_return};

    /// At times 0, 10, 20, ...
    fn grown(equity: &[f64], flows: &[(i64, f64)]) -> Vec<f64> {
        let ts: Vec<i64> = (0..equity.len() as i64).map(|i| 10 * i).collect();
        let flows: Vec<_> = flows.iter().map(|(at, amount)| (Timestamp(*at), *amount)).collect();
        time_weighted(&ts, equity, &flows).into_owned()
    }

    #[track_caller]
    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
    }

    #[test]
    fn a_flow_at_the_end_of_a_period_is_no_return() {
        // +10%, then 90 come in, then -50% of 200: 100, 110, 110, 55.
        let curve = grown(&[100.0, 110.0, 200.0, 100.0], &[(20, 90.0)]);
        near(&curve, &[100.0, 110.0, 110.0, 55.0]);
        near(&returns_from_equity(&curve), &[0.1, 0.0, -0.5]);
        assert!((total_return(&curve).unwrap() + 0.45).abs() < 1e-12 && max_drawdown(&curve) == Some(-0.5));
        // Most is paid out while it is under water: no fall of what is left.
        let curve = grown(&[100.0, 50.0, 10.0, 10.0], &[(20, -40.0)]);
        near(&curve, &[100.0, 50.0, 50.0, 50.0]);
    }

    #[test]
    fn a_flow_within_a_period_counts_for_what_is_left_of_it() {
        // 100 and, for half of the time, 1,000 more: 60 on 600.
        near(&grown(&[100.0, 1_160.0], &[(5, 1_000.0)]), &[100.0, 110.0]);
        // Two flows: 30 on 100 + 0.8 x 50 - 0.2 x 100.
        near(&grown(&[100.0, 80.0], &[(2, 50.0), (8, -100.0)]), &[100.0, 125.0]);
    }

    #[test]
    fn without_flows_within_it_equity_is_as_it_is() {
        let equity = [100.0, 101.3, -2.0, 7.0];
        let ts = [0, 10, 20, 30];
        let outside = [(Timestamp(-5), 3.0), (Timestamp(0), 9.0), (Timestamp(31), -9.0)];
        for flows in [&[][..], &outside] {
            assert!(matches!(time_weighted(&ts, &equity, flows), Cow::Borrowed(same) if same == equity));
        }
        assert!(time_weighted(&[], &[], &outside).is_empty());
    }

    #[test]
    fn what_is_lost_stays_lost() {
        near(&grown(&[100.0, 0.0, 50.0, 75.0], &[(20, 50.0)]), &[100.0, 0.0, 0.0, 0.0]);
        near(&grown(&[100.0, -20.0, 80.0, 160.0], &[(20, 100.0)]), &[100.0, -20.0, -20.0, -20.0]);
        // More than all is paid out: what comes then is no return of anything.
        near(&grown(&[100.0, 110.0, -390.0, -400.0], &[(20, -500.0)]), &[100.0, 110.0, 110.0, 110.0]);
    }

    #[test]
    fn who_is_paid_more_than_there_was_is_found() {
        let ts = [0, 10, 20];
        let of = |equity: [f64; 3], flows: &[(i64, f64)]| {
            let flows: Vec<_> = flows.iter().map(|(at, amount)| (Timestamp(*at), *amount)).collect();
            overdrawn(&ts, &equity, &flows).map(|at| at.0)
        };
        assert_eq!(of([100.0, -20.0, -20.0], &[(7, -120.0)]), Some(7));
        assert_eq!(of([-5.0, -5.0, -5.0], &[(0, -105.0)]), Some(0));
        assert_eq!(of([100.0, 0.0, 0.0], &[(7, -100.0)]), None, "all that there was");
        assert_eq!(of([100.0, -20.0, -40.0], &[(15, -20.0)]), None, "it was lost before");
        assert_eq!(of([100.0, -20.0, -20.0], &[(7, 50.0)]), None, "nothing was paid out");
    }
}
