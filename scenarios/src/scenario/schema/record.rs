//! What a run writes down.

use manyworlds_components::time::Frame;
use serde::{Deserialize, Serialize};

/// What a run writes down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordSettings {
    /// When the accounts' equity is marked. Default `Bar("1m")`.
    pub equity: EquityRecord,
    /// Names of features, such as `market_analysis.realized_volatility`. Default: none.
    pub features: Vec<String>,
    /// Which decisions. Default `Acted`.
    pub decisions: DecisionRecord,
    /// Frame of the prices that the report draws; `None` for no prices. Default `1h`.
    pub prices: Option<Frame>,
    /// What modules found: pivots, extrema, changes of regime. Default `true`.
    pub annotations: bool,
    /// Samples of every feature that the report draws and counts, at most: the run is sampled evenly, however long it
    /// is. Needs a module with features. `0` for none. Default `2_000`.
    pub feature_samples: usize,
}

/// When equity is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EquityRecord {
    /// At the first step at or after every close of this frame.
    Bar(Frame),
    /// At every step.
    Step,
    /// No equity table is written; daily closes still feed the statistics.
    Off,
}

/// Which decisions are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DecisionRecord {
    /// Those that led to an order, or would have if no risk rule had cut it.
    #[default]
    Acted,
    /// All, HOLD included: one row per step, account and symbol.
    All,
    /// None: no decision is written; subscribers still hear of them.
    None,
}

impl Default for RecordSettings {
    fn default() -> Self {
        Self {
            equity: EquityRecord::Bar(Frame::MINUTE),
            features: Vec::new(),
            decisions: DecisionRecord::Acted,
            prices: Some(Frame::HOUR),
            annotations: true,
            feature_samples: 2_000,
        }
    }
}
