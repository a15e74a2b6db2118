//! Baselines against known answers and against plain recomputation.

use std::path::PathBuf;

use manyworlds_components::bar::Bar;
use manyworlds_components::forecast::Probabilities;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::LastPrice;
use manyworlds_components::time::{Frame, Timestamp};
use proptest::prelude::*;

use super::super::averages::Averages;
use super::super::forecaster::{FeatureView, Forecaster, SymbolView};
use super::super::scoring::Scoring;
use super::*;

/// (high, low, close)
type Row = (f64, f64, f64);

/// Runs a model over bars, `chunk` bars per step, and returns its word after each step.
fn run<F: Forecaster>(
    model: &F,
    rows: &[Row],
    chunk: usize,
    kept: usize,
    scoring: Scoring,
) -> Vec<Option<Outlook>> {
    let kept = model.bars_needed().max(kept);
    // What a model says of its reading is held to it.
    let whole = if model.reads_closes_only() { 1 } else { kept };
    let mut bars = BarSeries::with_closes(whole, kept);
    let mut averages = Averages::new(&model.averages());
    let places: Vec<u32> = (0..model.averages().len() as u32).collect();
    let mut state = F::State::default();
    let step_of = |(step, rows): (usize, &[Row])| {
        for (high, low, close) in rows {
            let at = Timestamp(bars.count() as i64 * Frame::MINUTE.nanos());
            bars.push(&Bar::new(at, Frame::MINUTE, [*close, *high, *low, *close, 1.0]), step as u64 + 1);
        }
        averages.follow(&bars);
        let last = LastPrice { price: 1.0, events: 1, ..LastPrice::default() };
        let now = bars.close_time();
        let step = step as u64 + 1;
        let view = SymbolView {
            symbol: SymbolId(0),
            now,
            step,
            bars: &bars,
            last: &last,
            features: FeatureView::new(None, SymbolId(0), None),
            averages: averages.view(&places),
            scoring,
        };
        let outlook = model.forecast(&view, &mut state);
        outlook.filter(|_| bars.count() >= model.warmup())
    };
    rows.chunks(chunk).enumerate().map(step_of).collect()
}

const NEXT: Scoring = Scoring { horizon: 1, neutral_bps: 0.0 };

fn flat(closes: &[f64]) -> Vec<Row> {
    closes.iter().map(|c| (*c, *c, *c)).collect()
}

fn actions(words: &[Option<Outlook>]) -> String {
    words.iter().map(|w| w.map_or('-', |w| ['S', 'H', 'B'][w.probabilities.best() as usize])).collect()
}

#[test]
fn small_known_answers() {
    let up_down = flat(&[1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0]);
    let on = |words: Vec<Option<Outlook>>| actions(&words);
    assert_eq!(on(run(&SmaCross { fast: 1, slow: 2 }, &up_down, 1, 0, NEXT)), "-BBBSSS");
    assert_eq!(on(run(&SmaCross { fast: 1, slow: 3 }, &flat(&[5.0; 5]), 1, 0, NEXT)), "--HHH");
    assert_eq!(on(run(&EmaCross { fast: 1, slow: 2 }, &up_down, 1, 0, NEXT)), "-BBBSSS");
    let momentum = |threshold, skip| Momentum { lookback: 2, threshold, skip };
    assert_eq!(on(run(&momentum(0.0, 0), &up_down, 1, 0, NEXT)), "--BBHSS");
    assert_eq!(on(run(&momentum(0.4, 1), &up_down, 1, 0, NEXT)), "--BBHHH");
    assert_eq!(on(run(&Breakout { window: 2 }, &up_down, 1, 0, NEXT)), "--BBBSS");
    assert_eq!(on(run(&BuyAndHold, &up_down[..2], 1, 0, NEXT)), "BB");
    assert_eq!(on(run(&MajorityClass { window: 3 }, &up_down, 1, 3, NEXT)), "---BBSS");
    // Population sigma of (1, 1, 1, 5) is sqrt(3): z = 3 / sqrt(3).
    let words =
        run(&MeanReversion { window: 4, z: 1.7 }, &flat(&[1.0, 1.0, 1.0, 5.0, 1.0, 1.0, 1.0]), 1, 0, NEXT);
    assert_eq!(actions(&words), "---SHHH");
    assert!((words[3].unwrap().score + 3f64.sqrt()).abs() < 1e-12);
    let below = run(&MeanReversion { window: 4, z: 1.8 }, &flat(&[5.0, 5.0, 5.0, 1.0]), 1, 0, NEXT);
    assert_eq!(actions(&below), "---H", "sqrt(3) is within 1.8");
}

