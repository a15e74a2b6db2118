//! The basic orchestrator: models, their weights, the combined signal, and what accounts make of it.
//!
//! | stage / slot | system | what it does |
//! |---|---|---|
//! | Ingest / Last | `track_performance` | books closed round trips into [`Performance`] |
//! | Predict / Early | `score_forecasts` | [`Averages`] take in the new bars; forecasts that have come due meet their outcome ([`Tracks`]); weights move |
//! | Predict / Main | `run_forecaster::<F>` | one per type of forecaster, chained in order of registration: forecasts and paper trades of each model; `explain_forecasts::<F>` after it where the model can say what moved it |
//! | Predict / Late | `combine_forecasts` | one [`Signals`] entry per group and fresh symbol |
//! | Analyze / First | `change_course` | only where policies or models change at a time ([`course`]) |
//! | Decide / Main | `decide` | writes [`crate::intents::Intents`] |
//!
//! Models speak, and accounts decide, when a symbol has a fresh closed bar; between bars both keep still.

mod averages;
pub mod baselines;
mod combine_forecasts;
pub mod course;
pub mod decide;
mod explain;
#[cfg(test)]
mod feature_tests;
mod forecaster;
mod fresh;
mod groups;
mod model_entry;
mod model_registry;
mod model_switch;
mod model_weights;
mod open_rounds;
mod paper_trades;
pub mod performance;
pub mod pool;
mod rl_state;
mod run_forecaster;
mod score_forecasts;
mod scoring;
pub mod settings;
mod signals;
#[cfg(test)]
mod test_world;
#[cfg(test)]
mod tests;
mod track_record;
mod tracks;
pub mod weights;
mod workspace;

use manyworlds_components::forecast::{Forecast, Forecasts};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Slot, Stage, untracked};

use crate::intents::Intents;
pub use averages::{AverageView, Averages};
use course::{Course, Steering};
pub use decide::{Additions, Thresholds};
pub use forecaster::{FeatureView, Forecaster, ModelCard, ModelKind, Outlook, Reads, SymbolView};
pub use fresh::Fresh;
pub use groups::{Group, Groups};
pub use model_entry::ModelEntry;
pub use model_registry::ModelRegistry;
pub use model_switch::{ModelSwitch, UnknownModel, set_model_enabled};
pub use model_weights::ModelWeights;
pub use open_rounds::OpenRounds;
pub use paper_trades::PaperTrades;
pub use performance::{Performance, TradeSums};
pub use rl_state::{RlInputs, RlStateError, RlStateLayout};
pub use run_forecaster::{ForecasterState, Params};
pub use scoring::{Scoring, brier, loss};
pub use settings::{CombineSettings, DecisionPolicy, ModelSettings};
pub use signals::{Signal, Signals};
pub use track_record::TrackRecord;
pub use tracks::Tracks;
pub use workspace::{OrchestratorState, Workspace};

/// The core module that forecasts and decides.
#[derive(Debug, Clone, Default)]
pub struct OrchestratorModule {
    /// The models, as many and in the order as the run's roster names them.
    pub models: Vec<ModelEntry>,
    /// How forecasts are combined where an account's policy does not say otherwise.
    pub combine: CombineSettings,
    /// By account.
    pub policies: Vec<DecisionPolicy>,
    /// Whether decisions that change nothing are recorded too.
    pub record_holds: bool,
    /// Cost per side of the models' paper trades.
    pub paper_cost_bps: f64,
    /// Accounts decide from this time on; models forecast and are scored before it, too. `None`: from the first step.
    pub trade_from: Option<Timestamp>,
    /// What changes during the run.
    pub course: Course,
}

impl OrchestratorModule {
    /// Closed bars that the models and policies read back: the bar series must keep at least as many.
    pub fn bars_needed(&self) -> usize {
        let models = self.models.iter().filter(|m| !m.reads_closes_only()).map(ModelEntry::bars_needed);
        let policies = self.policies.iter().chain(self.course.later());
        let policies = policies.map(|p| decide::bars_needed(p.size));
        models.chain(policies).max().unwrap_or(1)
    }

    /// Closes that are read back by the models, and where forecasts are scored: the bar series must keep at least as many.
    pub fn closes_needed(&self) -> usize {
        let models = self.models.iter().map(ModelEntry::bars_needed);
        let own = self.policies.iter().filter_map(|p| p.combine.as_ref());
        // One bar more than the horizon, and one for a step that closes two.
        let horizons = own.chain([&self.combine]).map(|c| c.horizon as usize + 2);
        models.chain(horizons).max().unwrap_or(2)
    }

