//! What modules leave, for the markets of a sample: pivots by level, extrema, regimes, features and correlations.

use std::{path::Path, sync::Arc};

use arrow::array::{ArrayRef, Float64Array, UInt64Array};

use super::sample::{Bars, Sample, numbers, times, words, write_table};
use crate::output::{CorrelationReport, FeatureSummary, FeaturesSummary, LeadLagCurve, SymbolFeature};

/// Rows of annotations: (ts, at, symbol, label, level, value).
pub(super) type Row = (i64, i64, String, &'static str, u64, f64);

pub(super) fn write_annotations(dir: &Path, mut rows: Vec<Row>) {
    rows.sort_by_key(|row| row.0);
    let word = |of: fn(&Row) -> String| words(&rows.iter().map(of).collect::<Vec<_>>(), true);
    let levels: ArrayRef = Arc::new(UInt64Array::from_iter_values(rows.iter().map(|r| r.4)));
    let columns = vec![
        ("ts", times(rows.iter().map(|r| r.0).collect(), true)),
        ("at", times(rows.iter().map(|r| r.1).collect(), true)),
        ("symbol", word(|r| r.2.clone())),
        ("label", word(|r| r.3.to_owned())),
        ("level", levels),
        ("value", numbers(rows.iter().map(|r| r.5).collect())),
    ];
    write_table(&dir.join("annotations.parquet"), columns);
}

/// Swings of five levels: of one level, those beyond both neighbors of the level below, known with the later neighbor.
fn swings(sample: &Sample, market: &Bars, sign: f64, label: &'static str, rows: &mut Vec<Row>) {
    let mut points: Vec<(usize, usize, f64)> =
        market.close.iter().enumerate().map(|(i, close)| (i, i, close * sign)).collect();
    for level in 1..=5 {
        let beyond = |w: &[(usize, usize, f64)]| w[1].2 > w[0].2 && w[1].2 > w[2].2;
        points = points.windows(3).filter(|w| beyond(w)).map(|w| (w[1].0, w[2].1, w[1].2)).collect();
        rows.extend(points.iter().map(|(at, known, value)| {
            (sample.time(*known), sample.time(*at), market.symbol.to_owned(), label, level, value * sign)
        }));
    }
}

/// Turns of at least 4%, known when the price has come back by as much.
fn extrema(sample: &Sample, market: &Bars, rows: &mut Vec<Row>) {
    let (mut up, mut best) = (true, 0);
    for (i, close) in market.close.iter().enumerate() {
        let last = market.close[best];
        if (up && *close > last) || (!up && *close < last) {
            best = i;
        } else if (close / last - 1.0).abs() > 0.04 {
            let label = if up { "extrema.top" } else { "extrema.bottom" };
            rows.push((sample.time(i), sample.time(best), market.symbol.to_owned(), label, 0, last));
            (up, best) = (!up, i);
        }
    }
}

fn volatility(market: &Bars, bar: usize, window: usize) -> Option<f64> {
    let closes = market.close.get(bar.checked_sub(window)?..=bar)?;
    let sum: f64 = closes.windows(2).map(|w| (w[1] / w[0]).ln().powi(2)).sum();
    Some((sum / window as f64 * 525_600.0).sqrt())
}

fn regimes(sample: &Sample, market: &Bars, rows: &mut Vec<Row>) {
    let mut now = u64::MAX;
    for bar in (1_500..sample.bars).step_by(30) {
        let drift = market.close[bar] / market.close[bar - 1_440] - 1.0;
        let wild = volatility(market, bar, 1_440) > Some(0.55);
        let regime =
            if wild { 3 } else { [2, 0, 1][usize::from(drift > 0.015) + 2 * usize::from(drift < -0.015)] };
        let row = |label, level, value| {
            (sample.time(bar), sample.time(bar), market.symbol.to_owned(), label, level, value)
        };
        if regime != now {
            now = regime;
            rows.push(row("market_analysis.regime", regime, 0.8));
        }
        if bar % 14_400 == 1_500 {
            rows.push(row("market_analysis.change_point", u64::from(drift < 0.0), drift));
            rows.push(row("correlation.breakdown", 0, 0.1));
        }
    }
}

const FEATURES: [(&str, &str, usize); 9] = [
    ("market_analysis.realized_volatility", "1/sqrt(year)", 60),
    ("market_analysis.slow_volatility", "1/sqrt(year)", 1_440),
    ("market_analysis.volatility_percentile", "1", 240),
    ("pivot_analysis.distance_bps", "bps", 30),
    ("microstructure.cvd", "base", 1),
    ("microstructure.ofi_r2", "1", 60),
    ("microstructure.ofi_predictive_r2", "1", 30),
    ("microstructure.quoted_spread", "bps", 20),
    ("microstructure.hawkes_intensity", "1/s", 20),
];

fn features(sample: &Sample, dir: &Path, markets: &[Bars]) {
    let bars: Vec<usize> = (0..sample.bars).step_by((sample.bars / 1_500).max(1)).collect();
    let all = || bars.iter().flat_map(|bar| markets.iter().map(move |m| (*bar, m)));
    // Off for a while in the middle of the run.
    let of = |window: usize, bar: usize, market: &Bars| {
        let on = !(sample.bars / 2..sample.bars * 11 / 20).contains(&bar);
        volatility(market, bar, window).filter(|_| on)
    };
    let mut columns = vec![
        ("ts", times(all().map(|(bar, _)| sample.time(bar)).collect(), true)),
        ("symbol", words(&all().map(|(_, m)| m.symbol.to_owned()).collect::<Vec<_>>(), true)),
    ];
    for (name, _, window) in FEATURES {
        let values: Float64Array = all().map(|(bar, m)| of(window, bar, m)).collect();
        columns.push((name, Arc::new(values)));
    }
    write_table(&dir.join("feature_samples.parquet"), columns);
    let feature = |(name, unit, window): (&str, &str, usize)| {
        let symbol = |m: &Bars| {
            let values: Vec<f64> = bars.iter().filter_map(|bar| of(window, *bar, m)).collect();
            SymbolFeature {
                symbol: m.symbol.to_owned(),
                masked: Some(1.0 - values.len() as f64 / bars.len() as f64),
                min: values.iter().copied().reduce(f64::min),
                mean: Some(values.iter().sum::<f64>() / values.len() as f64),
                max: values.iter().copied().reduce(f64::max),
                last: values.last().copied(),
            }
        };
        FeatureSummary {
            name: name.to_owned(),
            unit: unit.to_owned(),
            meaning: "as its name says".to_owned(),
            warmup_bars: window as u64,
            symbols: markets.iter().map(symbol).collect(),
            ..Default::default()
        }
    };
    let summary = FeaturesSummary {
        samples: bars.len() as u64,
        stride: (sample.bars / 1_500).max(1) as u64,
        symbol_count: markets.len() as u64,
        symbols: markets.iter().map(|m| m.symbol.to_owned()).collect(),
        features: FEATURES.into_iter().map(feature).collect(),
    };
    std::fs::write(dir.join("features_summary.json"), serde_json::to_string(&summary).unwrap()).unwrap();
}

/// A matrix of `n` symbols, of which the first leads the second by 3 s.
pub(super) fn correlations(n: usize) -> CorrelationReport {
    let symbol =
        |i: usize| ["BTCUSDT", "ETHUSDT"].get(i).map_or_else(|| format!("S{i:03}"), |s| (*s).to_owned());
    let value = |i: usize, j: usize| match i.abs_diff(j) {
        0 => Some(1.0),
        _ if i + j == 7 => None,
        d => Some(0.82f64.powi(d as i32) * if (i + j).is_multiple_of(5) { -1.0 } else { 1.0 }),
    };
    let curve = |(first, second, lag): (usize, usize, f64)| {
        let lags_s: Vec<f64> = (-60..=60).map(|l| f64::from(l) * 0.5).collect();
        let noise = |l: f64| 0.015 * (l * 3.7).sin();
        let peak =
            |l: &f64| Some(0.4 * (-(l - lag).abs() / 2.0).exp() * f64::from(lag.abs() < 10.0) + noise(*l));
        let values = lags_s.iter().map(peak).collect();
        LeadLagCurve {
            leader: symbol(first),
            follower: symbol(second),
            lags_s,
            values,
            threshold: Some(0.03),
            confidence: None,
        }
    };
    CorrelationReport {
        symbols: (0..n).map(symbol).collect(),
        matrix: (0..n).map(|i| (0..n).map(|j| value(i, j)).collect()).collect(),
        curves: [(0, 1, 3.0), (0, 2, 0.0), (1, 2, -1.5), (1, 3, 99.0)]
            .into_iter()
            .filter(|c| c.1 < n)
            .map(curve)
            .collect(),
    }
}

pub(super) fn write_correlations(dir: &Path, report: &CorrelationReport) {
    std::fs::write(dir.join("correlation.json"), serde_json::to_string(report).unwrap()).unwrap();
}

/// Writes a sample with everything that modules leave.
pub(super) fn write(sample: &Sample, dir: &Path, symbols_correlated: usize) {
    sample.write(dir);
    let markets = sample.markets();
    let mut rows = Vec::new();
    for market in &markets {
        swings(sample, market, 1.0, "pivot_analysis.swing_high", &mut rows);
        swings(sample, market, -1.0, "pivot_analysis.swing_low", &mut rows);
        extrema(sample, market, &mut rows);
        regimes(sample, market, &mut rows);
    }
    write_annotations(dir, rows);
    features(sample, dir, &markets);
    write_correlations(dir, &correlations(symbols_correlated));
}