#[test]
fn rules_speak_with_the_stated_strength() {
    let word = run(&BuyAndHold, &flat(&[1.0]), 1, 0, NEXT)[0].unwrap();
    assert_eq!(word.probabilities, Probabilities::leaning(Action::Buy, RULE_STRENGTH));
    assert!((word.probabilities.of(Action::Buy) - 0.866_666_666_666_666_7).abs() < 1e-15);
}

#[test]
fn ema_10_is_that_of_ta_lib() {
    let root = std::env::var("MANYWORLDS_DATA").map(PathBuf::from);
    let root = root.unwrap_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let Ok(text) = std::fs::read_to_string(root.join("talib/daily_ref_0.csv")) else {
        eprintln!("skipped: no talib/daily_ref_0.csv in the data folder");
        return;
    };
    let mut lines = text.lines();
    let close = lines.next().unwrap().split(',').position(|c| c == "close").unwrap();
    let mut ema = Ema::default();
    let values: Vec<_> =
        lines.map(|l| ema.update(l.split(',').nth(close).unwrap().trim().parse().unwrap(), 10)).collect();
    assert_eq!(values.len(), 252);
    assert_eq!(values[8], None);
    for (bar, expected) in [(9, 93.225500), (10, 93.752682), (251, 108.975212)] {
        let value = values[bar].unwrap();
        assert!((value - expected).abs() < 1e-6, "EMA 10 [{bar}] is {value}, not {expected}");
    }
}

#[test]
fn equal_averages_are_equal_after_any_history() {
    // 0.1 is no binary fraction: plain rolling sums of it would end up apart.
    let mut prices: Vec<f64> = (0..5_000).map(|i| 0.1 + f64::from(i % 97) * 1e7).collect();
    prices.extend([0.1; 40]);
    let words = run(&SmaCross { fast: 10, slow: 30 }, &flat(&prices), 1, 0, NEXT);
    assert_eq!(words.last().unwrap().unwrap().score, 0.0);
    let words = run(&MeanReversion { window: 30, z: 0.0 }, &flat(&prices), 1, 0, NEXT);
    assert_eq!(words.last().unwrap().unwrap().score, 0.0);
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (1.0f64..1e4, 0.0f64..0.1, 0.0f64..0.1)
        .prop_map(|(c, up, down)| (c * (1.0 + up), c * (1.0 - down), c));
    prop::collection::vec(row, 1..120)
}

/// The word of a model is a function of all bars so far: `batch` computes it from them.
fn check<F: Forecaster>(
    model: &F,
    rows: &[Row],
    chunk: usize,
    batch: impl Fn(&[Row]) -> Option<f64>,
) -> Result<(), TestCaseError> {
    let kept = model.bars_needed() + chunk;
    for (i, word) in run(model, rows, chunk, kept, NEXT).into_iter().enumerate() {
        let seen = ((i + 1) * chunk).min(rows.len());
        let expected = batch(&rows[..seen]);
        prop_assert_eq!(word.is_some(), expected.is_some(), "bar {}", seen);
        let (Some(word), Some(expected)) = (word, expected) else { continue };
        let close = (word.score - expected).abs() <= 1e-9 * (1.0 + expected.abs());
        prop_assert!(close, "bar {}: {} is not {}", seen, word.score, expected);
    }
    Ok(())
}

