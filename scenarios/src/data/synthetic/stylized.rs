//! Gates: what a synthetic market must show (Cont 2001), with default settings, for several seeds.

use std::sync::LazyLock;

use manyworlds_components::time::NANOS_PER_DAY;

use super::measures::*;
use super::*;

const SEEDS: [u64; 8] = [1, 2, 3, 7, 42, 1_234, 987_654_321, u64::MAX];
/// About nine months of minutes.
const BARS: u64 = 400_000;
/// From five minutes to a day, evenly in logs.
const LAGS: [usize; 12] = [5, 8, 12, 20, 35, 60, 100, 180, 300, 500, 800, 1_440];

/// What the gates look at, per seed.
#[derive(Debug, Clone)]
struct Facts {
    seed: u64,
    /// |autocorrelation| of returns over its standard error, at 5, 10, .. 60 minutes.
    linear: Vec<f64>,
    tail_index: f64,
    /// Autocorrelation of |r| at [`LAGS`].
    clustering: Vec<f64>,
    exponent: f64,
    /// At one minute, hour and day.
    kurtosis: [f64; 3],
    volume_volatility: f64,
    annual_volatility: f64,
    mean_volume: f64,
}

fn bars(spec: &SyntheticSpec, seed: u64) -> Vec<Bar> {
    let symbol = SymbolSpec { symbol: "BTCUSDT".into(), spec: spec.clone() };
    SyntheticMarket::new(&[symbol], seed).unwrap().bars("BTCUSDT").unwrap()
}

fn measure(spec: &SyntheticSpec, seed: u64) -> Facts {
    let bars = bars(spec, seed);
    let returns = log_returns(&bars);
    let sizes: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
    let volume: Vec<f64> = bars[1..].iter().map(|bar| bar.volume).collect();
    let clustering: Vec<f64> = LAGS.iter().map(|lag| autocorrelation(&sizes, *lag)).collect();
    let linear = |lag| autocorrelation(&returns, lag).abs() / robust_error(&returns, lag);
    Facts {
        seed,
        linear: (5..=60).step_by(5).map(linear).collect(),
        tail_index: hill_tail_index(&returns, 0.01),
        exponent: power_decay(&LAGS, &clustering),
        clustering,
        kurtosis: [1, 60, 1_440].map(|minutes| kurtosis(&aggregate(&returns, minutes))),
        volume_volatility: correlation(&sizes, &volume),
        annual_volatility: standard_deviation(&returns) * (365.0 * 1_440.0_f64).sqrt(),
        mean_volume: mean(&volume),
    }
}

static FACTS: LazyLock<Vec<Facts>> = LazyLock::new(|| {
    let spec = SyntheticSpec { bars: Some(BARS), ..SyntheticSpec::default() };
    SEEDS.par_iter().map(|seed| measure(&spec, *seed)).collect()
});

/// Within three standard errors at each lag, but for one of the 12 per seed that may reach 4.
#[test]
fn returns_have_no_linear_autocorrelation_beyond_minutes() {
    for facts in FACTS.iter() {
        let beyond = facts.linear.iter().filter(|z| **z > 3.0).count();
        assert!(beyond <= 1 && facts.linear.iter().all(|z| *z < 4.0), "{facts:?}");
    }
}

#[test]
fn the_tail_index_is_between_two_and_five() {
    assert!(FACTS.iter().all(|facts| (2.0..5.0).contains(&facts.tail_index)), "{:?}", *FACTS);
}

#[test]
fn absolute_returns_remember_with_a_power_law() {
    for facts in FACTS.iter() {
        assert!((0.2..0.4).contains(&facts.exponent), "{facts:?}");
        // Clusters: far above the band of white noise, 3/sqrt(n), even a day later.
        let band = 3.0 / (BARS as f64).sqrt();
        assert!(
            facts.clustering.iter().all(|acf| *acf > 1.5 * band) && facts.clustering[0] > 0.1,
            "{facts:?}"
        );
    }
}

#[test]
fn kurtosis_falls_with_the_horizon() {
    for Facts { kurtosis: [minute, hour, day], seed, .. } in FACTS.iter() {
        assert!(minute > hour && hour > day && *minute > 10.0, "seed {seed}: {minute} {hour} {day}");
    }
}

#[test]
fn volume_moves_with_volatility() {
    assert!(FACTS.iter().all(|facts| facts.volume_volatility > 0.3), "{:?}", *FACTS);
}

#[test]
fn levels_are_as_asked() {
    let volatility = mean(&FACTS.iter().map(|facts| facts.annual_volatility).collect::<Vec<_>>());
    let volume = mean(&FACTS.iter().map(|facts| facts.mean_volume).collect::<Vec<_>>());
    assert!((volatility / 0.6 - 1.0).abs() < 0.1, "annual volatility {volatility} instead of 0.6");
    assert!((volume / 20.0 - 1.0).abs() < 0.1, "mean volume {volume} instead of 20");
}

/// The gates can fail: a market of Gaussian returns with constant volatility passes none but the first.
#[test]
fn a_random_walk_does_not_pass() {
    let mut spec =
        SyntheticSpec { bars: Some(BARS), tail_degrees_of_freedom: None, ..SyntheticSpec::default() };
    spec.regimes = Some(Vec::new());
    spec.jumps.per_day = 0.0;
    spec.volatility.log_sd = 0.0;
    spec.volume.volatility_share = 0.0;
    let facts = measure(&spec, 1);
    assert!(facts.tail_index > 5.0 && facts.kurtosis[0] < 3.1 && facts.volume_volatility < 0.05, "{facts:?}");
    assert!(facts.clustering.iter().all(|acf| acf.abs() < 0.01), "{facts:?}");
}

