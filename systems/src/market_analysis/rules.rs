//! Regime probabilities from rules: how much of a trend, which way, and how wild.

use super::settings::{Ramp, RuleSettings};

/// What the rules look at. Missing evidence does not vote.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// ADX, 0 to 100.
    pub adx: Option<f64>,
    /// (+DI - -DI) / (+DI + -DI), -1 to 1.
    pub direction: Option<f64>,
    /// Efficiency ratio, 0 to 1.
    pub efficiency_ratio: Option<f64>,
    /// Variance ratio, around 1.
    pub variance_ratio: Option<f64>,
    /// Percentile of the average true range, 0 to 1.
    pub atr_percentile: Option<f64>,
    /// Filtered probability of the hidden Markov model's most volatile state.
    pub hmm_volatile: Option<f64>,
}

impl Ramp {
    /// 0 up to `low`, 1 from `high` on, linear between.
    #[inline]
    pub fn at(&self, x: f64) -> f64 {
        ((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// Trend score, 0 (none) to 1: mean of what ADX, efficiency ratio and variance ratio say. `None` where none speaks.
#[inline]
pub fn trend_score(evidence: &Evidence, rules: &RuleSettings) -> Option<f64> {
    let votes = [
        evidence.adx.map(|x| rules.adx.at(x)),
        evidence.efficiency_ratio.map(|x| rules.efficiency_ratio.at(x)),
        evidence.variance_ratio.map(|x| rules.variance_ratio.at(x)),
    ];
    let (mut sum, mut count) = (0.0, 0.0);
    for vote in votes.into_iter().flatten() {
        (sum, count) = (sum + vote, count + 1.0);
    }
    (count > 0.0).then(|| sum / count)
}

/// Volatility score, 0 (as usual or less) to 1: the percentile of the average true range and the hidden Markov model,
/// mixed by `hmm_weight`; either alone where the other has no word.
#[inline]
pub fn volatility_score(evidence: &Evidence, rules: &RuleSettings, hmm_weight: f64) -> Option<f64> {
    let rule = evidence.atr_percentile.map(|x| rules.atr_percentile.at(x));
    match (rule, evidence.hmm_volatile) {
        (Some(rule), Some(hmm)) => Some((1.0 - hmm_weight) * rule + hmm_weight * hmm),
        (rule, hmm) => rule.or(hmm),
    }
}

/// Probabilities in the order of [`manyworlds_components::regime::Regime::ALL`], with sum 1: a market trends with probability t = trend score,
/// upwards with the share that the directional indices give; what does not trend is volatile with probability v =
/// volatility score, else it ranges. `None` where a score has no evidence.
#[inline]
pub fn probabilities(evidence: &Evidence, rules: &RuleSettings, hmm_weight: f64) -> Option<[f64; 4]> {
    let t = trend_score(evidence, rules)?;
    let v = volatility_score(evidence, rules, hmm_weight)?;
    let up = evidence.direction.map_or(0.5, |d| Ramp { low: -rules.direction, high: rules.direction }.at(d));
    Some([t * up, t * (1.0 - up), (1.0 - t) * (1.0 - v), (1.0 - t) * v])
}
