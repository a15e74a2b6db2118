//! Lead-lag curves against the definition, and how sure they are.

use manyworlds_components::time::Frame;
use proptest::prelude::*;

use super::super::{LagReading, LeadLag, Pairs, Settings};
use super::{exponential, normal, random};

fn settings(lags: u64, lag_window: u64) -> Settings {
    Settings { lags, lag_window, lag_step: Frame::from_nanos(3).unwrap(), ..Settings::default() }
}

/// Observations as (time, log price).
fn walk() -> impl Strategy<Value = Vec<(i64, f64)>> {
    prop::collection::vec((1i64..6, -1.0f64..1.0), 30..80).prop_map(|steps| {
        let mut at = (0, 0.0);
        steps
            .into_iter()
            .map(|(t, x)| {
                at = (at.0 + t, at.1 + x);
                at
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Every lag, at the close of every bucket: the sum over all pairs of intervals that became known in the window, over
    /// the root of both sums of squares.
    #[test]
    fn is_the_definition(a in walk(), b in walk(), step in 7i64..20) {
        let (window, lags) = (5usize, 2i64);
        let mut lead_lag = LeadLag::new(2, 0, &settings(lags as u64, window as u64));
        let (mut i, mut j) = (0, 0);
        let borders: Vec<i64> = (1..12).map(|k| k * step).collect();
        for (k, border) in borders.iter().enumerate() {
            while i < a.len() && a[i].0 < *border { lead_lag.observe(0, a[i].0, a[i].1.exp()); i += 1; }
            while j < b.len() && b[j].0 < *border { lead_lag.observe(1, b[j].0, b[j].1.exp()); j += 1; }
            lead_lag.close(*border, |_| true, |_, _, _| ());
            let from = if k + 1 > window { borders[k - window] } else { i64::MIN };
            let inside = |t: i64| (from..*border).contains(&t);
            let energy = |s: &[(i64, f64)]| -> f64 {
                s.windows(2).filter(|w| inside(w[1].0)).map(|w| (w[1].1 - w[0].1).powi(2)).sum()
            };
            let Some(curve) = lead_lag.curve(0, 1) else {
                prop_assert!(k + 1 < window || i < window || j < window || energy(&a) * energy(&b) == 0.0 || a[i - 1].0 < from + step * 5);
                continue;
            };
            for (at, value) in curve.iter().enumerate() {
                let lag = (at as i64 - lags) * 3;
                let mut covariance = 0.0;
                for x in a.windows(2) {
                    for y in b.windows(2) {
                        let (start, end) = (y[0].0 - lag, y[1].0 - lag);
                        let known = x[1].0.max(end) + lag.max(0);
                        if x[1].0.min(end) > x[0].0.max(start) && inside(known) {
                            covariance += (x[1].1 - x[0].1) * (y[1].1 - y[0].1);
                        }
                    }
                }
                let expected = covariance / (energy(&a) * energy(&b)).sqrt();
                prop_assert!((value - expected).abs() < 1e-9 * (1.0 + expected.abs()), "lag {lag}: {value} {expected}");
            }
        }
    }
}

/// Two series observed at Poisson times, `pace` seconds apart; `b` follows `a` by `lag` seconds with correlation `rho`.
fn pair(seed: u64, buckets: usize, rho: f64, lag: f64, pace: f64) -> LagReading {
    let mut random = random(seed);
    let mut lead_lag = LeadLag::new(2, 0, &Settings { lag_window: buckets as u64, ..Settings::default() });
    let grid = 0.05;
    let steps = (buckets as f64 * 10.0 / grid) as usize;
    let (mut common, mut own) = (vec![0.0], vec![0.0]);
    for k in 0..steps {
        common.push(common[k] + 1e-4 * normal(&mut random));
        own.push(own[k] + 1e-4 * normal(&mut random));
    }
    let mut events = Vec::new();
    for symbol in 0..2 {
        let mut time = lag + pace * exponential(&mut random);
        while time < buckets as f64 * 10.0 {
            let now = (time / grid) as usize;
            let before = ((time - lag) / grid) as usize;
            let log = if symbol == 0 {
                common[now]
            } else {
                rho * common[before] + (1.0 - rho * rho).sqrt() * own[now]
            };
            events.push(((time * 1e9) as i64, symbol, log));
            time += pace * exponential(&mut random);
        }
    }
    events.sort_by_key(|e| e.0);
    let (mut next, mut last) = (0, LagReading::default());
    for bucket in 1..=buckets as i64 {
        while next < events.len() && events[next].0 < bucket * 10_000_000_000 {
            let (time, symbol, log) = events[next];
            lead_lag.observe(symbol, time, log.exp());
            next += 1;
        }
        lead_lag.close(bucket * 10_000_000_000, |_| true, |_, _, reading| last = reading);
    }
    last
}

#[test]
fn a_lead_of_three_seconds() {
    for seed in 0..10 {
        let r = pair(seed, 60, 0.8, 3.0, 0.3);
        assert_eq!(r.seconds, Some(3.0), "{r:?}");
        assert!(r.confidence.unwrap() > 0.99 && r.ratio.unwrap() > 1.5, "{r:?}");
        assert!(r.ratio_confidence.unwrap() > 0.99, "{r:?}");
    }
}

#[test]
fn independent_series_have_no_significant_lag() {
    let all: Vec<LagReading> = (100..300).map(|seed| pair(seed, 40, 0.0, 0.0, 1.0)).collect();
    let peaks = all.iter().filter(|r| r.confidence.unwrap() > 0.95).count();
    let ratios = all.iter().filter(|r| r.ratio_confidence.unwrap() > 0.95).count();
    println!("independent: peaks of {peaks} and ratios of {ratios} in 200 beyond 95%");
    assert!(peaks <= 10 && ratios <= 20, "{peaks} {ratios} of 200");
}

/// Correlated without a lead: if the peak is off 0 by chance, no lead is claimed.
#[test]
fn correlation_alone_is_no_lead() {
    let (mut claimed, mut at_zero) = (0, 0);
    for seed in 300..400 {
        let r = pair(seed, 40, 0.7, 0.0, 1.0);
        claimed += usize::from(r.seconds != Some(0.0) && r.confidence.unwrap() > 0.95);
        at_zero += usize::from(r.seconds == Some(0.0) && r.confidence.unwrap() > 0.95);
        assert!((r.hayashi_yoshida.unwrap() - 0.7).abs() < 0.35, "{r:?}");
    }
    println!("contemporaneous: {claimed} false leads, {at_zero} of 100 sure of lag 0");
    assert!(claimed <= 5 && at_zero > 80, "{claimed} {at_zero}");
}

#[test]
fn pairs_that_are_followed() {
    let of = |pairs, max_pairs| {
        LeadLag::new(4, 2, &Settings { pairs, max_pairs, ..Settings::default() }).pairs().collect::<Vec<_>>()
    };
    assert_eq!(of(Pairs::Reference, 99), [(2, 0), (2, 1), (2, 3)]);
    assert_eq!(of(Pairs::All, 99), [(2, 0), (2, 1), (2, 3), (0, 1), (0, 3), (1, 3)]);
    assert_eq!(of(Pairs::All, 4), [(2, 0), (2, 1), (2, 3), (0, 1)]);
}
