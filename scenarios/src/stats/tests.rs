//! Known answers from outside the project, and the summary as a whole.

use manyworlds_components::time::NANOS_PER_DAY;

use super::*;

const MIXED: [f64; 9] = [f64::NAN, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1];
const NEGATIVE: [f64; 9] = [0.0, -0.06, -0.07, -0.01, -0.09, -0.02, -0.06, -0.08, -0.05];

#[track_caller]
fn near(value: Option<f64>, expected: f64, tolerance: f64) {
    let value = value.expect("defined");
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected}");
}

#[test]
fn empyricals_mixed_returns() {
    let daily = Conventions::default();
    near(sharpe(&MIXED, &daily), 1.7238613961706866, 1e-8);
    near(sortino(&MIXED, &daily), 2.605531251673693, 1e-8);
    near(calmar(&MIXED, &daily), 19.135925373194233, 1e-8);
    near(max_drawdown_of_returns(&MIXED), -0.1, 1e-8);
    near(annual_return(&MIXED, &daily), 1.9135925373194231, 1e-8);
    near(annual_volatility(&MIXED, &daily), 0.9136465399704637, 1e-8);
    near(downside_risk(&MIXED, &daily), 0.604_483_250_388_296_5, 1e-8);
    near(stability(&MIXED), 0.1529973665111273, 1e-8);
    near(omega(&MIXED, 0.01), 0.8125, 1e-8);
}

#[test]
fn empyricals_negative_returns() {
    let daily = Conventions::default();
    near(sharpe(&NEGATIVE, &daily), -24.406808633910085, 1e-8);
    near(sortino(&NEGATIVE, &daily), -13.532_743_075_043_4, 1e-8);
    near(max_drawdown_of_returns(&NEGATIVE), -0.36590730, 1e-8);
}

#[test]
fn empyricals_value_at_risk() {
    let returns = [1.0, 81.0, 82.0, 83.0, 84.0, 85.0];
    near(value_at_risk(&returns, 0.1), 41.0, 1e-8);
    near(value_at_risk(&returns, 0.2), 81.0, 1e-8);
    near(value_at_risk(&returns, 0.3), 81.5, 1e-8);
    near(conditional_value_at_risk(&returns, 0.1), 1.0, 1e-8);
    near(conditional_value_at_risk(&returns, 0.3), 41.0, 1e-8);
    assert_eq!((value_at_risk(&[], 0.05), conditional_value_at_risk(&[], 0.05)), (None, None));
}

#[test]
fn probabilistic_sharpe_of_a_normal_year() {
    near(probabilistic_sharpe(1.14, 1.0, 250, 0.0, 3.0), 0.95727, 1e-4);
    assert_eq!(probabilistic_sharpe(1.0, 0.0, 1, 0.0, 3.0), None);
    assert_eq!(probabilistic_sharpe(2.0, 0.0, 100, 9.0, 3.0), None, "a negative variance");
}

#[test]
fn deflated_sharpe_of_bailey_and_lopez_de_prado() {
    near(expected_maximum_sharpe(0.5 / 250.0, 100), 0.113172, 1e-6);
    near(deflated_sharpe(2.5 / 250_f64.sqrt(), 1250, -3.0, 10.0, 0.5 / 250.0, 100), 0.900397, 1e-6);
    assert_eq!(expected_maximum_sharpe(0.5, 1), Some(0.0));
    assert_eq!(expected_maximum_sharpe(0.5, 0), None);
    assert_eq!(expected_maximum_sharpe(-0.5, 3), None);
}

#[test]
fn minimum_track_record_by_frequency() {
    for (per_year, years) in [(252.0, 2.73), (52.0, 2.83), (12.0, 3.24_f64)] {
        let root = f64::sqrt(per_year);
        let periods = minimum_track_record_length(2.0 / root, 1.0 / root, 0.0, 3.0, 0.95);
        near(periods.map(|n| n / per_year), years, 0.005);
    }
    assert_eq!(minimum_track_record_length(1.0, 1.0, 0.0, 3.0, 0.95), None);
    assert_eq!(minimum_track_record_length(1.0, 0.0, 0.0, 3.0, 1.0), None);
}

