//! How many lots of a parent order are to be done by the end of each slice.

use manyworlds_components::time::{Frame, Timestamp};

use super::almgren_chriss::{adjusted, trajectory};
use super::settings::{ExecutionSettings, ScheduleRule, VolumeProfile};

/// When slice `i` of `slices` begins; `i == slices`: when the last one ends.
pub fn slice_start(start: Timestamp, end: Timestamp, slices: u32, i: u32) -> Timestamp {
    let span = i128::from(end - start) * i128::from(i) / i128::from(slices.max(1));
    start + span as i64
}

/// Slices that have ended by `now`.
pub fn ended(start: Timestamp, end: Timestamp, slices: u32, now: Timestamp) -> u32 {
    if now < start {
        return 0;
    }
    let n = i128::from(slices.max(1));
    let span = i128::from(end - start).max(1);
    let guess = (i128::from(now - start) * n / span).min(n) as u32;
    // Ends are rounded down to whole nanoseconds: the guess may be one behind.
    let next = guess + 1;
    if next <= slices && slice_start(start, end, slices, next) <= now { next } else { guess }
}

/// Lots to be done by the end of each slice: never falling, the last one is `lots`. `volume(a, b)` is what is expected between two
/// times, in any unit.
pub fn targets(
    settings: &ExecutionSettings,
    start: Timestamp,
    lots: i64,
    volume: impl Fn(Timestamp, Timestamp) -> f64,
) -> Vec<i64> {
    let (n, end) = (settings.slices.max(1), settings.end.max(start));
    let weights: Vec<f64> = match &settings.schedule {
        ScheduleRule::Twap => vec![1.0; n as usize],
        ScheduleRule::Vwap { profile: VolumeProfile::Given(weights) } => weights.clone(),
        ScheduleRule::Vwap { profile: VolumeProfile::Learned { .. } } => {
            let at = |i| slice_start(start, end, n, i);
            (0..n).map(|i| volume(at(i), at(i + 1))).collect()
        }
        ScheduleRule::AlmgrenChriss { .. } => {
            let days = (end - start) as f64 / Frame::DAY.nanos() as f64;
            let parts = settings
                .schedule
                .impact()
                .filter(|(impact, _)| days > 0.0 && adjusted(impact, days / f64::from(n)) > 0.0);
            let way = parts.map(|(impact, aversion)| trajectory(&impact, aversion, days, n as usize));
            way.map_or_else(Vec::new, |way| way.windows(2).map(|x| x[0] - x[1]).collect())
        }
    };
    spread(&weights, n as usize, lots)
}

/// Lots in proportion to weights, cumulated; equal parts where the weights say nothing.
fn spread(weights: &[f64], n: usize, lots: i64) -> Vec<i64> {
    let fits = weights.len() == n && weights.iter().all(|w| w.is_finite() && *w >= 0.0);
    let whole = if fits { weights.iter().sum::<f64>() } else { 0.0 };
    let mut done = 0.0;
    let mut before = 0;
    let cumulate = |i: usize| {
        done += if whole > 0.0 { weights[i] / whole } else { 1.0 / n as f64 };
        let due = if i + 1 == n { lots } else { (lots as f64 * done).round() as i64 };
        before = due.clamp(before, lots);
        before
    };
    (0..n).map(cumulate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_components::side::Side;
    use proptest::prelude::*;

    fn settings(schedule: ScheduleRule, slices: u32) -> ExecutionSettings {
        ExecutionSettings {
            symbol: None,
            side: Side::Buy,
            quantity: 1.0,
            start: None,
            end: Timestamp(5 * Frame::DAY.nanos()),
            schedule,
            slices,
            orders: Default::default(),
        }
    }

    #[test]
    fn the_schedules_of_a_million() {
        let of = |rule| targets(&settings(rule, 5), Timestamp(0), 1_000_000, |_, _| 0.0);
        let even = [200_000, 400_000, 600_000, 800_000, 1_000_000];
        assert_eq!(of(ScheduleRule::Twap), even);
        assert_eq!(of(ScheduleRule::Vwap { profile: VolumeProfile::default() }), even, "nothing was learned");
        let profile = VolumeProfile::Given(vec![3.0, 1.0, 0.0, 1.0, 5.0]);
        assert_eq!(of(ScheduleRule::Vwap { profile }), [300_000, 400_000, 400_000, 500_000, 1_000_000]);
        let urgent = ScheduleRule::AlmgrenChriss {
            risk_aversion: 1e-6,
            volatility: 0.95,
            temporary_impact: 2.5e-6,
            permanent_impact: 2.5e-7,
            fixed_cost: 0.0625,
        };
        assert_eq!(of(urgent), [458_044, 710_146, 852_103, 937_858, 1_000_000]);
    }

    #[test]
    fn volume_decides_where_it_is_known() {
        let settings = settings(ScheduleRule::Vwap { profile: VolumeProfile::default() }, 5);
        let volume = |a: Timestamp, b: Timestamp| (b.day() * b.day() - a.day() * a.day()) as f64;
        assert_eq!(targets(&settings, Timestamp(0), 100, volume), [4, 16, 36, 64, 100]);
    }

    proptest! {
        #[test]
        fn slices_sum_to_the_parent(
            weights in prop::collection::vec(prop_oneof![0.0f64..1e6, Just(0.0), Just(f64::NAN)], 1..40),
            lots in 0i64..1_000_000_000,
        ) {
            let due = spread(&weights, weights.len(), lots);
            prop_assert_eq!(due.last().copied(), Some(lots));
            prop_assert!(due.windows(2).all(|d| d[0] <= d[1]) && due.iter().all(|d| (0..=lots).contains(d)));
        }

        #[test]
        fn a_slice_has_ended_when_the_next_begins(span in 1i64..1_000_000_000_000, slices in 1u32..500, i in 0u32..500) {
            let (start, end) = (Timestamp(77), Timestamp(77 + span));
            let i = i.min(slices);
            let begin = slice_start(start, end, slices, i);
            prop_assert!(ended(start, end, slices, begin) >= i);
            if i > 0 && slice_start(start, end, slices, i - 1) < begin {
                prop_assert!(ended(start, end, slices, begin + -1) < i);
            }
            prop_assert_eq!(ended(start, end, slices, end), slices);
        }
    }
}
