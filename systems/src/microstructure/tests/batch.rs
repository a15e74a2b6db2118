//! Streaming is batch: what is carried along from event to event is what the whole history gives.

use manyworlds_engine::{ClockMode, StepOutcome};
use proptest::prelude::*;

use super::super::vpin::normal_cdf;
use super::reference::{History, line};
use super::{eth, feature, feed, ms, near, quick, simulation, state};

/// Every windowed feature at `now`, by name.
fn expected(h: &History, now: i64) -> Vec<(&'static str, Option<f64>)> {
    let s = &h.settings;
    let any = h.dealt.iter().any(|d| d.ts <= now);
    let quoted = h.stood.iter().any(|d| d.ts <= now);
    let mut list = vec![("cvd", any.then(|| h.sum(i64::MIN, now, |d| d.sign * d.quantity)))];
    let window = h.window(now);
    let from = window.unwrap_or(0);
    let trades: Vec<_> = h.dealt_in(from, now).copied().collect();
    let full = |value: Option<f64>| value.filter(|_| window.is_some() && any);
    let ratio = |a: f64, b: f64| (b > 0.0).then(|| a / b);
    let volume: f64 = trades.iter().map(|d| d.quantity).sum();
    let of_sign = |sign: f64| trades.iter().filter(|d| d.sign == sign).map(|d| d.quantity).sum::<f64>();
    let notional: f64 = trades.iter().map(|d| d.quantity * d.price).sum();
    list.push(("cvd_window", full(Some(of_sign(1.0) - of_sign(-1.0)))));
    list.push(("trades", full(Some(trades.len() as f64))));
    list.push(("volume", full(Some(volume))));
    list.push(("buy_volume", full(Some(of_sign(1.0)))));
    list.push(("sell_volume", full(Some(of_sign(-1.0)))));
    list.push(("vwap", full(ratio(notional, volume))));
    list.push(("arrival_rate", full(Some(trades.len() as f64 / ((now - from) as f64 * 1e-9)))));
    // A trade is large by the whole intervals of the window before its own.
    let interval = s.interval.nanos();
    let large = |d: &&super::reference::Dealt| {
        let end = (d.ts - 1).div_euclid(interval) * interval;
        let before: Vec<_> = h.dealt_in(end - s.window as i64 * interval, end).collect();
        let mean = before.iter().map(|d| d.quantity).sum::<f64>() / before.len() as f64;
        !before.is_empty() && d.quantity >= s.large * mean
    };
    let large: f64 = trades.iter().filter(large).map(|d| d.quantity).sum();
    list.push(("large_share", full(ratio(large, volume))));
    // What lies between a trade and the one before it.
    let at = |d: &super::reference::Dealt| d.ts > from && d.ts <= now;
    let pairs = || h.dealt.windows(2).filter(|p| at(&p[1]));
    let gaps: Vec<f64> = pairs().map(|p| (p[1].ts - p[0].ts) as f64 * 1e-9).collect();
    let mean = |values: &[f64]| ratio(values.iter().sum(), values.len() as f64);
    list.push(("inter_arrival", full(mean(&gaps))));
    let squares: Vec<f64> = gaps.iter().map(|g| (g - mean(&gaps).unwrap_or(0.0)).powi(2)).collect();
    let cv = mean(&squares).zip(mean(&gaps)).filter(|m| m.1 > 0.0 && gaps.len() > 1);
    list.push(("inter_arrival_cv", full(cv.map(|(v, m)| v.sqrt() / m))));
    let changes: Vec<(f64, f64)> = h
        .dealt
        .windows(3)
        .filter(|t| at(&t[2]))
        .map(|t| (t[1].price - t[0].price, t[2].price - t[1].price))
        .collect();
    let center = |f: fn(&(f64, f64)) -> f64| changes.iter().map(f).sum::<f64>() / changes.len() as f64;
    let (a, b) = (center(|c| c.0), center(|c| c.1));
    let covariance = changes.iter().map(|c| (c.0 - a) * (c.1 - b)).sum::<f64>() / changes.len() as f64;
    let roll = (changes.len() > 1 && covariance < -1e-9).then(|| 2.0 * (-covariance).sqrt());
    list.push(("roll_spread", full(roll.zip(ratio(notional, volume)).map(|(r, vwap)| 1e4 * r / vwap))));
    // Trades of one time are one.
    let instants: Vec<_> = h.dealt.chunk_by(|a, b| a.ts == b.ts).collect();
    let reference = |i: usize| instants[i][0].mid.or_else(|| Some(instants[i.checked_sub(1)?].last()?.price));
    let moves: Vec<(f64, f64)> = (1..instants.len())
        .filter(|i| at(&instants[*i][0]))
        .filter(|i| instants[*i][0].mid.is_some() == instants[i - 1][0].mid.is_some())
        .filter_map(|i| {
            let volume: f64 = instants[i - 1].iter().map(|d| d.sign * d.quantity).sum();
            Some((volume, reference(i)? - reference(i - 1)?))
        })
        .collect();
    let n = moves.len() as f64;
    let (mx, my) = (moves.iter().map(|m| m.0).sum::<f64>() / n, moves.iter().map(|m| m.1).sum::<f64>() / n);
    let xx: f64 = moves.iter().map(|m| (m.0 - mx).powi(2)).sum();
    let xy: f64 = moves.iter().map(|m| (m.0 - mx) * (m.1 - my)).sum();
    list.push(("kyle_lambda", full((n > 2.0 && xx > 1e-9).then(|| xy / xx))));
    // Whole intervals of the window.
    let ends = (1..=s.window as i64).map(|i| from + i * interval).filter(|end| *end > h.first_end);
    let illiquid: Vec<f64> = ends
        .filter_map(|end| {
            let traded = h.sum(end - interval, end, |d| d.quantity * d.price);
            let change = (h.price(end)? / h.price(end - interval)?).ln().abs();
            (traded > 0.0).then(|| change / traded * 1e10)
        })
        .collect();
    list.push(("amihud", full(mean(&illiquid))));
    // The book.
    let book = |value: Option<f64>| value.filter(|_| window.is_some() && quoted);
    list.push(("ofi", book(Some(h.flow(from, now, |s| s.flow)))));
    list.push(("ofi_deep", book(Some(h.flow(from, now, |s| s.deep)))));
    let (mut time, mut area) = (0.0, 0.0);
    for (i, stood) in h.stood.iter().enumerate().filter(|(_, s)| s.mid.is_some() && s.ts <= now) {
        let end = h.stood.get(i + 1).map_or(now, |s| s.ts).min(now);
        let length = (end - stood.ts.max(from)).max(0) as f64 * 1e-9;
        (time, area) = (time + length, area + length * stood.spread_bps);
    }
    list.push(("quoted_spread", book(ratio(area, time))));
    let tau = s.realized_after.nanos();
    let later = |d: &&super::reference::Dealt| d.ts + tau > from && d.ts + tau <= now && d.sign != 0.0;
    let (mut weight, mut effective, mut realized) = (0.0, 0.0, 0.0);
    for d in h.dealt.iter().filter(later) {
        if let (Some(before), Some(after)) = (d.mid, h.mid(d.ts + tau)) {
            weight += d.quantity * before;
            effective += d.quantity * 2.0 * d.sign * (d.price - before);
            realized += d.quantity * 2.0 * d.sign * (d.price - after);
        }
    }
    list.push(("effective_spread", book(ratio(1e4 * effective, weight))));
    list.push(("realized_spread", book(ratio(1e4 * realized, weight))));
    list.push(("price_impact", book(ratio(1e4 * (effective - realized), weight))));
    list.extend(of_spans(
        h,
        now,
        full(Some(of_sign(1.0) - of_sign(-1.0))),
        book(Some(h.flow(from, now, |s| s.flow))),
    ));
    list.push((
        "hawkes_intensity",
        any.then(|| {
            let arrivals = instants.iter().map(|i| i[0].ts).filter(|t| *t <= now);
            0.5 + 2.0 * arrivals.map(|t| (-3.0 * (now - t) as f64 * 1e-9).exp()).sum::<f64>()
        }),
    ));
    list.push(("vpin", vpin(h, now)));
    list
}