#[test]
fn los_standard_error_and_eta() {
    near(sharpe_standard_error(1.0, 60), 0.158, 0.0005);
    let ar1 = |rho: f64| -> Vec<f64> { (1..12).map(|k| rho.powi(k)).collect() };
    near(eta(12, &ar1(0.2)), 2.88, 0.005);
    near(eta(12, &ar1(0.0)), 3.46, 0.005);
}

/// Hourly equity over ten days (a weekend among them) that ends at a midnight, with a fall inside the fourth day.
fn hourly() -> (Vec<i64>, Vec<f64>) {
    let wave =
        |h: i64| 100.0 + h as f64 * 0.05 + 2.0 * (h as f64 * 0.7).sin() - if h == 80 { 40.0 } else { 0.0 };
    (0..=240).map(|h| (h * NANOS_PER_DAY / 24, wave(h))).unzip()
}

#[test]
fn a_summary_agrees_with_its_parts() {
    let (ts, equity) = hourly();
    let conventions = Conventions::inferred(&ts);
    assert_eq!(conventions.to_string(), "rf 0, ddof 1, 365 periods/year, daily closes UTC");
    let trades = [10.0, -5.0, 20.0, -10.0].map(|pnl| TradeResult { pnl, fees: 1.0, return_: pnl / 100.0 });
    let exposure: Vec<f64> = (0..=240).map(|h| if h < 60 { 1.0 } else { 0.0 }).collect();
    let summary = Summary::of(&ts, &equity, &trades, conventions)
        .with_activity(&exposure, 1_000.0)
        .with_intervals(&ts, &equity, &Bootstrap::default());

    // Hour 0 is the midnight that closes the day before; hours 24, 48, .., 240 close the ten days.
    let closes: Vec<f64> = equity.iter().copied().step_by(24).collect();
    let returns = returns_from_equity(&closes);
    assert_eq!((summary.observations, summary.trades), (10, 4));
    assert_eq!(summary.sharpe, sharpe(&returns, &conventions));
    assert_eq!(summary.sortino, sortino(&returns, &conventions));
    assert_eq!(summary.max_drawdown, max_drawdown(&equity), "the fall inside the day is seen");
    assert!(summary.max_drawdown.unwrap() < -0.3 && max_drawdown(&closes).unwrap() > -0.1);
    let growth = 1.0 + summary.total_return.unwrap();
    near(summary.cagr, growth.powf(36.5) - 1.0, 1e-9 * growth.powf(36.5));
    near(summary.calmar, summary.cagr.unwrap() / -summary.max_drawdown.unwrap(), 1e-9);
    near(summary.exposure, 60.0 / 241.0, 1e-12);
    near(summary.turnover, 1_000.0 / summary.mean_equity.unwrap() * 36.5, 1e-9);
    near(summary.fees_paid, 4.0, 0.0);
    assert!(summary.sharpe_low.unwrap() <= summary.sharpe_high.unwrap());
    assert!(summary.cagr_low.unwrap() <= summary.cagr_high.unwrap());
    assert!(summary.rows().iter().all(|row| row.value.is_some()), "{:?}", summary.rows());
}

#[test]
fn an_empty_or_ruined_run_has_a_summary() {
    let empty = Summary::of(&[], &[], &[], Conventions::default());
    assert_eq!((empty.sharpe, empty.cagr, empty.max_drawdown, empty.win_rate), (None, None, None, None));
    let json = serde_json::to_value(&empty).unwrap();
    assert!(json["sharpe"].is_null() && json["observations"] == 0, "{json}");
    let ts: Vec<i64> = (1..=4).map(|d| d * NANOS_PER_DAY).collect();
    let ruined = Summary::of(&ts, &[100.0, 50.0, 0.0, 0.0], &[], Conventions::default());
    assert_eq!((ruined.total_return, ruined.cagr, ruined.max_drawdown), (Some(-1.0), Some(-1.0), Some(-1.0)));
    let debt = Summary::of(&ts, &[100.0, 50.0, -20.0, -30.0], &[], Conventions::default());
    assert_eq!((debt.cagr, debt.max_drawdown), (None, Some(-1.3)));
}