#[test]
fn linked_symbols_correlate_as_asked() {
    let spec = SyntheticSpec { bars: Some(200_000), ..SyntheticSpec::default() };
    let linked = |symbol: &str, like: &str, correlation: f64| SymbolSpec {
        symbol: symbol.into(),
        spec: SyntheticSpec { like: Some(like.into()), correlation, ..spec.clone() },
    };
    let root = SymbolSpec { symbol: "A".into(), spec: spec.clone() };
    let symbols = [
        root,
        linked("B", "A", 0.8),
        linked("C", "A", 0.3),
        linked("D", "A", -0.6),
        linked("E", "B", 0.9),
        linked("F", "A", 0.0),
        linked("G", "A", 1.0),
    ];
    for seed in SEEDS.into_iter().take(3) {
        let market = SyntheticMarket::new(&symbols, seed).unwrap();
        let returns: Vec<Vec<f64>> =
            market.all_bars().unwrap().iter().map(|bars| log_returns(bars)).collect();
        for (i, j, asked) in
            [(0, 1, 0.8), (0, 2, 0.3), (0, 3, -0.6), (1, 4, 0.9), (0, 4, 0.72), (0, 5, 0.0), (0, 6, 1.0)]
        {
            for horizon in [1, 60] {
                let got = correlation(&aggregate(&returns[i], horizon), &aggregate(&returns[j], horizon));
                assert!(
                    (got - asked).abs() < 0.07,
                    "seed {seed}, {i} and {j}, {horizon}m: {got} not {asked}"
                );
            }
        }
    }
}

#[test]
fn volume_follows_the_time_of_day() {
    let mut spec = SyntheticSpec { bars: Some(200_000), ..SyntheticSpec::default() };
    spec.volume.pattern = IntradayPattern::UShape;
    let (mut by_hour, mut count) = ([0.0; 24], [0.0; 24]);
    for bar in bars(&spec, 11) {
        let hour = (bar.open_time.nanos().rem_euclid(NANOS_PER_DAY) * 24 / NANOS_PER_DAY) as usize;
        by_hour[hour] += bar.volume;
        count[hour] += 1.0;
    }
    let volume: Vec<f64> = by_hour.iter().zip(&count).map(|(sum, n)| sum / n).collect();
    let u: Vec<f64> = (0..24).map(|hour| ((f64::from(hour) + 0.5) / 12.0 - 1.0).powi(2)).collect();
    assert!(correlation(&volume, &u) > 0.95, "{volume:?}");
    assert!((volume[0] / volume[12] - 2.8).abs() < 0.6, "{volume:?}");
}

#[test]
fn regimes_and_jumps_show_in_returns() {
    let mut spec = SyntheticSpec { bars: Some(200_000), ..SyntheticSpec::default() };
    spec.jumps = JumpSpec { per_day: 1.0, mean: 0.1, sd: 0.005 };
    // Against 139 jumps of 10% upwards, so that the price stays clear of its ceiling.
    spec.annual_drift = -20.0;
    let market = SyntheticMarket::new(&[SymbolSpec { symbol: "A".into(), spec }], 5).unwrap();
    let mut stream = market.bar_stream("A").unwrap();
    let (mut square, mut count, mut jumps) = ([0.0; 2], [0.0; 2], 0);
    while let Some(label) = stream.next_labeled() {
        let log_return = (label.bar.close / label.bar.open).ln();
        jumps += usize::from(log_return > 0.06);
        square[label.regime] += label.volatility.powi(2);
        count[label.regime] += 1.0;
    }
    let days = 200_000.0 / 1_440.0;
    assert!((jumps as f64 - days).abs() < 4.0 * f64::sqrt(days), "{jumps} jumps in {days} days");
    let ratio = f64::sqrt(square[1] / count[1] / (square[0] / count[0]));
    assert!((ratio / (1.4 / 0.8) - 1.0).abs() < 0.25, "turbulent over calm volatility: {ratio}");
}

#[test]
fn trades_arrive_at_the_asked_rate_and_in_clusters() {
    let mut spec =
        SyntheticSpec { bars: Some(40_000), regimes: Some(Vec::new()), ..SyntheticSpec::default() };
    spec.volatility.log_sd = 0.2;
    let count = |spec: &SyntheticSpec| {
        let symbol = SymbolSpec { symbol: "A".into(), spec: spec.clone() };
        let market = SyntheticMarket::new(&[symbol], 9).unwrap();
        let mut seconds = vec![0.0; 40_000 * 60];
        for trade in market.trade_stream("A").unwrap() {
            seconds[((trade.ts_event - spec.start) / 1_000_000_000) as usize] += 1.0;
        }
        (mean(&seconds) * 60.0, standard_deviation(&seconds).powi(2) / mean(&seconds))
    };
    let (rate, fano) = count(&spec);
    spec.trades.branching_ratio = 0.0;
    let (plain_rate, plain_fano) = count(&spec);
    assert!((rate / 20.0 - 1.0).abs() < 0.1 && (plain_rate / 20.0 - 1.0).abs() < 0.1, "{rate} {plain_rate}");
    assert!(fano > plain_fano + 0.3, "Fano factor of seconds: {fano} with excitation, {plain_fano} without");
}