fn of_spans(
    h: &History,
    now: i64,
    window_volume: Option<f64>,
    window_flow: Option<f64>,
) -> Vec<(&'static str, Option<f64>)> {
    let (spans, n) = (h.spans(now), h.settings.spans as usize);
    let spans = if spans.len() >= n { &spans[spans.len() - n..] } else { &[] };
    let same = |x: usize| line(&spans.iter().filter_map(|s| Some((s[x]?, s[4]?))).collect::<Vec<_>>());
    let next =
        |x: usize| line(&spans.windows(2).filter_map(|s| Some((s[0][x]?, s[1][4]?))).collect::<Vec<_>>());
    let moments = |x: usize| {
        let values: Vec<f64> = spans.iter().filter_map(|s| s[x]).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        (n >= 10.0 && squares > 1e-18).then(|| (mean, (squares / (n - 1.0)).sqrt()))
    };
    let score = |value: Option<f64>, x: usize| moments(x).and_then(|(m, d)| Some((value? - m) / d));
    let span = h.settings.interval.nanos() as f64 * 1e-9 * h.settings.span as f64;
    let daily = moments(5).map(|m| {
        let volume: f64 = spans.iter().filter_map(|s| s[3]).sum::<f64>() / n as f64;
        (m.1 * (86_400.0 / span).sqrt(), volume * 86_400.0 / span)
    });
    let root = daily.filter(|d| d.1 > 0.0).map(|(sigma, _)| 1e4 * sigma * 0.01f64.sqrt());
    vec![
        ("cvd_z", score(window_volume, 6)),
        ("ofi_z", score(window_flow, 7)),
        ("ofi_r2", same(1).map(|l| l.0)),
        ("ofi_slope", same(1).map(|l| l.1)),
        ("ofi_deep_r2", same(2).map(|l| l.0)),
        ("trade_r2", same(0).map(|l| l.0)),
        ("ofi_predictive_r2", next(1).map(|l| l.0)),
        ("ofi_deep_predictive_r2", next(2).map(|l| l.0)),
        ("daily_volatility", daily.map(|d| 1e4 * d.0)),
        ("daily_volume", daily.map(|d| d.1)),
        ("expected_impact", root),
    ]
}

