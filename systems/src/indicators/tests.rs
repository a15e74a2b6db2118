//! TA-Lib's corpus (`oracles.md`), batch recomputation, and what is undefined.

use proptest::prelude::*;

use super::*;

/// Open, high, low, close of TA-Lib's 252 daily bars; `None`, and a plain word, where the data is not there.
pub(crate) fn corpus() -> Option<Vec<[f64; 4]>> {
    let data = std::env::var("MANYWORLDS_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").into());
    let Ok(text) = std::fs::read_to_string(format!("{data}/talib/daily_ref_0.csv")) else {
        println!("skipped: no talib/daily_ref_0.csv in {data}");
        return None;
    };
    let row = |line: &str| {
        let cells: Vec<f64> = line.split(',').skip(1).take(4).map(|c| c.parse().unwrap()).collect();
        [cells[0], cells[1], cells[2], cells[3]]
    };
    Some(text.lines().skip(1).map(row).collect())
}

fn near(value: Option<f64>, expected: f64) {
    let value = value.unwrap();
    assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
}

fn first<T>(values: &[Option<T>]) -> usize {
    values.iter().position(Option::is_some).unwrap()
}

#[test]
fn averages_and_rsi_of_the_corpus() {
    let Some(bars) = corpus() else { return };
    let (mut ema, mut rsi) = (Ema::default(), Rsi::new(14));
    let emas: Vec<_> = bars.iter().map(|b| ema.update(b[3], 10)).collect();
    assert_eq!(first(&emas), 9);
    near(emas[9], 93.225500);
    near(emas[10], 93.752682);
    near(emas[251], 108.975212);
    let rsis: Vec<_> = bars.iter().map(|b| rsi.update(b[3])).collect();
    assert_eq!(first(&rsis), 14);
    near(rsis[14], 49.147340);
    near(rsis[15], 52.325553);
    near(rsis[251], 49.632102);
}

#[test]
fn ranges_of_the_corpus() {
    let Some(bars) = corpus() else { return };
    let (mut atr, mut adx) = (Atr::new(14), Adx::new(14));
    let atrs: Vec<_> = bars.iter().map(|b| atr.update(b[1], b[2], b[3])).collect();
    assert_eq!(first(&atrs), 14);
    near(atrs[14], 3.578214);
    near(atrs[15], 3.487628);
    near(atrs[251], 3.260809);
    let values: Vec<_> = bars.iter().map(|b| adx.update(b[1], b[2], b[3])).collect();
    let adxs: Vec<_> = values.iter().map(|v| v.adx).collect();
    assert_eq!(first(&adxs), 27);
    near(adxs[27], 22.999310);
    near(adxs[28], 22.080263);
    near(adxs[251], 15.526058);
    assert!(values[12].plus_di.is_none() && values[14].plus_di.is_some());
}

#[test]
fn macd_and_bands_of_the_corpus() {
    let Some(bars) = corpus() else { return };
    let (mut macd, mut bands) = (Macd::new(12, 26, 9), Bollinger::new(20, 2.0));
    let macds: Vec<_> = bars.iter().map(|b| macd.update(b[3])).collect();
    assert_eq!(first(&macds), 33);
    for (at, [line, signal, histogram]) in
        [(33, [-1.973831, -2.707108, 0.733276]), (251, [0.904009, 1.404594, -0.500585])]
    {
        near(macds[at].map(|m| m.line), line);
        near(macds[at].map(|m| m.signal), signal);
        near(macds[at].map(|m| m.histogram), histogram);
    }
    let bands: Vec<_> = bars.iter().map(|b| bands.update(b[3])).collect();
    assert_eq!(first(&bands), 19);
    for (at, [upper, middle, lower]) in
        [(19, [98.073395, 92.891000, 87.708605]), (251, [116.599992, 110.57, 104.540008])]
    {
        near(bands[at].map(|b| b.upper), upper);
        near(bands[at].map(|b| b.middle), middle);
        near(bands[at].map(|b| b.lower), lower);
    }
    near(bands[19].unwrap().position(92.891), 0.5);
}

/// A market that does not move has no strength, no direction and no place between its bands.
#[test]
fn a_flat_market_is_undefined() {
    let (mut rsi, mut adx, mut bands, mut atr) =
        (Rsi::new(3), Adx::new(3), Bollinger::new(3, 2.0), Atr::new(3));
    for _ in 0..20 {
        assert_eq!(rsi.update(5.0), None);
        assert_eq!(adx.update(5.0, 5.0, 5.0), AdxValue::default());
        assert!(bands.update(5.0).is_none_or(|b| b.position(5.0).is_none()));
        assert!(atr.update(5.0, 5.0, 5.0).is_none_or(|a| a == 0.0));
    }
    assert!(adx.update(6.0, 5.0, 6.0).plus_di.is_some(), "and wakes up with the first move");
}

