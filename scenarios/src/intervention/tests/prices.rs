//! Prices: known answers, and what holds of all of them.

use manyworlds_components::bar::Bar;
use proptest::prelude::*;

use super::*;

const FLAT: [f64; 4] = [100.0, 101.0, 99.0, 100.0];

/// Closes, rounded to a millionth.
fn closes(interventions: &str, n: usize) -> Vec<f64> {
    let shocked = intervened(interventions, &[bars([FLAT; 40])]);
    bars_of(&*shocked[0])[..n].iter().map(|b| (b.close * 1e6).round() / 1e6).collect()
}

#[test]
fn a_gap_and_its_recovery() {
    let gap = r#"(at: "2024-01-01T00:03:00Z", what: PriceShock(size: -0.2, recovery: Exponential(half_life: "2m", share: 0.6)))"#;
    let shocked = intervened(gap, &[bars([FLAT; 40])]);
    let (plain, bars) = (bars_of(&*bars([FLAT; 40])), bars_of(&*shocked[0]));
    assert_eq!(bars[..3], plain[..3], "not a bit before it, of a bar that closes at it neither");
    // At the gap 80; of the 12 that come back, half in two minutes: 86 at minute 5, 89 at minute 7; 92 in the end.
    let opens: Vec<f64> = [3, 5, 7, 39].iter().map(|i| bars[*i].open).collect();
    assert!((opens[0] - 80.0).abs() < 1e-12 && (opens[1] - 86.0).abs() < 1e-12, "{opens:?}");
    assert!((opens[2] - 89.0).abs() < 1e-12 && (opens[3] - 92.0).abs() < 1e-4, "{opens:?}");
    // The range of the bar: the low is that of its deepest moment, the high of its end.
    assert!((bars[3].low - 79.2).abs() < 1e-12);
    assert!((bars[3].high / 101.0 - bars[3].close / 100.0).abs() < 1e-12);
    assert_eq!(
        closes(r#"(at: "2024-01-01T00:03:00Z", what: PriceShock(size: -0.2))"#, 5),
        [100.0, 100.0, 100.0, 80.0, 80.0]
    );
}

#[test]
fn ramps_lines_and_paths() {
    let ramp = r#"(at: "2024-01-01T00:02:00Z", what: PriceShock(size: -0.1, shape: Ramp("4m"), recovery: Linear(over: "2m", share: 0.5)))"#;
    let expected = [100.0, 100.0, 97.5, 95.0, 92.5, 90.0, 92.5, 95.0, 95.0];
    assert_eq!(closes(ramp, 9), expected, "each bar as of its end");
    let path = r#"(at: "2024-01-01T00:02:00Z", what: PricePath([("4m", -0.1), ("6m", -0.05)]))"#;
    assert_eq!(closes(path, 9), expected, "the same");
    let two = format!("{ramp}, {}", path.replace("02:00", "12:00"));
    assert_eq!(closes(&two, 20)[19], 100.0 * 0.95 * 0.95, "one after the other");
}

#[test]
fn bars_and_prints_of_a_symbol_move_alike() {
    // Prints of 100 every ten seconds; the shock begins in the middle of minute 2.
    let shock = r#"(at: "2024-01-01T00:02:30Z", what: PriceShock(size: 0.1, shape: Ramp("20s")))"#;
    let both = intervened(shock, &[bars([[100.0; 4]; 5]), prints((0..30).map(|i| (10 * i, 100.0)))]);
    let (bars, prints) = (bars_of(&*both[0]), prices_of(&*both[1]));
    assert_eq!(prints[12..18], [100.0, 100.0, 100.0, 100.0, 105.0, 110.00000000000001]);
    let bar = bars[2];
    assert_eq!((bar.open, bar.low), (prints[12], 100.0));
    assert!(bar.close == prints[17] && bar.high == prints[17]);
}

#[test]
fn volatility_scales_log_returns_and_goes_on_from_there() {
    let twice = r#"(at: "2024-01-01T00:00:30Z", until: "2024-01-01T00:01:00Z", what: Volatility(2.0))"#;
    let rows = [100.0, 110.0, 110.0, 121.0, 121.0, 121.0, 110.0, 121.0, 121.0];
    let plain = prints(rows.iter().enumerate().map(|(i, p)| (10 * i as i64, *p)));
    let scaled = prices_of(&*intervened(twice, &[plain])[0]);
    // The base is the last price before, 110 at second 20; twice ln(1.1) is ln(1.21).
    let after = 110.0 * 1.21;
    let expected = [100.0, 110.0, 110.0, after, after, after, after / 1.1, after, after];
    for (found, expected) in scaled.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{scaled:?}");
    }
    // A calm: no returns at all.
    let calm = prices_of(
        &*intervened(
            &twice.replace("2.0", "0.0"),
            &[prints([(0, 100.0), (40, 90.0), (50, 95.0), (60, 95.0)])],
        )[0],
    );
    assert_eq!(calm, [100.0, 100.0, 100.0, 100.0]);
}

