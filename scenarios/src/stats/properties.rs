//! Invariants and brute-force oracles.

use manyworlds_components::time::NANOS_PER_DAY;
use proptest::prelude::*;

use super::*;

fn returns() -> impl Strategy<Value = Vec<f64>> {
    let one = prop_oneof![9 => -0.2..0.25_f64, 1 => Just(f64::NAN)];
    prop::collection::vec(one, 0..80)
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs())),
        (a, b) => a.is_none() && b.is_none(),
    }
}

proptest! {
    #[test]
    fn drawdown_is_the_worst_pair(equity in prop::collection::vec(1.0..100.0_f64, 1..60)) {
        let pairs = (0..equity.len()).flat_map(|i| (i..equity.len()).map(move |j| (i, j)));
        let worst = pairs.map(|(i, j)| equity[j] / equity[i] - 1.0).fold(0.0, f64::min);
        prop_assert_eq!(max_drawdown(&equity), Some(worst));
        let table = worst_drawdowns(&equity, usize::MAX);
        prop_assert_eq!(table.first().map_or(0.0, |d| d.depth), worst);
        prop_assert!(table.windows(2).all(|w| w[0].depth <= w[1].depth));
        let series = drawdown_series(&equity);
        for d in &table {
            prop_assert!(d.peak < d.valley && d.recovery.is_none_or(|r| d.valley < r));
            prop_assert_eq!(series[d.valley], d.depth);
            let end = d.recovery.unwrap_or(equity.len());
            prop_assert!(series[d.peak + 1..end].iter().all(|s| *s < 0.0 && *s >= d.depth));
        }
        let under_water: usize =
            table.iter().map(|d| d.recovery.unwrap_or(equity.len()) - d.peak - 1).sum();
        prop_assert_eq!(under_water, series.iter().filter(|s| **s < 0.0).count());
    }

    #[test]
    fn nothing_infinite_leaves(
        equity in prop::collection::vec(prop_oneof![-10.0..1e3_f64, Just(0.0), Just(f64::NAN), Just(f64::INFINITY)], 0..40),
        pnl in prop::collection::vec(prop_oneof![-9.0..9.0_f64, Just(0.0)], 0..9),
        every_point: bool,
    ) {
        let ts: Vec<i64> = (0..equity.len() as i64).map(|i| i * NANOS_PER_DAY / 3).collect();
        let trades: Vec<_> = pnl.iter().map(|&pnl| TradeResult { pnl, fees: 0.0, return_: pnl }).collect();
        let sampling = if every_point { Sampling::EveryPoint } else { Sampling::DailyClosesUtc };
        let conventions = Conventions { sampling, ..Conventions::inferred(&ts) };
        let few = Bootstrap { resamples: 20, ..Bootstrap::default() };
        let summary = Summary::of(&ts, &equity, &trades, conventions)
            .with_activity(&equity, 10.0)
            .with_intervals(&ts, &equity, &few);
        for row in summary.rows() {
            prop_assert!(row.value.is_none_or(f64::is_finite), "{:?}", row);
        }
        prop_assert!(drawdown_series(&equity).iter().all(|d| d.is_finite()));
        prop_assert!(monthly_returns(&ts, &equity).iter().all(|m| m.return_.is_none_or(f64::is_finite)));
    }

    #[test]
    fn sharpe_and_sortino_know_no_scale(returns in returns(), scale in 0.01..100.0_f64) {
        let conventions = Conventions::default();
        let scaled: Vec<f64> = returns.iter().map(|r| r * scale).collect();
        prop_assert!(close(sharpe(&returns, &conventions), sharpe(&scaled, &conventions)));
        prop_assert!(close(sortino(&returns, &conventions), sortino(&scaled, &conventions)));
        prop_assert!(close(omega(&returns, 0.0), omega(&scaled, 0.0)));
        let negated: Vec<f64> = returns.iter().map(|r| -r).collect();
        prop_assert!(close(sharpe(&returns, &conventions), sharpe(&negated, &conventions).map(|s| -s)));
    }

    #[test]
    fn equity_of_any_unit_has_the_same_statistics(returns in returns(), unit in 0.01..1e6_f64) {
        let (one, other) = (compound(&returns, 1.0), compound(&returns, unit));
        prop_assert!(close(max_drawdown(&one), max_drawdown(&other)));
        prop_assert!(close(ulcer_index(&one), ulcer_index(&other)));
        prop_assert!(close(total_return(&one), total_return(&other)));
    }

    #[test]
    fn rolling_is_the_plain_ratio_of_each_window(returns in returns(), window in 2..30_usize) {
        let conventions = Conventions::default().with_risk_free(0.001);
        let rolling = rolling_sharpe(&returns, window, &conventions);
        prop_assert_eq!(rolling.len(), returns.len());
        for (i, value) in rolling.iter().enumerate() {
            let plain = (i + 1).checked_sub(window).and_then(|from| sharpe(&returns[from..=i], &conventions));
            prop_assert!(close(*value, plain), "{} {:?} {:?}", i, value, plain);
        }
    }

    #[test]
    fn quantiles_never_fall(values in prop::collection::vec(-1.0..1.0_f64, 1..9), copies in 1..4_usize, p: f64, q: f64) {
        let values = values.repeat(copies);
        let (p, q) = (p.abs().fract(), q.abs().fract());
        prop_assert!(quantile(&values, p.min(q)) <= quantile(&values, p.max(q)));
    }

    #[test]
    fn tails_are_ordered(returns in returns(), cutoff in 0.0..1.0_f64) {
        if let Some(var) = value_at_risk(&returns, cutoff) {
            let cvar = conditional_value_at_risk(&returns, cutoff).unwrap();
            prop_assert!(cvar <= var + 1e-12);
            let below = returns.iter().filter(|r| **r < var).count();
            let present = returns.iter().filter(|r| r.is_finite()).count();
            prop_assert!(below as f64 <= cutoff * (present - 1) as f64 + 1.0);
        }
    }

    #[test]
    fn a_histogram_counts_everything_once(returns in returns(), bins in 1..40_usize) {
        let present = returns.iter().filter(|r| r.is_finite()).count() as u64;
        match histogram(&returns, bins) {
            Some(h) => {
                prop_assert_eq!(h.counts.iter().sum::<u64>(), present);
                for (i, count) in h.counts.iter().enumerate() {
                    let last = i + 1 == bins;
                    let inside = |r: &&f64| **r >= h.edges[i] && (**r < h.edges[i + 1] || last && **r <= h.edges[i + 1]);
                    prop_assert_eq!(returns.iter().filter(inside).count() as u64, *count);
                }
            }
            None => prop_assert_eq!(present, 0),
        }
    }

    #[test]
    fn months_and_years_compound_to_the_whole(returns in prop::collection::vec(-0.2..0.25_f64, 1..80), gap in 1..40_i64) {
        let equity = compound(&returns, 100.0);
        let ts: Vec<i64> = (0..equity.len() as i64).map(|i| i * gap * NANOS_PER_DAY / 2).collect();
        let whole = |rows: Vec<PeriodReturn>| {
            prop_assert!(rows.windows(2).all(|w| (w[0].year, w[0].month) < (w[1].year, w[1].month)));
            Ok(rows.iter().map(|row| 1.0 + row.return_.unwrap()).product::<f64>() - 1.0)
        };
        prop_assert!(close(Some(whole(monthly_returns(&ts, &equity))?), total_return(&equity)));
        prop_assert!(close(Some(whole(yearly_returns(&ts, &equity))?), total_return(&equity)));
        let (_, points) = sampled_equity(&ts, &equity, Sampling::DailyClosesUtc);
        prop_assert!(close(total_return(&points), total_return(&equity)));
    }

    #[test]
    fn a_probabilistic_sharpe_falls_with_its_benchmark(sr in -0.5..0.5_f64, t in 2..2000_usize, a in -0.5..0.5_f64, b in -0.5..0.5_f64) {
        let psr = |benchmark| probabilistic_sharpe(sr, benchmark, t, -0.5, 5.0).unwrap();
        prop_assert!(psr(a.min(b)) >= psr(a.max(b)));
        prop_assert!((probabilistic_sharpe(sr, sr, t, -0.5, 5.0).unwrap() - 0.5).abs() < 1e-9);
        // At the minimum track record the probabilistic ratio reaches the confidence.
        if let Some(periods) = minimum_track_record_length(sr, 0.0, -0.5, 5.0, 0.95) && (3.0..1e7).contains(&periods) {
            let at = |n: f64| probabilistic_sharpe(sr, 0.0, n as usize, -0.5, 5.0).unwrap();
            prop_assert!(at(periods.ceil()) >= 0.95 - 1e-9 && at(periods.floor() - 1.0) < 0.95 + 1e-9);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_bootstrap_repeats_itself_and_nests(
        returns in prop::collection::vec(-0.05..0.06_f64, 5..60),
        seed: u64,
        circular: bool,
        block_length in prop::option::of(1..20_usize),
    ) {
        let scheme = if circular { BlockScheme::Circular } else { BlockScheme::Stationary };
        let wide = Bootstrap { scheme, block_length, resamples: 100, confidence: 0.95, seed };
        let narrow = Bootstrap { confidence: 0.5, ..wide };
        let conventions = Conventions::default();
        let interval = wide.sharpe(&returns, &conventions);
        prop_assert_eq!(interval, wide.sharpe(&returns, &conventions));
        if let (Some(outer), Some(inner)) = (interval, narrow.sharpe(&returns, &conventions)) {
            prop_assert!(outer.low <= inner.low && inner.low <= inner.high && inner.high <= outer.high);
            prop_assert_eq!(Some(outer.point), sharpe(&returns, &conventions));
        }
        if let Some(interval) = wide.annual_return(&returns, &conventions) {
            prop_assert!(interval.low <= interval.high);
        }
        let other = Bootstrap { seed: seed ^ 1, ..wide };
        if block_length.is_none() && returns.len() > 20 {
            prop_assert_ne!(interval, other.sharpe(&returns, &conventions));
        }
    }
}