#[test]
fn limits() {
    let (mut rsi, mut adx) = (Rsi::new(5), Adx::new(5));
    let (mut strength, mut direction) = (None, AdxValue::default());
    for i in 0..40 {
        let p = 100.0 + f64::from(i);
        strength = rsi.update(p);
        direction = adx.update(p + 0.5, p - 0.5, p);
    }
    assert_eq!(strength, Some(100.0));
    assert!((direction.adx.unwrap() - 100.0).abs() < 1e-9);
    assert_eq!(direction.minus_di, Some(0.0));
}

#[test]
fn moments_of_equal_values_and_of_none() {
    let none = Moments::default();
    assert_eq!(none.merge(&none), none);
    assert_eq!((none.variance(), Moments::of(3.0).variance()), (None, None));
    let mut window = SlidingWindow::new(7);
    let last = (0..40).filter_map(|_| window.push(Moments::of(0.1))).next_back().unwrap();
    assert_eq!((last.mean, last.squares), (0.1, 0.0));
}

proptest! {
    /// The ring against the tail of a plain vector.
    #[test]
    fn rings_keep_the_tail(capacity in 1usize..9, values in prop::collection::vec(0i32..100, 0..40)) {
        let mut ring = Ring::new(capacity);
        for (i, v) in values.iter().enumerate() {
            prop_assert_eq!(ring.push(*v), i.checked_sub(capacity).map(|at| values[at]));
            let (old, new) = ring.slices();
            let kept: Vec<i32> = old.iter().chain(new).copied().collect();
            prop_assert_eq!(&kept[..], &values[(i + 1).saturating_sub(capacity)..=i]);
            prop_assert_eq!(ring.len(), kept.len());
        }
        ring.clear();
        prop_assert!(ring.is_empty() && !ring.is_full());
    }

    /// Windows of any length against plain recomputation at every step, with values of very different size.
    #[test]
    fn windows_are_their_values(length in 1usize..12, values in prop::collection::vec((-1.0f64..1.0, -6i32..7), 1..80)) {
        let values: Vec<f64> = values.into_iter().map(|(v, e)| v * 10f64.powi(e)).collect();
        let (mut sums, mut moments) = (SlidingWindow::new(length), SlidingWindow::new(length));
        for (i, v) in values.iter().enumerate() {
            let (sum, moment) = (sums.push(*v), moments.push(Moments::of(*v)));
            prop_assert_eq!(sum.is_some(), i + 1 >= length);
            prop_assert_eq!(moment.is_some(), i + 1 >= length);
            let (Some(sum), Some(moment)) = (sum, moment) else { continue };
            let tail = &values[i + 1 - length..=i];
            let size = tail.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            prop_assert!((sum - tail.iter().sum::<f64>()).abs() <= 1e-14 * size * length as f64);
            let mean = tail.iter().sum::<f64>() / length as f64;
            let squares: f64 = tail.iter().map(|v| (v - mean).powi(2)).sum();
            prop_assert!((moment.mean - mean).abs() <= 1e-13 * size);
            prop_assert!((moment.squares - squares).abs() <= 1e-13 * size * size * length as f64);
        }
    }

    /// Mirrored prices exchange gains and losses.
    #[test]
    fn mirrors(moves in prop::collection::vec(-1.0f64..1.0, 30..60)) {
        let (mut up, mut down) = (Rsi::new(14), Rsi::new(14));
        let (mut plus, mut minus) = (Adx::new(7), Adx::new(7));
        let mut p = 0.0;
        for m in moves {
            p += m;
            if let Some((a, b)) = up.update(100.0 + p).zip(down.update(100.0 - p)) {
                prop_assert!((a + b - 100.0).abs() < 1e-9);
            }
            let a = plus.update(100.0 + p + 0.3, 100.0 + p - 0.2, 100.0 + p);
            let b = minus.update(100.0 - p + 0.2, 100.0 - p - 0.3, 100.0 - p);
            if let Some((a, b)) = a.plus_di.zip(b.minus_di) {
                prop_assert!((a - b).abs() < 1e-9);
            }
            if let Some((a, b)) = a.adx.zip(b.adx) {
                prop_assert!((a - b).abs() < 1e-6, "{} {}", a, b);
            }
        }
    }

    /// ATR against Wilder's definition over the whole history, at every step.
    #[test]
    fn atr_is_wilders(bars in prop::collection::vec((1.0f64..9.0, 0.0f64..1.0, 0.0f64..1.0), 1..60), n in 1usize..8) {
        let mut atr = Atr::new(n);
        let ranges: Vec<f64> = bars.windows(2).map(|b| {
            let ((before, ..), (c, up, down)) = (b[0], b[1]);
            (up + down).max((c + up - before).abs()).max((c - down - before).abs())
        }).collect();
        for (i, (c, up, down)) in bars.iter().enumerate() {
            let expected = (i >= n).then(|| {
                let seed = ranges[..n].iter().sum::<f64>() / n as f64;
                ranges[n..i].iter().fold(seed, |a, r| (a * (n as f64 - 1.0) + r) / n as f64)
            });
            let value = atr.update(c + up, c - down, *c);
            prop_assert_eq!(value.is_some(), expected.is_some());
            if let Some((v, e)) = value.zip(expected) {
                prop_assert!((v - e).abs() < 1e-12 * e.max(1.0));
            }
        }
    }
}