    /// The groups of accounts.
    ///
    /// # Errors
    /// A policy that names a model that is not there.
    pub fn groups(&self) -> Result<Groups, UnknownModel> {
        let names: Vec<String> = self.models.iter().map(|m| m.name().to_owned()).collect();
        Groups::new(&names, &self.combine, &self.policies)
    }
}

impl Module for OrchestratorModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "orchestrator".to_owned(),
            purpose: "models, their weights, the combined signal, and the decisions of every account"
                .to_owned(),
            stages: vec![Stage::Ingest, Stage::Predict, Stage::Decide],
            requires: vec!["market".to_owned(), "exchange".to_owned()],
            ..ModuleInfo::default()
        }
    }

    /// # Panics
    /// Where the roster does not match the models and policies, or a policy names a model that is not there:
    /// [`OrchestratorModule::groups`] tells before.
    fn build(&self, app: &mut ModuleContext<'_>) {
        let groups = self.groups().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(app.roster().count(Kind::Model), self.models.len(), "one model per name in the roster");
        assert_eq!(app.roster().count(Kind::Account), self.policies.len(), "one policy per account");
        let symbols = app.roster().count(Kind::Symbol);

        let mut windows: Vec<usize> = self.models.iter().flat_map(ModelEntry::averages).collect();
        windows.sort_unstable();
        windows.dedup();
        app.component(Kind::Symbol, |_| Forecasts(vec![Forecast::default(); self.models.len()]));
        app.component(Kind::Symbol, |_| Averages::new(&windows));
        app.component(Kind::Model, |_| ModelSwitch { enabled: true });
        app.component(Kind::Model, |_| PaperTrades::new(symbols, self.paper_cost_bps));
        app.constant(Kind::Model, |i| self.models[i].card());
        app.constant(Kind::Account, |i| self.policies[i].clone());
        app.component(Kind::Account, |i| Thresholds::of(&self.policies[i]));
        app.component(Kind::Account, |_| Performance::default());
        app.component(Kind::Holding, |_| Additions::default());

        let ever: Vec<DecisionPolicy> = self.policies.iter().chain(self.course.later()).cloned().collect();
        let regime = decide::RegimeFeatures::wanted(&ever, app);
        let mut deciding = decide::Deciding::new(&self.policies, &groups, self.record_holds, regime);
        deciding.trade_from(self.trade_from.unwrap_or(Timestamp::MIN));
        app.resource(OrchestratorState {
            signals: Box::new(Signals::new(groups.groups.len(), symbols)),
            weights: Box::new(ModelWeights::new(&groups)),
            rounds: Box::new(OpenRounds::new(&groups.scorings, symbols)),
            tracks: Box::new(Tracks::new(symbols, self.models.len())),
            samples: vec![0; self.models.len()],
            rebalances: Box::new(decide::Rebalances::new(deciding.plans())),
        });
        let entities = |kind| app.roster().entities(kind).to_vec();
        let models = entities(Kind::Model);
        app.scratch(Workspace::new(groups, models, deciding));
        app.scratch(Intents::default());

        app.add_systems_in(Stage::Ingest, Slot::Last, untracked(performance::track_performance));
        app.add_systems_in(Stage::Predict, Slot::Early, untracked(score_forecasts::score_forecasts));
        self.add_models(app, &windows);
        app.add_systems_in(Stage::Predict, Slot::Late, untracked(combine_forecasts::combine_forecasts));
        app.add_systems(Stage::Decide, untracked(decide::decide));
        if !self.course.is_straight() {
            app.scratch(Steering::new(self.course.clone(), self.policies.clone()));
            app.add_systems_in(Stage::Analyze, Slot::First, untracked(course::change_course));
        }
    }
}

impl OrchestratorModule {
    /// Puts the models on their entities, and one system per type of model into Predict, chained.
    fn add_models(&self, app: &mut ModuleContext<'_>, windows: &[usize]) {
        let mut kinds = Vec::new();
        for (index, model) in self.models.iter().enumerate() {
            model.attach(app, index, windows);
            if !kinds.contains(&model.kind()) {
                model.add_system(app, kinds.len());
                kinds.push(model.kind());
            }
        }
    }
}
