//! Estimators of volatility.

use manyworlds_components::bar::Bar;
use proptest::prelude::*;

use super::super::volatility::{EwmaVolatility, WindowVolatility};
use super::{bar, walk_in};
use crate::indicators::tests::corpus;

fn near(value: Option<f64>, expected: f64, tolerance: f64) {
    let value = value.unwrap();
    assert!((value / expected - 1.0).abs() < tolerance, "{value} is not {expected}");
}

/// All estimators after the last bar.
fn estimate(bars: &[Bar], length: usize) -> WindowVolatility {
    let mut volatility = WindowVolatility::new(length);
    let mut previous = None;
    for bar in bars {
        volatility.update(bar, previous);
        previous = Some(bar.close);
    }
    volatility
}

/// `oracles.md`, whole sample, and Rogers-Satchell of ten bars.
#[test]
fn the_corpus() {
    let Some(rows) = corpus() else { return };
    let bars: Vec<Bar> = rows.iter().enumerate().map(|(i, r)| bar(i, *r)).collect();
    let whole = estimate(&bars, 252);
    near(whole.parkinson(), 0.019594892360453486, 1e-12);
    near(whole.garman_klass(), 0.01981301360520992, 1e-12);
    assert_eq!(whole.close_close(), None, "252 bars have 251 returns");
    let returns = estimate(&bars, 251);
    near(returns.yang_zhang(), 0.02604208401255483, 1e-12);
    near(returns.close_close(), 0.02650001533423021, 1e-12);
    assert_eq!(estimate(&bars[..9], 10).rogers_satchell(), None);
    near(estimate(&bars[..10], 10).rogers_satchell(), 0.017975900777358125, 1e-12);
    near(estimate(&bars, 10).rogers_satchell(), 0.013464874272606921, 1e-12);
}

/// 1% a minute is 1% x sqrt(525,960) a year; where half of the minutes are missing there are half as many in a year.
#[test]
fn a_year_has_the_bars_that_came() {
    let alternate = |i: usize| if i.is_multiple_of(2) { 100.0 } else { 100.0 * 0.01f64.exp() };
    for gap in [1, 2] {
        let bars: Vec<Bar> = (0..31).map(|i| bar(i * gap, [alternate(i); 4])).collect();
        let volatility = estimate(&bars, 30);
        near(volatility.close_close(), 0.01 * (30.0f64 / 29.0).sqrt(), 1e-9);
        let per_year = 525_960.0 / gap as f64;
        near(volatility.close_close_annual(), volatility.close_close().unwrap() * per_year.sqrt(), 1e-12);
        assert_eq!(estimate(&bars[..30], 30).close_close_annual(), None);
    }
}

#[test]
fn no_movement_is_no_volatility() {
    let still = estimate(&[bar(0, [5.0; 4]); 40], 10);
    assert_eq!(
        (still.close_close(), still.yang_zhang(), still.parkinson()),
        (Some(0.0), Some(0.0), Some(0.0))
    );
    assert_eq!(still.close_close_annual(), None, "all bars at one time: no bars per year");
}

/// On a driftless diffusion all agree; with drift Rogers-Satchell and Yang-Zhang still do, Parkinson does not.
#[test]
fn estimators_agree_where_they_should() {
    let still = estimate(&walk_in(128, 1, 5_000, |_| (0.0, 0.01)), 4_999);
    let all = [
        still.close_close(),
        still.yang_zhang(),
        still.parkinson(),
        still.garman_klass(),
        still.rogers_satchell(),
    ];
    // 128 steps see a little less of the range than a continuous path would.
    assert!(all.iter().all(|v| v.unwrap() > 0.0090 && v.unwrap() < 0.0103), "{all:?}");
    let drifting = estimate(&walk_in(128, 1, 5_000, |_| (0.02, 0.01)), 4_999);
    assert!(drifting.parkinson().unwrap() > 1.3 * still.parkinson().unwrap());
    near(drifting.rogers_satchell(), still.rogers_satchell().unwrap(), 0.15);
}

