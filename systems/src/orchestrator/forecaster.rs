//! The contract of a model: what it must say of itself, and how it turns bars into an outlook.

use bevy_ecs::component::Component;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::decision::Evidence;
use manyworlds_components::feature::FeatureVector;
use manyworlds_components::forecast::Probabilities;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::LastPrice;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{FeatureTable, WantedFeature};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::averages::AverageView;
use super::scoring::Scoring;

/// Something that forecasts. Ours and everybody else's are registered alike.
///
/// The value itself holds parameters and never changes during a run; whatever a forecaster remembers between bars
/// is in its [`Forecaster::State`], one per symbol, so that snapshots and digests see it.
pub trait Forecaster: Clone + Send + Sync + 'static {
    /// What it remembers of one symbol. `()` for models that read all they need from the bar series.
    type State: Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The name by which scenarios and tables know it, e.g. `sma_cross_10_30`.
    fn name(&self) -> String;

    /// What it is.
    fn card(&self) -> ModelCard {
        ModelCard::new(&self.name(), ModelKind::Rule, &["bars.close"])
    }

    /// Closed bars that it reads back, the newest included: the series keeps at least as many.
    fn bars_needed(&self) -> usize;

    /// Whether closes are all that it reads of bars before the newest. Then the series may keep its other columns less far
    /// back than [`Forecaster::bars_needed`] says.
    fn reads_closes_only(&self) -> bool {
        false
    }

    /// Closed bars of a symbol before it speaks; until then it abstains, whatever it returns.
    fn warmup(&self) -> u64;

    /// Which features it reads: what [`SymbolView::features`] offers.
    fn reads(&self) -> Reads {
        Reads::Nothing
    }

    /// Windows of the simple moving averages of closes that it reads ([`SymbolView::averages`]). Each is worked out once,
    /// for all models that read it.
    fn averages(&self) -> Vec<usize> {
        Vec::new()
    }

    /// What moved its last outlook of a symbol, for the reasons of decisions. Asked after every outlook of
    /// models whose [`Forecaster::EXPLAINS`] is set.
    fn evidence(&self, _state: &Self::State) -> Evidence {
        Evidence::default()
    }

    /// Whether [`Forecaster::evidence`] has something to say.
    const EXPLAINS: bool = false;

    /// The outlook after a fresh bar; `None` to abstain. Called once per step in which the symbol got a closed bar,
    /// warm-up included. Usually that is one bar since the last call; where a step closes several, or after
    /// the model was switched off for a while, it is more ([`BarSeries::count`] tells).
    fn forecast(&self, symbol: &SymbolView<'_>, state: &mut Self::State) -> Option<Outlook>;
}

/// What a forecaster sees: one symbol, now.
#[derive(Debug, Clone, Copy)]
pub struct SymbolView<'a> {
    /// Which symbol.
    pub symbol: SymbolId,
    /// The decision time.
    pub now: Timestamp,
    /// The step.
    pub step: u64,
    /// Its closed bars; never empty.
    pub bars: &'a BarSeries,
    /// Its last price.
    pub last: &'a LastPrice,
    /// The features that the model [reads](Forecaster::reads).
    pub features: FeatureView<'a>,
    /// The averages that the model [names](Forecaster::averages).
    pub averages: AverageView<'a>,
    /// How the run scores forecasts: the horizon in bars and the band that counts as HOLD.
    pub scoring: Scoring,
}

/// Which features a model reads.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Reads {
    /// None.
    #[default]
    Nothing,
    /// These, by name. Those that no module of the run offers are always missing; a scenario in which that is true of
    /// all of them is refused.
    Features(Vec<String>),
    /// The whole schema of the run.
    Everything,
}

/// The features that a model reads, of one symbol, now.
#[derive(Debug, Clone, Copy)]
pub struct FeatureView<'a> {
    table: Option<&'a FeatureTable>,
    symbol: SymbolId,
    wanted: Option<&'a [WantedFeature]>,
}

impl<'a> FeatureView<'a> {
    pub(super) const fn new(
        table: Option<&'a FeatureTable>,
        symbol: SymbolId,
        wanted: Option<&'a [WantedFeature]>,
    ) -> Self {
        Self { table, symbol, wanted }
    }

    /// The `i`-th of the features that the model named, or of the schema where it reads everything. `None` while it is
    /// missing: warming up, switched off, or not offered by any module of the run.
    #[inline]
    pub fn get(&self, i: usize) -> Option<f64> {
        match self.wanted {
            Some(wanted) => self.table?.get(self.symbol, *wanted.get(i)?),
            None => self.table?.row(self.symbol)?.get(i),
        }
    }

    /// All features in schema order, with their mask, where the model reads everything.
    pub fn vector(&self) -> Option<&'a FeatureVector> {
        self.table.filter(|_| self.wanted.is_none())?.row(self.symbol)
    }
}

/// What a forecaster says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// SELL, HOLD, BUY.
    pub probabilities: Probabilities,
    /// A number to rank symbols by: larger is better to hold. Not compared across models.
    pub score: f64,
}

/// The kinds of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelKind {
    /// A fixed rule; its probabilities are a convention ([`super::baselines::RULE_STRENGTH`]), not estimates.
    Rule,
    /// Frequencies or parameters estimated during the run.
    Statistical,
    /// Trained weights that predict.
    Network,
    /// Trained weights that act (reinforcement learning).
    Agent,
}

/// What a model says of itself. On model entities; constant.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct ModelCard {
    /// Its name.
    pub name: String,
    /// What kind it is.
    pub kind: ModelKind,
    /// What it reads, e.g. `bars.close`, `market_analysis.realized_volatility`.
    pub inputs: Vec<String>,
    /// Hash of the feature schema that it was trained on; a run with another schema is refused.
    pub schema_hash: Option<u64>,
    /// Models whose forecasts it reads: pooling it with them counts their word twice.
    pub correlated_with: Vec<String>,
}

impl ModelCard {
    /// A card without a schema and without correlations.
    pub fn new(name: &str, kind: ModelKind, inputs: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            inputs: inputs.iter().map(|i| (*i).to_owned()).collect(),
            schema_hash: None,
            correlated_with: Vec::new(),
        }
    }
}