fn tail(rows: &[Row], n: usize) -> Option<&[Row]> {
    rows.len().checked_sub(n).map(|from| &rows[from..])
}

fn mean(rows: &[Row]) -> f64 {
    rows.iter().map(|r| r.2).sum::<f64>() / rows.len() as f64
}

proptest! {
    #[test]
    fn streaming_is_batch(rows in rows(), fast in 1usize..12, more in 1usize..20, chunk in 1usize..4) {
        let slow = fast + more;
        check(&SmaCross { fast, slow }, &rows, chunk, |rows| {
            Some(mean(tail(rows, fast)?) / mean(tail(rows, slow)?) - 1.0)
        })?;
        let ema = |rows: &[Row], n: usize| -> Option<f64> {
            let seed = mean(rows.get(..n)?);
            Some(rows[n..].iter().fold(seed, |e, r| e + 2.0 / (n as f64 + 1.0) * (r.2 - e)))
        };
        check(&EmaCross { fast, slow }, &rows, chunk, |rows| Some(ema(rows, fast)? / ema(rows, slow)? - 1.0))?;
        check(&Momentum { lookback: slow, threshold: 0.1, skip: fast }, &rows, chunk, |rows| {
            let old = tail(rows, slow + 1)?[0].2;
            Some(rows[rows.len() - 1 - fast].2 / old - 1.0)
        })?;
        check(&MeanReversion { window: slow, z: 1.0 }, &rows, chunk, |rows| {
            let window = tail(rows, slow)?;
            let m = mean(window);
            let sigma = (window.iter().map(|r| (r.2 - m).powi(2)).sum::<f64>() / slow as f64).sqrt();
            Some(-(window[slow - 1].2 - m) / sigma)
        })?;
        check(&Breakout { window: fast }, &rows, chunk, |rows| {
            let before = &tail(rows, fast + 1)?[..fast];
            let top = before.iter().fold(f64::MIN, |a, r| a.max(r.0));
            let bottom = before.iter().fold(f64::MAX, |a, r| a.min(r.1));
            let half = 0.5 * (top - bottom);
            let broke = rows.windows(fast + 1).any(|w| {
                let (close, before) = (w[fast].2, &w[..fast]);
                before.iter().all(|r| close > r.0) || before.iter().all(|r| close < r.1)
            });
            (broke && half > 0.0).then(|| (rows[rows.len() - 1].2 - bottom - half) / half)
        }).or_else(|e| if rows.iter().any(|r| r.0 == r.1) { Ok(()) } else { Err(e) })?;
    }

    /// The side of the last break-out, against a plain scan.
    #[test]
    fn breakouts_hold(rows in rows(), window in 1usize..10) {
        let words = run(&Breakout { window }, &rows, 1, 0, NEXT);
        let mut side = '-';
        for (i, word) in words.iter().enumerate().skip(window) {
            let before = &rows[i - window..i];
            if before.iter().all(|r| rows[i].2 > r.0) { side = 'B' }
            if before.iter().all(|r| rows[i].2 < r.1) { side = 'S' }
            prop_assert_eq!(actions(&[*word]), side.to_string());
        }
    }

    #[test]
    fn majority_class_counts_outcomes(rows in rows(), window in 1usize..10, horizon in 1u64..5, neutral_bps in 0.0f64..4_000.0) {
        let scoring = Scoring { horizon, neutral_bps };
        let words = run(&MajorityClass { window }, &rows, 1, horizon as usize + 2, scoring);
        for (i, word) in words.iter().enumerate() {
            let outcomes: Vec<_> = (horizon as usize..=i)
                .map(|j| scoring.outcome(rows[j - horizon as usize].2, rows[j].2)).collect();
            let Some(last) = outcomes.len().checked_sub(window) else {
                prop_assert!(word.is_none());
                continue;
            };
            for action in Action::ALL {
                let share = outcomes[last..].iter().filter(|o| **o == action).count() as f64 / window as f64;
                prop_assert!((word.unwrap().probabilities.of(action) - share).abs() < 1e-12);
            }
        }
    }
}
