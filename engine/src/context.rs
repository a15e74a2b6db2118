//! What a module may do while it is built: register state, features and systems. The core has no other rights.

use std::sync::Arc;

use bevy_ecs::component::Component;
use bevy_ecs::prelude::{Resource, World};
use bevy_ecs::schedule::IntoScheduleConfigs;
use bevy_ecs::system::ScheduleSystem;
use manyworlds_components::feature::FeatureSchema;
use manyworlds_components::ids::SymbolId;

use crate::error::BuildError;
use crate::features::{FeatureSource, FeatureTable, WantedFeature, refresh_feature_table};
use crate::random::{RandomStream, Streams};
use crate::roster::{Kind, Roster};
use crate::simulation::Simulation;
use crate::stage::{ModuleSystems, Slot, Stage, StageSlot, StepSchedule};
use crate::state::{Registry, Staged, State};

/// The open side of a simulation that is being built, for one module.
pub struct ModuleContext<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) schedule: &'a mut StepSchedule,
    pub(crate) registry: &'a mut Registry,
    pub(crate) roster: &'a Roster,
    pub(crate) staged: &'a mut Staged,
    /// What is forked, if something is.
    pub(crate) parent: Option<&'a Simulation>,
    pub(crate) owner: String,
    pub(crate) errors: Vec<BuildError>,
}

impl ModuleContext<'_> {
    /// The names of the run.
    pub fn roster(&self) -> &Roster {
        self.roster
    }

    /// The random stream `name` of `key`; keep it in a component or resource.
    pub fn stream(&self, name: &str, key: &str) -> RandomStream {
        self.world.resource::<Streams>().stream(name, key)
    }

    /// Puts a stateful component on every entity of a kind; `init` gets the dense id. A component that another
    /// module registered for the same kind is left as it is.
    pub fn component<T: State>(&mut self, kind: Kind, init: impl Fn(usize) -> T) {
        self.registry.add_state::<T>(&self.owner, self.world, Some(kind));
        match self.parent.filter(|parent| parent.registry.has_state::<T>(Some(kind))) {
            Some(parent) => {
                self.registry.take::<T>(Some(kind));
                self.insert(kind, |i| parent.value::<T>(kind, i));
            }
            None => self.insert(kind, |i| Some(init(i))),
        }
    }

    /// Puts a component that never changes during a run on every entity of a kind.
    pub fn constant<T: Component>(&mut self, kind: Kind, init: impl Fn(usize) -> T) {
        self.registry.add_constant::<T>(&self.owner, self.world, Some(kind));
        self.insert(kind, |i| Some(init(i)));
    }

    /// Puts a stateful component on one entity only. Use it where entities of a kind differ, as models do.
    pub fn component_of<T: State>(&mut self, kind: Kind, index: usize, value: T) {
        self.registry.add_state::<T>(&self.owner, self.world, Some(kind));
        self.world.entity_mut(self.roster.entities(kind)[index]).insert(value);
    }

    /// Puts a component that never changes on one entity only.
    pub fn constant_of<T: Component>(&mut self, kind: Kind, index: usize, value: T) {
        self.registry.add_constant::<T>(&self.owner, self.world, Some(kind));
        self.world.entity_mut(self.roster.entities(kind)[index]).insert(value);
    }

    fn insert<T: Component>(&mut self, kind: Kind, value: impl Fn(usize) -> Option<T>) {
        self.staged.add(self.world, (kind, self.roster), value);
    }

    /// Adds a stateful resource.
    pub fn resource<T: Resource + State>(&mut self, value: T) {
        self.registry.add_state::<T>(&self.owner, self.world, None);
        match self.parent.and_then(|parent| parent.world.get_resource::<T>()) {
            Some(theirs) => {
                self.registry.take::<T>(None);
                self.world.insert_resource(theirs.clone());
            }
            None => self.world.insert_resource(value),
        }
    }

    /// Adds a resource that never changes during a run, or scratch space that is written anew in every step before
    /// it is read: no snapshot keeps it.
    pub fn scratch<T: Resource>(&mut self, value: T) {
        self.registry.add_constant::<T>(&self.owner, self.world, None);
        self.world.insert_resource(value);
    }

    /// Adds systems to a stage.
    pub fn add_systems<M>(&mut self, stage: Stage, systems: impl IntoScheduleConfigs<ScheduleSystem, M>) {
        self.add_systems_in(stage, Slot::Main, systems);
    }

    /// Adds systems to a slot of a stage. `Main` is for modules; the other slots order what many rely on.
    pub fn add_systems_in<M>(
        &mut self,
        stage: Stage,
        slot: Slot,
        systems: impl IntoScheduleConfigs<ScheduleSystem, M>,
    ) {
        let module = ModuleSystems(self.owner.clone());
        self.schedule.add_systems_in(StageSlot(stage, slot), systems.in_set(module));
    }

    /// Says how a feature that the module's info declares is read from a component of the symbol. `None` and
    /// non-finite values are missing.
    pub fn feature<C: Component>(
        &mut self,
        name: &str,
        read: impl Fn(&C) -> Option<f64> + Send + Sync + 'static,
    ) {
        let reader = Arc::new(move |world: &World, symbol| world.get::<C>(symbol).and_then(&read));
        if !self.world.resource_mut::<FeatureSource>().set_reader(&self.owner, name, reader) {
            self.errors
                .push(BuildError::UnreadFeature { module: self.owner.clone(), feature: name.to_owned() });
        }
    }

    /// The features that the run's modules declare, this one's and those of modules that are built later included.
    pub fn schema(&self) -> &FeatureSchema {
        self.world.resource::<FeatureSource>().schema()
    }

    /// Asks for a feature by name in the dense [`FeatureTable`], refreshed at the end of Analyze. It may be one of a module that
    /// is switched on later: until then it is missing.
    pub fn want_feature(&mut self, name: &str) -> WantedFeature {
        self.feature_table().want(name)
    }

    /// As [`ModuleContext::want_feature`], for all that there are, later ones included.
    pub fn want_all_features(&mut self) {
        self.feature_table().want_all();
    }

    fn feature_table(&mut self) -> bevy_ecs::change_detection::Mut<'_, FeatureTable> {
        if !self.world.contains_resource::<FeatureTable>() {
            self.registry.add_constant::<FeatureTable>("engine", self.world, None);
            self.world.insert_resource(FeatureTable::default());
            let slot = StageSlot(Stage::Analyze, Slot::Last);
            self.schedule.add_systems_in(slot, refresh_feature_table);
        }
        self.world.resource_mut::<FeatureTable>()
    }

    /// Refuses to be built: the settings do not fit this run. The message says what does not, and what would.
    pub fn refuse(&mut self, message: impl Into<String>) {
        self.errors.push(BuildError::Refused { module: self.owner.clone(), message: message.into() });
    }

    /// Direct access for what has no shorter way; register what you add.
    pub fn world(&mut self) -> &mut World {
        self.staged.flush(self.world, self.roster);
        self.world
    }

    /// The dense ids of all symbols.
    pub fn symbols(&self) -> impl Iterator<Item = SymbolId> + use<> {
        (0..self.roster.symbols.len()).map(SymbolId::from)
    }
}