fn vpin(h: &History, now: i64) -> Option<f64> {
    let s = &h.settings.vpin;
    let (bar, size, buckets) = (s.bar.nanos(), s.bucket_volume?, s.buckets as usize);
    let first = (h.first_end - h.settings.interval.nanos()).div_euclid(bar) * bar;
    let (mut closes, mut pieces): (Vec<f64>, Vec<(f64, f64)>) = (Vec::new(), Vec::new());
    let mut end = first + bar;
    while end <= now {
        let trades: Vec<_> = h.dealt_in(end - bar, end).collect();
        if let Some(last) = trades.last() {
            closes.push(last.price);
            let moves: Vec<f64> = closes.windows(2).map(|c| c[1] - c[0]).collect();
            if let Some((change, before)) = moves.split_last()
                && before.len() >= s.sigma_bars as usize
            {
                let before = &before[before.len() - s.sigma_bars as usize..];
                let mean = before.iter().sum::<f64>() / before.len() as f64;
                let squares: f64 = before.iter().map(|m| (m - mean).powi(2)).sum();
                let sigma = (squares / (before.len() as f64 - 1.0)).sqrt();
                if sigma > 0.0 {
                    let volume: f64 = trades.iter().map(|d| d.quantity).sum();
                    pieces.push((volume, normal_cdf(change / sigma)));
                }
            }
        }
        end += bar;
    }
    // Buys between two marks of all that was poured.
    let total: f64 = pieces.iter().map(|p| p.0).sum();
    let full = (total / size + 1e-9) as usize;
    let bought = |mark: f64| {
        let mut from = 0.0;
        let part = |(volume, share): &(f64, f64)| {
            let taken = (mark - from).clamp(0.0, *volume);
            from += volume;
            taken * share
        };
        pieces.iter().map(part).sum::<f64>()
    };
    let bucket = |i: usize| (2.0 * (bought((i + 1) as f64 * size) - bought(i as f64 * size)) - size).abs();
    (full >= buckets).then(|| (full - buckets..full).map(bucket).sum::<f64>() / (size * buckets as f64))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn streaming_is_batch(seed in any::<u64>(), step in 1i64..60) {
        let events = feed(seed, 900);
        let history = History::new(&events, &eth(), quick());
        let mut simulation = simulation(events, ClockMode::Every(ms(step * 10)), quick());
        let mut steps = 0;
        let mut awake = std::collections::BTreeSet::new();
        while simulation.step().unwrap() != StepOutcome::Finished {
            steps += 1;
            let now = simulation.clock().now.0;
            if steps % 7 == 0 || step > 20 {
                for (word, value) in expected(&history, now) {
                    near(feature(&simulation, word), value, &format!("{word} at {now}"));
                    if value.is_some() {
                        awake.insert(word);
                    }
                }
            }
        }
        prop_assert!(awake.len() > 20, "{awake:?}");
    }
}

/// How events are cut into steps does not matter, to the bit.
#[test]
fn any_clock_leaves_the_same_state() {
    let events = feed(3, 2_000);
    let at = |clock: i64| {
        let mut world = simulation(events.clone(), ClockMode::Every(ms(clock)), quick());
        let mut states = Vec::new();
        while world.step().unwrap() != StepOutcome::Finished {
            if world.clock().now.0 % 2_100_000_000 == 0 {
                states.push(state(&world).clone());
            }
        }
        states
    };
    let slow = at(2_100);
    assert!(slow.len() > 8);
    for clock in [10, 70, 300] {
        let quick = at(clock);
        assert!(quick.len() > 8 && quick.iter().zip(&slow).all(|(a, b)| a == b), "{clock}");
    }
}