#[test]
fn an_order_moves_prices_by_the_square_root_law_and_they_come_back() {
    // Closes 100 and 101 by turns: log returns of +-ln 1.01; nine of them in ten bars, of volume 10.
    let rows: Vec<[f64; 4]> = (0..200).map(|i| [100.0 + f64::from(i % 2); 4]).collect();
    let order = r#"(at: "2024-01-01T00:20:00Z", what: OrderFlow(side: Sell, quantity: 2.5,
        impact: (coefficient: 1.2, window: 10, half_life: "5m", permanent: 0.25)))"#;
    let moved = bars_of(&*intervened(order, &[bars(rows.clone())])[0]);
    let r = 1.01_f64.ln();
    let returns: Vec<f64> = (0..9).map(|i| if i % 2 == 0 { r } else { -r }).collect();
    let mean = returns.iter().sum::<f64>() / 9.0;
    let sigma = (returns.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 8.0).sqrt();
    let impact = 1.2 * sigma * (2.5_f64 / 10.0).sqrt();
    let change = |i: usize| 1.0 - moved[i].open / rows[i][0];
    assert_eq!(change(19), 0.0);
    assert!((change(20) - impact).abs() < 1e-12);
    assert!((change(25) - impact * (0.25 + 0.75 / 2.0)).abs() < 1e-12);
    assert!((change(199) - impact * 0.25).abs() < 1e-9);
    // Nothing to measure by.
    let early = order.replace("00:20:00", "00:01:00");
    let error = apply::sources(&scenario(&early), &[sourced(bars(rows))]).err().unwrap();
    assert!(error.to_string().contains("fewer than two returns"), "{error}");
    assert!(error.to_string().starts_with("scenario:8: "), "{error}");
}

#[test]
fn an_imbalance_is_drawn_for_every_print() {
    let flow = r#"(at: "2024-01-01T00:16:40Z", until: "2024-01-01T01:00:00Z", what: FlowImbalance(-0.6))"#;
    let plain = prints((0..5_000).map(|i| (i, 100.0)));
    let source = &intervened(flow, &[plain])[0];
    let sides: Vec<i64> = events(&**source, 7)
        .iter()
        .map(|e| match e.data {
            MarketData::Trade(t) => match t.aggressor {
                AggressorSide::Buyer => 1,
                AggressorSide::Seller => -1,
                AggressorSide::Unknown => 0,
            },
            _ => panic!(),
        })
        .collect();
    assert!(sides[..1_000].iter().chain(&sides[3_600..]).all(|s| *s == 0));
    let mean = sides[1_000..3_600].iter().sum::<i64>() as f64 / 2_600.0;
    // The standard error is 0.8 / sqrt(2600).
    assert!((mean + 0.6).abs() < 4.0 * 0.8 / 2_600.0_f64.sqrt(), "{mean}");
}

/// A random walk of prints, and the bars that hold them.
fn walk() -> impl Strategy<Value = (Vec<(i64, f64)>, Vec<[f64; 4]>)> {
    prop::collection::vec(-0.02..0.02f64, 240).prop_map(|steps| {
        let mut price = 100.0;
        let mut prints = Vec::new();
        for (i, step) in steps.iter().enumerate() {
            price *= 1.0 + step;
            prints.push((5 * i as i64, price));
        }
        let bar = |minute: &[(i64, f64)]| {
            let prices = || minute.iter().map(|p| p.1);
            let (high, low) = (prices().fold(f64::MIN, f64::max), prices().fold(f64::MAX, f64::min));
            [minute[0].1, high, low, minute[minute.len() - 1].1]
        };
        let bars = prints.chunks(12).map(bar).collect();
        (prints, bars)
    })
}

fn anything() -> impl Strategy<Value = String> {
    let seconds = (0i64..1_100, 1i64..400, -0.9..2.0f64, 0.0..4.0f64, 0usize..5);
    seconds.prop_map(|(from, lasts, size, factor, kind)| {
        let size = if size == 0.0 { 0.5 } else { size };
        let what = match kind {
            0 => format!("PriceShock(size: {size:?})"),
            1 => format!(
                "PriceShock(size: {size:?}, shape: Ramp(\"{lasts}s\"), recovery: Exponential(half_life: \"30s\"))"
            ),
            2 => format!(
                "PriceShock(size: {size:?}, shape: Ramp(\"7s\"), recovery: Linear(over: \"{lasts}s\", share: 0.5))"
            ),
            3 => format!("PricePath([(\"{lasts}s\", {size:?}), (\"500s\", 0.3)])"),
            _ => format!("Volatility({factor:?})"),
        };
        let until = if kind == 4 { format!(", until: \"{}\"", at(from + lasts)) } else { String::new() };
        format!("(at: \"{}\"{until}, what: {what})", at(from))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn bars_stay_valid_and_hold_their_prints((trades, rows) in walk(), kinds in prop::collection::vec(anything(), 1..4)) {
        let plain = [bars(rows), prints(trades)];
        let both = intervened(&kinds.join(", "), &plain);
        let first = scenario(&kinds.join(", ")).interventions.iter().map(|i| i.at).min().unwrap();
        let (moved, prices) = (bars_of(&*both[0]), prices_of(&*both[1]));
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        for (i, bar) in moved.iter().enumerate() {
            prop_assert!(bar.is_valid(), "{bar:?}");
            let own = &prices[12 * i..12 * (i + 1)];
            prop_assert!(close(bar.open, own[0]), "{bar:?} {own:?}");
            prop_assert!(own.iter().all(|p| *p >= bar.low * (1.0 - 1e-12) && *p <= bar.high * (1.0 + 1e-12)), "{bar:?} {own:?}");
        }
        let unmoved = |i: usize, source: &dyn EventSource| source.ts_recv(i as u64);
        for (source, old) in both.iter().zip(&plain) {
            prop_assert_eq!(source.len(), old.len());
            for (i, (new, old)) in events(&**source, 4).iter().zip(events(&**old, 9)).enumerate() {
                prop_assert_eq!((new.ts_recv, new.ts_event, new.symbol), (old.ts_recv, old.ts_event, old.symbol));
                prop_assert_eq!(unmoved(i, &**source), old.ts_recv);
                let before = match old.data {
                    MarketData::Bar(Bar { close_time, .. }) => close_time <= first,
                    _ => old.ts_event < first,
                };
                prop_assert!(!before || new == &old);
            }
        }
    }
}
