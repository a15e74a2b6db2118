//! A rule over what the analysis modules found.

use manyworlds_components::decision::Evidence;
use manyworlds_components::forecast::{Action, Probabilities};
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, ModelCard, ModelKind, Outlook, Reads, SymbolView};
use super::RULE_STRENGTH;

/// Follows the regime, the trend over several timeframes, the swings of one Williams level and the direction of the
/// last directional change. Each part is in [-1, +1]:
///
/// | part | reads | is |
/// |---|---|---|
/// | regime | `market_analysis.p_trending_up`, `.p_trending_down` | their difference |
/// | timeframes | `multi_timeframe.score` | the score |
/// | pivots | `pivot_analysis.trend_<level>` | the trend |
/// | extrema | `extrema.direction` | the direction |
///
/// Score: the weighted mean of the parts that are known, times 1 - `market_analysis.p_volatile` where that is known. BUY
/// from `threshold` on, SELL from -`threshold` down, HOLD between. The strength grows with the score and reaches
/// [`RULE_STRENGTH`] where the score is twice the threshold (or 1). With no part known it abstains.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketStructure {
    /// Least score, either sign, to take a side.
    pub threshold: f64,
    /// Level of the swings, 1 to 5.
    pub level: u8,
    /// Weights of regime, timeframes, pivots and extrema.
    pub weights: [f64; 4],
}

/// What it made of a symbol.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct StructureState {
    parts: [Option<f64>; 4],
}

/// As they stand in the reasons of decisions.
const PARTS: [&str; 4] = ["regime", "timeframes", "pivots", "extrema"];

impl MarketStructure {
    fn features(&self) -> Vec<String> {
        vec![
            "market_analysis.p_trending_up".to_owned(),
            "market_analysis.p_trending_down".to_owned(),
            "market_analysis.p_volatile".to_owned(),
            "multi_timeframe.score".to_owned(),
            format!("pivot_analysis.trend_{}", self.level),
            "extrema.direction".to_owned(),
        ]
    }
}

impl Forecaster for MarketStructure {
    type State = StructureState;

    const EXPLAINS: bool = true;

    fn name(&self) -> String {
        "market_structure".to_owned()
    }

    fn card(&self) -> ModelCard {
        let features = self.features();
        let features: Vec<&str> = features.iter().map(String::as_str).collect();
        ModelCard::new(&self.name(), ModelKind::Rule, &features)
    }

    fn bars_needed(&self) -> usize {
        1
    }

    fn warmup(&self) -> u64 {
        1
    }

    fn reads(&self) -> Reads {
        Reads::Features(self.features())
    }

    fn forecast(&self, symbol: &SymbolView<'_>, state: &mut StructureState) -> Option<Outlook> {
        let feature = |i| symbol.features.get(i);
        let regime = feature(0).zip(feature(1)).map(|(up, down)| up - down);
        let parts = [regime, feature(3), feature(4), feature(5)];
        state.parts = parts.map(|part| part.map(|p: f64| p.clamp(-1.0, 1.0)));
        let (mut sum, mut weights) = (0.0, 0.0);
        for (part, weight) in state.parts.iter().zip(self.weights) {
            if let Some(part) = part {
                sum += weight * part;
                weights += weight;
            }
        }
        let calm = 1.0 - feature(2).unwrap_or(0.0).clamp(0.0, 1.0);
        let score = (weights > 0.0).then(|| sum / weights * calm)?;
        let action = match score {
            s if s >= self.threshold => Action::Buy,
            s if s <= -self.threshold => Action::Sell,
            _ => Action::Hold,
        };
        let full = (2.0 * self.threshold).clamp(f64::MIN_POSITIVE, 1.0);
        let strength = match action {
            Action::Hold => RULE_STRENGTH,
            _ => RULE_STRENGTH * (score.abs() / full).min(1.0),
        };
        Some(Outlook { probabilities: Probabilities::leaning(action, strength), score })
    }

    fn evidence(&self, state: &StructureState) -> Evidence {
        let mut evidence = Evidence::default();
        for ((name, part), weight) in PARTS.into_iter().zip(state.parts).zip(self.weights) {
            if let Some(part) = part.filter(|_| weight > 0.0) {
                evidence.add(name, part);
            }
        }
        evidence
    }
}
