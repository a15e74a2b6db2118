//! Rules and hysteresis.

use manyworlds_components::regime::{MarketRegime, Regime};
use manyworlds_components::time::Timestamp;
use proptest::prelude::*;

use super::super::hysteresis::{Challenger, most_probable};
use super::super::rules::{Evidence, probabilities, trend_score, volatility_score};
use super::super::settings::{MarketAnalysisSettings, RuleSettings};
use crate::setting::Checker;

fn regime(evidence: &Evidence) -> Regime {
    most_probable(&probabilities(evidence, &RuleSettings::default(), 0.5).unwrap())
}

/// modules.md: ADX above 25 is a trend, below 20 a range.
#[test]
fn the_rules() {
    let range = Evidence {
        adx: Some(15.0),
        direction: Some(0.5),
        efficiency_ratio: Some(0.1),
        variance_ratio: Some(0.8),
        atr_percentile: Some(0.4),
        hmm_volatile: None,
    };
    assert_eq!(probabilities(&range, &RuleSettings::default(), 0.5), Some([0.0, 0.0, 1.0, 0.0]));
    assert_eq!(regime(&Evidence { atr_percentile: Some(0.95), ..range }), Regime::Volatile);
    let trend = Evidence { adx: Some(30.0), efficiency_ratio: Some(0.6), variance_ratio: Some(1.6), ..range };
    assert_eq!(regime(&trend), Regime::TrendingUp);
    assert_eq!(regime(&Evidence { direction: Some(-0.5), ..trend }), Regime::TrendingDown);
    assert_eq!(
        regime(&Evidence { atr_percentile: Some(0.95), ..trend }),
        Regime::TrendingUp,
        "a wild trend is a trend"
    );
}

#[test]
fn missing_evidence_does_not_vote() {
    let rules = RuleSettings::default();
    let only = Evidence { adx: Some(30.0), ..Evidence::default() };
    assert_eq!(trend_score(&only, &rules), Some(1.0));
    assert_eq!(trend_score(&Evidence::default(), &rules), None);
    assert_eq!(probabilities(&only, &rules, 0.5), None, "no word on volatility");
    let model = Evidence { hmm_volatile: Some(0.8), ..only };
    assert_eq!(volatility_score(&model, &rules, 0.3), Some(0.8));
    let both = Evidence { atr_percentile: Some(0.95), ..model };
    assert!((volatility_score(&both, &rules, 0.3).unwrap() - 0.94).abs() < 1e-12);
    assert_eq!(probabilities(&model, &rules, 0.5), Some([0.5, 0.5, 0.0, 0.0]), "no side");
}

const UP: [f64; 4] = [0.6, 0.1, 0.2, 0.1];
const RANGE: [f64; 4] = [0.2, 0.1, 0.6, 0.1];
const BARELY: [f64; 4] = [0.44, 0.06, 0.46, 0.04];

/// Feeds probabilities; returns the regime in force after each.
fn run(sequence: &[[f64; 4]], k: u64, margin: f64) -> Vec<Regime> {
    let (mut challenger, mut market) = (Challenger::default(), MarketRegime::default());
    let step = |(t, p): (usize, &[f64; 4])| {
        let before = market.regime;
        let change = challenger.update(&mut market, *p, Timestamp(t as i64), (k, margin));
        assert_eq!(change.is_some(), market.regime != before);
        if let (Some(change), Some(_)) = (change, before) {
            assert_eq!(change.since.0, t as i64 + 1 - k as i64);
            assert_eq!(change.probability, p[change.regime.index()]);
            assert_eq!(market.bars, 1);
        }
        market.regime.unwrap()
    };
    sequence.iter().enumerate().map(step).collect()
}

#[test]
fn a_regime_yields_to_k_bars_in_a_row() {
    use Regime::{Ranging, TrendingUp};
    assert_eq!(run(&[UP, RANGE, RANGE, UP, RANGE, RANGE, RANGE], 3, 0.1)[..6], [TrendingUp; 6]);
    assert_eq!(run(&[UP, RANGE, RANGE, RANGE], 3, 0.1), [TrendingUp, TrendingUp, TrendingUp, Ranging]);
    assert_eq!(run(&[UP, RANGE], 1, 0.0), [TrendingUp, Ranging], "no hysteresis");
    assert_eq!(
        run(&[UP, BARELY, BARELY, BARELY, BARELY], 2, 0.1),
        [TrendingUp; 5],
        "a lead below the margin"
    );
    assert_eq!(run(&[UP, BARELY, BARELY], 2, 0.01), [TrendingUp, TrendingUp, Ranging]);
    let other = [0.1, 0.6, 0.2, 0.1];
    assert_eq!(
        run(&[UP, RANGE, other, RANGE, other], 2, 0.1),
        [TrendingUp; 5],
        "challengers in turn confirm nothing"
    );
}

#[test]
fn settings_are_checked() {
    assert_eq!(Checker::run(&MarketAnalysisSettings::default()), vec![]);
    let text = r#"(volatility_window: 1, variance_ratio_horizon: 100, rules: (adx: (low: 30.0, high: 20.0)),
        hmm: (states: 5, window: 100, first_fit: 200), changes: (slack: -1.0))"#;
    let settings: MarketAnalysisSettings = ron::from_str(text).unwrap();
    let paths: Vec<String> = Checker::run(&settings).into_iter().map(|e| e.path).collect();
    let expected = [
        "volatility_window",
        "variance_ratio_horizon",
        "rules.adx.high",
        "hmm.states",
        "hmm.window",
        "changes.slack",
    ];
    assert_eq!(paths, expected);
    assert!(ron::from_str::<MarketAnalysisSettings>("(hmm: (state: 3))").is_err());
    let specs = MarketAnalysisSettings::specs();
    assert!(specs.iter().any(|s| s.name == "hmm.refit" && s.default == "2000"));
    assert!(specs.iter().any(|s| s.name == "rules.adx" && s.default == "(low: 20.0, high: 25.0)"));
}

proptest! {
    /// Always probabilities; mirrored sides exchange the trends.
    #[test]
    fn probabilities_sum_to_one(adx in 0.0f64..100.0, side in -1.0f64..1.0, er in 0.0f64..1.0, vr in 0.0f64..4.0, rank in 0.0f64..1.0, hmm in prop::option::of(0.0f64..1.0)) {
        let of = |direction| {
            let evidence = Evidence { adx: Some(adx), direction: Some(direction), efficiency_ratio: Some(er), variance_ratio: Some(vr), atr_percentile: Some(rank), hmm_volatile: hmm };
            probabilities(&evidence, &RuleSettings::default(), 0.5).unwrap()
        };
        let (p, q) = (of(side), of(-side));
        prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)) && (p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!((p[0] - q[1]).abs() < 1e-12 && (p[1] - q[0]).abs() < 1e-12 && p[2..] == q[2..]);
    }
}
