//! A model of any type, ready to be put into a simulation.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use bevy_ecs::schedule::IntoScheduleConfigs;
use manyworlds_components::decision::Evidence;
use manyworlds_components::ids::ModelId;
use manyworlds_engine::{Kind, ModuleContext, Stage, WantedFeature, untracked};

use super::baselines::RollingSum;
use super::explain::{Evidences, explain_forecasts};
use super::forecaster::{Forecaster, ModelCard, Reads};
use super::run_forecaster::{ForecasterState, ForecasterSystems, Params, run_forecaster};

/// A forecaster whose type is forgotten, under a name. Cheap to clone.
#[derive(Clone)]
pub struct ModelEntry {
    name: String,
    model: Arc<dyn Erased>,
}

impl ModelEntry {
    /// An entry for a forecaster, under the forecaster's own name.
    pub fn new(model: impl Forecaster) -> Self {
        Self { name: model.name(), model: Arc::new(model) }
    }

    /// The same model under another name.
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, under the entry's name.
    pub fn card(&self) -> ModelCard {
        ModelCard { name: self.name.clone(), ..self.model.card() }
    }

    /// Closed bars that it reads back.
    pub fn bars_needed(&self) -> usize {
        let averages = self.model.averages().into_iter().map(RollingSum::bars_needed);
        averages.fold(self.model.bars_needed(), usize::max)
    }

    /// Windows of the averages that it reads.
    pub fn averages(&self) -> Vec<usize> {
        self.model.averages()
    }

    /// Whether closes are all that it reads of bars before the newest.
    pub fn reads_closes_only(&self) -> bool {
        self.model.reads_closes_only()
    }

    /// Closed bars before it speaks.
    pub fn warmup(&self) -> u64 {
        self.model.warmup()
    }

    /// Which features it reads.
    pub fn reads(&self) -> Reads {
        self.model.reads()
    }

    /// The type of the forecaster: models of one type share one system.
    pub(super) fn kind(&self) -> TypeId {
        self.model.kind()
    }

    /// Puts parameters and memory on the model entity at `index`. `windows` are those of all averages.
    pub(super) fn attach(&self, app: &mut ModuleContext<'_>, index: usize, windows: &[usize]) {
        self.model.attach(app, index, windows);
    }

    /// Adds the type's system as the `order`-th.
    pub(super) fn add_system(&self, app: &mut ModuleContext<'_>, order: usize) {
        self.model.add_system(app, order);
    }
}

impl fmt::Debug for ModelEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModelEntry").field(&self.name).finish()
    }
}

/// What is left of a [`Forecaster`] without its type.
trait Erased: Send + Sync {
    fn card(&self) -> ModelCard;
    fn bars_needed(&self) -> usize;
    fn reads_closes_only(&self) -> bool;
    fn warmup(&self) -> u64;
    fn reads(&self) -> Reads;
    fn kind(&self) -> TypeId;
    fn averages(&self) -> Vec<usize>;
    fn attach(&self, app: &mut ModuleContext<'_>, index: usize, windows: &[usize]);
    fn add_system(&self, app: &mut ModuleContext<'_>, order: usize);
}

impl<F: Forecaster> Erased for F {
    fn card(&self) -> ModelCard {
        Forecaster::card(self)
    }

    fn bars_needed(&self) -> usize {
        Forecaster::bars_needed(self)
    }

    fn reads_closes_only(&self) -> bool {
        Forecaster::reads_closes_only(self)
    }

    fn warmup(&self) -> u64 {
        Forecaster::warmup(self)
    }

    fn reads(&self) -> Reads {
        Forecaster::reads(self)
    }

    fn kind(&self) -> TypeId {
        TypeId::of::<F>()
    }

    fn averages(&self) -> Vec<usize> {
        Forecaster::averages(self)
    }

    fn attach(&self, app: &mut ModuleContext<'_>, index: usize, windows: &[usize]) {
        let symbols = app.roster().count(Kind::Symbol);
        let features = ask_for(Forecaster::reads(self), app);
        let reads = features.as_ref().is_none_or(|wanted| !wanted.is_empty());
        let place = |window: usize| windows.iter().position(|w| *w == window).unwrap_or(usize::MAX) as u32;
        let averages = Forecaster::averages(self).into_iter().map(place).collect();
        let warmup = Forecaster::warmup(self).max(1);
        app.constant_of(
            Kind::Model,
            index,
            Params { model: self.clone(), id: ModelId::from(index), warmup, features, reads, averages },
        );
        app.component_of(Kind::Model, index, ForecasterState::<F>(vec![F::State::default(); symbols]));
        if F::EXPLAINS {
            app.constant_of(Kind::Model, index, Evidences(vec![Evidence::default(); symbols]));
        }
    }

    fn add_system(&self, app: &mut ModuleContext<'_>, order: usize) {
        let set = ForecasterSystems(order);
        let system = untracked(run_forecaster::<F>).in_set(set);
        match order.checked_sub(1) {
            Some(before) => app.add_systems(Stage::Predict, system.after(ForecasterSystems(before))),
            None => app.add_systems(Stage::Predict, system),
        }
        if F::EXPLAINS {
            app.add_systems(Stage::Predict, explain_forecasts::<F>.in_set(set).after(run_forecaster::<F>));
        }
    }
}

/// Asks for the features that a model reads; `None` for the whole schema.
fn ask_for(reads: Reads, app: &mut ModuleContext<'_>) -> Option<Box<[WantedFeature]>> {
    match reads {
        Reads::Nothing => Some(Box::default()),
        Reads::Features(names) => Some(names.iter().map(|name| app.want_feature(name)).collect()),
        Reads::Everything => {
            app.want_all_features();
            None
        }
    }
}
