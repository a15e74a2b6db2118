//! `market_analysis` on the synthetic regime-switching market, whose hidden regime is known.

use manyworlds::data::synthetic::{RegimeSpec, SymbolSpec, SyntheticMarket, SyntheticSpec, VolatilitySpec};
use manyworlds_components::regime::{MarketRegime, Regime};
use manyworlds_components::time::Frame;
use manyworlds_systems::market_analysis::hmm::HmmWorkspace;
use manyworlds_systems::market_analysis::{MarketAnalysis, MarketAnalysisSettings};

/// The hidden regime of every bar, and what the module said at its close: regime in force, P(most volatile state).
type Row = (usize, Option<Regime>, Option<f64>);

fn analyze(regimes: Vec<RegimeSpec>, bars: u64, seed: u64) -> Vec<Row> {
    // Jumps, Student-t tails and the daily rhythm are the defaults; volatility moves within a regime, but by less than
    // the default, with which the default regimes can hardly be told from its clusters.
    let volatility = VolatilitySpec { log_sd: 0.3, ..VolatilitySpec::default() };
    let spec =
        SyntheticSpec { regimes: Some(regimes), bars: Some(bars), volatility, ..SyntheticSpec::default() };
    let market = SyntheticMarket::new(&[SymbolSpec { symbol: "S".into(), spec }], seed).unwrap();
    let mut stream = market.bar_stream("S").unwrap();
    let settings = MarketAnalysisSettings::default();
    let (mut state, mut regime) = (MarketAnalysis::new(&settings), MarketRegime::default());
    let mut work = HmmWorkspace::default();
    std::iter::from_fn(|| {
        let labeled = stream.next_labeled()?;
        state.update(&labeled.bar, &mut regime, &settings, &mut work);
        Some((labeled.regime, regime.regime, state.p_high()))
    })
    .collect()
}

fn regime(name: &str, volatility: f64, annual_drift: f64, hours: i64) -> RegimeSpec {
    let mean_duration = Frame::from_nanos(hours * Frame::HOUR.nanos()).unwrap();
    RegimeSpec { name: name.into(), volatility, annual_drift, mean_duration }
}

/// Bars from each change of the hidden regime to the first of five bars in a row at which `found` says the new one; `None` where it
/// ended before.
fn lags(rows: &[Row], found: impl Fn(&Row) -> bool) -> Vec<Option<usize>> {
    let starts = (1..rows.len()).filter(|t| rows[*t].0 != rows[t - 1].0);
    let lag = |start: usize| {
        let length = rows[start..].iter().take_while(|r| r.0 == rows[start].0).count();
        rows[start..start + length].windows(5).position(|five| five.iter().all(&found))
    };
    starts.map(lag).collect()
}

fn median(lags: &[Option<usize>]) -> usize {
    let mut found: Vec<usize> = lags.iter().flatten().copied().collect();
    found.sort_unstable();
    found[found.len() / 2]
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// Four regimes of 8 hours on average, in the order of [`Regime::ALL`]: minutes that drift by 0.6 standard deviations
/// up or down, do not drift, or are five times as wild. Chance is 25%. (Defaults were chosen on seeds 1 to 3.)
#[test]
fn four_regimes_are_recovered() {
    let regimes = vec![
        regime("up", 0.5, 100.0, 8),
        regime("down", 0.5, -100.0, 8),
        regime("range", 0.5, 0.0, 8),
        regime("wild", 2.5, 0.0, 8),
    ];
    let mut wrong = Vec::new();
    for seed in [4, 5, 6] {
        let rows = analyze(regimes.clone(), 60_000, seed);
        let warm: Vec<Row> = rows.into_iter().filter(|r| r.1.is_some()).collect();
        let right = |r: &Row| r.1.map(Regime::index) == Some(r.0);
        let all = percent(warm.iter().filter(|r| right(r)).count(), warm.len());
        let most = (0..4).map(|i| warm.iter().filter(|r| r.0 == i).count()).max().unwrap();
        let lags = lags(&warm, right);
        let (lag, missed) = (median(&lags), lags.iter().filter(|l| l.is_none()).count());
        println!(
            "seed {seed}: {all:.1}% of bars right (largest class {:.1}%), median lag {lag} bars, {missed} of {} missed",
            percent(most, warm.len()),
            lags.len()
        );
        for (i, expected) in Regime::ALL.into_iter().enumerate() {
            let of: Vec<&Row> = warm.iter().filter(|r| r.0 == i).collect();
            let share = percent(of.iter().filter(|r| right(r)).count(), of.len());
            let said: Vec<String> = Regime::ALL
                .iter()
                .map(|s| format!("{:.0}", percent(of.iter().filter(|r| r.1 == Some(*s)).count(), of.len())))
                .collect();
            println!("  {:<14} {share:.1}% found (said: {})", expected.name(), said.join(" "));
            if share < 50.0 {
                wrong.push(format!("seed {seed}: {expected:?} {share}"));
            }
        }
        if all < 78.0 || lag > 25 {
            wrong.push(format!("seed {seed}: {all}% right, lag {lag}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The hidden Markov model alone on two regimes of 12 hours, one three times as wild. Chance is 50%.
#[test]
fn two_volatilities_are_recovered_by_the_hidden_markov_model() {
    let regimes = vec![regime("calm", 0.5, 0.0, 12), regime("wild", 1.5, 0.0, 12)];
    let mut wrong = Vec::new();
    for seed in [4, 5, 6] {
        let warm: Vec<Row> =
            analyze(regimes.clone(), 60_000, seed).into_iter().filter(|r| r.2.is_some()).collect();
        let right = |r: &Row| (r.2.unwrap() > 0.5) == (r.0 == 1);
        let all = percent(warm.iter().filter(|r| right(r)).count(), warm.len());
        let lags = lags(&warm, right);
        let lag = median(&lags);
        println!("seed {seed}: {all:.1}% of bars right, median lag {lag} bars over {} changes", lags.len());
        if all < 78.0 || lag > 10 {
            wrong.push(format!("seed {seed}: {all}% right, lag {lag}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