#[test]
fn ewma_of_one_size_is_that_size() {
    let mut ewma = EwmaVolatility::new(0.94);
    assert_eq!(ewma.value(), None);
    for i in 0..50 {
        ewma.update(if i % 2 == 0 { 0.02 } else { -0.02 });
        near(ewma.value(), 0.02, 1e-12);
    }
    assert_eq!((EwmaVolatility::warmup(0.94), EwmaVolatility::warmup(0.5)), (17, 2));
}

fn plain(bars: &[Bar], n: usize) -> [Option<f64>; 5] {
    let variance = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
    };
    let last = |count: usize| bars.len().checked_sub(count).map(|from| &bars[from..]);
    let mean = |f: &dyn Fn(&Bar) -> f64| last(n).map(|b| b.iter().map(f).sum::<f64>() / n as f64);
    let parkinson = mean(&|b| (b.high / b.low).ln().powi(2) / (4.0 * 2f64.ln()));
    let garman_klass = mean(&|b| {
        0.5 * (b.high / b.low).ln().powi(2) - (2.0 * 2f64.ln() - 1.0) * (b.close / b.open).ln().powi(2)
    });
    let satchell = mean(&|b| {
        (b.high / b.close).ln() * (b.high / b.open).ln() + (b.low / b.close).ln() * (b.low / b.open).ln()
    });
    let pairs = |f: &dyn Fn(&Bar, &Bar) -> f64| {
        last(n + 1).map(|b| variance(&b.windows(2).map(|p| f(&p[0], &p[1])).collect::<Vec<_>>()))
    };
    let close = pairs(&|a, b| (b.close / a.close).ln());
    let overnight = pairs(&|a, b| (b.open / a.close).ln());
    let day = pairs(&|_, b| (b.close / b.open).ln());
    let k = 0.34 / (1.34 + (n as f64 + 1.0) / (n as f64 - 1.0));
    let yang_zhang = overnight.zip(day).map(|(o, c)| o + k * c + (1.0 - k) * satchell.unwrap());
    [close, yang_zhang, parkinson, garman_klass, satchell]
}

fn values(v: &WindowVolatility) -> [Option<f64>; 5] {
    [v.close_close(), v.yang_zhang(), v.parkinson(), v.garman_klass(), v.rogers_satchell()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Streaming is batch, at every step; doubled prices change nothing, squared ones double every volatility.
    #[test]
    fn streaming_is_batch(n in 2usize..20, rows in prop::collection::vec((10.0f64..20.0, 10.0f64..20.0, 0.0f64..3.0, 0.0f64..3.0), 1..60)) {
        let make = |f: &dyn Fn(f64) -> f64| -> Vec<Bar> {
            let row = |(i, (o, c, up, down)): (usize, &(f64, f64, f64, f64))| bar(i, [f(*o), f(o.max(*c) + up), f(o.min(*c) - down), f(*c)]);
            rows.iter().enumerate().map(row).collect()
        };
        let (bars, doubled, squared) = (make(&|p| p), make(&|p| 2.0 * p), make(&|p| p * p));
        for end in 1..=bars.len() {
            let stream = values(&estimate(&bars[..end], n));
            let twice = values(&estimate(&squared[..end], n));
            for ((value, variance), twice) in stream.iter().zip(plain(&bars[..end], n)).zip(twice) {
                prop_assert_eq!(value.is_some(), variance.is_some());
                if let (Some(value), Some(variance), Some(twice)) = (value, variance, twice) {
                    prop_assert!((value * value - variance).abs() < 1e-13);
                    prop_assert!((twice - 2.0 * value).abs() < 1e-10);
                }
            }
            prop_assert_eq!(stream, values(&estimate(&doubled[..end], n)));
        }
    }
}
